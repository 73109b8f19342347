"""`claimcheck refresh` from start to finish, against local servers that behave like arXiv and a model server."""

import json
import subprocess
from datetime import date, timedelta
from pathlib import Path

import matplotlib as mpl
import pytest

from tests.e2e.harness import CLAIMCHECK, PAIR, TODAY, Workplace, quotes_not_in_papers, workplace
from tests.servers import SAMPLE, Server, read_papers

ABSTRACTS = {paper["id"]: paper["abstract"] for paper in read_papers(SAMPLE)}


def test_refresh_completes_and_a_second_one_asks_nobody(place: Workplace, arxiv: Server, model: Server) -> None:
    done = place.refresh()
    assert (done.returncode, done.stderr) == (0, "")
    first, requests, calls = place.report(), len(arxiv.log), len(model.log)
    assert calls > 40
    assert place.twin()["complete"]
    assert quotes_not_in_papers(place.twin(), ABSTRACTS) == []
    assert any(item["quotes"] for claim in place.twin()["claims"] for item in claim["evidence"])
    assert place.refresh().returncode == 0
    assert (len(arxiv.log), len(model.log)) == (requests, calls)
    assert place.report() == first


def test_every_anchor_of_the_seed_has_a_grounding_with_a_reason(tmp_path: Path, arxiv: Server, model: Server) -> None:
    place = workplace(tmp_path / "w", arxiv.url, model.url)
    place.refresh()
    anchors = [anchor for claim in place.twin()["claims"] for anchor in claim["anchors"]]
    assert len(anchors) == 11
    assert all(anchor["grounding"] and anchor["reason"] for anchor in anchors)
    assert {a["grounding"] for a in anchors if a["id"] == "2506.02878"} == {"withdrawn"}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    with Server("arxiv") as arxiv, Server("model") as model:
        place = workplace(tmp_path_factory.mktemp("undisturbed") / "w", arxiv.url, model.url, PAIR)
        assert place.refresh().returncode == 0
        return place.verdicts()


@pytest.mark.parametrize("fault", ["503", "drop", "html", "truncated", "empty"])
def test_arxiv_faults_never_become_verdicts(tmp_path: Path, model: Server, undisturbed: dict[str, str], fault: str) -> None:
    with Server("arxiv", faults=[(fault, 3)]) as bad:
        place = workplace(tmp_path / "bad", bad.url, model.url, PAIR)
        never_a_verdict(place)
        bad.faults.clear()
        assert place.refresh().returncode == 0
        assert place.verdicts() == undisturbed


@pytest.mark.parametrize("fault", ["503", "html", "notjson", "blank"])
def test_model_faults_never_become_verdicts(tmp_path: Path, arxiv: Server, undisturbed: dict[str, str], fault: str) -> None:
    with Server("model", faults=[(fault, 3)]) as bad:
        place = workplace(tmp_path / "bad", arxiv.url, bad.url, PAIR)
        never_a_verdict(place)
        bad.faults.clear()
        assert place.refresh().returncode == 0
        assert place.verdicts() == undisturbed


def never_a_verdict(place: Workplace) -> None:
    done = place.refresh()
    assert done.returncode in (0, 4, 5), done.stderr
    assert "Traceback" not in done.stderr
    for claim in place.twin()["claims"]:
        assert claim["verdict"] not in ("untested", "holds") or not any(gap["blocks"] for gap in claim["gaps"])


def test_arxiv_down_is_unknown_and_exit_5(tmp_path: Path, model: Server) -> None:
    place = workplace(tmp_path / "w", "http://127.0.0.1:9", model.url, PAIR)
    done = place.refresh()
    assert done.returncode == 5, done.stderr
    assert set(place.verdicts().values()) == {"unknown"}
    assert {a["grounding"] for c in place.twin()["claims"] for a in c["anchors"]} == {"unchecked"}


