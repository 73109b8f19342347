"""A model server on a bad day: asked again where that may help, once where it cannot, and never shown with the key."""

import asyncio
import gzip
import importlib.util
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from claimcheck.adapters.openai.judge import OpenAIJudge
from claimcheck.errors import ClaimcheckError, Denied, JudgeUnavailable
from claimcheck.ports import Answer, UnusableAnswer
from tests.integration.model_server import CLAIM, GOOD, KEY, PAPER, Model, RawServer, completion, error, judge, run

SHARED = Path(__file__).resolve().parents[3] / "shared"
RAW, STAND_IN = SHARED / "bad_inputs" / "http_raw", SHARED / "tools" / "openai_stand_in.py"
Outcome = Answer | BaseException


@pytest.fixture(scope="session")
def httpserver_listen_address() -> tuple[str, int]:
    return ("127.0.0.1", 0)


async def read(judge: OpenAIJudge) -> Answer:
    return await judge.read(CLAIM, PAPER)


def outcome(judge: OpenAIJudge) -> Outcome:
    """What reading once comes to: the answer, or what was raised."""
    return outcomes(judge, 1)[0]


def outcomes(judge: OpenAIJudge, times: int) -> list[Outcome]:
    async def all_at_once(judge: OpenAIJudge) -> list[Outcome]:
        return await asyncio.gather(*(read(judge) for _ in range(times)), return_exceptions=True)

    return run(judge, all_at_once)


def body(text: str, status: int = 200, kind: str = "application/json") -> Response:
    return Response(text, status, content_type=kind)


PASSING = {
    "429": error(429, "rate_limit_exceeded"),
    "500": error(500),
    "503": body("slow down", 503, "text/plain"),
    "529": error(529, "overloaded_error"),
    "408": error(408),
    "html": body("<html>captive portal</html>", kind="text/html"),
    "empty": body(""),
    "cut": body('{"id":"x","choices":[{"ind'),
    "error inside": body('{"error":{"message":"overloaded","code":529}}'),
    "choices null": body(json.dumps(completion() | {"choices": None})),
    "a list": body("[]"),
    "a number": body("7"),
    "nested": body("[" * 100_000),
    "not utf-8": Response(b"\xff\xfe{}", content_type="application/json"),
    "huge": body(json.dumps(completion("x" * 2_100_000))),
    "packed": Response(
        gzip.compress(json.dumps(completion()).encode() + b" " * 30_000_000, 1), headers={"Content-Encoding": "gzip"}
    ),
}


@pytest.mark.parametrize("fault", PASSING)
def test_what_may_pass_is_asked_four_times_and_then_unavailable(httpserver: HTTPServer, fault: str) -> None:
    model = Model(httpserver, PASSING[fault])
    raised = outcome(model.judge())
    assert isinstance(raised, JudgeUnavailable)
    assert not raised.breaker
    assert "run again" in str(raised)
    assert len(model.asked) == 4
    assert all(0.5 * 2**n <= wait <= 1.5 * 2**n for n, wait in enumerate(model.waits))


@pytest.mark.parametrize("fault", ["429", "503", "html", "empty", "cut", "error inside"])
def test_what_passed_leaves_a_good_answer_that_counts_all_requests(httpserver: HTTPServer, fault: str) -> None:
    answer = outcome(Model(httpserver, PASSING[fault], completion()).judge())
    assert isinstance(answer, Answer)
    assert answer.usage.calls == 2


DENIED = {
    "401": error(401, "invalid_api_key", f"Incorrect API key provided: {KEY}."),
    "402": error(402, "payment"),
    "403": error(403),
    "404": error(404, "model_not_found"),
    "quota": error(429, "insufficient_quota", Retry_After="1"),
    "quota inside": body('{"error":{"message":"no credit","code":402}}'),
    "model in a 400": error(400, "model_not_found"),
}


@pytest.mark.parametrize("fault", DENIED)
def test_what_cannot_pass_is_asked_once_and_never_again(httpserver: HTTPServer, fault: str) -> None:
    model = Model(httpserver, DENIED[fault])

    async def twice(judge: OpenAIJudge) -> list[Outcome]:
        first = await asyncio.gather(read(judge), return_exceptions=True)
        second = await asyncio.gather(read(judge), return_exceptions=True)
        with pytest.raises(Denied):
            await judge.phrases(CLAIM)
        return [*first, *second]

    raised = run(model.judge(), twice)
    assert all(isinstance(r, Denied) for r in raised)
    assert len(model.asked) == 1
    assert not model.waits
    assert KEY not in "".join(map(repr, raised))


def test_a_wrong_key_costs_one_request_however_many_readings_are_under_way(httpserver: HTTPServer) -> None:
    model = Model(httpserver, DENIED["401"])
    raised = outcomes(model.judge(concurrency=32), 100)
    assert all(isinstance(r, Denied) for r in raised)
    assert len(model.asked) == 1


