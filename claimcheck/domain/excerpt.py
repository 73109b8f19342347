"""Excerpts: which passages of a paper's full text a judge is shown for a claim.

A judge reads an `Excerpt`: the paper itself, with the abstract's sentences and the passages nearest to the claim in place of
the abstract's sentences alone. Nothing of what a judge does is different for it.
"""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace

from claimcheck.domain.claim import Claim
from claimcheck.domain.fulltext import Form, FullText, Kind
from claimcheck.domain.paper import Paper
from claimcheck.domain.text import ABSTRACT, Sentence, content_words, numbers, stem

# Bump when the same text would be cut into other sentences, or other passages be chosen or laid out: they are then read anew.
PASSAGES_VERSION = "1"
CHARACTERS_A_TOKEN = 4  # about; English prose and formulas, byte-pair encodings
LONGEST = 1200  # characters; a "sentence" beyond that is a table, a listing or no prose at all
_LINE_COST = 6  # characters that a sentence's number and line end take
_NEIGHBOUR = 1  # sentences on either side that a chosen one is shown with
_FIGURE = 2.0  # how much more a shared figure says than the rarest shared word
# Results and conclusions say what a paper shows; related work tells what others showed.
_WEIGHT = {
    Kind.RESULTS: 1.4,
    Kind.CONCLUSION: 1.4,
    Kind.INTRODUCTION: 1.0,
    Kind.OTHER: 1.0,
    Kind.METHOD: 0.8,
    Kind.APPENDIX: 0.7,
    Kind.RELATED: 0.5,
}


@dataclass(frozen=True)
class Excerpt(Paper):
    """A paper as a judge reads it in full: the abstract and the passages chosen for a claim, numbered from 1.

    Made by `excerpt`. `full` is the text that the sentences were copied from.
    """

    full: FullText = field(default_factory=lambda: FullText("", None, Form.ABSTRACT, ()))
    told: tuple[Sentence, ...] = ()

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The numbered sentences of abstract and passages, in the order of the paper."""
        return self.told

    @property
    def text(self) -> str:
        """All that was read of the paper, for whoever looks for words or figures in it."""
        return "\n".join(section.text for section in self.full.sections)

    @property
    def form(self) -> str:
        """What the text was read from."""
        return self.full.form.value

    @property
    def fingerprint(self) -> str:
        """A hash of what a judge reads: other passages, or the same from another section, are another text."""
        lines = [self.title, PASSAGES_VERSION, *(f"{s.where}\t{s.start}\t{s.text}" for s in self.told)]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]

    def part(self, where: str) -> str:
        """Return the text that a sentence's offsets count in; raise `KeyError`."""
        return self.full.part(where)


def excerpt(paper: Paper, full: FullText, claim: Claim, tokens: int) -> Excerpt:
    """Return the paper with the passages of its full text that are nearest to the claim, in about so many tokens."""
    chosen = passages(full, claim, tokens)
    told = tuple(replace(s, number=n) for n, s in enumerate(chosen, 1))
    known = {f.name: getattr(paper, f.name) for f in fields(Paper)}
    return Excerpt(**{**known, "flags": paper.flags | full.flags | {f"read_{full.form.value}"}}, full=full, told=told)


def by_abstract(paper: Paper) -> Paper:
    """Return the paper as its record has it, without passages."""
    return Paper(**{f.name: getattr(paper, f.name) for f in fields(Paper)})


def passages(full: FullText, claim: Claim, tokens: int) -> tuple[Sentence, ...]:
    """Choose what a judge of the claim reads: the abstract always, then the best sentences with their neighbours.

    A sentence is worth the rarity, within this paper, of the words and figures that it shares with the claim, times what its
    section is for. Sentences that share none are shown only beside one that does. What does not fit the budget is left out.
    Same text, same claim, same budget: same passages, in the paper's order.
    """
    told = full.sentences
    taken = {s.number for s in told if s.where == ABSTRACT}
    room = tokens * CHARACTERS_A_TOKEN - sum(_cost(s) for s in told if s.number in taken)
    worth = _worth(full, told, claim)
    at = {s.number: s for s in told}
    for best in sorted((n for n in worth if worth[n] > 0), key=lambda n: (-worth[n], n)):
        for number in (best, *_beside(at, best)):
            cost = _cost(at[number])
            if number not in taken and cost <= room:
                taken.add(number)
                room -= cost
            elif number == best and number not in taken:
                break  # its neighbours alone would say nothing
    return tuple(s for s in told if s.number in taken)


def _worth(full: FullText, told: Sequence[Sentence], claim: Claim) -> dict[int, float]:
    """Return how near each sentence outside the abstract is to the claim; prose only."""
    wanted = _marks(" ".join(part for part in (claim.text, claim.durable, claim.perishable) if part))
    marks = {s.number: _marks(s.text) for s in told if len(s.text) <= LONGEST}
    spread = Counter(mark for found in marks.values() for mark in found & wanted)
    kinds = {section.title: section.kind for section in full.sections}
    rarity = {mark: math.log(1 + len(told) / count) * (_FIGURE if mark[0] == "#" else 1) for mark, count in spread.items()}
    return {
        s.number: round(_WEIGHT[kinds[s.where]] * sum(rarity[mark] for mark in sorted(marks[s.number] & wanted)), 9)
        for s in told
        if s.number in marks and s.where != ABSTRACT
    }


def _marks(text: str) -> frozenset[str]:
    """Return what a sentence is known by: the stems of its content words, and its figures."""
    pieces = (piece for word in content_words(text) for piece in re.split(r"['\u2019-]", word))
    return frozenset({stem(p) for p in pieces if len(p) > 1 and not p.isdigit()} | {f"#{n}" for n in numbers(text)})


def _beside(at: dict[int, Sentence], number: int) -> list[int]:
    """Return the neighbours of a sentence in its own section, without those that are no prose."""
    near = [n for n in range(number - _NEIGHBOUR, number + _NEIGHBOUR + 1) if n != number and n in at]
    return [n for n in near if at[n].where == at[number].where and len(at[n].text) <= LONGEST]


def _cost(sentence: Sentence) -> int:
    named = 0 if sentence.where == ABSTRACT else len(sentence.where) + 3
    return len(sentence.text) + named + _LINE_COST
