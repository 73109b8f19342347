"""One request to an OpenAI-compatible server, and what came of it: a reply, or a failure that says what to do about it.

Nothing is tried again here (`chat.py` does that). The raw body is read with our own eyes, because servers answer 200 with an HTML
page, an error, half a body or no choices, and none of that may pass for an answer.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import httpx2
import openai
from openai.types.chat import ChatCompletionMessageParam
from openai.types.chat.completion_create_params import ResponseFormat

from claimcheck.adapters.openai.failure import Failure, Kind, of_status, one_line, seconds_to_wait
from claimcheck.adapters.openai.prompts import Message
from claimcheck.domain.text import clean
from claimcheck.errors import Denied, Refused

_MAX_BODY = 2_000_000
_MAX_PACKED_BODY = 64_000  # unpacks to at most a thousand times as much
_MAX_TOKENS = 100_000_000
# Parameters that some servers or models refuse; once refused, they are left out for the rest of the run.
_OPTIONAL = ("temperature", "max_tokens", "response_format")
_HIDDEN_REASONING = 4


@dataclass(frozen=True)
class Reply:
    """What the model wrote. `cut` when it ran out of room, `refused` with the reason when it or a filter declined."""

    text: str
    model: str
    tokens: tuple[int, int] | None
    cut: bool = False
    refused: str | None = None


@dataclass(frozen=True)
class Question:
    """Messages, the schema of the answer with its name, and whether the answer should be the likeliest one (temperature 0)."""

    messages: tuple[Message, ...]
    schema: Mapping[str, object]
    name: str
    steady: bool = True


class Wire:
    """Sends requests; `timeout` is a wall-clock deadline for each, because the library's own counts anew with every byte."""

    def __init__(self, *, model: str, api_key: str | None, base_url: str | None, timeout: float) -> None:
        self._model, self._timeout = model, timeout
        self._key = (api_key or "").strip()
        if not self._key.isascii() or not self._key.isprintable():
            raise Denied("the key for the model server holds characters that no key has; check OPENAI_API_KEY")
        self._client = self._connect(base_url)
        address = self._client.base_url
        self.place = f"{address.scheme}://{address.host}{f':{address.port}' if address.port else ''}"
        self._refused: frozenset[str] = frozenset()

    def room(self, base: int) -> int:
        """Return how many tokens an answer may take; a model whose hidden reasoning counts too gets more."""
        return base * _HIDDEN_REASONING if "max_tokens" in self._refused else base

    async def send(self, question: Question, room: int, most: float = float("inf")) -> Reply | Failure:
        """Send one request, which takes at most so many seconds."""
        sent, seconds = self._refused, min(self._timeout, most)
        try:
            async with asyncio.timeout(seconds):
                body = await self._create(question, room, sent)
            return self._read(body)
        except openai.APIStatusError as wrong:
            return self._status(wrong, sent)
        except (TimeoutError, openai.APITimeoutError):
            return Failure(Kind.AGAIN, f"no answer within {seconds:.3g} s", billed=True)
        except openai.APIConnectionError as wrong:
            cause = wrong.__cause__
            why = one_line(f"{type(cause).__name__}: {cause}" if cause else str(wrong), self._key)
            return Failure(
                Kind.AGAIN, f"no connection, or one that broke ({why})", billed=not isinstance(cause, httpx2.ConnectError)
            )
        except openai.OpenAIError as wrong:
            return Failure(Kind.UNREACHABLE, one_line(str(wrong), self._key))

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    def _connect(self, base_url: str | None) -> openai.AsyncOpenAI:
        try:
            client = openai.AsyncOpenAI(
                api_key=self._key or "none",
                base_url=base_url,
                timeout=openai.Timeout(self._timeout, connect=min(self._timeout, 15.0)),
                max_retries=0,
                default_headers={"Accept-Encoding": "identity"},
                http_client=openai.DefaultAsyncHttpxClient(follow_redirects=False, event_hooks={"response": [_bound]}),
            )
        except (httpx2.InvalidURL, ValueError):
            client = None
        if client is None or client.base_url.scheme not in ("http", "https") or not client.base_url.host:
            raise Refused([f"the address of the model server, {base_url!r}, is none; check OPENAI_BASE_URL"])
        return client

    async def _create(self, question: Question, room: int, refused: frozenset[str]) -> bytes:
        raw = await self._client.chat.completions.with_raw_response.create(
            model=self._model,
            messages=cast(
                "list[ChatCompletionMessageParam]", [{"role": m.role, "content": _sendable(m.content)} for m in question.messages]
            ),
            response_format=_response_format(question, refused),
            temperature=0 if question.steady and "temperature" not in refused else openai.omit,
            max_tokens=openai.omit if "max_tokens" in refused else room,
            max_completion_tokens=room if "max_tokens" in refused else openai.omit,
        )
        return raw.content

    def _status(self, wrong: openai.APIStatusError, sent: frozenset[str]) -> Failure:
        told = wrong.body.get("message") if isinstance(wrong.body, dict) else wrong.body
        message = told if isinstance(told, str) else wrong.message
        failure = of_status(
            wrong.status_code,
            (wrong.code, wrong.type),
            one_line(message, self._key),
            seconds_to_wait(wrong.response.headers),
        )
        if failure.kind is not Kind.REJECTED:
            return failure
        named = {name for name in _OPTIONAL if name not in sent and (wrong.param == name or name in message)}
        if not named:
            return failure
        self._refused |= named
        return Failure(Kind.ADAPTED, failure.message)

    def _read(self, body: bytes) -> Reply | Failure:
        try:
            answer = json.loads(body.decode("utf-8"))
        except (ValueError, RecursionError):
            return Failure(Kind.AGAIN, "status 200 without a readable answer (a login or error page, or a cut one?)", billed=True)
        if not isinstance(answer, dict):
            return Failure(Kind.AGAIN, "status 200 with something that is no answer", billed=True)
        choices, error = answer.get("choices"), answer.get("error")
        if not isinstance(choices, list):
            return self._error_inside(error)
        choice = choices[0] if choices and isinstance(choices[0], dict) else {}
        said = choice.get("message")
        message = said if isinstance(said, dict) else {}
        content, refusal, finish = message.get("content"), message.get("refusal"), choice.get("finish_reason")
        refused = (
            "the model refused" if refusal else "a content filter stopped the answer" if finish == "content_filter" else None
        )
        return Reply(
            text=content if isinstance(content, str) else "",
            model=self._named(answer.get("model")),
            tokens=_used(answer.get("usage")),
            cut=finish == "length",
            refused=refused,
        )

    def _error_inside(self, error: object) -> Failure:
        found = error if isinstance(error, dict) else {"message": error or "neither choices nor an error"}
        code = found.get("code")
        status = code if isinstance(code, int) and not isinstance(code, bool) and 400 <= code < 600 else 500
        codes = (str(code or ""), str(found.get("type") or ""))
        failure = of_status(status, codes, one_line(str(found.get("message")), self._key), None)
        return Failure(failure.kind, f"an error sent with status 200: {failure.message}")

    def _named(self, model: object) -> str:
        return (clean(model)[0][:200] if isinstance(model, str) else "") or self._model


def _response_format(question: Question, refused: frozenset[str]) -> ResponseFormat:
    if "response_format" in refused:
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": {"name": question.name, "schema": dict(question.schema), "strict": True}}


def _sendable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _used(usage: object) -> tuple[int, int] | None:
    if not isinstance(usage, dict):
        return None
    counts: Sequence[object] = (usage.get("prompt_tokens"), usage.get("completion_tokens"))
    known = [n for n in counts if isinstance(n, int) and not isinstance(n, bool) and 0 <= n < _MAX_TOKENS]
    return (known[0], known[1]) if len(known) == 2 and known[0] else None


async def _bound(response: httpx2.Response) -> None:
    """Let no body grow beyond all bounds, packed ones least: 194 KB of them once took 388 MB."""
    packed = response.headers.get("content-encoding", "identity") not in ("", "identity")
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Bounded(response.stream, _MAX_PACKED_BODY if packed else _MAX_BODY)


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, limit: int) -> None:
        self._stream, self._left = stream, limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._left -= len(chunk)
            if self._left < 0:
                raise httpx2.ReadError("the answer is too long to be one")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
