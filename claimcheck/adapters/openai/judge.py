"""The judge that asks a language model, through any server that speaks OpenAI's chat completions.

The paper goes out as numbered sentences and comes back as numbers under a strict schema (`prompts.py`, `model_answer.py`); how to
ask a server that may fail, deny or cost money is in `chat.py`, and what is done about an unusable answer in `usable.py`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import openai

from claimcheck.adapters.model_answer import (
    given_ids,
    parse_phrases,
    parse_questions,
    parse_reading,
    parts_of,
    phrases_schema,
    questions_schema,
)
from claimcheck.adapters.openai.batch import Limits, OpenAIBatches
from claimcheck.adapters.openai.batch_wire import BatchWire
from claimcheck.adapters.openai.budget import Budget
from claimcheck.adapters.openai.chat import Chat, Patience, TooLong
from claimcheck.adapters.openai.prompts import Prompts
from claimcheck.adapters.openai.questions import reading_question
from claimcheck.adapters.openai.usable import Parsed, usable
from claimcheck.adapters.openai.wire import Question as Asked
from claimcheck.adapters.openai.wire import Wire
from claimcheck.deadline import Deadline
from claimcheck.domain.claim import Claim
from claimcheck.domain.evidence import Usage
from claimcheck.domain.paper import Paper
from claimcheck.errors import Denied, JudgeUnavailable
from claimcheck.ports import Answer, JudgeName, Question, QuestionMaterial, UnusableAnswer

__all__ = ["OpenAIJudge", "Prompts"]

T = TypeVar("T")
_WHOLE = 5  # requests' time that one question may take, beside a wait


class OpenAIJudge:
    """Reads papers with a language model. Every limit is kept here: deadline, retries, calls under way, calls and cost.

    `timeout` is the wall-clock deadline of one request in seconds, `max_wait` the longest wait between two, and this with five
    times that all that one question may take; prices are US dollars for a million tokens; `spent` is what counts against
    `max_cost` and `max_calls` from before, and `note` is told what each call may cost before it is made. `sleep` is how to wait,
    `run` when the whole run must be done, `wire` how requests are sent where that is not from here.
    """

    can_reread = True

    def __init__(
        self,
        *,
        model: str,
        api_key: str | None,
        base_url: str | None,
        prompts: Prompts,
        timeout: float = 120.0,
        concurrency: int = 32,
        price_prompt: float | None = None,
        price_completion: float | None = None,
        price_cached: float | None = None,
        max_cost: float | None = None,
        max_calls: int | None = None,
        spent: Usage | None = None,
        tries: int = 4,
        max_wait: float = 300.0,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        note: Callable[[Usage], None] | None = None,
        run: Deadline | None = None,
        wire: Wire | None = None,
    ) -> None:
        self.name = JudgeName("openai", model, prompts.fingerprint)
        self.prompts = prompts
        self._budget = Budget(price_prompt, price_completion, max_cost, max_calls, spent or Usage(), note, price_cached)
        self._patience = Patience(tries, max_wait, sleep, whole=max_wait + _WHOLE * timeout)
        self._wire = wire or Wire(model=model, api_key=api_key, base_url=base_url, timeout=timeout)
        self.chat = Chat(self._wire, self._budget, concurrency=concurrency, patience=self._patience, run=run)
        self._server = (api_key, base_url, timeout)

    def batches(self, part: float = 0.5, limits: Limits | None = None) -> OpenAIBatches:
        """Return the batches of the same server, at this part of the price, under the same budget."""
        key, base_url, timeout = self._server
        files = BatchWire(api_key=key, base_url=base_url, timeout=timeout, patience=self._patience)
        return OpenAIBatches(
            files,
            wire=self._wire,
            chat=self.chat,
            budget=self._budget,
            prompts=self.prompts,
            part=part,
            limits=limits or Limits(),
        )

    async def read(self, claim: Claim, paper: Paper, attempt: int = 1) -> Answer:
        """Read the paper; one that is too long for the model is read to its half, and the reading says so (`shortened`)."""
        try:
            return await self._read(claim, paper, attempt, shortened=False)
        except TooLong as first:
            try:
                answer = await self._read(claim, paper, attempt, shortened=True)
            except TooLong as second:
                raise UnusableAnswer(f"too long for the model, also by half ({second})", first.usage + second.usage) from None
            reading = replace(answer.reading, flags=answer.reading.flags | {"shortened"})
            return replace(answer, reading=reading, usage=first.usage + answer.usage)

    async def phrases(self, claim: Claim) -> tuple[tuple[str, ...], Usage]:
        """Return up to four further search phrases."""
        messages = self.prompts.further_phrases(claim)
        found = await self._whole(Asked(messages, phrases_schema(), "phrases"), parse_phrases)
        return found.value, found.usage

    async def questions(self, material: Sequence[QuestionMaterial]) -> tuple[tuple[Question, ...], Usage]:
        """Draft up to three research questions, each tied to papers of the material."""
        papers = tuple(dict.fromkeys(paper for item in material for paper, _ in item.evidence))
        if not papers:
            return (), Usage()
        given = frozenset().union(*(given_ids(item.claim, *papers) for item in material))
        messages = self.prompts.research_questions(material, papers)
        found = await self._whole(
            Asked(messages, questions_schema(), "questions"), lambda text: parse_questions(text, papers, given)
        )
        return tuple(Question(text, because, found.model) for text, because in found.value), found.usage

    async def close(self) -> None:
        """Close all connections."""
        await self._wire.close()

    async def _read(self, claim: Claim, paper: Paper, attempt: int, shortened: bool) -> Answer:
        parts, given = parts_of(claim), given_ids(claim, paper.id)
        question = reading_question(self.prompts, claim, paper, attempt, shortened)
        found = await usable(self.chat, question, lambda text: parse_reading(text, parts, given))
        return Answer(found.value, found.usage, found.model, found.raw)

    async def _whole(self, question: Asked, parse: Callable[[str], T]) -> Parsed[T]:
        try:
            return await usable(self.chat, question, parse)
        except TooLong as wrong:
            raise UnusableAnswer(f"too long for the model ({wrong})", wrong.usage) from None


def only_model(api_key: str | None, base_url: str | None, timeout: float) -> str:
    """Return the model of a server that has just one, for when none is named.

    Raise `Denied` when the server has several or none, or refuses us, and `JudgeUnavailable` when it does not answer.
    """
    try:
        names = asyncio.run(_models(Wire(model="", api_key=api_key, base_url=base_url, timeout=timeout)))
    except (openai.AuthenticationError, openai.PermissionDeniedError):
        raise Denied("the model server refuses the key; check OPENAI_API_KEY") from None
    except (openai.OpenAIError, TimeoutError, ValueError, AttributeError, TypeError):
        raise JudgeUnavailable("no model is named and the server did not say what it has; set CLAIMCHECK_MODEL") from None
    if len(names) == 1:
        return names[0]
    some = ", ".join(repr(name[:60]) for name in names[:8]) or "none"
    raise Denied(f"no model is named; set CLAIMCHECK_MODEL to one that the server has ({some})")


def models(api_key: str | None, base_url: str | None, timeout: float) -> tuple[str, ...] | None:
    """Return the models that a server lists, or None when it has no such list. Nothing is paid for it.

    Raise `Denied` when the server refuses us, and `JudgeUnavailable` when it does not answer as a model server does.
    """
    try:
        return tuple(asyncio.run(_models(Wire(model="", api_key=api_key, base_url=base_url, timeout=timeout))))
    except (openai.AuthenticationError, openai.PermissionDeniedError):
        raise Denied("the model server refuses the key; check OPENAI_API_KEY") from None
    except openai.NotFoundError:
        return None
    except (openai.OpenAIError, TimeoutError, ValueError, AttributeError, TypeError) as wrong:
        raise JudgeUnavailable(f"no model server answers ({type(wrong).__name__}); check OPENAI_BASE_URL") from None


async def _models(wire: Wire) -> list[str]:
    try:
        return await wire.models()
    finally:
        await wire.close()
