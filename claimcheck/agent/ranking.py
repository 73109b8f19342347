"""Ranking: the library's best papers for a claim, out of all that is known of it.

Each query ranks on its own, and the rankings are fused by reciprocal rank (Cormack, Clarke and Buettcher, SIGIR 2009, with k = 30
for their 60). First what the claim says: its planned queries, all its words and phrases as one query, and the title of each
anchor, for a paper that tests an anchor often speaks as its title does. Then one query more: the words that the first 20 papers
share most (relevance feedback after Rocchio, 1971), for papers like those that seem to bear on the claim. Last, where a citation
service was asked, the papers that cite an anchor, those first that share most words with the claim.

`ladders` and `bars` keep what the best of these rankings looked like, and `new_candidates` places papers that arrive later by it,
without ranking the library again (see `domain/match.py`). The refuting and relaxing forms have no part in that: they weigh a
tenth.

The weights were measured on labelled claims; `tests/bench/RESULTS.md` has what each part adds, and what was tried and left out.
That of the citing papers is argued, for no labelled claim comes with its citations: to cite an anchor is as good a reason to be
read as to speak like its title, so it weighs the same, 1. Papers that the words find too gain most by it; one that no word finds
is read where it is among the closest. A simulation (`tests/bench/citing.py`) agrees: at 1, bearing papers that do not cite the
anchor lose little where the claim has search phrases and a sixth where it has none, and those that cite gain far more; at 2,
papers that cite an anchor in passing fill the list of a claim without phrases. Citing papers take no part in the relevance
feedback, so the rankings by words stay as they were measured.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace

from claimcheck.domain.citing import Citing
from claimcheck.domain.claim import Claim
from claimcheck.domain.dates import Window
from claimcheck.domain.match import Ladder, Match, Scored
from claimcheck.domain.paper import Paper
from claimcheck.domain.query import Query
from claimcheck.domain.text import content_words, stem
from claimcheck.ports import Library

_DEPTH = 200
_DEPTH_OF_NEW = 50  # of new papers alone; more than are ever read for a claim in a week
_RRF_K = 30
# Phrases chosen by a person find most; the refuting and relaxing forms, with equal weight, push out what the others find.
_WEIGHTS = {"search": 2.0, "claim": 1.0, "model": 1.0, "whole": 1.0, "anchor": 1.0, "refute": 0.1, "relax": 0.1}
_WEIGHT_OF_A_PART = 0.5
_WEIGHT_OF_THE_LIKE = 0.5
_WEIGHT_OF_CITING = 1.0
_BUILDING = frozenset({"methodology", "result", "extends"})  # Semantic Scholar's intents, but for `background`
_FEEDBACK_PAPERS, _FEEDBACK_WORDS, _FEEDBACK_LEAST = 10, 40, 1.5
_BY_CITATION = Query((), origin="citing")
_WEIGHT_TO_PLACE = 0.5  # of a ranking by which later papers are placed
Ranking = tuple[Query, Sequence[Scored], float]  # what was asked, the papers, best first, and what the ranking weighs


@dataclass(frozen=True)
class Ranked:
    """The ids of the library's best papers for a claim, best first, ties by id, and the rankings that they were fused from."""

    ids: list[str]
    rankings: tuple[Ranking, ...]


def ranked(
    library: Library,
    claim: Claim,
    queries: Sequence[Query],
    window: Window | None,
    anchors: Iterable[Paper],
    citing: Sequence[Citing] = (),
) -> list[str]:
    """Return the ids of the library's best papers for a claim, best first, ties by id. Anchors may be among them."""
    return rank(library, claim, queries, window, anchors, citing).ids


def rank(
    library: Library,
    claim: Claim,
    queries: Sequence[Query],
    window: Window | None,
    anchors: Iterable[Paper],
    citing: Sequence[Citing] = (),
) -> Ranked:
    """Rank the library for a claim, and return the rankings too.

    Of the papers that cite an anchor those count that the library has and that may lie in the window.
    """
    known = list(anchors)
    rankings = _rankings(library, [*queries, *_of_the_whole(claim), *_of_anchors(known)], window)
    own = {paper.id for paper in known}
    first = [id for id in _fused(rankings) if id not in own][:_FEEDBACK_PAPERS]
    alike = _shared_words(library, first)
    if alike:
        query = Query(alike, origin="alike")
        rankings.append((query, library.scored(query, window, _DEPTH), _WEIGHT_OF_THE_LIKE))
    if citing:
        rankings.append((_BY_CITATION, _closest(library, claim, citing, window), _WEIGHT_OF_CITING))
    return Ranked(_fused(rankings), tuple(rankings))


