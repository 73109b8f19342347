"""A paper read for several claims in one call: what is asked, who gets which reading, who counts what it took."""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request

from claimcheck.adapters.openai import OpenAIJudge, TogetherJudge
from claimcheck.domain.claim import Claim
from claimcheck.domain.evidence import Stance, Usage
from claimcheck.domain.verdict import RULES_VERSION
from claimcheck.errors import BudgetReached, Denied, JudgeUnavailable
from claimcheck.ports import Answer, JudgementKey, Unread, UnusableAnswer
from tests.integration.model_server import CLAIM, GOOD, PAPER, Model, completion, error

CLAIMS = tuple(replace(CLAIM, id=f"c{n}", text=f"Claim {n} of five.", durable=None, perishable=None) for n in range(1, 6))
NONE = {"stance": "not_enough_info", "sentences": []}
Outcome = Answer | BaseException


@pytest.fixture(scope="session")
def httpserver_listen_address() -> tuple[str, int]:
    return ("127.0.0.1", 0)


def readings(*said: dict[str, Any] | None) -> dict[str, Any]:
    rows = [{"claim": number, **GOOD, **one} for number, one in enumerate(said, 1) if one is not None]
    return completion({"readings": rows})


def unread(claims: Sequence[Claim], attempt: int = 1) -> list[Unread]:
    judge = OpenAIJudge.__name__  # whose name it is makes no difference
    return [
        Unread(JudgementKey(c.fingerprint, PAPER.id, 1, PAPER.fingerprint, judge, attempt, RULES_VERSION), c, PAPER)  # type: ignore[arg-type]
        for c in claims
    ]


def read(
    judge: TogetherJudge, claims: Sequence[Claim], expected: Sequence[Claim] | None = None, side_by_side: bool = True
) -> list[Outcome]:
    """Have a judge read the paper for claims, of which these were expected."""

    async def whole() -> list[Outcome]:
        judge.expect(unread(claims if expected is None else expected))
        try:
            if side_by_side:
                return await asyncio.gather(*(judge.read(claim, PAPER) for claim in claims), return_exceptions=True)
            return [(await asyncio.gather(judge.read(claim, PAPER), return_exceptions=True))[0] for claim in claims]
        finally:
            await judge.close()

    return asyncio.run(whole())


def stances(outcomes: Sequence[Outcome]) -> list[Stance]:
    return [outcome.reading.stance for outcome in outcomes if isinstance(outcome, Answer)]


def took(outcomes: Sequence[Outcome]) -> Usage:
    usages = [o.usage for o in outcomes if isinstance(o, Answer | UnusableAnswer)]
    return sum(usages, Usage())


def asked_of(model: Model) -> list[int]:
    """How many claims each request was about."""
    return [request["messages"][1]["content"].count("<claim ") for request in model.asked]


@pytest.mark.parametrize("side_by_side", [True, False])
def test_one_call_reads_for_as_many_claims_as_are_allowed(httpserver: HTTPServer, side_by_side: bool) -> None:
    model = Model(httpserver, readings({}, {"stance": "refutes"}, NONE), readings({"stance": "relaxes"}, {}))
    found = read(TogetherJudge(model.judge(), 3), CLAIMS, side_by_side=side_by_side)
    assert stances(found) == [Stance.SUPPORTS, Stance.REFUTES, Stance.NOT_ENOUGH_INFO, Stance.RELAXES, Stance.SUPPORTS]
    assert asked_of(model) == [3, 2]
    assert took(found) == Usage(2, 1400, 100)
    assert [o.usage.calls for o in found if isinstance(o, Answer)] == [1, 0, 0, 1, 0]
    request = model.asked[0]
    assert (request["response_format"]["json_schema"]["name"], request["temperature"]) == ("readings", 0)


def test_what_was_not_expected_or_stands_alone_is_asked_as_ever(httpserver: HTTPServer) -> None:
    model = Model(httpserver)
    judge = TogetherJudge(model.judge(), 4)
    found = read(judge, CLAIMS[:2], expected=CLAIMS[1:2])
    assert asked_of(model) == [1, 1]
    assert stances(found) == [Stance.SUPPORTS] * 2
    assert {r["response_format"]["json_schema"]["name"] for r in model.asked} == {"reading"}


def test_a_further_reading_is_independent_of_the_other_claims(httpserver: HTTPServer) -> None:
    model = Model(httpserver)
    judge = TogetherJudge(model.judge(), 4)

    async def twice() -> Answer:
        judge.expect([*unread(CLAIMS), *unread(CLAIMS, attempt=2)])
        answer = await judge.read(CLAIMS[0], PAPER, 2)
        await judge.close()
        return answer

    assert asyncio.run(twice()).reading.stance is Stance.SUPPORTS
    assert asked_of(model) == [1]


