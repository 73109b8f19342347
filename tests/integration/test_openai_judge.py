"""The judge that asks a language model: what it sends, what it believes, what it counts."""

import asyncio
import json
import logging
from dataclasses import replace
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request

from claimcheck.adapters.openai.judge import OpenAIJudge
from claimcheck.domain.claim import Part
from claimcheck.domain.evidence import Stance, Usage
from claimcheck.domain.verdict import Verdict
from claimcheck.errors import BudgetReached, Denied, Refused, UsageError
from claimcheck.ports import Answer, Question, QuestionMaterial, UnusableAnswer
from tests.integration.model_server import CLAIM, GOOD, KEY, PAPER, Model, completion, error, run


@pytest.fixture(scope="session")
def httpserver_listen_address() -> tuple[str, int]:
    return ("127.0.0.1", 0)


async def read(judge: OpenAIJudge) -> Answer:
    return await judge.read(CLAIM, PAPER)


def sent(request: dict[str, Any]) -> tuple[str, str]:
    system, user = (m["content"] for m in request["messages"])
    return system, user


def test_a_reading_is_asked_with_numbered_sentences_under_a_strict_schema(httpserver: HTTPServer) -> None:
    model = Model(httpserver)
    answer = run(model.judge(), read)
    assert (answer.reading.stance, answer.reading.part, answer.reading.sentences) == (Stance.SUPPORTS, Part.WHOLE, (2,))
    (request,) = model.asked
    system, user = sent(request)
    assert [m["role"] for m in request["messages"]] == ["system", "user"]
    assert user.index("Long chains lower") < user.index("Perishable part: One long") < user.index("<paper")
    assert "Title: On adherence\n[1] We test chains.\n[2] Adherence falls by 7 points.\n[3] Code" in user
    assert user.endswith("\n[4] Nothing else changes.\n</paper>")
    assert "2601.00001" not in system + user
    assert "2505.14810" not in system + user
    form = request["response_format"]["json_schema"]
    assert form["strict"] is True
    assert form["schema"]["additionalProperties"] is False
    assert (request["model"], request["temperature"], request["max_tokens"]) == ("asked-1", 0, 1200)


def test_a_claim_without_parts_may_only_be_judged_as_a_whole(httpserver: HTTPServer) -> None:
    model = Model(httpserver)
    run(model.judge(), lambda j: j.read(replace(CLAIM, durable=None, perishable=None), PAPER))
    assert model.asked[0]["response_format"]["json_schema"]["schema"]["properties"]["part"]["enum"] == ["whole"]


def test_each_further_attempt_is_put_another_way_and_not_at_temperature_0(httpserver: HTTPServer) -> None:
    model = Model(httpserver)

    async def thrice(judge: OpenAIJudge) -> None:
        for attempt in (1, 2, 3):
            await judge.read(CLAIM, PAPER, attempt)

    run(model.judge(), thrice)
    first, second, third = (sent(r)[1] for r in model.asked)
    assert second.index("[4] Nothing") < second.index("[1] We test")
    assert third.index("[1] We test") < third.index("[4] Nothing")
    assert first.count("Long chains lower") == 1
    for restated in (second, third):
        assert restated.rindex("Long chains lower") > restated.index("</paper>")
    assert ["temperature" in r for r in model.asked] == [True, False, False]


def test_the_model_that_answered_and_what_it_took_are_kept(httpserver: HTTPServer) -> None:
    model = Model(httpserver)
    answer = run(model.judge(price_prompt=2.0, price_completion=10.0), read)
    assert answer.model == "served-1"
    assert answer.usage == Usage(1, 700, 50, 0.0019, False)
    assert json.loads(answer.raw) == GOOD


