"""Readings in batches, over a server with bad days: what is paid once, what is asked again, and what is told meanwhile."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from claimcheck.adapters.openai.batch import Limits
from claimcheck.agent import collect
from claimcheck.agent.state import State
from claimcheck.domain.gap import GapKind
from claimcheck.domain.verdict import Verdict
from claimcheck.errors import Denied
from tests.batch_server import BatchDesk
from tests.integration.batching import CLAIMS, PAPERS, Life, Place, fresh
from tests.servers import Server


@pytest.fixture
def server() -> Iterator[Server]:
    with Server("model") as server:
        yield server


@pytest.fixture
def place(tmp_path: Path, server: Server) -> Place:
    return Place(tmp_path / "home", server)


@pytest.fixture
def direct(tmp_path: Path) -> State:
    with Server("model") as other:
        return Place(tmp_path / "direct", other, on=False).refresh()


def verdicts(state: State) -> dict[str, Verdict]:
    return {retest.claim.id: retest.verdict for retest in state["retests"]}


def evidence(state: State) -> list[tuple[object, ...]]:
    return [(r.claim.id, e.paper.id, e.stance, e.quotes, e.flags) for r in state["retests"] for e in r.evidence]


def whys(state: State, kind: GapKind = GapKind.BATCH) -> list[str]:
    return [gap.why for gap in state["gaps"] if gap.kind is kind]


def readings(server: Server) -> int:
    return sum(row["kind"] == "reading" for row in server.log)


def sent(place: Place, number: int) -> list[dict[str, object]]:
    batch = place.desk.batches[f"batch_{number}"]
    return [json.loads(line)["body"] for line in place.desk.files[batch["input_file_id"]].splitlines()]


def test_what_a_batch_answers_is_what_a_direct_run_reads(place: Place, direct: State) -> None:
    first = place.refresh()
    assert set(verdicts(first).values()) == {Verdict.UNKNOWN}
    assert (first["reads"], readings(place.server)) == ([], 0)
    assert all("under way" in why and "run again to collect it" in why for why in whys(first))
    second = place.refresh()
    assert second["gaps"] == direct["gaps"] == []
    assert verdicts(second) == verdicts(direct)
    assert evidence(second) == evidence(direct)
    assert (place.open(), len(place.desk.batches)) == (0, 1)
    assert len(place.desk.paid) == len(set(place.desk.paid)) > 10


def test_a_run_that_may_wait_hands_in_and_reads_at_once(place: Place, direct: State) -> None:
    place.desk.looks = 6
    state = place.refresh(wait=600.0)
    assert state["gaps"] == []
    assert evidence(state) == evidence(direct)


def test_waiting_has_an_end(place: Place) -> None:
    place.desk.looks = 10**6
    began = place.now
    state = place.refresh(wait=600.0)
    assert 600 <= (place.now - began).total_seconds() < 601
    assert len(state["pending"]) == 1


@pytest.mark.slow
def test_killed_at_any_step_everything_is_read_and_paid_once(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collect, "_AT_ONCE", 2)
    few: dict[str, Any] = {"papers": PAPERS[:4], "claims": CLAIMS[:1]}
    expected = evidence(Place(tmp_path / "direct", server, on=False, **few).refresh())
    for last in count(1):
        server.batches = BatchDesk(server.batches.answer)
        server.log.clear()
        place = Place(fresh(tmp_path / "template", tmp_path / str(last)), server, life=Life(last), limits=Limits(lines=2), **few)
        state = place.settled()
        handed_in = Counter(str(body) for number in range(len(place.desk.batches)) for body in sent(place, number + 1))
        assert handed_in.most_common(1)[0][1] == 1, last
        assert (evidence(state), state["gaps"], place.open()) == (expected, [], 0), last
        assert place.spent().calls == len(place.desk.paid) + len(server.log), last
        if place.life.steps < last:
            break
    assert last > 30


def test_a_file_that_is_not_taken_at_first_is_sent_again(place: Place) -> None:
    place.desk.faults = [("POST /v1/files", "500"), ("POST /v1/files", "drop"), ("GET /v1/batches/", "503")]
    assert place.settled()["gaps"] == []
    assert len(place.desk.batches) == 1


@pytest.mark.parametrize("labels", [True, False])
def test_a_batch_whose_making_was_not_confirmed_is_found_in_the_list(place: Place, labels: bool) -> None:
    place.desk.labels = labels
    place.desk.faults = [("POST /v1/batches", "lost")]
    assert place.refresh()["pending"][0].opened.remote == "batch_1"
    assert place.settled()["gaps"] == []
    assert len(place.desk.batches) == 1


def test_a_batch_that_nobody_heard_of_is_looked_for_by_the_next_run_and_then_made_anew(place: Place) -> None:
    place.desk.faults = [("POST /v1/batches", "500")]
    first = place.refresh()
    assert any("did not make a batch" in why for why in whys(first))
    again = place.refresh()
    assert any("may have been taken by the server just now" in why for why in whys(again))
    assert place.desk.batches == {}
    place.later(minutes=2)
    assert any("it was not taken by the server" in why for why in whys(place.refresh()))
    assert place.settled()["gaps"] == []
    assert len(place.desk.batches) == 1


def test_a_server_that_is_busy_is_asked_again_for_it_surely_made_nothing(place: Place) -> None:
    place.desk.faults = [("POST /v1/batches", "429")]
    place.refresh()
    assert len(place.desk.batches) == 1


def test_a_server_that_is_down_leaves_gaps_and_nothing_open(place: Place) -> None:
    place.desk.faults = [("POST /v1/files", "503")] * 4
    state = place.refresh()
    assert any("did not take a batch's file (503" in why for why in whys(state, GapKind.OUTAGE))
    assert (place.open(), state["reads"]) == (0, [])
    assert place.settled()["gaps"] == []


def test_a_cut_file_of_answers_is_read_as_far_as_it_goes_and_once_more_later(place: Place, direct: State) -> None:
    place.desk.spoil = lambda lines: b"".join(lines)[:-40]
    place.refresh()
    state = place.refresh()
    assert any("it breaks off" in why for why in whys(state))
    assert len(state["reads"]) == len(place.desk.paid) - 1
    place.desk.files["file-2"] += b'broken"}\n'  # the rest is not what it was: the line is not one of ours
    assert any("answers were there" in why for why in whys(place.refresh()))
    place.later(days=3)
    place.desk.spoil = None
    assert evidence(place.settled()) == evidence(direct)
    assert Counter(place.desk.paid).most_common(2)[1][1] == 1, "only the lost answer is asked again"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lines: b"".join([*lines, *lines]),
        lambda lines: b"".join(
            [lines[0].replace(b'"custom_id": "', b'"custom_id": "x'), b"<html>\n", b"[]\n", b"\xff\n", *lines]
        ),
        lambda lines: b"".join(reversed(lines)),
        lambda lines: b"".join(lines).rstrip(b"\n"),
        lambda lines: b"".join(line.replace(b"\n", b"\r\n") for line in lines),
    ],
    ids=["twice", "foreign lines", "turned round", "no last line end", "other line ends"],
)
def test_strange_files_of_answers_change_nothing(place: Place, direct: State, spoil: Callable[[list[bytes]], bytes]) -> None:
    place.desk.spoil = spoil
    state = place.settled()
    assert (evidence(state), state["gaps"]) == (evidence(direct), [])
    assert len(place.desk.batches) == 1
    assert place.spent().calls == len(place.desk.paid) + len(CLAIMS) + 1, "phrases of each claim, questions, and each answer once"


def test_what_expired_is_handed_in_again_and_what_was_answered_is_kept(place: Place, direct: State) -> None:
    place.refresh()
    place.desk.outcome, place.desk.answered = "expired", 3
    state = place.refresh()
    assert len(state["reads"]) == 3 + 1, "one is asked directly, before more are handed in"
    assert any("an earlier batch did not read it" in why and "expired" in why for why in whys(state))
    place.desk.outcome, place.desk.answered = "completed", None
    assert evidence(place.settled()) == evidence(direct)
    assert len(place.desk.paid) == len(set(place.desk.paid))


def test_a_batch_that_fails_says_why_and_is_handed_in_again(place: Place) -> None:
    place.desk.outcome = "failed"
    place.refresh()
    state = place.refresh()
    assert any("Enqueued token limit reached" in why for why in whys(state))
    assert place.desk.paid == []
    place.desk.outcome = "completed"
    assert place.settled()["gaps"] == []


def test_a_batch_that_fails_while_it_is_waited_for_is_not_handed_in_twice_in_a_run(place: Place) -> None:
    place.desk.outcome = "failed"
    state = place.refresh(wait=600.0)
    assert any("Enqueued token limit reached" in why for why in whys(state, GapKind.JUDGE))
    assert (len(place.desk.batches), state["pending"]) == (1, ())


def test_a_line_that_was_too_long_goes_shortened_the_next_time(place: Place) -> None:
    place.desk.failed = dict.fromkeys((0, 1), (400, "context_length_exceeded", "maximum context length"))
    place.refresh()
    place.refresh()
    place.desk.failed = {}
    state = place.settled()
    (second,) = sent(place, 2)
    assert len(str(second)) < len(str(sent(place, 1)[1]))
    assert sum("shortened" in read.evidence.flags for read in state["reads"]) == 1, "the other was asked directly, and fitted"


def test_an_answer_that_cannot_be_used_is_a_gap_is_paid_and_put_once_more(place: Place) -> None:
    good = place.desk.answer
    place.desk.answer = lambda body: spoilt(good(body))
    state = place.refresh(wait=600.0)
    assert len(place.desk.batches) == 1
    assert set(whys(state, GapKind.JUDGE)) == {"the answer is not one JSON object"}
    assert place.spent().calls == len(place.desk.paid) + len(CLAIMS)
    place.desk.answer = good
    assert place.settled()["gaps"] == []
    again = sent(place, 2)
    assert len(again) == len(sent(place, 1)) - 1, "one was asked directly"
    assert all("An earlier answer could not be used: the answer is not one JSON object" in str(body) for body in again)
    assert not any("temperature" in body for body in again)


def spoilt(completion: dict[str, object]) -> dict[str, object]:
    choices = completion["choices"]
    assert isinstance(choices, list)
    return completion | {"choices": [choices[0] | {"message": {"role": "assistant", "content": "It seems so."}}]}


def test_a_batch_that_the_server_does_not_know_is_given_up_after_three_days(place: Place) -> None:
    place.refresh()
    lost = place.desk.batches.pop("batch_1")
    state = place.refresh()
    assert any("is not known to the model server" in why and "2026-11-25" in why for why in whys(state))
    assert place.desk.batches == {}
    place.desk.batches["batch_1"] = lost
    assert place.refresh()["gaps"] == []
    assert len(place.desk.paid) == len(set(place.desk.paid))


def test_a_batch_that_stays_unknown_is_asked_again(place: Place) -> None:
    place.refresh()
    place.desk.batches.clear()
    place.later(days=3)
    assert any("the server lost it" in why for why in whys(place.refresh()))
    assert place.settled()["gaps"] == []


@pytest.mark.parametrize(("fault", "says"), [(None, "has no batch interface"), ("401", "denies us"), ("403", "denies us")])
def test_a_server_that_refuses_ends_the_run_and_nothing_stays_open(place: Place, fault: str | None, says: str) -> None:
    place.desk.on = fault is not None
    place.desk.faults = [("POST /v1/files", fault)] if fault else []
    with pytest.raises(Denied, match=says):
        place.refresh()
    assert place.open() == 0
    assert place.refresh(on=False)["gaps"] == []


def test_a_file_that_the_server_rejects_leaves_gaps(place: Place) -> None:
    place.desk.faults = [("POST /v1/batches", "400")]
    state = place.refresh()
    assert any("refuses to make a batch (400" in why for why in whys(state, GapKind.JUDGE))
    assert place.open() == 0


def test_no_more_readings_are_handed_in_than_calls_are_allowed(place: Place) -> None:
    state = place.refresh(judge={"max_calls": 6})
    assert len(sent(place, 1)) == 6 - len(CLAIMS)
    assert any("the calls allowed are made" in why for why in whys(state, GapKind.BUDGET))
    state = place.refresh(judge={"max_calls": 6})
    assert len(sent(place, 2)) == 6 - 1, "what an earlier run paid for is not this run's expense"


def test_what_a_killed_run_handed_in_counts_against_the_limits_of_the_next(place: Place) -> None:
    place.accounted = True
    place.refresh(judge={"max_calls": 6})
    assert len(sent(place, 1)) == 6 - len(CLAIMS)
    place.later(minutes=2)
    state = place.refresh()  # as the first came to no end
    assert (len(place.desk.batches), len(place.desk.paid)) == (1, 4), "collected, and no call is left for another"
    assert any("the calls allowed are made (6 of 6)" in why for why in whys(state, GapKind.BUDGET))
    assert place.refresh(judge={})["pending"], "without a limit the rest is handed in"


def test_money_is_set_aside_at_the_batch_price_and_never_overspent(place: Place) -> None:
    prices = {"price_prompt": 100.0, "price_completion": 100.0, "max_cost": 1.5}
    state = place.refresh(judge=prices)
    assert any("the cost allowed is reached" in why for why in whys(state, GapKind.BUDGET))
    highest = [len(str(body["messages"])) / 2.5 + 1200 for body in sent(place, 1)]
    assert 1.0 < place.spent().usd + sum(highest) * 100 / 1e6 / 2 <= 1.5
    place.refresh(on=False, judge=prices | {"max_cost": 0.0})
    drafting = len(CLAIMS) * 540 * 100 / 1e6
    assert place.spent().usd == pytest.approx(drafting + len(place.desk.paid) * 540 * 100 / 1e6 / 2)


def test_what_a_collected_batch_left_of_the_budget_is_used_while_waiting(place: Place) -> None:
    prices = {"price_prompt": 100.0, "price_completion": 100.0, "max_cost": 1.5}
    assert place.refresh(judge=prices, wait=600.0)["gaps"] == []
    assert len(place.desk.batches) > 1
    assert place.spent().usd <= 1.5


def test_the_servers_limits_make_several_batches(place: Place, direct: State) -> None:
    place.refresh(limits=Limits(lines=4))
    assert [len(sent(place, n + 1)) for n in range(len(place.desk.batches))][:-1] == [4] * (len(place.desk.batches) - 1)
    assert evidence(place.settled()) == evidence(direct)
    assert len(place.desk.paid) == len(set(place.desk.paid))


def test_a_limit_in_bytes_makes_several_batches(place: Place) -> None:
    place.refresh(limits=Limits(bytes=20_000))
    assert len(place.desk.batches) > 2
    files = [place.desk.files[row["input_file_id"]] for row in place.desk.batches.values()]
    assert all(len(file) <= 20_000 for file in files)


def test_the_first_reading_is_asked_directly_when_nothing_else_was(place: Place) -> None:
    papers, place.papers = place.papers, []
    place.refresh()
    place.papers = papers
    place.refresh()
    assert readings(place.server) == 1
    assert place.settled()["gaps"] == []
    assert len(place.desk.paid) == len(set(place.desk.paid))


def test_a_run_without_batches_collects_and_pays_nothing_twice(place: Place, direct: State) -> None:
    place.desk.looks = 2
    place.refresh()
    state = place.refresh(on=False)
    assert (len(state["pending"]), readings(place.server)) == (1, 0)
    assert evidence(place.refresh(on=False)) == evidence(direct)
    assert readings(place.server) == 0


def test_answers_are_kept_also_when_the_claim_was_edited_meanwhile(place: Place) -> None:
    place.refresh()
    before = place.claims
    place.refresh(claims=())
    paid = place.spent().calls
    assert place.refresh(claims=before)["gaps"] == []
    assert len(place.desk.batches) == 1
    assert paid >= len(place.desk.paid)


def test_questions_are_not_drafted_on_half_of_the_evidence(place: Place) -> None:
    place.desk.looks, place.desk.outcome, place.desk.answered = 1, "expired", 9
    place.refresh()
    place.refresh()
    assert sum(row["kind"] == "drafting" for row in place.server.log) == len(CLAIMS)