def test_model_down_is_unknown_and_exit_5(tmp_path: Path, arxiv: Server) -> None:
    place = workplace(tmp_path / "w", arxiv.url, "http://127.0.0.1:9", PAIR)
    done = place.refresh()
    assert done.returncode == 5, done.stderr
    assert set(place.verdicts().values()) == {"unknown"}


@pytest.mark.parametrize("fault", ["401", "quota"])
def test_wrong_key_and_spent_quota_are_asked_once_and_exit_9(tmp_path: Path, arxiv: Server, fault: str) -> None:
    with Server("model", faults=[(fault, 1)]) as denied:
        place = workplace(tmp_path / "w", arxiv.url, denied.url, PAIR)
        done = place.refresh()
        assert done.returncode == 9, done.stderr
        assert len(denied.log) == 1
        assert "sk-canary-0123456789" not in done.stderr + done.stdout
        assert len(done.stderr.splitlines()) == 1
        assert not (place.folder / "reports").exists()


def test_no_key_for_the_openai_judge_is_exit_9(tmp_path: Path, arxiv: Server) -> None:
    done = workplace(tmp_path / "w", arxiv.url, claims=PAIR).refresh("--judge", "openai", CLAIMCHECK_MODEL="m")
    assert done.returncode == 9, done.stderr
    assert "OPENAI_API_KEY" in done.stderr


def test_the_only_model_of_a_server_needs_no_name(tmp_path: Path, arxiv: Server, model: Server) -> None:
    place = workplace(tmp_path / "w", arxiv.url, model.url, PAIR)
    assert place.refresh(CLAIMCHECK_MODEL="").returncode == 0
    assert place.twin()["judge"]["model"] == "local"


def test_budget_stops_the_run_and_the_next_one_goes_on(place: Workplace, model: Server) -> None:
    assert place.refresh("--max-calls", "10").returncode == 6
    assert len(model.log) <= 10
    assert place.refresh().returncode == 0


def test_fail_on_is_exit_10_only_when_met(tmp_path: Path) -> None:
    place = workplace(tmp_path / "w")
    assert place.run("refresh", "--sample", "--fail-on", "contested").returncode == 10
    assert place.run("refresh", "--sample", "--fail-on", "overturned,unknown").returncode in (0, 10)


def test_refused_claims_leave_no_trace(tmp_path: Path, arxiv: Server) -> None:
    place = workplace(tmp_path / "w", arxiv.url, claims="version: 1\ninquiries: nonsense\n")
    done = place.refresh()
    assert done.returncode == 3
    assert "claims.yaml:2" in done.stderr
    assert sorted(p.name for p in place.folder.iterdir()) == ["claims.yaml"]
    assert arxiv.log == []


def test_second_refresh_at_the_same_time_is_exit_7(place: Workplace, tmp_path: Path) -> None:
    from claimcheck.adapters.run_lock import run_lock

    with run_lock(place.folder / ".claimcheck"):
        done = place.refresh()
    assert done.returncode == 7
    assert "process" in done.stderr


def test_wrong_option_is_exit_2_and_wrong_setting_exit_3(tmp_path: Path) -> None:
    place = workplace(tmp_path / "w")
    assert place.refresh("--judge", "oracle").returncode == 2
    assert place.refresh(CLAIMCHECK_JUDGE="oracle").returncode == 3


def test_a_cluster_that_would_have_nothing_to_read_is_refused(tmp_path: Path) -> None:
    done = workplace(tmp_path, None, None, PAIR).refresh("--sample", "--cluster", "local:2")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "claimcheck: --cluster has nothing to do where recorded readings are replayed; leave it out\n"


def test_searching_an_empty_library_is_not_finding_nothing(tmp_path: Path) -> None:
    done = workplace(tmp_path / "w").run("library", "search", "reasoning")
    assert done.returncode == 4
    assert "empty" in done.stderr


