"""A judge that reads a paper for several claims in one call, where it was told beforehand which readings are to come.

That takes fewer tokens. Whether a model judges as well so is for `claimcheck eval` to tell; it is done where the settings say
so, and such readings are remembered under a name of their own. What cannot be used of an answer is read for that claim alone; so
is a paper that is too long, and each further reading, which is to be independent.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from claimcheck.adapters.model_answer import given_ids, parse_readings, parts_of, readings_schema
from claimcheck.adapters.openai.chat import TooLong
from claimcheck.adapters.openai.judge import OpenAIJudge
from claimcheck.adapters.openai.usable import usable
from claimcheck.adapters.openai.wire import Question as Asked
from claimcheck.domain.claim import Claim
from claimcheck.domain.evidence import Reading, Usage
from claimcheck.domain.paper import Paper
from claimcheck.errors import ClaimcheckError
from claimcheck.ports import Answer, Question, QuestionMaterial, Unread, UnusableAnswer

Key = tuple[str, str, str]


@dataclass
class _Group:
    """Claims that one paper is to be read for, what was said of each (None: nothing usable), and what that took.

    Who comes first for one of the claims asks, and counts what it took; the others wait for the answer.
    """

    paper: Paper
    claims: dict[Key, Claim]
    said: dict[Key, Reading | None] | None = None
    took: Usage = field(default_factory=Usage)
    model: str = ""
    raw: str = ""
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class TogetherJudge:
    """Reads with another judge's model, prompts and budget, a paper for at most so many claims at once."""

    can_reread = True

    def __init__(self, alone: OpenAIJudge, most: int) -> None:
        self.alone, self._most = alone, most
        self.name = replace(alone.name, prompt=alone.prompts.fingerprint_of_several(most))
        self._groups: dict[Key, _Group] = {}

    def expect(self, unread: Iterable[Unread]) -> None:
        """Take note of readings that are to come; see `ports.Together`."""
        by_paper: dict[tuple[str, str], dict[Key, Unread]] = {}
        for one in unread:
            if one.key.attempt == 1:
                by_paper.setdefault((one.paper.id, one.paper.fingerprint), {})[_key(one.claim, one.paper)] = one
        self._groups = {}
        for wanted in by_paper.values():
            keys = list(wanted)
            for start in range(0, len(keys), self._most):
                some = keys[start : start + self._most]
                group = _Group(wanted[some[0]].paper, {key: wanted[key].claim for key in some})
                self._groups |= dict.fromkeys(some, group)

    async def read(self, claim: Claim, paper: Paper, attempt: int = 1) -> Answer:
        """Read the paper, with the claims that it is expected to be read for."""
        key = _key(claim, paper)
        group = self._groups.pop(key, None) if attempt == 1 else None
        if group is None:
            return await self.alone.read(claim, paper, attempt)
        async with group.asking:
            try:
                if group.said is None and len(group.claims) > 1:
                    await self._ask(group)
            finally:
                group.claims.pop(key)
            reading = group.said.pop(key) if group.said else None
            took, group.took = group.took, Usage()
        return Answer(reading, took, group.model, group.raw) if reading else await self._by_itself(claim, paper, took, group)

    async def phrases(self, claim: Claim) -> tuple[tuple[str, ...], Usage]:
        """Return up to four further search phrases."""
        return await self.alone.phrases(claim)

    async def questions(self, material: Sequence[QuestionMaterial]) -> tuple[tuple[Question, ...], Usage]:
        """Draft up to three research questions."""
        return await self.alone.questions(material)

    async def close(self) -> None:
        """Close all connections."""
        await self.alone.close()

    async def _ask(self, group: _Group) -> None:
        claims = list(group.claims.values())
        given = [(parts_of(claim), given_ids(claim, group.paper.id)) for claim in claims]
        question = Asked(self.alone.prompts.reading_of_several(claims, group.paper), readings_schema(), "readings")
        try:
            found = await usable(self.alone.chat, question, lambda text: parse_readings(text, given))
        except (TooLong, UnusableAnswer) as wrong:
            group.said, group.took = dict.fromkeys(group.claims), wrong.usage
        else:
            group.said = dict(zip(group.claims, found.value, strict=True))
            group.took, group.model, group.raw = found.usage, found.model, found.raw

    async def _by_itself(self, claim: Claim, paper: Paper, took: Usage, group: _Group) -> Answer:
        try:
            answer = await self.alone.read(claim, paper)
        except UnusableAnswer as wrong:
            raise UnusableAnswer(str(wrong), took + wrong.usage, wrong.raw) from None
        except ClaimcheckError:
            group.took += took  # for another of its claims to count
            raise
        return replace(answer, usage=took + answer.usage)


def _key(claim: Claim, paper: Paper) -> Key:
    return claim.fingerprint, paper.id, paper.fingerprint
