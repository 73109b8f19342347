"""`eval retest`: dated claims against a library. Does the search find the papers that bear on them, and is the judge right?

Search: the queries that a refresh plans, the ranking that it reads from, the claim's own anchor left out. Recall is the share of
the labelled bearing papers of all claims together among the first 20, 50 and 100. Only papers that the library has can be found:
the others are counted apart, not as missed. A paper that is not labelled is neither right nor wrong.

Stances, all five: `firm` over the pairs that are not contested; `alternatives` over the contested ones, where the other label is
right too; `all` over both together; each a macro-F1 over the stances that are labelled there. `coarse` is the F1 of "bears on the
claim": by a stance, or by a reading whose stance may not be counted. An untrusted stance counts as the lean that it is.

Verdicts: what the rule makes of the judge's readings of the labelled papers, beside what it makes of the labels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from langgraph.runtime import Runtime

from claimcheck.agent.plan import plan
from claimcheck.agent.ranking import ranked
from claimcheck.agent.state import Pair, State
from claimcheck.domain.claim import Claim
from claimcheck.domain.denial import tied
from claimcheck.domain.evidence import Reading, Stance
from claimcheck.domain.gap import Gap
from claimcheck.domain.paper import Paper
from claimcheck.domain.verdict import Tally, Verdict, decide, verdict
from claimcheck.errors import Exit, UsageError
from claimcheck.evaluation import chance, classes
from claimcheck.evaluation.labels import FIVE, NEITHER
from claimcheck.evaluation.reading import Readings, Watch, exit_code, read_all
from claimcheck.evaluation.retest_files import LabelledPaper

DEPTHS = (20, 50, 100)
_SETS = ("firm", "alternatives", "all")

Counts = dict[tuple[object, ...], float]


@dataclass(frozen=True)
class _Case:
    """A claim with its labelled papers, those of them that the library has, and the search's ranking."""

    claim: Claim
    labelled: tuple[LabelledPaper, ...]
    papers: Mapping[str, Paper]
    ranking: tuple[str, ...]

    @property
    def known(self) -> tuple[LabelledPaper, ...]:
        return tuple(item for item in self.labelled if item.paper_id in self.papers)


async def run(
    watch: Watch, claims: Sequence[Claim], labelled: Sequence[LabelledPaper], judging: bool
) -> tuple[dict[str, Any], Exit]:
    """Search for every claim and, when `judging`, read its labelled papers; return the scores."""
    papers = watch.context.library.get_many({item.paper_id for item in labelled})
    if not papers:
        raise UsageError(
            "the library has none of the labelled papers; run `claimcheck library import FILE` with a file that has them"
        )
    planned = await plan({"claims": tuple(claims)}, Runtime(context=watch.context))
    cases = _cases(watch, claims, labelled, papers, planned)
    readings = await read_all(watch, [Pair(c.claim, papers[i.paper_id]) for c in cases for i in c.known]) if judging else None
    units = [_count(case, readings) for case in cases]
    whole, lost = chance.total(units), sum(item.paper_id not in papers for item in labelled)
    result = {
        **_scores(whole, judging),
        "intervals": chance.intervals(units, lambda counts: _figures(counts, _labelled(whole))),
        "verdicts": _verdicts(cases, readings) if readings else None,
        "claims": {case.claim.id: _found(case) for case in cases},
        "n": int(whole.get(("pairs",), 0)),
        **(readings.counts if readings else {"unreadable": 0, "unread": 0}),
        "not_in_library": lost,
        "cost": watch.cost,
    }
    gaps: list[Gap] = [*planned["gaps"], *(readings.gaps if readings else ())]
    return result, exit_code(watch, gaps, lost + int(result["unreadable"]))


def _cases(
    watch: Watch, claims: Sequence[Claim], labelled: Sequence[LabelledPaper], papers: Mapping[str, Paper], planned: State
) -> list[_Case]:
    context = watch.context
    context.progress.stage("search", len(claims))
    cases = []
    for claim in claims:
        own = {anchor.id for anchor in claim.anchors}
        cited = context.library.get_many(own).values()
        window = planned["windows"][claim.id]
        ranking = ranked(context.library, claim, planned["queries"][claim.id], window, cited) if window else []
        items = tuple(item for item in labelled if item.claim_id == claim.id)
        cases.append(_Case(claim, items, papers, tuple(id for id in ranking if id not in own)))
        context.progress.step()
    return cases


