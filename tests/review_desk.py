"""A small report to review, on fakes: two claims, evidence of every kind, an anchor in doubt."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from claimcheck.adapters.claims_yaml import EditableClaims
from claimcheck.domain.claim import Anchor, Claim, Part
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.evidence import Evidence, Reading, Stance, evidence
from claimcheck.domain.grounding import AnchorCheck, Grounding, Suggestion
from claimcheck.domain.paper import Paper
from claimcheck.domain.retest import Coverage, Retest
from claimcheck.domain.verdict import decide_claim
from claimcheck.ports import JudgeName, Ledger, RunSummary
from claimcheck.report import twin
from claimcheck.review.board import Boards
from claimcheck.review.desk import Desk
from claimcheck.review.texts import Texts
from tests.fakes import FakeFullTexts, FakeLedger, FakeLibrary

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CLAIMS = """\
version: 1
inquiries:
  - id: q
    question: Does it hold?
    claims:
      # kept by hand
      - {id: tradeoff, text: Longer chains follow fewer instructions., asserted: 2025-05, anchors: [2505.00001]}
      - id: ceiling
        text: "<b>Few</b> problems are solved."   # as told
        asserted: 2025-06
        anchors:
          - id: 2505.00002   # from a talk
            title: Another title
"""
JUDGE = JudgeName("embedded", "small", "0000")


def paper(number: int, month: int = 6) -> Paper:
    text = f"We study paper {number}. It <b>alert({number})</b> measures. The effect is there."
    return Paper(f"25{month:02}.{number:05}", f"On <i>paper</i> {number}", text, version=1, published=date(2025, month, 3))


def claim(id: str, text: str, anchor: Anchor) -> Claim:
    return Claim(id, "q", text, PartialDate.parse("2025-05"), (anchor,), durable="Capacity is shared.")


TRADEOFF = claim("tradeoff", "Longer chains follow fewer instructions.", Anchor("2505.00001"))
CEILING = claim("ceiling", "<b>Few</b> problems are solved.", Anchor("2505.00002", "Another title"))


def piece(number: int, stance: Stance, trusted: bool = False, sentences: tuple[int, ...] = (2,)) -> Evidence:
    return evidence(paper(number), Reading(stance, Part.WHOLE, True, sentences, 0.7, "So it says.", trusted))


def tradeoff() -> Retest:
    items = [
        piece(1, Stance.SUPPORTS, trusted=True),
        piece(2, Stance.REFUTES),
        piece(3, Stance.SUPPORTS),
        piece(4, Stance.RELAXES, sentences=(9,)),
    ]
    check = AnchorCheck(Anchor("2505.00001"), Grounding.GROUNDED, "its abstract says so", paper(1, 5))
    return retest(TRADEOFF, items, check)


def ceiling() -> Retest:
    suggestion = Suggestion(paper(9, 4), None)
    check = AnchorCheck(CEILING.anchors[0], Grounding.MISCITED, "it says the contrary", paper(2, 5), None, suggestion)
    return retest(CEILING, [piece(5, Stance.RELAXES, trusted=True)], check)


def retest(of: Claim, items: Iterable[Evidence], check: AnchorCheck) -> Retest:
    found, decisions = tuple(items), decide_claim(of, list(items), True)
    return Retest(
        of, decisions[Part.WHOLE].verdict, decisions, (), (check,), found, Coverage(), computed=decisions[Part.WHOLE].verdict
    )


def keep(ledger: Ledger, *retests: Retest, day: date = TODAY) -> None:
    run = ledger.start_run(day, JUDGE, "abcd")
    for one in retests:
        ledger.keep_retest(run, day, one, {**twin.entry(one, None), "retested": day.isoformat()})
    ledger.finish_run(run, RunSummary(day, JUDGE, "abcd"), 1.0, 0)


def library() -> FakeLibrary:
    return FakeLibrary([*(paper(n) for n in range(1, 6)), paper(1, 5), paper(2, 5), paper(9, 4)])


def desk(folder: Path | None = None, ledger: Ledger | None = None, today: date = TODAY) -> Desk:
    """A desk over the report; with a folder, over a claims.yaml in it that may be repaired."""
    if ledger is None:
        ledger = FakeLedger()
        keep(ledger, tradeoff(), ceiling())
    if folder:
        (folder / "claims.yaml").write_text(CLAIMS, encoding="utf-8")
    return Desk(
        ledger=ledger,
        library=library(),
        boards=Boards(ledger, today),
        texts=Texts(library(), FakeFullTexts()),
        reviewer="Ada",
        today=today,
        claims=EditableClaims(folder / "claims.yaml", today) if folder else None,
        clock=lambda: NOON,
    )


def on(found: Desk, today: date) -> Desk:
    """The same ledger on another day."""
    return replace(found, today=today, boards=Boards(found.ledger, today))