def test_closed_stdout_ends_no_run(tmp_path: Path) -> None:
    place = workplace(tmp_path / "w")
    done = subprocess.run(
        f"exec >&-; {CLAIMCHECK} refresh --sample",
        shell=True,
        cwd=place.folder,
        env=place.environment(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (place.folder / "reports" / "sample" / "latest.md").exists()


def test_report_folder_that_cannot_be_written_is_exit_8_and_keeps_the_readings(place: Workplace, model: Server) -> None:
    (place.folder / "reports").write_text("a file, not a folder")
    done = place.refresh()
    assert done.returncode == 8, done.stderr
    assert len(done.stderr.splitlines()) == 1
    (place.folder / "reports").unlink()
    calls = len(model.log)
    assert place.refresh().returncode == 0
    assert len(model.log) == calls


def test_report_is_written_again_with_the_same_bytes(place: Workplace) -> None:
    place.refresh()
    before = place.report()
    for file in (place.folder / "reports").iterdir():
        file.unlink()
    assert place.run("report").returncode == 0
    assert place.report() == before


def test_recording_replays_to_the_same_verdicts_without_a_model(place: Workplace, tmp_path: Path, arxiv: Server) -> None:
    assert place.refresh("--record", "readings.jsonl").returncode == 0
    replay = workplace(tmp_path / "replay", arxiv.url, claims=PAIR)
    done = replay.refresh("--judge", f"recorded:{place.folder / 'readings.jsonl'}")
    assert done.returncode == 0, done.stderr
    assert replay.verdicts() == place.verdicts()
    assert replay.twin()["judge"]["kind"] == "recorded"


def test_show_and_history_tell_of_one_claim(place: Workplace) -> None:
    place.refresh("--only", "tradeoff")
    shown = place.run("show", "tradeoff")
    assert shown.returncode == 0, shown.stderr
    assert "tradeoff" in shown.stdout
    assert TODAY in place.run("history", "tradeoff").stdout
    unknown = place.run("show", "no-such-claim")
    assert (unknown.returncode, len(unknown.stderr.splitlines())) == (2, 1)


def test_diff_and_history_tell_what_a_week_changed(place: Workplace) -> None:
    place.refresh("--only", "tradeoff")
    only = place.run("diff")
    assert (only.returncode, len(only.stderr.splitlines())) == (2, 1)
    assert f"one report only, of {TODAY}" in only.stderr
    (place.folder / "claims.yaml").write_text(
        PAIR.replace("Reasoning training lowers", "Training to reason lowers"), encoding="utf-8"
    )
    later = (date.fromisoformat(TODAY) + timedelta(days=7)).isoformat()
    assert place.run("refresh", "--only", "tradeoff", "--today", later).returncode == 0
    told = json.loads(place.run("diff", "--format", "json").stdout)
    assert (told["from"], told["to"]) == (TODAY, later)
    assert "claim_text" in {move["cause"] for row in told["claims"] for move in row["moves"]}
    assert place.run("diff", TODAY, f"reports/{later}.json").stdout == place.run("diff").stdout
    assert "claim reworded" in place.run("history", "tradeoff").stdout.lower()
    written = place.run("report", "--format", "html", MPLCONFIGDIR=mpl.get_cachedir())
    assert written.stdout.strip().endswith(f"{later}.html"), written.stderr
    assert Path(place.folder, written.stdout.strip()).read_text(encoding="utf-8").startswith("<!doctype html>")
    assert f"[{TODAY}]({TODAY}.md)" in (place.folder / "reports" / "README.md").read_text(encoding="utf-8")


def test_json_on_stdout_is_the_twin_with_the_seconds_of_this_run(place: Workplace) -> None:
    printed = json.loads(place.refresh("--json").stdout)
    assert printed["runs"]["seconds"] > 0
    assert place.twin()["runs"]["seconds"] is None
    assert {**printed, "runs": None} == {**place.twin(), "runs": None}