@pytest.mark.parametrize(
    ("details", "usd"),
    [
        ({"cached_tokens": 600}, (100 * 2 + 600 * 0.5 + 50 * 10) / 1e6),
        ({"cached_tokens": 700}, (700 * 0.5 + 50 * 10) / 1e6),
        *(({"cached_tokens": wrong}, 0.0019) for wrong in (0, 701, -1, True, "600", None)),
        (None, 0.0019),
        ([600], 0.0019),
    ],
)
def test_cached_tokens_cost_what_they_are_set_to_cost(httpserver: HTTPServer, details: object, usd: float) -> None:
    usage = {"prompt_tokens": 700, "completion_tokens": 50, "prompt_tokens_details": details}
    for price, expected in ((0.5, usd), (None, 0.0019)):
        model = Model(httpserver, completion() | {"usage": usage})
        answer = run(model.judge(price_prompt=2.0, price_completion=10.0, price_cached=price), read)
        assert answer.usage == Usage(1, 700, 50, answer.usage.usd, False)
        assert answer.usage.usd == pytest.approx(expected)


@pytest.mark.parametrize(
    "usage", [None, {}, {"prompt_tokens": -1, "completion_tokens": 2}, {"prompt_tokens": "9", "completion_tokens": True}]
)
def test_a_missing_usage_is_estimated_upwards(httpserver: HTTPServer, usage: object) -> None:
    model = Model(httpserver, completion() | {"usage": usage, "model": None})
    answer = run(model.judge(), read)
    characters = sum(len(m["content"]) for m in model.asked[0]["messages"])
    assert answer.usage.estimated
    assert characters / 2.6 < answer.usage.prompt_tokens < characters
    assert answer.usage.completion_tokens >= len(answer.raw) / 2.5
    assert answer.model == "asked-1"


def test_an_unusable_answer_is_asked_for_once_more_and_both_are_counted(httpserver: HTTPServer) -> None:
    model = Model(httpserver, completion("It seems to agree."), completion())
    answer = run(model.judge(), read)
    assert answer.reading.stance is Stance.SUPPORTS
    assert (answer.usage.calls, answer.usage.prompt_tokens) == (2, 1400)
    assert "not one JSON object" in sent(model.asked[1])[0]
    assert sent(model.asked[1])[1] == sent(model.asked[0])[1], "the question itself stays the same"
    assert "temperature" not in model.asked[1]


def test_an_answer_that_is_unusable_twice_is_given_up_with_its_cost(httpserver: HTTPServer) -> None:
    model = Model(httpserver, completion("nonsense \ud83d\x00" + "é" * 30_000))
    with pytest.raises(UnusableAnswer, match="longer than 20000") as given_up:
        run(model.judge(), read)
    assert given_up.value.usage.calls == len(model.asked) == 2
    assert len(given_up.value.raw.encode()) <= 20_000
    assert "\x00" not in given_up.value.raw


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (completion("", finish="content_filter"), "content filter"),
        (completion("", refusal="I cannot help with that."), "refused"),
    ],
)
def test_a_refusal_is_not_asked_again(httpserver: HTTPServer, answer: dict[str, Any], why: str) -> None:
    model = Model(httpserver, answer)
    with pytest.raises(UnusableAnswer, match=why):
        run(model.judge(), read)
    assert len(model.asked) == 1


def test_a_cut_answer_gets_more_room_also_when_it_looks_whole(httpserver: HTTPServer) -> None:
    model = Model(httpserver, completion(finish="length"), completion(), completion())

    async def twice(judge: OpenAIJudge) -> None:
        await read(judge)
        await read(judge)

    run(model.judge(), twice)
    assert [r["max_tokens"] for r in model.asked] == [1200, 2400, 2400]


def test_a_cut_answer_is_unusable_in_the_end(httpserver: HTTPServer) -> None:
    model = Model(httpserver, completion(finish="length"))
    with pytest.raises(UnusableAnswer, match="cut off"):
        run(model.judge(), read)
    assert len(model.asked) == 2


def test_too_long_a_paper_is_read_to_its_half_and_says_so(httpserver: HTTPServer) -> None:
    model = Model(httpserver, error(400, "context_length_exceeded"), completion())
    answer = run(model.judge(), read)
    assert answer.reading.flags == {"shortened"}
    assert answer.usage.calls == 2
    user = sent(model.asked[1])[1]
    assert "[2] Adherence" in user
    assert "[3]" not in user


