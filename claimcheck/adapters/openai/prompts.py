"""What a language model is told: the texts of the prompt files, filled in, with everything from papers kept inside its place.

A prompt file is the system message, a line `=====`, and the user message. Fixed parts come first, then the claim, then the paper,
so that a server may reuse what it has read: the schema of the answer, which some put before all, and the system message. Every
sentence of a paper is one line that begins with its number: no paper can write a line of its own. No arXiv id is told, so a model
that writes one has made it up.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from string import Template

from claimcheck.adapters.model_answer import phrases_schema, questions_schema, reading_schema, readings_schema
from claimcheck.domain.arxiv_id import ArxivId
from claimcheck.domain.claim import Claim, Part
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.paper import Paper
from claimcheck.domain.text import ABSTRACT, Sentence
from claimcheck.ports import QuestionMaterial

_SEPARATOR = "\n=====\n"
# Also part of what an excerpt's fingerprint stands for: with another wording goes another `PASSAGES_VERSION`.
_PASSAGES = (
    "This paper was read beyond its abstract: the sentences without a section in brackets are its abstract, the others were "
    "chosen from its full text, each with its section, and what stands between them was left out. They count as the abstract's "
    "do. What related work or an introduction says of other papers is theirs, not this paper's own finding."
)


@dataclass(frozen=True)
class Message:
    """One message of a chat."""

    role: str
    content: str


@dataclass(frozen=True)
class Prompts:
    """The texts of the prompt files, named as these are. A placeholder without a value is a `KeyError`.

    `several` is needed by who reads a paper for several claims at once: it goes behind the system message of `read`.
    """

    read: str
    phrases: str
    questions: str
    several: str = ""

    def reading(self, claim: Claim, paper: Paper, attempt: int = 1, shortened: bool = False) -> tuple[Message, ...]:
        """Return the messages that ask for a reading.

        A further attempt restates the claim after the paper; the second also lists the sentences from last to first, under their
        own numbers, so that what is read last differs from the first time.
        """
        listed = [_line(sentence) for sentence in paper.sentences]
        if shortened:
            listed = listed[: (len(listed) + 1) // 2]
        if attempt == 2:
            listed.reverse()
        values = {
            "asserted": str(claim.asserted),
            "claim": _claim_lines(claim),
            **_paper_values(paper, listed),
            "again": "\n\n".join(_afterwards(claim, paper, attempt)),
        }
        return _messages(self.read, values)

    def reading_of_several(self, claims: Sequence[Claim], paper: Paper) -> tuple[Message, ...]:
        """Return the messages that ask for readings of a paper, by its abstract, for each of some claims."""
        told = (
            f'<claim number="{number}" stated="{claim.asserted}">\n{_claim_lines(claim)}\n</claim>'
            for number, claim in enumerate(claims, 1)
        )
        values = {"claims": "\n".join(told), **_paper_values(paper, map(_line, paper.sentences))}
        system, user = _messages(self.several, values)
        rules, _, _ = self.read.partition(_SEPARATOR)
        return replace(system, content=f"{rules.strip()}\n\n{system.content}"), user

    def further_phrases(self, claim: Claim) -> tuple[Message, ...]:
        """Return the messages that ask for further search phrases."""
        in_use = "\n".join(_inert(p) for p in claim.search) or "none"
        return _messages(self.phrases, {"asserted": str(claim.asserted), "claim": _claim_lines(claim), "search": in_use})

    def research_questions(self, material: Sequence[QuestionMaterial], papers: Sequence[str]) -> tuple[Message, ...]:
        """Return the messages that ask for research questions; `papers` gives each paper's number by its place, from 1."""
        blocks = []
        for item in material:
            lines = [f"Claim ({item.verdict}): {_inert(item.claim.text)}"]
            lines += [f"[{papers.index(paper) + 1}] {_inert(sentence)}" for paper, sentence in item.evidence]
            blocks.append("\n".join(lines))
        return _messages(self.questions, {"material": "\n\n".join(blocks)})

    @property
    def fingerprint(self) -> str:
        """A hash of all that shapes a question: the texts, the schemas, and how claim and paper are laid out."""
        laid_out = [[m.content for m in self.reading(_CLAIM, _PAPER, attempt)] for attempt in (1, 2, 3)]
        schemas = [reading_schema(Part), phrases_schema(), questions_schema()]
        return _digest([self.read, self.phrases, self.questions, schemas, laid_out])

    def fingerprint_of_several(self, most: int) -> str:
        """Hash what shapes the questions of who may put up to so many claims to a paper at once."""
        laid_out = [m.content for m in self.reading_of_several([_CLAIM, _CLAIM], _PAPER)]
        return _digest([self.fingerprint, self.several, readings_schema(), laid_out, most])


def _digest(whole: list[object]) -> str:
    return hashlib.sha256(json.dumps(whole).encode()).hexdigest()[:16]


def _messages(text: str, values: Mapping[str, str]) -> tuple[Message, ...]:
    system, mark, user = text.partition(_SEPARATOR)
    if not mark:
        raise ValueError("a prompt file needs a line '=====' between the system message and the user message")
    return (
        Message("system", Template(system).substitute(values).strip()),
        Message("user", Template(user).substitute(values).strip()),
    )


def _paper_values(paper: Paper, lines: Iterable[str]) -> dict[str, str]:
    return {"submitted": str(paper.when), "title": _inert(paper.title), "sentences": "\n".join(lines)}


def _line(sentence: Sentence) -> str:
    named = "" if sentence.where == ABSTRACT else f"({_inert(sentence.where)}) "
    return f"[{sentence.number}] {named}{_inert(sentence.text)}"


def _afterwards(claim: Claim, paper: Paper, attempt: int) -> list[str]:
    """What stands behind the paper: how to read passages, and in further attempts the claim again."""
    said = [] if paper.form == ABSTRACT else [_PASSAGES]
    return [*said, f"The claim once more:\n{_claim_lines(claim)}"] if attempt > 1 else said


def _claim_lines(claim: Claim) -> str:
    lines = [_inert(claim.text)]
    lines += [
        f"{name} part: {_inert(text)}" for name, text in (("Durable", claim.durable), ("Perishable", claim.perishable)) if text
    ]
    return "\n".join(lines)


def _inert(text: str) -> str:
    """Keep text on one line, and its angle brackets from closing the place it stands in."""
    line = " ".join(text.split())
    for name in ("paper", "claim", "material", "in_use"):
        line = line.replace(f"</{name}", f"< /{name}").replace(f"<{name}", f"< {name}")
    return line


_CLAIM = Claim("c", "i", "One thing.", PartialDate.day(date(2025, 1, 1)), (), durable="It lasts.", perishable="It passes.")
_PAPER = Paper(str(ArxivId.parse("2501.00001")), "A title", "First sentence. Second sentence.", published=date(2025, 1, 2))
