"""News: told when, and only when, there is something to see."""

from typing import Any

import pytest

from claimcheck.errors import Exit
from claimcheck.report.news import Message, failure, news, seen

HOSTILE = "<img src=x> [click](javascript:alert(1)) @everyone \u202e\x1b[31m"


def claim(id: str = "tradeoff", verdict: str = "holds", previous: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "text": more.pop("text", "Longer chains follow fewer instructions."),
        "verdict": verdict,
        "previous_verdict": previous,
        "newly_counted": more.pop("newly_counted", []),
        "anchors": more.pop("anchors", [anchor()]),
    }


def anchor(version: int | None = 1, title: str | None = "On chains", grounding: str = "grounded") -> dict[str, Any]:
    return {"id": "2505.14810", "version": version, "title": title, "grounding": grounding}


def gap(what: str, why: str = "status 503", claim: str | None = "tradeoff", kind: str = "source") -> dict[str, Any]:
    return {"claim": claim, "what": what, "why": why, "kind": kind, "blocks": True}


def loose(citation: str = "2505.14810", grounding: str = "miscited", where: str = "anchor") -> dict[str, Any]:
    return {"claim": "tradeoff", "citation": citation, "grounding": grounding, "where": f"claim tradeoff, {where}"}


def twin(*claims: dict[str, Any], ungrounded: tuple[Any, ...] = (), gaps: tuple[Any, ...] = ()) -> dict[str, Any]:
    return {"claims": list(claims or (claim(),)), "ungrounded": list(ungrounded), "gaps": list(gaps)}


def told(now: dict[str, Any], before: dict[str, Any] | None = None, exit: Exit = Exit.DONE) -> str:
    """The message of a run after a run that was told; the empty text when it is silent."""
    kept = seen(before) if before else None
    message = news(now, kept, exit, "/reports/2026-11-22.md")
    return f"{message.title}\n{message.body}" if message else ""


def test_a_week_like_the_one_before_is_silence() -> None:
    week = twin(claim(verdict="contested"), ungrounded=(loose(),), gaps=(gap("reading of 2501.00001", kind="judge"),))
    assert told(week, week, Exit.GAPS) == ""
    assert told(twin()) == ""


def test_a_changed_verdict_is_told_with_what_moved_it() -> None:
    said = told(twin(claim(verdict="contested", newly_counted=["2511.00001", "2511.00002"])), twin())
    assert said == (
        "claimcheck: 1 verdict changed\n1 verdict changed:\n  tradeoff: holds -> contested (2511.00001, 2511.00002)\n\n"
        "Report: /reports/2026-11-22.md"
    )


def test_the_first_telling_goes_by_the_ledgers_last_verdict() -> None:
    assert "holds -> relaxed" in told(twin(claim(verdict="relaxed", previous="holds")))
    assert told(twin(claim(verdict="relaxed"))) == ""


def test_an_edited_claim_changed_no_verdict() -> None:
    assert told(twin(claim(verdict="contested", text="Another text.")), twin()) == ""


def test_unknown_is_told_as_a_gap_and_never_as_a_changed_verdict() -> None:
    down = twin(claim(verdict="unknown", previous="holds"), gaps=(gap("query a"),))
    said = told(down, twin(), Exit.GAPS)
    assert "1 claim with new gaps:\n  tradeoff: arXiv 1" in said
    assert "verdict" not in said
    again = news(twin(claim(previous="holds")), seen(down, seen(twin())), Exit.DONE, "r")
    assert again is None  # back to what it was before: nothing to see


@pytest.mark.parametrize(
    ("now", "way"),
    [
        (anchor(version=2), "version 2 (was 1)"),
        (anchor(title="On chains, revised"), "a new title"),
        (anchor(grounding="withdrawn"), "was withdrawn"),
    ],
)
def test_a_drifted_anchor_is_told(now: dict[str, Any], way: str) -> None:
    week = twin(claim(anchors=[now]))
    assert f"1 anchor drifted:\n  tradeoff: anchor 2505.14810: {way}" in told(week, twin())
    assert told(week, week) == ""


def test_an_anchor_that_could_not_be_looked_at_has_not_drifted() -> None:
    dark = twin(claim(anchors=[anchor(version=None, title=None, grounding="unchecked")]))
    assert told(dark, twin()) == ""
    assert news(twin(), seen(dark, seen(twin())), Exit.DONE, "r") is None


def test_a_citation_is_told_when_it_is_newly_found_not_grounded() -> None:
    assert "tradeoff: anchor 2505.14810: miscited" in told(twin(ungrounded=(loose(),)), twin())
    assert "evidence 2511.00001v2: quarantined" in told(twin(ungrounded=(loose("2511.00001v2", "quarantined", "evidence"),)))
    assert "anchor 2505.14810: not_found" in told(twin(ungrounded=(loose(grounding="not_found"),)), twin(ungrounded=(loose(),)))


def test_a_citation_that_could_not_be_checked_was_not_found_wrong() -> None:
    assert told(twin(ungrounded=(loose(grounding="unchecked"),)), twin()) == ""


def test_a_gap_whose_reason_alone_differs_is_the_same_gap() -> None:
    assert told(twin(gaps=(gap("query a", "status 503"),)), twin(gaps=(gap("query a", "no answer in 30 s"),)), Exit.GAPS) == ""
    assert told(twin(gaps=(gap("query b"),)), twin(gaps=(gap("query a"),)), Exit.GAPS)
    assert "the whole run: arXiv 1" in told(twin(gaps=(gap("new papers in cs.CL", claim=None),)), twin(), Exit.GAPS)


@pytest.mark.parametrize("exit", [Exit.UNAVAILABLE, Exit.BUDGET])
def test_a_run_that_must_go_on_is_told_every_time(exit: Exit) -> None:
    week = twin(gaps=(gap("query a"),))
    said = told(week, week, exit)
    assert said.startswith(f"claimcheck: run not complete (exit {int(exit)})\n")
    assert "run it again" in said


def test_a_failed_run_is_told_and_one_that_a_person_sees_is_not() -> None:
    failed = failure(Exit.STORE)
    assert failed
    assert failed.title == "claimcheck: the run failed (exit 8)"
    assert "claimcheck doctor" in failed.body
    assert [code for code in Exit if code and failure(code) is None] == [
        Exit.USAGE, Exit.RUNNING, Exit.INTERRUPTED, Exit.TERMINATED,
    ]  # fmt: skip


def test_nothing_hostile_gets_into_a_message() -> None:
    bad = claim(HOSTILE, "contested", "holds", newly_counted=[HOSTILE], anchors=[{**anchor(version=2), "id": HOSTILE}])
    now = twin(bad, ungrounded=({**loose(HOSTILE), "claim": HOSTILE},), gaps=(gap(HOSTILE, HOSTILE, HOSTILE),))
    before = twin({**bad, "verdict": "holds", "anchors": [{**anchor(), "id": HOSTILE}]})
    message = news(now, seen(before), Exit.GAPS, "/reports/\x1b[31m.md")
    assert isinstance(message, Message)
    text = message.title + message.body
    assert "(a claim): holds -> contested" in text
    assert not any(word in text for word in ("<img", "javascript", "@", "\u202e", "\x1b", "[click"))


def test_a_message_stays_short() -> None:
    many = twin(*(claim(f"c{n}", "contested", "holds", newly_counted=[f"2511.{n:05}" for n in range(1, 21)]) for n in range(100)))
    said = told(many)
    assert "  and 92 more" in said
    assert "and 16 more)" in said
    assert len(said) < 2000
