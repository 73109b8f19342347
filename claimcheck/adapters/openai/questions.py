"""The question for a reading, how it is put once more, and what a reply to it comes to; the same asked at once or in a batch."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from claimcheck.adapters.model_answer import Unusable, parts_of, reading_schema
from claimcheck.adapters.openai.prompts import Message, Prompts
from claimcheck.adapters.openai.wire import Question, Reply
from claimcheck.domain.claim import Claim
from claimcheck.domain.paper import Paper

T = TypeVar("T")
_MAX_RAW = 20_000


def reading_question(prompts: Prompts, claim: Claim, paper: Paper, attempt: int, shortened: bool) -> Question:
    """Return the question for a reading; only a first reading is to be the likeliest one."""
    messages = prompts.reading(claim, paper, attempt, shortened)
    return Question(messages, reading_schema(parts_of(claim)), "reading", steady=attempt == 1)


def once_more(question: Question, why: str) -> Question:
    """Repeat a question, telling beforehand what was wrong, and not at temperature 0, which would give the same answer again.

    The user's message stays as it was: what is asked of the claim and the paper is the same question.
    """
    system, *rest = question.messages
    note = f"\n\nAn earlier answer could not be used: {why}. Answer with one JSON object as described."
    return replace(question, messages=(Message(system.role, system.content + note), *rest), steady=False)


def value_of(reply: Reply, parse: Callable[[str], T]) -> T:
    """Return what a reply says; raise `Unusable` for one that says nothing in our schema, or was cut."""
    if reply.cut:
        raise Unusable("the answer was cut off for lack of room")
    return parse(reply.text)


def kept(raw: str) -> str:
    """Return a raw answer as the ledger can keep it: at most 20 KB, no lone surrogates, no NUL."""
    return raw.replace("\x00", "\ufffd").encode("utf-8", "replace")[:_MAX_RAW].decode("utf-8", "ignore")
