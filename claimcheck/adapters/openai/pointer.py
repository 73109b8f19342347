"""A language model that points at lines of a person's notes: it sees numbers, and answers with numbers under a strict schema.

Whatever it writes, nothing of it reaches the draft: code copies the lines. An answer with a number that no line has is unusable
as a whole, is asked for once more and then given up.
"""

from collections.abc import Sequence
from string import Template

from claimcheck.adapters.model_answer import Unusable, parse_object
from claimcheck.adapters.openai.budget import Budget
from claimcheck.adapters.openai.chat import Chat, Patience, TooLong
from claimcheck.adapters.openai.prompts import Message
from claimcheck.adapters.openai.wire import Question, Wire
from claimcheck.domain.evidence import Usage
from claimcheck.domain.text import clean
from claimcheck.ports import Pointed, Pointing, UnusableAnswer

_SEPARATOR = "\n=====\n"
_MOST_FINDINGS = 300


class OpenAIPointer:
    """Points with a model behind `wire`; `prompt` is the text of `point.md`."""

    def __init__(
        self, wire: Wire, model: str, prompt: str, budget: Budget | None = None, patience: Patience | None = None
    ) -> None:
        self.model = model
        self._prompt = prompt
        self._chat = Chat(wire, budget or Budget(), concurrency=1, patience=patience or Patience())

    async def point(self, lines: Sequence[str]) -> tuple[Pointing, Usage]:
        """Return what the model points at."""
        question = Question(_messages(self._prompt, lines), pointing_schema(), "pointing")
        usage, why = Usage(), ""
        for _ in range(2):
            try:
                reply, took = await self._chat.ask(question)
                usage += took
                if reply.refused or reply.cut:
                    raise Unusable(reply.refused or "the answer was cut off for lack of room")
                return parse_pointing(reply.text, len(lines)), usage
            except TooLong as wrong:
                raise UnusableAnswer(f"the notes are too long for the model ({wrong})", usage + wrong.usage) from None
            except Unusable as wrong:
                why = str(wrong)
        raise UnusableAnswer(f"the model's answer cannot be used: {why}", usage)


def pointing_schema() -> dict[str, object]:
    """Return the JSON Schema of what a model points at."""
    numbers = {"type": "array", "items": {"type": "integer", "minimum": 1}}
    finding = _object({"states": numbers, "cites": numbers})
    return _object(
        {"question": {"type": "integer", "minimum": 0}, "questions": numbers, "findings": {"type": "array", "items": finding}}
    )


def parse_pointing(text: str, count: int) -> Pointing:
    """Read a model's text as numbers of `count` lines; raise `Unusable`."""
    answer = parse_object(text)
    _keys(answer, ("question", "questions", "findings"))
    question, found = answer["question"], answer["findings"]
    if not isinstance(found, list) or len(found) > _MOST_FINDINGS:
        raise Unusable(f"findings is not a list of at most {_MOST_FINDINGS}")
    if isinstance(question, bool) or not isinstance(question, int) or not 0 <= question <= count:
        raise Unusable("question is not the number of a line")
    return Pointing(tuple(_finding(one, count) for one in found), _numbers(answer["questions"], count), question)


def _finding(value: object, count: int) -> Pointed:
    if not isinstance(value, dict):
        raise Unusable("a finding is not an object")
    _keys(value, ("states", "cites"))
    states = _numbers(value["states"], count)
    if not states:
        raise Unusable("a finding that no line states")
    return Pointed(states, _numbers(value["cites"], count))


def _numbers(value: object, count: int) -> tuple[int, ...]:
    if not isinstance(value, list) or len(value) > count:
        raise Unusable("a list of numbers is none")
    if any(isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= count for n in value):
        raise Unusable("a number that no line has")
    return tuple(value)


def _keys(answer: dict[str, object], keys: tuple[str, ...]) -> None:
    if set(answer) != set(keys):
        raise Unusable(f"the answer has not just {', '.join(keys)}")


def _object(properties: dict[str, object]) -> dict[str, object]:
    return {"type": "object", "additionalProperties": False, "required": list(properties), "properties": properties}


def _messages(prompt: str, lines: Sequence[str]) -> tuple[Message, ...]:
    system, _, user = prompt.partition(_SEPARATOR)
    told = "\n".join(f"[{number}] {_inert(line)}" for number, line in enumerate(lines, 1))
    return Message("system", system.strip()), Message("user", Template(user).substitute({"notes": told}).strip())


def _inert(line: str) -> str:
    """Keep a line on one line, and from closing the place it stands in."""
    return clean(line)[0].replace("</notes", "< /notes")