def test_what_is_not_usable_is_read_for_that_claim_alone(httpserver: HTTPServer) -> None:
    model = Model(httpserver, readings({"stance": "maybe"}, {"stance": "refutes"}, None), completion())
    found = read(TogetherJudge(model.judge(), 3), CLAIMS[:3], side_by_side=False)
    assert stances(found) == [Stance.SUPPORTS, Stance.REFUTES, Stance.SUPPORTS]
    assert asked_of(model) == [3, 1, 1]
    assert took(found) == Usage(3, 2100, 150)


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ((completion("They agree."), completion("They do."), completion()), [2, 2, 1, 1]),
        ((completion(refusal="no", content=None), completion()), [2, 1, 1]),
        ((error(400, "context_length_exceeded"), completion()), [2, 1, 1]),
    ],
)
def test_an_answer_of_which_nothing_can_be_used_is_made_up_for_claim_by_claim(
    httpserver: HTTPServer, answers: tuple[Any, ...], asked: list[int]
) -> None:
    model = Model(httpserver, *answers)
    found = read(TogetherJudge(model.judge(), 3), CLAIMS[:2])
    assert stances(found) == [Stance.SUPPORTS] * 2
    assert asked_of(model) == asked
    assert took(found).calls == len(asked)


def test_a_claim_that_is_not_usable_alone_either_is_told_with_all_that_it_took(httpserver: HTTPServer) -> None:
    model = Model(httpserver, readings(None, {}), completion("Well."))
    bad, good = read(TogetherJudge(model.judge(), 2), CLAIMS[:2], side_by_side=False)
    assert isinstance(bad, UnusableAnswer)
    assert bad.usage.calls == 3
    assert isinstance(good, Answer)
    assert good.usage.calls == 0


def test_without_an_answer_each_claim_that_is_left_is_tried_and_none_is_judged(httpserver: HTTPServer) -> None:
    model = Model(httpserver, error(503))
    found = read(TogetherJudge(model.judge(tries=1), 3), CLAIMS[:3])
    assert all(isinstance(outcome, JudgeUnavailable) for outcome in found)
    assert asked_of(model) == [3, 2, 1]


def test_what_a_call_took_is_counted_by_the_next_claim_where_the_first_one_fails_alone(httpserver: HTTPServer) -> None:
    model = Model(httpserver, readings(None, {}), error(503))
    bad, good = read(TogetherJudge(model.judge(tries=1), 2), CLAIMS[:2], side_by_side=False)
    assert isinstance(bad, JudgeUnavailable)
    assert isinstance(good, Answer)
    assert good.usage == Usage(1, 700, 50)


def test_no_call_is_made_beyond_the_budget(httpserver: HTTPServer) -> None:
    model = Model(httpserver)
    assert all(isinstance(o, BudgetReached) for o in read(TogetherJudge(model.judge(max_calls=0), 3), CLAIMS))
    assert model.asked == []


def test_a_denial_is_met_once(httpserver: HTTPServer) -> None:
    model = Model(httpserver, error(401, "invalid_api_key"))
    assert all(isinstance(outcome, Denied) for outcome in read(TogetherJudge(model.judge(), 3), CLAIMS))
    assert asked_of(model) == [3]


def test_a_reader_that_is_cancelled_leaves_the_others_to_ask(httpserver: HTTPServer) -> None:
    began = threading.Event()

    def answer(_: Request) -> dict[str, Any]:
        began.set()
        return readings(*[{}] * asked_of(model)[-1])

    model = Model(httpserver, answer)
    judge = TogetherJudge(model.judge(), 3)

    async def whole() -> list[Outcome]:
        judge.expect(unread(CLAIMS[:3]))
        first, *others = [asyncio.create_task(judge.read(claim, PAPER)) for claim in CLAIMS[:3]]
        await asyncio.to_thread(began.wait)
        first.cancel()
        found = await asyncio.gather(first, *others, return_exceptions=True)
        await judge.close()
        return found

    cancelled, *found = asyncio.run(whole())
    assert isinstance(cancelled, asyncio.CancelledError)
    assert stances(found) == [Stance.SUPPORTS] * 2
    assert asked_of(model) == [3, 2]


def test_how_many_claims_a_call_is_for_is_part_of_the_judges_name(httpserver: HTTPServer) -> None:
    alone = Model(httpserver).judge()
    names = {alone.name, TogetherJudge(alone, 2).name, TogetherJudge(alone, 3).name}
    assert len(names) == 3
    assert {(name.kind, name.model) for name in names} == {("openai", "asked-1")}
    asyncio.run(alone.close())
