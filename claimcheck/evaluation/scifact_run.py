"""`eval scifact`: the judge on the cited abstracts, or the search and then the judge on the first of its ranking.

The search runs over a library that holds the corpus and nothing else. What is judged is found by the claim's own words, the query
that a refresh plans with origin `claim`: that compares with the published figures. `retrieval_planned` is the ranking that a
refresh would read from, in which the refuting and relaxing queries take part. The documents that the claim's source cites are
the relevant ones, with evidence or without, as in BEIR. A pair whose answer could not be used is left out of what is relevant
and of what is retrieved.

An untrusted stance counts here as the lean that it is; the share of such readings is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from claimcheck.agent.ranking import by_queries, ranked
from claimcheck.agent.state import Pair
from claimcheck.domain import query
from claimcheck.domain.claim import Claim
from claimcheck.errors import Exit
from claimcheck.evaluation import chance, retrieval, scifact
from claimcheck.evaluation.documents import Document, statement
from claimcheck.evaluation.labels import NEITHER, three
from claimcheck.evaluation.reading import Readings, Watch, exit_code, read_all
from claimcheck.evaluation.scifact import GoldClaim, Predicted


@dataclass(frozen=True)
class _Task:
    """A claim, and the documents to be read for it."""

    gold: GoldClaim
    claim: Claim
    documents: tuple[str, ...]


async def run(
    watch: Watch, claims: Sequence[GoldClaim], corpus: Mapping[str, Document], retrieve: int | None
) -> tuple[dict[str, Any], Exit]:
    """Judge the cited abstracts (`retrieve` None), or the first so many that the search finds; return the scores."""
    rankings, planned = _rankings(watch, claims, corpus)
    tasks = [_Task(gold, statement(gold.id, gold.text), _documents(gold, rankings[gold.id], retrieve)) for gold in claims]
    pairs = [Pair(task.claim, corpus[id].paper) for task in tasks for id in task.documents]
    readings = await read_all(watch, pairs)
    result = _scores([_count(task, corpus, readings) for task in tasks])
    for name, found in (("retrieval", rankings), ("retrieval_planned", planned)):
        units = [retrieval.count(found[gold.id], gold.cited) for gold in claims if gold.cited]
        result[name] = _rounded(retrieval.figures(chance.total(units)))
        result["counts"][name] = len(units)
        between = chance.intervals(units, retrieval.figures)
        result["intervals"] |= {f"{name}.{figure}": span for figure, span in between.items()}
    told = {"n": len(claims), "pairs": len(pairs), **readings.counts, "cost": watch.cost}
    mode = f"retrieve {retrieve}" if retrieve else "oracle"
    return {"mode": mode, **result, **told}, exit_code(watch, readings.gaps, len(readings.unreadable))


def score(claims: Sequence[GoldClaim], predictions: Mapping[str, Mapping[str, Predicted]]) -> dict[str, Any]:
    """Score given predictions; no judge and no search take part."""
    units = [scifact.count(gold.evidence, predictions[gold.id]) for gold in claims]
    return {"mode": "predictions", **_scores(units), "retrieval": None, "n": len(claims), "unreadable": 0}


def _rankings(
    watch: Watch, claims: Sequence[GoldClaim], corpus: Mapping[str, Document]
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Return the documents found for each claim: by its own words, and by all queries that are planned."""
    context = watch.context
    context.progress.stage("search", len(claims))
    ids = {document.paper.id: id for id, document in corpus.items()}
    by_words, by_plan = {}, {}
    for gold in claims:
        claim = statement(gold.id, gold.text)
        queries = query.plan(claim)
        own = [each for each in queries if each.origin == "claim"]
        by_words[gold.id] = tuple(ids[paper] for paper in by_queries(context.library, own, None))
        by_plan[gold.id] = tuple(ids[paper] for paper in ranked(context.library, claim, queries, None, ()))
        context.progress.step()
    return by_words, by_plan


def _documents(gold: GoldClaim, ranking: Sequence[str], retrieve: int | None) -> tuple[str, ...]:
    return tuple(ranking[:retrieve]) if retrieve else tuple(dict.fromkeys((*gold.cited, *gold.evidence)))


def _count(task: _Task, corpus: Mapping[str, Document], readings: Readings) -> scifact.Counts:
    evidence, predicted = dict(task.gold.evidence), {}
    for id in task.documents:
        reading = readings.of(task.claim, corpus[id].paper)
        if reading is None:
            evidence.pop(id, None)
        elif three(reading.stance) is not NEITHER:
            predicted[id] = Predicted(three(reading.stance), corpus[id].places(reading.sentences))
    return scifact.count(evidence, predicted)


def _scores(units: Sequence[scifact.Counts]) -> dict[str, Any]:
    whole = chance.total(units)
    counts = {name: {part: int(whole[name, part]) for part in ("correct", "retrieved", "relevant")} for name in scifact.SCORES}
    return {"metrics": scifact.metrics(whole), "counts": counts, "intervals": chance.intervals(units, scifact.flat)}


def _rounded(figures: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: None if value is None else round(value, 4) for name, value in figures.items()}
