"""What is unread: the readings that a judge would be asked for, found by the very way that reads, with nobody there to answer."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from claimcheck.agent.read import read_pair
from claimcheck.agent.state import Context, NotAsked, Pair
from claimcheck.domain.claim import Claim
from claimcheck.domain.evidence import Usage
from claimcheck.domain.gap import GapKind
from claimcheck.domain.paper import Paper
from claimcheck.domain.verdict import RULES_VERSION
from claimcheck.ports import Answer, JudgementKey, JudgeName, Question, QuestionMaterial, Unread

_AT_ONCE = 500  # pairs that are looked at side by side


async def unread(context: Context, pairs: Sequence[Pair]) -> list[Unread]:
    """Return what the judge would be asked, each reading once; texts that are to be read in full are fetched for that."""
    lister = _Lister(context.judge.name)
    listing = replace(context, judge=lister, recorder=None)
    for start in range(0, len(pairs), _AT_ONCE):
        await asyncio.gather(*(read_pair(listing, pair) for pair in pairs[start : start + _AT_ONCE]))
    return list(lister.wanted.values())


class _Lister:
    """Stands in for the judge: notes what it is asked, and answers nothing."""

    can_reread = False

    def __init__(self, name: JudgeName) -> None:
        self.name = name
        self.wanted: dict[JudgementKey, Unread] = {}

    async def read(self, claim: Claim, paper: Paper, attempt: int = 1) -> Answer:
        key = JudgementKey(claim.fingerprint, paper.id, paper.version, paper.fingerprint, self.name, attempt, RULES_VERSION)
        self.wanted.setdefault(key, Unread(key, claim, paper))
        raise NotAsked("it is only listed", GapKind.BATCH)

    async def phrases(self, claim: Claim) -> tuple[tuple[str, ...], Usage]:
        return (), Usage()

    async def questions(self, material: Sequence[QuestionMaterial]) -> tuple[tuple[Question, ...], Usage]:
        return (), Usage()
