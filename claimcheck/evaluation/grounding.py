"""`eval grounding`: what the check of an anchor must answer, asked of the real check.

Each case is a claim with one anchor, read and grounded as in a refresh, suggestions of the right paper included. The library
stands for arXiv: an id in good form that it does not have is taken as one that arXiv does not know. That is right only for a
library that has the papers of the set; a refresh would ask.

A case does not say when its claim was made. Unless the set's claims are given, which do, a paper of any date may be suggested.

The set's words for our groundings: `ok` grounded; `wrong_paper` miscited; `title_mismatch` or `date_mismatch` metadata_mismatch,
by what differs (the title, when both do); the rest as we call them. A set without a word of its own for an id that cannot be
one calls it not_found.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from langgraph.runtime import Runtime

from claimcheck.agent.ground import ground
from claimcheck.agent.state import Context, Pair, Read, State
from claimcheck.domain.arxiv_id import ArxivId, MalformedId
from claimcheck.domain.claim import Anchor, Claim
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.denial import tied
from claimcheck.domain.gap import Gap
from claimcheck.domain.grounding import AnchorCheck, AnchorFacts, Grounding, LookUp, check_metadata
from claimcheck.errors import Exit, UsageError
from claimcheck.evaluation import chance
from claimcheck.evaluation.loading import Once, Row, read
from claimcheck.evaluation.reading import Readings, Watch, exit_code, read_all
from claimcheck.evaluation.retest_files import asserted

_WORDS = {Grounding.GROUNDED: "ok", Grounding.MISCITED: "wrong_paper"}
_NOT_FOUND = Grounding.NOT_FOUND.value
_MALFORMED = ("malformed", "invalid", "bad_id", "impossible")  # how a set's word for it may begin


@dataclass(frozen=True)
class Case:
    """A claim, what it cites, what a check must answer (`accept` lists all right answers), and the right paper."""

    id: str
    claim_id: str
    text: str
    anchor: Anchor
    expected: str
    accept: tuple[str, ...]
    right_id: str | None


def load(path: Path) -> list[Case]:
    """Read the cases: `id`, `claim`, `cited_id`, `expected`, and where given title, date, claim and right id, what to accept."""
    once = Once()

    def parse(row: Row) -> Case:
        id, expected = row.id("id"), row.text("expected")
        once.see(row, id, f"case {id}")
        date = asserted(row, "cited_date") if row.has("cited_date") else None
        return Case(
            id=id,
            claim_id=row.id("claim_id") if row.has("claim_id") else "",
            text=row.text("claim"),
            anchor=Anchor(row.text("cited_id"), row.optional("cited_title"), date),
            expected=expected,
            accept=(row.texts("accept", least=1) if row.has("accept") else ()) or (expected,),
            right_id=row.optional("right_id"),
        )

    return read(path, parse)


async def run(watch: Watch, cases: Sequence[Case], stated: Mapping[str, PartialDate]) -> tuple[dict[str, Any], Exit]:
    """Check the anchor of every case; `stated` says when claims were made, where that is known."""
    context = watch.context
    if context.library.reach() is None:
        raise UsageError("the library is empty, so no anchor can be checked; run `claimcheck library import FILE` first")
    now = PartialDate.day(context.today)
    claims = {case.id: Claim(case.id, "evaluation", case.text, stated.get(case.claim_id, now), (case.anchor,)) for case in cases}
    facts = {case.id: _facts(context, case.anchor) for case in cases}
    papers = {id: found.paper for id, found in facts.items() if found.paper}
    readings = await read_all(watch, [Pair(claims[id], paper) for id, paper in papers.items()])
    state: State = {
        "claims": tuple(claims.values()),
        "anchors": {id: (found,) for id, found in facts.items()},
        "reads": [
            Read(id, paper.id, tied(claims[id], paper, reading))
            for id, paper in papers.items()
            if (reading := readings.of(claims[id], paper))
        ],
    }
    done = await ground(state, Runtime(context=context))
    checks = {id: checked[0] for id, checked in done["checks"].items()}
    rows = [_row(case, checks[case.id], _vocabulary(cases)) for case in cases]
    open_cases = _unanswered(checks, claims, readings, done["gaps"])
    unusable = {name[0] for name in watch.unusable | readings.unreadable}
    unreadable = sum(claims[id].fingerprint in unusable for id in open_cases)
    result = {
        **_score(rows, open_cases),
        "unreadable": unreadable,
        "unread": len(open_cases) - unreadable,
        "untrusted_share": readings.counts["untrusted_share"],
        "cost": watch.cost,
    }
    return result, exit_code(watch, [*readings.gaps, *done["gaps"]], len(open_cases))


def _unanswered(
    checks: Mapping[str, AnchorCheck], claims: Mapping[str, Claim], readings: Readings, gaps: Iterable[Gap]
) -> frozenset[str]:
    """Return the cases that are unchecked for want of a reading, of the anchor or of a paper to suggest: never wrong for it."""
    missed = {gap.claim_id for gap in gaps}
    return frozenset(
        id
        for id, check in checks.items()
        if check.grounding is Grounding.UNCHECKED
        and (id in missed or (check.paper and readings.of(claims[id], check.paper) is None))
    )


def _score(rows: list[dict[str, Any]], unanswered: Collection[str]) -> dict[str, Any]:
    scored = [row for row in rows if row["id"] not in unanswered]
    wanted = [row for row in rows if row["right_id"] and row["expected"] in (_NOT_FOUND, _WORDS[Grounding.MISCITED])]
    units = [{"cases": 1, "correct": int(row["correct"])} for row in scored]
    return {
        "correct": sum(row["correct"] for row in scored),
        "total": len(scored),
        "intervals": chance.intervals(units, lambda counts: {"correct": counts["correct"] / counts["cases"]}),
        "suggestions": {"right": sum(row["suggested_id"] == row["right_id"] for row in wanted), "n": len(wanted)},
        "cases": rows,
    }


def _facts(context: Context, anchor: Anchor) -> AnchorFacts:
    try:
        bare = ArxivId.parse(anchor.id, context.today).bare
    except MalformedId as wrong:
        return AnchorFacts(anchor, malformed=str(wrong))
    paper = context.library.get(bare)
    return AnchorFacts(anchor, LookUp.FOUND if paper else LookUp.NOT_FOUND, paper=paper)


def _row(case: Case, check: AnchorCheck, vocabulary: Collection[str]) -> dict[str, Any]:
    got = _word(check, vocabulary)
    return {
        "id": case.id,
        "expected": case.expected,
        "got": got,
        "correct": got in case.accept,
        "suggested_id": check.suggestion.paper.id if check.suggestion else None,
        "right_id": case.right_id,
        "grounding": check.grounding.value,
        "reason": check.reason,
    }


def _word(check: AnchorCheck, vocabulary: Collection[str]) -> str:
    if check.grounding is Grounding.METADATA_MISMATCH and check.paper:
        return "title_mismatch" if check_metadata(replace(check.anchor, date=None), check.paper) else "date_mismatch"
    if check.grounding is Grounding.MALFORMED:
        own = sorted(word for word in vocabulary if word.startswith(_MALFORMED))
        return own[0] if own else _NOT_FOUND if _NOT_FOUND in vocabulary else check.grounding.value
    return _WORDS.get(check.grounding, check.grounding.value)


def _vocabulary(cases: Sequence[Case]) -> frozenset[str]:
    return frozenset(word for case in cases for word in (case.expected, *case.accept))
