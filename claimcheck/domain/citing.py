"""Papers that cite an anchor: they are the likeliest to test it.

That a paper cites an anchor says nothing of whether it supports it. So all of this finds and orders papers to read; nothing of
it is evidence.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Citing:
    """An arXiv paper that cites an anchor, by its bare id.

    The hints are a service's reading of the paper: the sentences in which it cites, what for, and whether it builds on it.
    They order papers, and are neither evidence nor shown: no sentence of them was compared with the paper.
    """

    id: str
    contexts: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    influential: bool = False

    def joined(self, other: "Citing") -> "Citing":
        """Return the paper with the hints of both."""
        return Citing(
            self.id,
            tuple(dict.fromkeys((*self.contexts, *other.contexts))),
            tuple(dict.fromkeys((*self.intents, *other.intents))),
            self.influential or other.influential,
        )


@dataclass(frozen=True)
class Citations:
    """All that cite an anchor, as one service knows them: the papers at arXiv, once each, and how many there are elsewhere."""

    papers: tuple[Citing, ...]
    elsewhere: int = 0

    @property
    def total(self) -> int:
        """How many there are in all."""
        return len(self.papers) + self.elsewhere


def once_each(papers: Iterable[Citing]) -> tuple[Citing, ...]:
    """Return each paper once, where it first stood, with all hints on it."""
    joined: dict[str, Citing] = {}
    for paper in papers:
        joined[paper.id] = joined[paper.id].joined(paper) if paper.id in joined else paper
    return tuple(joined.values())
