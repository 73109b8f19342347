"""The shield: a paper as judges are shown it, without the sentences that speak to them (`instructions.py`).

A judge, even one that obeys whatever it reads, cannot obey what it never saw. Numbers stay those of the whole paper, so what it
points at is copied from the paper itself.
"""

from dataclasses import dataclass, field, fields, replace

from claimcheck.domain.excerpt import Excerpt
from claimcheck.domain.fulltext import abstract_only
from claimcheck.domain.instructions import instruction_like
from claimcheck.domain.paper import Paper

WITHHELD = "[a sentence that gives instructions to its reader was set aside]"
SECTION = "a section"


@dataclass(frozen=True)
class Shielded(Excerpt):
    """A paper with sentences or titles withheld; to whoever remembers readings it is the paper itself."""

    whole: Paper = field(default_factory=lambda: Paper("", "", ""))

    @property
    def fingerprint(self) -> str:
        """The hash of the paper with nothing withheld."""
        return self.whole.fingerprint


def shielded(paper: Paper) -> Paper:
    """Return the paper as a judge may see it: itself, as nearly always, or with what speaks to its reader withheld."""
    title = WITHHELD if instruction_like(paper.title) else paper.title
    titles = {where: SECTION if instruction_like(where) else where for where in {s.where for s in paper.sentences}}
    told = tuple(
        replace(s, text=WITHHELD if instruction_like(s.text) else s.text, where=titles[s.where]) for s in paper.sentences
    )
    if title == paper.title and told == paper.sentences:
        return paper
    known = {f.name: getattr(paper, f.name) for f in fields(Paper)} | {"title": title}
    full = paper.full if isinstance(paper, Excerpt) else abstract_only(paper, ())
    return Shielded(**known, full=full, told=told, whole=paper)
