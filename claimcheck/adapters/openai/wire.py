"""One request to an OpenAI-compatible server, and what came of it: a reply, or a failure that says what to do about it.

Nothing is tried again here (`chat.py` does that). The raw body is read with our own eyes, because servers answer 200 with an HTML
page, an error, half a body or no choices, and none of that may pass for an answer.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import openai
from openai.types.chat.completion_create_params import ResponseFormat

from claimcheck.adapters.openai.connection import connect, failure_of, place_of, secrets_of, status_failure, told, usable_key
from claimcheck.adapters.openai.failure import Failure, Kind, of_status, one_line
from claimcheck.adapters.openai.prompts import Message
from claimcheck.adapters.setting_values import ALONE
from claimcheck.domain.text import clean
from claimcheck.secrets import strike, strike_json

_MAX_TOKENS = 100_000_000
# Parameters that some servers or models refuse; once refused, they are left out for the rest of the run.
_OPTIONAL = ("temperature", "max_tokens", "response_format")
_HIDDEN_REASONING = 4


@dataclass(frozen=True)
class Reply:
    """What the model wrote. `cut` when it ran out of room, `refused` with the reason when it or a filter declined.

    `tokens` are those of the prompt, of the answer, and of the prompt's those that the server had in its cache.
    """

    text: str
    model: str
    tokens: tuple[int, int, int] | None
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

    most_at_once = ALONE

    def __init__(self, *, model: str, api_key: str | None, base_url: str | None, timeout: float) -> None:
        self._model, self._timeout = model, timeout
        self.key = usable_key(api_key)
        self.secrets = secrets_of(self.key, base_url)
        self._client = connect(self.key, base_url, timeout)
        self.place = place_of(self._client)
        self._refused: frozenset[str] = frozenset()

    def room(self, base: int) -> int:
        """Return how many tokens an answer may take; a model whose hidden reasoning counts too gets more."""
        return base * _HIDDEN_REASONING if "max_tokens" in self._refused else base

    @property
    def left_out(self) -> frozenset[str]:
        """The parameters that the server is known to refuse."""
        return self._refused

    def leave_out(self, names: frozenset[str]) -> None:
        """Send these parameters no more."""
        self._refused |= names

    async def send(self, question: Question, room: int, most: float = float("inf")) -> Reply | Failure:
        """Send one request, which takes at most so many seconds."""
        sent, seconds = self._refused, min(self._timeout, most)
        try:
            async with asyncio.timeout(seconds):
                body = await self._create(question, room, sent)
            return self._read(body)
        except openai.APIStatusError as wrong:
            return self._status(wrong, sent)
        except (openai.OpenAIError, TimeoutError) as wrong:
            return failure_of(wrong, self.secrets, seconds)

    async def models(self) -> list[str]:
        """Return the names of the models that the server has; raise what the library raises, or `TimeoutError`."""
        async with asyncio.timeout(self._timeout):
            listed = await self._client.models.list()
        return sorted(strike(model.id, self.secrets) for model in listed.data or ())

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    def body(self, question: Question, room: int) -> dict[str, Any]:
        """Return a request as it is sent now: without the parameters that were refused."""
        return self._body(question, room, self._refused)

    def _body(self, question: Question, room: int, refused: frozenset[str]) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [{"role": m.role, "content": _sendable(m.content)} for m in question.messages],
            "response_format": _response_format(question, refused),
            "max_completion_tokens" if "max_tokens" in refused else "max_tokens": room,
        }
        return body | ({"temperature": 0} if question.steady and "temperature" not in refused else {})

    async def _create(self, question: Question, room: int, refused: frozenset[str]) -> bytes:
        raw = await self._client.chat.completions.with_raw_response.create(**self._body(question, room, refused))
        content: bytes = raw.content
        return content

    def _status(self, wrong: openai.APIStatusError, sent: frozenset[str]) -> Failure:
        failure, message = status_failure(wrong, self.secrets), told(wrong)
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
        return self.understood(answer)

    def understood(self, answer: Mapping[str, object]) -> Reply | Failure:
        """Return what the body of an answer says."""
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
            text=(strike_json(content, self.secrets) or "") if isinstance(content, str) else "",
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
        failure = of_status(status, codes, one_line(str(found.get("message")), self.secrets), None)
        return Failure(failure.kind, f"an error sent with status 200: {failure.message}")

    def _named(self, model: object) -> str:
        return (clean(strike(model, self.secrets))[0][:200] if isinstance(model, str) else "") or self._model


def _response_format(question: Question, refused: frozenset[str]) -> ResponseFormat:
    if "response_format" in refused:
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": {"name": question.name, "schema": dict(question.schema), "strict": True}}


def _sendable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _used(usage: object) -> tuple[int, int, int] | None:
    if not isinstance(usage, dict):
        return None
    prompt, completion = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    details = usage.get("prompt_tokens_details")
    cached = _count(details.get("cached_tokens")) if isinstance(details, dict) else None
    if not prompt or completion is None:
        return None
    return prompt, completion, cached if cached is not None and cached <= prompt else 0


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MAX_TOKENS else None