def _found(case: _Case) -> dict[str, int]:
    gold = {item.paper_id for item in case.known if item.bears}
    return {"gold": len(gold), **{str(depth): len(gold.intersection(case.ranking[:depth])) for depth in DEPTHS}}


def _count(case: _Case, readings: Readings | None) -> Counts:
    counts: Counts = {("recall", name): count for name, count in _found(case).items()}
    for item in case.known if readings else ():
        assert readings is not None
        reading = readings.of(case.claim, case.papers[item.paper_id])
        if reading is not None:
            for name in _counted(item, reading):
                counts[name] = counts.get(name, 0) + 1
    return counts


def _counted(item: LabelledPaper, reading: Reading) -> list[tuple[object, ...]]:
    said = reading.stance
    label = said if item.contested and said is item.other else item.label
    bears = said is not NEITHER or (reading.bears and not reading.trusted)
    own = "alternatives" if item.contested else "firm"
    return [("pairs",), (own, label, said), ("all", label, said), ("coarse", item.bears, bears)]


def _labelled(counts: Mapping[tuple[object, ...], float]) -> dict[str, tuple[Stance, ...]]:
    return {name: classes.labelled(_confusion(counts, name)) for name in _SETS}


def _figures(counts: Mapping[tuple[object, ...], float], present: Mapping[str, Sequence[Stance]]) -> dict[str, float | None]:
    gold = counts.get(("recall", "gold"), 0)
    found: dict[str, float | None] = {
        f"recall.{depth}": counts.get(("recall", str(depth)), 0) / gold if gold else None for depth in DEPTHS
    }
    for name in _SETS:
        found[f"{name}_macro_f1"] = classes.macro_f1(_confusion(counts, name), present[name])
    both, missed, wrongly = (counts.get(("coarse", *key), 0) for key in ((True, True), (True, False), (False, True)))
    found["coarse_f1"] = 2 * both / (2 * both + missed + wrongly) if both + missed + wrongly else None
    found["coarse_precision"] = both / (both + wrongly) if both + wrongly else None
    found["coarse_recall"] = both / (both + missed) if both + missed else None
    return found


def _scores(whole: Mapping[tuple[object, ...], float], judging: bool) -> dict[str, Any]:
    present = _labelled(whole)
    found = {name: None if value is None else round(value, 4) for name, value in _figures(whole, present).items()}
    recall = {str(depth): found[f"recall.{depth}"] for depth in DEPTHS}
    counts = {name: int(whole.get(("recall", name), 0)) for name in ("gold", *map(str, DEPTHS))}
    if not judging:
        return {"recall": recall, "stance": None, "counts": {"recall": counts}}
    pairs = {name: int(sum(_confusion(whole, name).values())) for name in _SETS}
    return {
        "recall": recall,
        "stance": {name: value for name, value in found.items() if not name.startswith("recall")},
        "per_class": {stance.value: row for stance, row in classes.per_class(_confusion(whole, "all"), FIVE).items()},
        "confusion": classes.matrix(_confusion(whole, "all"), FIVE),
        "counts": {"recall": counts, **pairs},
    }


def _confusion(counts: Mapping[tuple[object, ...], float], name: str) -> dict[tuple[Stance, Stance], float]:
    return {(label, said): counts.get((name, label, said), 0) for label in FIVE for said in FIVE}


def _verdicts(cases: Sequence[_Case], readings: Readings) -> dict[str, Any]:
    rows = {case.claim.id: {"labelled": _by_labels(case), "judged": _by_judge(case, readings)} for case in cases if case.labelled}
    return {"agree": sum(row["labelled"] is row["judged"] for row in rows.values()), "n": len(rows), "claims": rows}


def _by_labels(case: _Case) -> Verdict:
    own = [item.label for item in case.labelled if item.asserted]
    named = {name: own.count(Stance(name)) for name in ("supports", "relaxes", "supersedes", "refutes")}
    return verdict(replace(Tally(), **named), complete=True)


def _by_judge(case: _Case, readings: Readings) -> Verdict:
    read = [(case.papers[item.paper_id], readings.of(case.claim, case.papers[item.paper_id])) for item in case.known]
    items = [tied(case.claim, paper, reading) for paper, reading in read if reading]
    return decide(items, complete=len(items) == len(case.labelled)).verdict
