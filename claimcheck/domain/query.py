"""Queries: the words by which newer papers on a claim are looked for, refuting ones first."""

from collections.abc import Iterable
from dataclasses import dataclass

from claimcheck.domain.claim import Claim
from claimcheck.domain.text import content_words

# Words by which papers announce that an earlier finding does not stand, and that a limit was lifted.
REFUTING_CUES = ("contrary", "contradict", "fail", "replicate", "revisiting", "rethinking", "overestimated", "myth")
RELAXING_CUES = ("mitigate", "overcome", "preserve", "without", "maintaining", "alleviate", "recover")
_KEY_WORDS = 6


@dataclass(frozen=True, order=True)
class Query:
    """Words to look for, those that matter most first.

    `every` asks for papers with all of `terms`, else any; with `cues`, one of those must be there too.
    """

    terms: tuple[str, ...]
    cues: tuple[str, ...] = ()
    every: bool = False
    origin: str = "claim"

    def __str__(self) -> str:
        """Show the query as a person would write it."""
        body = (" AND " if self.every else " ").join(self.terms)
        return f"{body} AND ({' OR '.join(self.cues)})" if self.cues else body


def plan(claim: Claim, more: Iterable[str] = ()) -> tuple[Query, ...]:
    """Return a claim's queries: refuting and relaxing forms, words, parts, `search` phrases, and `more` (a model's)."""
    words = _by_weight(claim)
    queries = [
        Query(words[:_KEY_WORDS], REFUTING_CUES, origin="refute"),
        Query(words[:_KEY_WORDS], RELAXING_CUES, origin="relax"),
        Query(words, origin="claim"),
    ]
    for origin, text in (("durable", claim.durable), ("perishable", claim.perishable), ("falsified_by", claim.falsified_by)):
        if text:
            queries.append(Query(content_words(text), origin=origin))
    queries += [Query(content_words(phrase), every=True, origin="search") for phrase in claim.search]
    queries += [Query(content_words(phrase), every=True, origin="model") for phrase in more]
    distinct: dict[tuple[object, ...], Query] = {}
    for query in queries:
        if query.terms:
            distinct.setdefault((query.terms, query.cues, query.every), query)
    return tuple(distinct.values())


def _by_weight(claim: Claim) -> tuple[str, ...]:
    """The claim's words, those that it shares with its own search phrases first: a person chose both."""
    own = content_words(claim.text)
    chosen = {w for phrase in claim.search for w in content_words(phrase)}
    return tuple(sorted(own, key=lambda word: word not in chosen))
