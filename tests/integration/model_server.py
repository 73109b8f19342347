"""A model server for the tests of the OpenAI judge: it answers from a list and keeps what it was asked."""

import asyncio
import json
import socket
import threading
from collections.abc import Awaitable, Callable
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from claimcheck.adapters.openai.judge import OpenAIJudge, Prompts
from claimcheck.domain.claim import Anchor, Claim
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.paper import Paper

T = TypeVar("T")
KEY = "sk-test-0123456789abcdef"
CLAIM = Claim(
    "drift",
    "inquiry",
    "Long chains lower adherence.",
    PartialDate.parse("2025-05"),
    (Anchor("2505.14810"),),
    durable="Both need capacity.",
    perishable="One long chain dilutes.",
)
PAPER = Paper(
    "2601.00001", "On adherence", "We test chains. Adherence falls by 7 points. Code is public. Nothing else changes.", 2
)
GOOD = {"reason": "It falls.", "sentences": [2], "stance": "supports", "part": "whole", "asserted": True, "confidence": 0.9}
PROMPT_FILES = Path(str(resources.files("claimcheck") / "agent" / "prompts"))


def prompts() -> Prompts:
    texts = {
        name: (PROMPT_FILES / f"{name}.md").read_text(encoding="utf-8") for name in ("read", "phrases", "questions", "several")
    }
    return Prompts(**texts)


def completion(content: object = None, finish: str = "stop", **message: object) -> dict[str, Any]:
    """A chat completion as a good server sends it."""
    text = json.dumps(GOOD) if content is None else content if isinstance(content, str) else json.dumps(content)
    said = {"role": "assistant", "content": text, **message}
    usage = {"prompt_tokens": 700, "completion_tokens": 50, "total_tokens": 750}
    choice = {"index": 0, "finish_reason": finish, "message": said}
    return {"id": "x", "object": "chat.completion", "model": "served-1", "choices": [choice], "usage": usage}


def error(status: int, code: str = "c", message: str = "m", param: str | None = None, **headers: str) -> Response:
    body = {"error": {"message": message, "type": code, "code": code, "param": param}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(json.dumps(body), status, named, content_type="application/json")


Scripted = dict[str, Any] | Response | Callable[[Request], dict[str, Any] | Response]


class Model:
    """Answers the n-th request with the n-th of its answers, the last one for ever."""

    def __init__(self, server: HTTPServer, *answers: Scripted) -> None:
        self.url = server.url_for("/v1")
        self.answers: tuple[Scripted, ...] = answers or (completion(),)
        self.asked: list[dict[str, Any]] = []
        self.waits: list[float] = []
        self._lock = threading.Lock()
        server.expect_request("/v1/chat/completions", method="POST").respond_with_handler(self._answer)

    def _answer(self, request: Request) -> Response:
        with self._lock:
            answer = self.answers[min(len(self.asked), len(self.answers) - 1)]
            self.asked.append(json.loads(request.data))
        if callable(answer) and not isinstance(answer, Response):
            answer = answer(request)
        return answer if isinstance(answer, Response) else Response(json.dumps(answer), content_type="application/json")

    def judge(self, **options: Any) -> OpenAIJudge:
        return judge(self.url, self.waits, **options)


def judge(url: str, waits: list[float], **options: Any) -> OpenAIJudge:
    """A judge that notes its waits instead of waiting."""

    async def note(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    given: dict[str, Any] = {
        "model": "asked-1",
        "api_key": KEY,
        "base_url": url,
        "prompts": prompts(),
        "timeout": 10.0,
        "sleep": note,
    }
    return OpenAIJudge(**given | options)


def run(judge: OpenAIJudge, work: Callable[[OpenAIJudge], Awaitable[T]]) -> T:
    """Do some work with a judge, and close it."""

    async def whole() -> T:
        try:
            return await work(judge)
        finally:
            await judge.close()

    return asyncio.run(whole())


class RawServer:
    """Sends the same bytes to every request, whatever they are, and closes the connection."""

    def __init__(self, answer: bytes) -> None:
        self._answer, self.requests = answer, 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "RawServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self._read(connection)
                self.requests += 1
                connection.sendall(self._answer)

    def _read(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(65536)
        headers, _, body = head.partition(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in headers.split(b"\r\n") if line.lower().startswith(b"content-length"))
        while len(body) < length:
            body += connection.recv(65536)