def test_a_paper_too_long_also_by_half_is_unusable(httpserver: HTTPServer) -> None:
    model = Model(httpserver, error(400, message="This model's maximum context length is 512 tokens"))
    with pytest.raises(UnusableAnswer, match="too long") as given_up:
        run(model.judge(), read)
    assert given_up.value.usage.calls == len(model.asked) == 2


@pytest.mark.parametrize(
    ("refused", "missing", "there"),
    [
        ("temperature", "temperature", {}),
        ("max_tokens", "max_tokens", {"max_completion_tokens": 4800}),
        ("response_format", "json_schema", {"response_format": {"type": "json_object"}}),
    ],
)
def test_a_refused_parameter_is_left_out_for_the_rest_of_the_run(
    httpserver: HTTPServer, refused: str, missing: str, there: dict[str, Any]
) -> None:
    model = Model(httpserver, error(400, "unsupported", f"Unsupported: '{refused}' is not supported.", refused), completion())

    async def twice(judge: OpenAIJudge) -> None:
        await read(judge)
        await read(judge)

    run(model.judge(), twice)
    assert len(model.asked) == 3
    assert not model.waits
    for request in model.asked[1:]:
        assert missing not in request
        assert request.items() >= there.items()


def test_a_rejected_question_is_unusable_and_others_go_on(httpserver: HTTPServer) -> None:
    model = Model(httpserver, error(422, "bad", "no\nsuch \x1b[2J thing"), completion())

    async def both(judge: OpenAIJudge) -> Answer:
        with pytest.raises(UnusableAnswer, match="rejects the question") as rejected:
            await read(judge)
        assert "no such \\x1b[2J thing" in str(rejected.value)
        return await read(judge)

    assert run(model.judge(), both).reading.stance is Stance.SUPPORTS
    assert len(model.asked) == 2


def test_no_more_calls_are_made_than_allowed_retries_included(httpserver: HTTPServer) -> None:
    model = Model(httpserver, error(503), error(503), completion())

    async def until_stopped(judge: OpenAIJudge) -> None:
        await read(judge)
        await read(judge)
        with pytest.raises(BudgetReached, match="5 of 5"):
            await read(judge)

    run(model.judge(max_calls=5, spent=Usage(calls=1)), until_stopped)
    assert len(model.asked) == 4


def test_money_is_never_overspent_also_with_many_calls_at_once(httpserver: HTTPServer) -> None:
    model = Model(httpserver)
    limit, each, highest = 0.3, 0.0095, 0.09  # what 700 and 50 tokens cost at these prices, and what a call may cost at most
    judge = model.judge(price_prompt=10.0, price_completion=50.0, max_cost=limit, spent=Usage(usd=0.001))

    async def all_at_once(judge: OpenAIJudge) -> list[Answer | BaseException]:
        return await asyncio.gather(*(read(judge) for _ in range(40)), return_exceptions=True)

    results = run(judge, all_at_once)
    made = [r for r in results if isinstance(r, Answer)]
    assert all(isinstance(r, Answer | BudgetReached) for r in results)
    assert len(made) == len(model.asked)
    # Calls waited while others had money set aside, instead of giving up: less is left than the next call may cost.
    assert limit - highest < 0.001 + each * len(made) <= limit


def test_a_limit_on_money_without_prices_is_refused(httpserver: HTTPServer) -> None:
    with pytest.raises(UsageError, match="prices"):
        Model(httpserver).judge(max_cost=1.0, price_prompt=1.0)


def test_calls_under_way_are_bounded(httpserver: HTTPServer) -> None:
    under_way: list[int] = []
    most: list[int] = []

    async def watched(judge: OpenAIJudge) -> None:
        await read(judge)
        send = judge._wire.send

        async def counting(*args: Any) -> Any:
            under_way.append(1)
            most.append(len(under_way))
            await asyncio.sleep(0.002)
            try:
                return await send(*args)
            finally:
                under_way.pop()

        judge._wire.send = counting  # type: ignore[assignment,method-assign]
        await asyncio.gather(*(read(judge) for _ in range(20)))

    run(Model(httpserver).judge(concurrency=4), watched)
    assert max(most) == 4


