"""A paper read for several claims in one call, from the settings to the report."""

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.e2e.harness import CLAIMCHECK, PAIR, TODAY, Workplace, heed_signals, workplace
from tests.servers import Server

FOUR = {"CLAIMCHECK_CLAIMS_PER_CALL": "4", "CLAIMCHECK_CANDIDATES": "12"}
CLAIMS = PAIR + "".join(
    f"""      - id: {id}
        text: {text}
        asserted: 2025-05
        anchors: [2505.14810]
"""
    for id, text in (
        ("longer", "The longer a language model reasons, the lower its instruction adherence."),
        ("larger", "Larger language models that were trained to reason keep their instruction adherence."),
        ("tuned", "Reasoning models that were tuned on instructions adhere to them as other language models do."),
    )
)


def readings(model: Server) -> int:
    return sum(row["kind"] == "reading" for row in model.log)


def shown(place: Workplace) -> list[Any]:
    """What a report says of each claim, but for how often it was asked."""
    kept = ("id", "verdict", "confidence", "anchors", "evidence", "gaps", "coverage")
    return [{name: claim[name] for name in kept} for claim in place.twin()["claims"]]


def test_fewer_calls_read_the_same_and_nothing_is_asked_twice(tmp_path: Path, arxiv: Server, model: Server) -> None:
    alone = workplace(tmp_path / "alone", arxiv.url, model.url, CLAIMS)
    assert alone.refresh(**FOUR | {"CLAIMCHECK_CLAIMS_PER_CALL": "1"}).returncode == 0
    one_by_one = readings(model)
    place = workplace(tmp_path / "four", arxiv.url, model.url, CLAIMS)
    done = place.refresh(**FOUR)
    assert done.returncode == 0, done.stderr
    by_four = readings(model) - one_by_one
    assert b"read for up to 4 of them at once" in place.report()[0]
    assert b"of them at once" not in alone.report()[0]
    assert by_four < 0.7 * one_by_one
    assert shown(place) == shown(alone), "the server answers each claim as it would alone"
    cost = place.twin()["cost"]
    assert cost["calls"] == len(model.log) - alone.twin()["cost"]["calls"]
    before = len(model.log)
    assert place.refresh(**FOUR).returncode == 0
    assert len(model.log) == before


def test_a_run_that_is_killed_in_the_middle_goes_on(tmp_path: Path, arxiv: Server, model: Server) -> None:
    undisturbed = workplace(tmp_path / "whole", arxiv.url, model.url, CLAIMS)
    assert undisturbed.refresh(**FOUR).returncode == 0
    calls = readings(model)
    place = workplace(tmp_path / "killed", arxiv.url, model.url, CLAIMS)
    model.latency = 0.3
    command = [str(CLAIMCHECK), "refresh", "--today", TODAY]
    env = place.environment(**FOUR, CLAIMCHECK_CONCURRENCY="2")
    process = subprocess.Popen(command, cwd=place.folder, env=env, stderr=subprocess.DEVNULL, preexec_fn=heed_signals)
    while readings(model) < calls + 6:
        assert process.poll() is None
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(30)
    model.latency = 0
    assert place.refresh(**FOUR).returncode == 0
    assert shown(place) == shown(undisturbed)
    assert readings(model) <= 2 * calls + 3, "at most what was under way, and what one answer brought, is asked again"


def test_a_bad_day_of_the_server_is_made_up_for_and_never_a_verdict(tmp_path: Path, arxiv: Server) -> None:
    with Server("model", faults=[("notjson", 3), ("500", 11), ("wrongschema", 5)]) as model:
        place = workplace(tmp_path / "w", arxiv.url, model.url, CLAIMS)
        done = place.refresh(**FOUR)
        assert done.returncode in (0, 4), done.stderr
        incomplete = {claim["id"] for claim in place.twin()["claims"] if claim["gaps"]}
        assert (done.returncode == 4) == bool(incomplete)
        assert not any(v in ("holds", "untested") for id, v in place.verdicts().items() if id in incomplete)
        model.faults = []
        assert place.refresh(**FOUR).returncode == 0
    with Server("model") as good:
        undisturbed = workplace(tmp_path / "undisturbed", arxiv.url, good.url, CLAIMS)
        assert undisturbed.refresh(**FOUR).returncode == 0
    assert [claim["verdict"] for claim in shown(place)] == [claim["verdict"] for claim in shown(undisturbed)]


def test_a_dry_run_says_that_calls_may_be_fewer_and_a_batch_is_refused(tmp_path: Path, arxiv: Server, model: Server) -> None:
    place = workplace(tmp_path / "w", arxiv.url, model.url, CLAIMS)
    told = place.refresh("--dry-run", **FOUR)
    assert "a call may read a paper for up to 4 claims" in told.stdout
    refused = place.refresh("--batch", **FOUR)
    assert refused.returncode == 3
    assert "CLAIMCHECK_CLAIMS_PER_CALL: 4 is not allowed with a batch" in refused.stderr
    assert (arxiv.log, model.log) == ([], [])
