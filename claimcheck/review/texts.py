"""Texts: a paper as the judge read it, sentence by sentence, with the quoted ones marked; or that it is not at hand any more.

What is shown must be what was read. So a text counts only if its fingerprint is the one that the retest kept; retests that kept
none are taken at their quotes, which must stand at their places.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from claimcheck.domain.claim import Claim
from claimcheck.domain.excerpt import excerpt
from claimcheck.domain.fulltext import FullText
from claimcheck.domain.paper import Paper
from claimcheck.domain.text import Sentence
from claimcheck.errors import SourceUnavailable
from claimcheck.ports import FullTexts, Library

PASSAGE_TOKENS = 3000  # as a refresh reads (agent.state.Context.passage_tokens)


@dataclass(frozen=True)
class Line:
    """A sentence, whether it is quoted, and whether text was left out before it; `heading` where a new section begins."""

    sentence: Sentence
    quoted: bool
    skips: bool
    heading: str | None


class Texts:
    """Finds the papers of evidence as they were read. `passages` is how much a refresh reads of a full text."""

    def __init__(self, library: Library, full_texts: FullTexts, passages: int = PASSAGE_TOKENS) -> None:
        """Take the library and the full texts that were kept."""
        self._library = library
        self._full_texts = full_texts
        self._passages = passages

    def of(self, items: Iterable[tuple[Claim, Mapping[str, Any]]]) -> Callable[[Claim, Mapping[str, Any]], Paper | None]:
        """Look up the papers of several pieces at once; return what finds each as it was read, or None."""
        papers = self._library.get_many({_id(item) for _, item in items})

        def find(claim: Claim, item: Mapping[str, Any]) -> Paper | None:
            paper = papers.get(_id(item))
            return self._as_read(claim, item, paper) if paper else None

        return find

    def one(self, claim: Claim, item: Mapping[str, Any]) -> Paper | None:
        """Return the paper of one piece as it was read, or None."""
        return self.of([(claim, item)])(claim, item)

    def _as_read(self, claim: Claim, item: Mapping[str, Any], paper: Paper) -> Paper | None:
        wanted = item.get("fingerprint")
        if wanted is None:
            return paper if _quotes_stand(item, paper) else None
        if paper.fingerprint == wanted:
            return paper
        full = self._kept(paper)
        told = excerpt(paper, full, claim, self._passages) if full else None
        return told if told and told.fingerprint == wanted else None

    def _kept(self, paper: Paper) -> FullText | None:
        try:
            return self._full_texts.fetch(paper)
        except SourceUnavailable:
            return None


def lines(paper: Paper, quotes: Iterable[Mapping[str, Any]]) -> tuple[Line, ...]:
    """Return a paper's sentences for showing."""
    quoted = {(quote["where"], quote["start"]) for quote in quotes}
    found: list[Line] = []
    before: Sentence | None = None
    for sentence in paper.sentences:
        new_section = before is not None and before.where != sentence.where
        skips = before is not None and not new_section and sentence.start - before.end > 1
        heading = sentence.where if new_section else None
        found.append(Line(sentence, (sentence.where, sentence.start) in quoted, skips, heading))
        before = sentence
    return tuple(found)


def _id(item: Mapping[str, Any]) -> str:
    return str(item.get("paper_id") or item["id"])


def _quotes_stand(item: Mapping[str, Any], paper: Paper) -> bool:
    quotes = [*item.get("quotes", ()), *([item["quote"]] if item.get("quote") else [])]
    return all(q["where"] == "abstract" and paper.abstract[q["start"] : q["end"]] == q["text"] for q in quotes)
