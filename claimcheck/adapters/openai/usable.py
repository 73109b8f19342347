"""An answer that can be used: one that cannot is asked for once more, saying what was wrong with it, and then given up."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from claimcheck.adapters.model_answer import Unusable
from claimcheck.adapters.openai.chat import Chat
from claimcheck.adapters.openai.questions import kept, once_more, value_of
from claimcheck.adapters.openai.wire import Question
from claimcheck.domain.evidence import Usage
from claimcheck.ports import UnusableAnswer

T = TypeVar("T")


@dataclass(frozen=True)
class Parsed(Generic[T]):
    """What an answer says, what it took, who gave it, and how it was worded."""

    value: T
    usage: Usage
    model: str
    raw: str


async def usable(chat: Chat, question: Question, parse: Callable[[str], T]) -> Parsed[T]:
    """Return what a model answers. Raise `UnusableAnswer`, and all that `Chat.ask` raises."""
    reply, usage = await chat.ask(question)
    for last in (False, True):
        if reply.refused:
            raise UnusableAnswer(reply.refused, usage, kept(reply.text))
        try:
            return Parsed(value_of(reply, parse), usage, reply.model, kept(reply.text))
        except Unusable as wrong:
            why = str(wrong)
        if last:
            break
        reply, more = await chat.ask(once_more(question, why))
        usage += more
    raise UnusableAnswer(why, usage, kept(reply.text))