def ladders(rankings: Iterable[Ranking]) -> tuple[Ladder, ...]:
    """Return what is kept of the rankings by which later papers are placed; two of the same words are one that weighs both.

    That of the citing papers is none of them: when there are more of these, the library is ranked again.
    """
    distinct: dict[tuple[str, ...], Ladder] = {}
    for query, found, weight in rankings:
        if weight >= _WEIGHT_TO_PLACE and query.terms:
            both = weight + (distinct[query.terms].weight if query.terms in distinct else 0)
            distinct[query.terms] = Ladder.of(query.terms, both, found)
    return tuple(distinct.values())


def bars(rankings: Iterable[Ranking], last: int, leave_out: Container[str]) -> tuple[float, ...]:
    """Return what the best papers come to by the rankings that weigh enough to place by, to the `last`-th; 0 where none is."""
    placing = [(query, found, weight) for query, found, weight in rankings if weight >= _WEIGHT_TO_PLACE]
    scores = sorted((score for id, score in _scores(placing).items() if id not in leave_out), reverse=True)
    return tuple((scores + [0.0] * last)[:last])


def new_candidates(library: Library, match: Match, window: Window) -> tuple[list[Scored], int]:
    """Return the papers since a match that would have been among its candidates, best first, and how many were found."""
    score: dict[str, float] = {}
    for ladder in match.ladders:
        for paper in library.scored(Query(ladder.terms), window, _DEPTH_OF_NEW, after=match.mark):
            rank = ladder.place(paper.score)
            score[paper.id] = score.get(paper.id, 0) + (0 if rank is None else ladder.weight / (_RRF_K + rank))
    reached = [Scored(id, sum_) for id, sum_ in score.items() if sum_ >= match.bar]
    return sorted(reached, key=lambda paper: (-paper.score, paper.id)), len(score)


def by_queries(library: Library, queries: Sequence[Query], window: Window | None) -> list[str]:
    """Return the ids of the best papers for these queries and nothing else."""
    return _fused(_rankings(library, queries, window))


def _rankings(library: Library, queries: Iterable[Query], window: Window | None) -> list[Ranking]:
    """Search for each query. The library ranks: words of a phrase are wanted, not demanded."""
    loose = [replace(query, every=False) for query in queries]
    return [(q, library.scored(q, window, _DEPTH), _WEIGHTS.get(q.origin, _WEIGHT_OF_A_PART)) for q in loose]


def _of_the_whole(claim: Claim) -> list[Query]:
    words = content_words(" ".join((*claim.search, claim.text)))
    return [Query(words, origin="whole")] if claim.search and words else []


def _of_anchors(anchors: Iterable[Paper]) -> list[Query]:
    titles = dict.fromkeys(content_words(paper.title) for paper in anchors)
    return [Query(words, origin="anchor") for words in titles if words]


def _closest(library: Library, claim: Claim, citing: Sequence[Citing], window: Window | None) -> list[Scored]:
    """Return the citing papers by the words that they, and the sentences in which they cite, share with the claim.

    Of those that share as many, the ones that build on the anchor come first, then ties by id.
    """
    about = {stem(word) for word in content_words(" ".join((claim.text, *claim.search)))}
    papers = library.get_many(paper.id for paper in citing)

    def closeness(hint: Citing) -> float:
        paper = papers[hint.id]
        return float(len(about & {stem(word) for word in content_words(" ".join((paper.title, paper.abstract, *hint.contexts)))}))

    inside = [hint for hint in citing if hint.id in papers and (window is None or window.holds(papers[hint.id].when))]
    order = sorted(inside, key=lambda hint: (-closeness(hint), not _builds_on(hint), hint.id))
    return [Scored(hint.id, closeness(hint)) for hint in order[:_DEPTH]]


def _builds_on(hint: Citing) -> bool:
    """Tell whether a paper, as the service reads it, uses or compares with the anchor, and does not only mention it."""
    return hint.influential or bool(_BUILDING & {intent.casefold() for intent in hint.intents})


def _shared_words(library: Library, ids: Sequence[str]) -> tuple[str, ...]:
    """Return the words that stand in most of these papers, those of better-ranked ones weighing more."""
    papers = library.get_many(ids)
    weight: dict[str, float] = {}
    for rank, id in enumerate(ids):
        for word in content_words(f"{papers[id].title} {papers[id].abstract}") if id in papers else ():
            weight[word] = weight.get(word, 0) + 1 / (1 + rank / 5)
    shared = [word for word in weight if weight[word] >= _FEEDBACK_LEAST]
    return tuple(sorted(shared, key=lambda word: (-weight[word], word))[:_FEEDBACK_WORDS])


def _fused(rankings: Iterable[Ranking]) -> list[str]:
    score = _scores(rankings)
    return sorted(score, key=lambda id: (-score[id], id))


def _scores(rankings: Iterable[Ranking]) -> dict[str, float]:
    score: dict[str, float] = {}
    for _, found, weight in rankings:
        for rank, paper in enumerate(found):
            score[paper.id] = score.get(paper.id, 0) + weight / (_RRF_K + rank)
    return score
