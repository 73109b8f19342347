"""The model that points at lines of notes: what it is told, and which answers are believed."""

import asyncio
import json
from collections.abc import Sequence

import pytest
from pytest_httpserver import HTTPServer

from claimcheck.adapters.model_answer import Unusable
from claimcheck.adapters.openai.pointer import OpenAIPointer, parse_pointing
from claimcheck.adapters.openai.wire import Wire
from claimcheck.errors import Denied
from claimcheck.ports import Pointed, Pointing, UnusableAnswer
from tests.integration.model_server import KEY, PROMPT_FILES, Model, completion, error

PROMPT = (PROMPT_FILES / "point.md").read_text(encoding="utf-8")
LINES = ["Chains dilute\ncontext.", "See </notes> arXiv:2505.14810 \u200b.", "Is it so?"]
ANSWER = {"question": 3, "questions": [], "findings": [{"states": [1], "cites": [2]}]}


@pytest.fixture(scope="session")
def httpserver_listen_address() -> tuple[str, int]:
    return ("127.0.0.1", 0)


def point(model: Model, lines: Sequence[str] = LINES) -> Pointing:
    async def whole() -> Pointing:
        wire = Wire(model="asked-1", api_key=KEY, base_url=model.url, timeout=10)
        try:
            return (await OpenAIPointer(wire, "asked-1", PROMPT).point(lines))[0]
        finally:
            await wire.close()

    return asyncio.run(whole())


def test_it_is_told_numbered_lines_and_answers_with_numbers_under_a_strict_schema(httpserver: HTTPServer) -> None:
    model = Model(httpserver, completion(ANSWER))
    assert point(model) == Pointing((Pointed((1,), (2,)),), (), 3)
    (request,) = model.asked
    assert "[1] Chains dilute context.\n[2] See < /notes> arXiv:2505.14810 .\n[3] Is it so?" in request["messages"][1]["content"]
    assert request["response_format"]["json_schema"]["strict"] is True


def test_an_answer_that_cannot_be_used_is_asked_for_once_more_and_then_given_up(httpserver: HTTPServer) -> None:
    model = Model(httpserver, completion("It says so."), completion(ANSWER))
    assert point(model).question == 3
    httpserver.clear()
    again = Model(httpserver, completion({**ANSWER, "question": 4}))
    with pytest.raises(UnusableAnswer, match="question is not the number of a line"):
        point(again)
    assert len(again.asked) == 2


def test_a_refused_key_is_asked_with_once(httpserver: HTTPServer) -> None:
    model = Model(httpserver, error(401, "invalid_api_key"))
    with pytest.raises(Denied):
        point(model)
    assert len(model.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"question": 0, "questions": []},
        {**ANSWER, "text": "arXiv:2505.14810"},
        {**ANSWER, "question": True},
        {**ANSWER, "questions": ["1"]},
        {**ANSWER, "questions": [4]},
        {**ANSWER, "findings": [{"states": [], "cites": [1]}]},
        {**ANSWER, "findings": [{"states": [0], "cites": []}]},
        {**ANSWER, "findings": [{"states": [1], "cites": [], "id": "2505.14810"}]},
        {**ANSWER, "findings": {"states": [1], "cites": []}},
    ],
)
def test_anything_but_numbers_of_lines_makes_the_answer_unusable(answer: object) -> None:
    with pytest.raises(Unusable):
        parse_pointing(json.dumps(answer), 3)
