"""`claimcheck refresh --batch`: handed in, collected by the next run, and the same report in the end."""

import json
from pathlib import Path

from tests.e2e.harness import PAIR, TODAY, workplace
from tests.servers import Server


def test_a_batch_is_handed_in_then_collected_and_ends_in_the_report_of_a_direct_run(tmp_path: Path) -> None:
    with Server("arxiv") as arxiv, Server("model") as model:
        direct = workplace(tmp_path / "direct", arxiv.url, model.url, PAIR)
        assert direct.refresh().returncode == 0
        calls = len(model.log)
        place = workplace(tmp_path / "batch", arxiv.url, model.url, PAIR)
        done = place.refresh("--batch")
        assert done.returncode == 5
        handed_in = len(model.batches.files["file-1"].splitlines())
        assert done.stderr == (
            f"claimcheck: batch batch_1 of {handed_in} readings: is under way (handed in); run again to collect it\n"
        )
        assert set(place.verdicts().values()) == {"unknown"}
        forecast = json.loads(place.run("refresh", "--batch", "--dry-run", "--json", "--today", TODAY).stdout)
        assert (forecast["readings"]["in_library"], forecast["batch"]["under_way"]) == (0, handed_in)
        done = place.refresh("--batch")
        assert (done.returncode, done.stderr) == (0, "")
        assert place.report() == direct.report()
        assert len(model.log) - calls + len(model.batches.paid) == calls, "each answer was paid once"
        assert len(model.batches.batches) == 1