def test_a_key_that_is_revoked_midway_ends_all_that_was_not_under_way(httpserver: HTTPServer) -> None:
    model = Model(httpserver, completion(), DENIED["401"])
    raised = outcomes(model.judge(concurrency=4), 50)
    assert sum(isinstance(r, Answer) for r in raised) == 1
    assert sum(isinstance(r, Denied) for r in raised) == 49
    assert len(model.asked) <= 5


def test_a_wait_that_is_asked_for_is_kept(httpserver: HTTPServer) -> None:
    model = Model(httpserver, error(429, Retry_After="7"), error(503, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"), completion())
    assert isinstance(outcome(model.judge()), Answer)
    assert model.waits[0] >= 7
    assert model.waits[1] < 7


@pytest.mark.parametrize("asked", ["3600", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_wait_too_long_ends_the_reading_at_once_and_says_how_long(httpserver: HTTPServer, asked: str) -> None:
    model = Model(httpserver, error(429, Retry_After=asked))
    raised = outcome(model.judge(max_wait=300.0))
    assert isinstance(raised, JudgeUnavailable)
    assert "asks to wait" in str(raised)
    assert len(model.asked) == 1


def test_no_wait_is_longer_than_allowed(httpserver: HTTPServer) -> None:
    model = Model(httpserver, error(500))
    outcome(model.judge(tries=12, max_wait=20.0))
    assert len(model.asked) == 12
    assert max(model.waits) == 20.0


def test_after_five_readings_in_a_row_without_an_answer_the_server_is_left_alone(httpserver: HTTPServer) -> None:
    model = Model(httpserver, error(500))

    async def one_by_one(judge: OpenAIJudge) -> list[Outcome]:
        return [(await asyncio.gather(read(judge), return_exceptions=True))[0] for _ in range(8)]

    raised = run(model.judge(), one_by_one)
    assert [isinstance(r, JudgeUnavailable) and r.breaker for r in raised] == [False] * 5 + [True] * 3
    assert len(model.asked) == 20


def test_an_answer_that_came_through_starts_the_count_anew(httpserver: HTTPServer) -> None:
    def sometimes(_: Request) -> dict[str, Any] | Response:
        return completion() if len(model.asked) % 17 == 0 else error(500)

    model = Model(httpserver, sometimes)

    async def one_by_one(judge: OpenAIJudge) -> list[Outcome]:
        return [(await asyncio.gather(read(judge), return_exceptions=True))[0] for _ in range(12)]

    raised = run(model.judge(), one_by_one)
    assert not any(isinstance(r, JudgeUnavailable) and r.breaker for r in raised)
    assert sum(isinstance(r, Answer) for r in raised) == 2


@contextmanager
def dripping() -> Iterator[str]:
    """A server that sends a byte now and then, so that no read of it ever times out."""
    stop = threading.Event()

    def drip(_: Request) -> Response:
        def bytes_now_and_then() -> Iterator[bytes]:
            for _ in range(150):
                if stop.wait(0.02):
                    return
                yield b" "

        return Response(bytes_now_and_then(), content_type="application/json", headers={"Content-Length": "1000000"})

    server = HTTPServer(host="127.0.0.1", port=0, threaded=True)
    server.expect_request("/v1/chat/completions").respond_with_handler(drip)
    server.start()
    try:
        yield server.url_for("/v1")
    finally:
        stop.set()
        server.clear()
        server.stop()


def test_a_dripping_server_is_held_to_the_wall_clock() -> None:
    waits: list[float] = []
    with dripping() as url:
        raised = outcome(judge(url, waits, timeout=0.15, tries=2))
    assert isinstance(raised, JudgeUnavailable)
    assert "no answer within 0.15 s" in str(raised)
    assert len(waits) == 1


def test_a_server_that_is_not_there_is_unavailable_and_not_a_bug() -> None:
    raised = outcome(judge("http://127.0.0.1:1/v1", []))
    assert isinstance(raised, JudgeUnavailable)
    assert "127.0.0.1:1" in str(raised)


def test_a_redirect_is_not_followed_with_the_paper_and_the_key(httpserver: HTTPServer) -> None:
    model = Model(httpserver, Response(status=307, headers={"Location": "http://192.0.2.1/v1"}))
    raised = outcome(model.judge())
    assert isinstance(raised, JudgeUnavailable)
    assert len(model.asked) == 1


@pytest.mark.parametrize("secret", [KEY, "hunter2hunter2"])
def test_errors_are_one_line_without_the_key(httpserver: HTTPServer, secret: str) -> None:
    echo = f"line one\nline two \x1b[2J\u202e {secret} Bearer {secret} sk-proj-other {'x' * 900}"
    for status in (401, 422, 500):
        httpserver.clear()
        raised = outcome(Model(httpserver, error(status, message=echo)).judge(api_key=secret))
        assert isinstance(raised, ClaimcheckError | UnusableAnswer)
        shown = str(raised)
        assert secret not in shown
        assert "sk-proj" not in shown
        assert shown.isprintable()
        assert len(shown) < 700
        assert raised.__cause__ is None


RAW_CASES: dict[str, tuple[type[BaseException], int]] = {
    "h001_429_1": (JudgeUnavailable, 4),
    "h002_429_date": (JudgeUnavailable, 1),
    "h004_429_nan": (JudgeUnavailable, 4),
    "h006_429_word": (JudgeUnavailable, 4),
    "h007_429_3600": (JudgeUnavailable, 1),
    "h009_503_ra": (JudgeUnavailable, 4),
    "h010_500": (JudgeUnavailable, 4),
    "h011_529": (JudgeUnavailable, 4),
    "h012_401": (Denied, 1),
    "h013_403": (Denied, 1),
    "h014_404_model": (Denied, 1),
    "h015_400_ctx": (UnusableAnswer, 2),
    "h017_302_loop": (JudgeUnavailable, 1),
    "h018_301_http": (JudgeUnavailable, 1),
    "h019_200_html": (JudgeUnavailable, 4),
    "h020_200_empty": (JudgeUnavailable, 4),
    "h021_200_cutjson": (JudgeUnavailable, 4),
    "h022_200_error": (JudgeUnavailable, 4),
    "h023_200_nochoice": (UnusableAnswer, 2),
    "h025_200_filter": (UnusableAnswer, 1),
    "h026_200_refusal": (UnusableAnswer, 1),
    "h028_200_model": (UnusableAnswer, 2),
    "h029_short_cl": (JudgeUnavailable, 4),
    "h030_bad_chunk": (JudgeUnavailable, 4),
    "h033_garbage": (JudgeUnavailable, 4),
    "h034_ssh": (JudgeUnavailable, 4),
    "h036_setcookie_ansi": (JudgeUnavailable, 4),
}


@pytest.mark.skipif(not RAW.exists(), reason="needs the folder of bad inputs beside the repository")
@pytest.mark.parametrize("case", RAW_CASES)
def test_known_raw_answers_end_as_they_should(case: str) -> None:
    waits: list[float] = []
    with RawServer((RAW / f"{case}.bin").read_bytes()) as server:
        raised = outcome(judge(server.url, waits))
    expected, requests = RAW_CASES[case]
    assert type(raised) is expected
    if requests == 4:  # one may find its connection closed before it is sent
        assert len(waits) == 3
    else:
        assert server.requests == requests
    assert str(raised).isprintable()
    assert "SECRET" not in str(raised)
    if case == "h009_503_ra":
        assert sorted(waits)[1] >= 30


@contextmanager
def stand_in(*faults: tuple[str, int]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    spec = importlib.util.spec_from_file_location("openai_stand_in", STAND_IN)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    server = module.Server(("127.0.0.1", 0), module.Handler)
    server.latency, server.limit, server.by_hand, server.faults = 0, 0, "", list(faults)
    server.log, server.lock, server.count, server.under_way, server.most, server.began = [], threading.Lock(), 0, 0, 0, 0.0
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", server.log
    finally:
        server.shutdown()
        server.server_close()


STAND_IN_FAULTS: dict[str, tuple[type[object], int]] = {
    "429": (JudgeUnavailable, 4),
    "quota": (Denied, 1),
    "500": (JudgeUnavailable, 4),
    "503": (JudgeUnavailable, 4),
    "401": (Denied, 1),
    "context": (UnusableAnswer, 2),
    "hang": (JudgeUnavailable, 4),
    "drop": (JudgeUnavailable, 4),
    "truncated": (UnusableAnswer, 2),
    "empty": (UnusableAnswer, 2),
    "refusal": (UnusableAnswer, 1),
    "notjson": (UnusableAnswer, 2),
    "wrongschema": (UnusableAnswer, 2),
    "fenced": (Answer, 1),
    "forgedquote": (Answer, 1),
    "forgedid": (Answer, 1),
}


@pytest.mark.skipif(not STAND_IN.exists(), reason="needs the stand-in server beside the repository")
@pytest.mark.parametrize("fault", STAND_IN_FAULTS)
def test_each_fault_of_the_stand_in_ends_as_it_should_and_passes(fault: str) -> None:
    expected, requests = STAND_IN_FAULTS[fault]
    timeout = 0.1 if fault == "hang" else 10.0
    with stand_in((fault, 1)) as (url, log):
        assert isinstance(outcome(judge(url, [], timeout=timeout)), expected)
        assert len(log) == requests
    if expected is not Denied:
        with stand_in((fault, 2)) as (url, _):
            assert isinstance(outcome(judge(url, [], timeout=10.0)), Answer)


def test_the_answer_of_another_model_than_was_asked_is_recorded_as_its(httpserver: HTTPServer) -> None:
    answer = outcome(Model(httpserver, completion(GOOD) | {"model": "other-cheap-model\x1b"}).judge())
    assert isinstance(answer, Answer)
    assert answer.model == "other-cheap-model"
