"""Doubts about a citation: what a sentence names that stands nowhere in what was read of the papers it cites.

Two things are looked for, by their form alone, so that no stance is trusted:

    figures    percents, multiples, fractions and counts (`figure_forms`); one that a paper's own agrees with is there
    names      words with a capital inside (SoftCoT), and an acronym with a capitalised word after it (LLM Programs); an acronym
               is there also when words with its initials are (large language model programs)

A doubt is no grounding, and only what is not grounded anyway is doubted: a figure may well stand in the full text. Of 246 right
citations of other fields with figures, 136 had none of them in the abstract, of 361 papers taken at random 332; of names 117 of
186 and 291 of 295 (tests/bench/RESULTS.md). It says to a person where to look.
"""

import re
from collections.abc import Sequence

from claimcheck.domain.figure_forms import find
from claimcheck.domain.figures import compare
from claimcheck.domain.paper import Paper
from claimcheck.domain.text import folded, numbers, stem

_INNER = re.compile(r"(?<![\w-])(?=\w{0,30}[a-z][A-Z])[A-Za-z][A-Za-z0-9]{3,30}(?![\w-])")
_HEADED = re.compile(r"(?<![\w-])[A-Z]{2,6} [A-Z][a-z]{3,20}s?(?![\w-])")


def doubts(statement: str, papers: Sequence[Paper]) -> tuple[str, ...]:
    """Return, for a person, what a sentence names that none of the papers has; nothing when no paper was read."""
    if not papers:
        return ()
    read = [f"{paper.title}. {paper.text}" for paper in papers]
    where = f"in what was read of {' and '.join(paper.id for paper in papers)}"
    found = []
    if missing := figures_not_in(statement, read):
        found.append(
            f"{_listed(missing)} stands nowhere {where}; look for it in the full text, or cite the paper that measured it"
        )
    if missing := names_not_in(statement, read):
        found.append(f"{_listed(missing)} stands nowhere {where}; is another paper meant?")
    return tuple(found)


def figures_not_in(statement: str, texts: Sequence[str]) -> tuple[str, ...]:
    """Return a sentence's figures that no text agrees with, and of which no number stands there, as written."""
    agreed = {row.claim for row in compare(statement, texts) if row.agrees}
    there = {number for text in texts for number in numbers(text)}
    wanted = dict.fromkeys(figure.written for figure in find(statement))
    return tuple(one for one in wanted if one not in agreed and there.isdisjoint(numbers(one)))


def names_not_in(statement: str, texts: Sequence[str]) -> tuple[str, ...]:
    """Return a sentence's names that stand in no text, as written."""
    told = [folded(text).split() for text in texts]
    wanted = dict.fromkeys(match[0] for pattern in (_INNER, _HEADED) for match in pattern.finditer(statement))
    return tuple(name for name in wanted if not any(_stands(name.split(), words) for words in told))


def _stands(name: Sequence[str], words: Sequence[str]) -> bool:
    return any(_begins(name, words[at:]) for at in range(len(words)))


def _begins(name: Sequence[str], words: Sequence[str]) -> bool:
    """Tell whether words begin with a name, its acronyms perhaps in full."""
    if not name:
        return True
    if not words:
        return False
    first, rest = name[0], name[1:]
    if stem(words[0]) == stem(first.casefold()) and _begins(rest, words[1:]):
        return True
    initials = (first.removesuffix("s") if first[-2:-1].isupper() else first).casefold()
    in_full = "".join(word[0] for word in words[: len(initials)]) == initials
    return in_full and _begins(rest, words[len(initials) :])


def _listed(missing: Sequence[str]) -> str:
    return ", ".join(repr(one) for one in missing)