def test_phrases_come_from_the_model(httpserver: HTTPServer) -> None:
    model = Model(httpserver, completion({"phrases": ["adherence under long chains", "see 2599.99999"]}))
    found, usage = run(model.judge(), lambda j: j.phrases(replace(CLAIM, search=("in use already",))))
    assert found == ("adherence under long chains", "see")
    assert usage.calls == 1
    assert "in use already" in sent(model.asked[0])[1]


def test_phrases_that_cannot_be_used_are_a_gap_and_not_none(httpserver: HTTPServer) -> None:
    model = Model(httpserver, completion({"phrases": "one"}))
    with pytest.raises(UnusableAnswer):
        run(model.judge(), lambda j: j.phrases(CLAIM))
    assert len(model.asked) == 2


MATERIAL = [
    QuestionMaterial(CLAIM, Verdict.CONTESTED, (("2601.00001", "Adherence falls."), ("2601.00002", "It does not."))),
    QuestionMaterial(CLAIM, Verdict.RELAXED, (("2601.00001", "It falls less."),)),
]


def test_questions_rest_on_numbered_papers_and_say_who_drafted_them(httpserver: HTTPServer) -> None:
    model = Model(
        httpserver, completion({"questions": [{"text": "Does 2601.00002 hold where 2599.99999 does?", "because": [2]}]})
    )
    found, _ = run(model.judge(), lambda j: j.questions(MATERIAL))
    assert found == (Question("Does 2601.00002 hold where [id removed] does?", ("2601.00002",), "served-1"),)
    user = sent(model.asked[0])[1]
    assert "[1] Adherence falls.\n[2] It does not.\n\nClaim (relaxed)" in user
    assert "2601.0000" not in user


def test_without_material_no_question_is_asked_for(httpserver: HTTPServer) -> None:
    model = Model(httpserver)
    assert run(model.judge(), lambda j: j.questions([])) == ((), Usage())
    assert not model.asked


def test_too_much_material_is_a_gap(httpserver: HTTPServer) -> None:
    model = Model(httpserver, error(413))
    with pytest.raises(UnusableAnswer, match="too long"):
        run(model.judge(), lambda j: j.questions(MATERIAL))


def test_neither_key_nor_paper_is_logged_even_when_everything_is(
    httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    model = Model(httpserver, error(500), completion())
    run(model.judge(), read)
    assert KEY not in caplog.text
    assert "Adherence falls" not in caplog.text


def test_a_server_without_a_key_is_asked_without_one_from_elsewhere(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-from-elsewhere")
    seen: list[str] = []

    def look(request: Request) -> dict[str, Any]:
        seen.append(request.headers["Authorization"])
        return completion()

    run(Model(httpserver, look).judge(api_key=None), read)
    assert seen == ["Bearer none"]


@pytest.mark.parametrize("key", ["sk-ü", "sk-a\nb"])
def test_a_key_that_cannot_be_one_is_denied_without_being_shown(httpserver: HTTPServer, key: str) -> None:
    with pytest.raises(Denied) as denied:
        Model(httpserver).judge(api_key=key)
    assert "sk-" not in str(denied.value)


@pytest.mark.parametrize("address", ["nowhere", "ftp://127.0.0.1/v1", "http://", "http://127.0.0.1:port"])
def test_an_address_that_is_none_is_refused(httpserver: HTTPServer, address: str) -> None:
    with pytest.raises(Refused, match="OPENAI_BASE_URL"):
        Model(httpserver).judge(base_url=address)


def test_another_prompt_is_another_judge(httpserver: HTTPServer) -> None:
    judge = Model(httpserver).judge()
    other = Model(httpserver).judge(prompts=replace(judge.prompts, read=judge.prompts.read + "!"))
    assert (judge.name.kind, judge.name.model, len(judge.name.prompt)) == ("openai", "asked-1", 16)
    assert judge.name.prompt != other.name.prompt
    run(judge, lambda j: asyncio.sleep(0))
    run(other, lambda j: asyncio.sleep(0))
