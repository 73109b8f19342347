"""Readings that are asked for one by one and made several at a time: none is lost, mixed up, or kept waiting for a group."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from claimcheck.adapters.cluster import ClusterJudge, worker
from claimcheck.adapters.cluster.gather import AHEAD, MOST, Gathering
from claimcheck.adapters.embedded.lexical import LexicalJudge
from claimcheck.errors import JudgeUnavailable
from claimcheck.ports import Answer
from tests.integration.model_server import CLAIM, PAPER


class Hands:
    """Doubles numbers; notes the groups, and how many were with it at once."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.now = self.most = 0

    async def send(self, group: Sequence[int]) -> Sequence[int]:
        self.groups.append(list(group))
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.001)
        self.now -= 1
        if 13 in group:
            raise JudgeUnavailable("thirteen")
        return [2 * number for number in group]


def gathered(hands: Hands, threads: int = 2, room: int = 10_000) -> Gathering[int, int]:
    return Gathering(hands.send, lambda: threads, lambda number: number, room)


def asked(gathering: Gathering[int, int], numbers: Sequence[int]) -> list[Any]:
    async def all_of() -> list[Any]:
        return list(await asyncio.gather(*map(gathering.ask, numbers), return_exceptions=True))

    return asyncio.run(asyncio.wait_for(all_of(), 10))


def test_each_gets_its_own_answer_and_each_is_sent_once() -> None:
    hands = Hands()
    numbers = [number for number in range(500) if number != 13]
    assert asked(gathered(hands), numbers) == [2 * number for number in numbers]
    assert sorted(number for group in hands.groups for number in group) == numbers
    assert max(map(len, hands.groups)) == MOST
    assert hands.most == 2 * AHEAD


def test_a_few_are_spread_over_all_and_not_heaped_on_one() -> None:
    hands = Hands()
    asked(gathered(hands), range(4))
    assert hands.groups == [[0], [1], [2], [3]]


def test_what_comes_one_after_the_other_goes_together_though_workers_are_idle() -> None:
    hands = Hands()
    gathering = gathered(hands)

    async def trickling() -> list[int]:
        asks = []
        for number in range(20, 60):
            asks.append(asyncio.create_task(gathering.ask(number)))
            await asyncio.sleep(0.001)
        return list(await asyncio.gather(*asks))

    assert asyncio.run(asyncio.wait_for(trickling(), 10)) == [2 * number for number in range(20, 60)]
    assert len(hands.groups) <= 20


def test_what_is_heavy_goes_with_less_beside_it_and_what_is_too_heavy_alone() -> None:
    hands = Hands()
    asked(gathered(hands, threads=1, room=100), [60, 60, 30, 500, 10, 10, 10, 10])
    assert hands.groups[0] == [60]
    assert [500] in hands.groups
    assert all(sum(group) <= 100 for group in hands.groups if group != [500])


def test_a_group_that_fails_fails_for_those_in_it_alone_and_the_rest_goes_on() -> None:
    hands = Hands()
    found = asked(gathered(hands), range(200))
    lost = next(group for group in hands.groups if 13 in group)
    for number, one in enumerate(found):
        assert isinstance(one, JudgeUnavailable) if number in lost else one == 2 * number


def test_who_is_cancelled_while_waiting_is_not_sent_and_hinders_nobody() -> None:
    hands = Hands()
    gathering = gathered(hands, threads=1)

    async def some() -> list[int]:
        asks = [asyncio.create_task(gathering.ask(number)) for number in range(20, 60)]
        await asyncio.sleep(0)
        for task in asks[10:]:
            task.cancel()
        return list(await asyncio.gather(*asks[:10]))

    assert asyncio.run(asyncio.wait_for(some(), 10)) == [2 * number for number in range(20, 30)]


def test_it_may_be_used_by_one_event_loop_after_another() -> None:
    gathering = gathered(Hands())
    assert asked(gathering, [1]) == [2]
    assert asked(gathering, [2, 3]) == [4, 6]


class Bad:
    """A cluster with a reading in it that ends every worker that makes it."""

    threads = 1

    def __init__(self, deadly: str, *, gone: bool = False) -> None:
        self._deadly, self._gone = deadly, gone
        self.sent: list[int] = []

    async def compute(self, work: Callable[[Any], Any], task: worker.Readings, tries: int = 4) -> Any:
        self.sent.append(len(task.wanted))
        if self._gone or any(reading.claim.id == self._deadly for reading in task.wanted):
            raise JudgeUnavailable("lost", breaker=self._gone)
        return await asyncio.to_thread(work, task)


def readings(cluster: Any, count: int) -> list[Any]:
    judge = ClusterJudge(cluster, LexicalJudge(), "lexical")

    async def all_of() -> list[Any]:
        every = (judge.read(replace(CLAIM, id=f"c{number}"), PAPER) for number in range(count))
        return list(await asyncio.gather(*every, return_exceptions=True))

    return asyncio.run(asyncio.wait_for(all_of(), 30))


def test_a_reading_that_ends_its_workers_takes_no_other_with_it() -> None:
    cluster = Bad("c7")
    found = readings(cluster, 40)
    assert [number for number, one in enumerate(found) if not isinstance(one, Answer)] == [7]
    assert isinstance(found[7], JudgeUnavailable)
    assert not found[7].breaker
    assert max(cluster.sent) > 1


def test_a_cluster_that_is_gone_is_not_asked_again_for_each_reading() -> None:
    cluster = Bad("", gone=True)
    found = readings(cluster, 40)
    assert all(isinstance(one, JudgeUnavailable) and one.breaker for one in found)
    assert sum(cluster.sent) == 40


@pytest.mark.parametrize(("kind", "said"), [("lexical", "not other"), ("embedded:/nowhere", "the embedded model in '/nowhere'")])
def test_a_worker_with_another_judge_reads_nothing(kind: str, said: str) -> None:
    other = replace(LexicalJudge().name, model="other")
    outcomes = worker.read(worker.Readings(kind, other, (worker.Reading(CLAIM, PAPER, 1),) * 3))
    assert len(outcomes) == 3
    assert all(isinstance(outcome, worker.WrongWorker) and said in outcome.why for outcome in outcomes)
