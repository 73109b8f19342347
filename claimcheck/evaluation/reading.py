"""Reading pairs for an evaluation: by the way that a refresh reads, side by side, each pair paid for once, and watched.

Watched, because an evaluation must tell apart what a refresh may lump together as a gap: answers that could not be used, and
questions that were never answered. Neither is ever counted as wrong.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from claimcheck.agent.read import read_pair
from claimcheck.agent.state import Context, Pair, Read
from claimcheck.agent.unread import unread
from claimcheck.domain.claim import Claim
from claimcheck.domain.evidence import QuoteGrounding, Reading, Usage
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.domain.paper import Paper
from claimcheck.errors import Exit, worst
from claimcheck.ports import Answer, JudgeName, Question, QuestionMaterial, UnusableAnswer

Key = tuple[str, str, str]


class Watch:
    """The judge of an evaluation, and the recorder of its answers: passes every question on, counts, and keeps what is said.

    `context` is the given one with the watch in it. `usage` is what was paid for now, not what was remembered.
    """

    def __init__(self, context: Context) -> None:
        self._judge = context.judge
        self.name: JudgeName = context.judge.name
        self.can_reread: bool = context.judge.can_reread
        self.usage = Usage()
        self.answered = 0
        self.unusable: set[Key] = set()
        self.readings: dict[Key, Reading] = {}
        self.context = replace(context, judge=self, recorder=self)

    async def read(self, claim: Claim, paper: Paper, attempt: int = 1) -> Answer:
        """Ask the judge."""
        try:
            answer = await self._judge.read(claim, paper, attempt)
        except UnusableAnswer as wrong:
            self.usage += wrong.usage
            self.unusable.add(key(claim, paper))
            raise
        self.usage += answer.usage
        self.answered += 1
        return answer

    async def phrases(self, claim: Claim) -> tuple[tuple[str, ...], Usage]:
        """Ask for search phrases."""
        phrases, usage = await self._judge.phrases(claim)
        self.usage += usage
        return phrases, usage

    async def questions(self, material: Sequence[QuestionMaterial]) -> tuple[tuple[Question, ...], Usage]:
        """Ask for research questions."""
        return await self._judge.questions(material)

    def write(self, claim: Claim, paper: Paper, attempt: int, answer: Answer) -> None:
        """Take up an answer, given now or remembered."""
        self.readings[key(claim, paper)] = answer.reading

    @property
    def cost(self) -> dict[str, Any]:
        """What this run paid for, and how many answers it had from before."""
        took = {**asdict(self.usage), "usd": round(self.usage.usd, 6)}
        return {**took, "cached": len(self.readings) - self.answered}


@dataclass(frozen=True)
class Readings:
    """What was read: the usable readings, the pairs whose answer was unusable, and those that were never answered.

    `together` is how many pairs have a paper that others have too, where the judge reads for several claims at once, else None.
    """

    usable: dict[Key, Reading]
    unreadable: frozenset[Key]
    unread: frozenset[Key]
    gaps: tuple[Gap, ...] = field(default=())
    together: int | None = None

    def of(self, claim: Claim, paper: Paper) -> Reading | None:
        """Return the reading of a pair, or None where there is no usable one."""
        return self.usable.get(key(claim, paper))

    def is_unreadable(self, claim: Claim, paper: Paper) -> bool:
        """Tell whether the pair was answered, and the answer could not be used."""
        return key(claim, paper) in self.unreadable

    @property
    def counts(self) -> dict[str, Any]:
        """How many pairs could not be scored, which share of the others is a lean, not a stance that may be counted, and more."""
        leans = sum(not reading.trusted for reading in self.usable.values())
        share = round(leans / len(self.usable), 4) if self.usable else None
        lost = {"unreadable": len(self.unreadable), "unread": len(self.unread)}
        return {**lost, "untrusted_share": share, "together": self.together}


def key(claim: Claim, paper: Paper) -> Key:
    """Return by what a pair is known: the words of the claim, and the paper with its words."""
    return claim.fingerprint, paper.id, paper.fingerprint


async def read_all(watch: Watch, pairs: Iterable[Pair]) -> Readings:
    """Read pairs, each once; an answer that points at a sentence that is not there cannot be used."""
    distinct = {key(pair.claim, pair.paper): pair for pair in pairs}
    context = watch.context
    context.progress.stage("read", len(distinct))
    if context.together:
        context.together.expect(await unread(context, list(distinct.values())))
    outcomes = await asyncio.gather(*(read_pair(watch.context, pair) for pair in distinct.values()))
    named = dict(zip(distinct, outcomes, strict=True))
    lost = {name for name, outcome in named.items() if isinstance(outcome, Read) and _beside_the_paper(outcome)}
    failed = {name for name, outcome in named.items() if isinstance(outcome, Gap)}
    return Readings(
        usable={name: watch.readings[name] for name in named if name not in lost | failed},
        unreadable=frozenset(lost | (failed & watch.unusable)),
        unread=frozenset(failed - watch.unusable),
        gaps=tuple(outcome for outcome in outcomes if isinstance(outcome, Gap)),
        together=_sharing(distinct) if context.together else None,
    )


def _sharing(pairs: Iterable[Key]) -> int:
    """Count the pairs whose paper is also another pair's."""
    return sum(count for count in Counter((id, text) for _, id, text in pairs).values() if count > 1)


def exit_code(watch: Watch, gaps: Iterable[Gap], unscored: int = 0) -> Exit:
    """Return how an evaluation ends: done, or with something that was not looked at, and why."""
    kinds = {gap.kind for gap in gaps}
    codes = [Exit.GAPS] if kinds or unscored else []
    if GapKind.BUDGET in kinds:
        codes.append(Exit.BUDGET)
    silent = GapKind.JUDGE in kinds and not watch.readings and not watch.unusable
    if GapKind.OUTAGE in kinds or silent:
        codes.append(Exit.UNAVAILABLE)
    return worst(codes)


def _beside_the_paper(outcome: Read) -> bool:
    return outcome.evidence.grounding is QuoteGrounding.QUARANTINED
