"""What a model wrote, read strictly: a usable answer in our schema, or none. Nothing is ever repaired.

Tolerated around the answer: a byte order mark, one leading `<think>...</think>`, one outer code fence. Tolerated inside: nothing.
A second object, a duplicate or unknown key, a number that is none, a look-alike of a stance: any of them makes the whole answer
unusable, because a guess at what was meant would stand in a report as if the model had said it.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NoReturn

from claimcheck.domain.arxiv_id import ArxivId, MalformedId
from claimcheck.domain.claim import Claim, Part
from claimcheck.domain.evidence import Reading, Stance
from claimcheck.domain.text import clean

MAX_ANSWER = 20_000
MAX_REASON = 300
MAX_SENTENCES = 50
REMOVED = "[id removed]"
_MAX_PHRASES, _MAX_PHRASE_WORDS = 4, 12
_MAX_QUESTIONS, _MAX_QUESTION = 3, 400
_MAX_DIGITS = 15
_SENTENCES = "the fewest numbers, at most three, of the sentences that alone carry the stance; empty only for not_enough_info"
_STANCE = (
    "supports: the same effect in the same direction, in the claim's setting or a case of it; refutes: in the claim's own "
    "setting, with no new remedy, the opposite effect or none; relaxes: it no longer binds under a method, training, model or "
    "condition that the paper names; supersedes: a newer or wider measurement of the very same thing, with another number or "
    "scope to cite; not_enough_info: all else, and whenever in doubt"
)
_PART = "durable or perishable when the result touches only what that part of the claim says, else whole"
_CONFIDENCE = (
    "how likely a second careful reader of the same text takes the same stance: 0.9 or more when explicit, measured and in the "
    "same setting, 0.7 after one plain step of inference, 0.5 when open to argument"
)
_KEYS = ("reason", "sentences", "stance", "part", "asserted", "confidence")
_THINK = re.compile(r"<think>.*?</think>", re.DOTALL)
_FENCE = re.compile(r"```(?:json)?[ \t]*\r?\n(.*)\n[ \t]*```", re.DOTALL)
_ID = re.compile(
    r"(?:arxiv:\s?|https?://[\w.]{0,40}arxiv[\w.]{0,20}/(?:\w{1,10}[/.])?)?"
    r"((?<![\d.])\d{4}\.\d{4,5}(?:v\d+)?(?!\d|\.\d)|\b[a-z][a-z-]{1,15}(?:\.[a-z]{2})?/\d{7}(?:v\d+)?\b)(?:\.pdf)?",
    re.IGNORECASE,
)


class Unusable(ValueError):
    """Say in our own words, never in the model's, why an answer cannot be used."""


def reading_schema(parts: Iterable[Part]) -> dict[str, object]:
    """Return the JSON Schema of a reading of a claim that has these parts.

    The reason comes first: a model writes keys in order, and it should compare before it decides. Whole numbers have no maximum:
    how many sentences a paper has is for code to check.

    The descriptions say again in short what the prompt says. A server that counts the schema as the beginning of the prompt may
    keep what all questions begin with, and OpenAI's does so from 1,024 tokens on: prompt and schema together have more.
    """
    return _object(
        {
            "reason": {
                "type": "string",
                "description": "one line, at most 300 characters: what the paper shows beside the claim",
            },
            "sentences": {"type": "array", "items": {"type": "integer", "minimum": 1}, "description": _SENTENCES},
            "stance": {"type": "string", "enum": [s.value for s in Stance], "description": _STANCE},
            "part": {"type": "string", "enum": [p.value for p in Part if p in set(parts)], "description": _PART},
            "asserted": {"type": "boolean", "description": "true: the paper's own finding; false: it only reports another's"},
            "confidence": {"type": "number", "minimum": 0, "maximum": 1, "description": _CONFIDENCE},
        }
    )


def readings_schema() -> dict[str, object]:
    """Return the JSON Schema of readings of one paper for several claims, which may have parts or not."""
    one = reading_schema(Part)["properties"]
    assert isinstance(one, dict)
    return _object({"readings": {"type": "array", "items": _object({"claim": {"type": "integer", "minimum": 1}, **one})}})


def phrases_schema() -> dict[str, object]:
    """Return the JSON Schema of further search phrases."""
    return _object({"phrases": {"type": "array", "items": {"type": "string"}}})


def questions_schema() -> dict[str, object]:
    """Return the JSON Schema of research questions, each with the numbers of the papers it rests on."""
    because = {"type": "array", "items": {"type": "integer", "minimum": 1}}
    question = _object({"text": {"type": "string"}, "because": because})
    return _object({"questions": {"type": "array", "items": question}})


def parts_of(claim: Claim) -> frozenset[Part]:
    """Return the parts that a claim names; the whole is always one."""
    return frozenset(p for p in Part if claim.part(p))


def given_ids(claim: Claim, *papers: str) -> frozenset[str]:
    """Return the ids that a judge of this claim was told of: the papers' and the anchors'. It may write of no other."""
    return frozenset((*papers, *(_bare(a.id) for a in claim.anchors)))


def parse_reading(text: str, parts: frozenset[Part], given: frozenset[str]) -> Reading:
    """Read a model's text as a reading; raise `Unusable`."""
    return reading(parse_object(text), parts, given)


def parse_readings(text: str, claims: Sequence[tuple[frozenset[Part], frozenset[str]]]) -> tuple[Reading | None, ...]:
    """Read a model's text as a reading for each claim, given by its parts and the ids that it was told of.

    None stands for a claim of which nothing usable is said. Raise `Unusable` when that is so of all of them, and when it is not
    plain which reading is for which claim: then none is.
    """
    answer = parse_object(text)
    _check_keys(answer, ("readings",))
    found: dict[int, Mapping[str, object]] = {}
    for item in _items(answer, "readings"):
        if not isinstance(item, dict) or "claim" not in item:
            raise Unusable("a reading does not say of which claim it is")
        number = _numbers([item.pop("claim")], "claim")[0]
        if not 1 <= number <= len(claims) or number in found:
            raise Unusable("a reading is for a claim that was not given, or the second one for it")
        found[number] = item
    read, why = [], "no reading of any claim"
    for number, (parts, given) in enumerate(claims, 1):
        try:
            read.append(reading(found[number], parts, given) if number in found else None)
        except Unusable as wrong:
            why = str(wrong)
            read.append(None)
    if not any(read):
        raise Unusable(why)
    return tuple(read)


def reading(answer: Mapping[str, object], parts: frozenset[Part], given: frozenset[str]) -> Reading:
    """Check an answer object and return the reading it holds; raise `Unusable`.

    A sentence number beyond the paper's end is left in: the domain quarantines it.
    """
    _check_keys(answer, _KEYS)
    stance = _one_of(answer, "stance", [s.value for s in Stance])
    numbers = _numbers(answer["sentences"], "sentences")
    if stance != Stance.NOT_ENOUGH_INFO and not numbers:
        raise Unusable("a stance without any sentence number")
    reason, flags = tidy(_text(answer, "reason"), given, MAX_REASON)
    return Reading(
        stance=Stance(stance),
        part=Part(_one_of(answer, "part", [p.value for p in parts])),
        asserted=_boolean(answer, "asserted"),
        sentences=numbers,
        confidence=_confidence(answer["confidence"]),
        reason=reason,
        bears=stance != Stance.NOT_ENOUGH_INFO,
        flags=frozenset(f"{flag}_in_reason" for flag in flags),
    )


def parse_phrases(text: str) -> tuple[str, ...]:
    """Read a model's text as search phrases: ids struck out, empty and overlong ones left out; raise `Unusable`."""
    answer = parse_object(text)
    _check_keys(answer, ("phrases",))
    cleaned = (clean(_ID.sub(" ", clean(_string(p, "phrases"))[0]))[0] for p in _items(answer, "phrases"))
    return tuple(dict.fromkeys(p for p in cleaned if p and len(p.split()) <= _MAX_PHRASE_WORDS))[:_MAX_PHRASES]


def parse_questions(text: str, papers: Sequence[str], given: frozenset[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Read a model's text as research questions with the ids of the numbered papers they rest on; raise `Unusable`."""
    answer = parse_object(text)
    _check_keys(answer, ("questions",))
    found = []
    for item in _items(answer, "questions"):
        if not isinstance(item, dict):
            raise Unusable("a question is not an object")
        _check_keys(item, ("text", "because"))
        numbers = _numbers(item["because"], "because")
        if not numbers or max(numbers) > len(papers):
            raise Unusable("a question rests on no paper that was given")
        wording, _ = tidy(_text(item, "text"), given, _MAX_QUESTION)
        if not wording:
            raise Unusable("a question is empty")
        found.append((wording, tuple(dict.fromkeys(papers[n - 1] for n in numbers))))
    return tuple(found[:_MAX_QUESTIONS])


def parse_object(text: str) -> dict[str, object]:
    """Return the one JSON object that a text is; raise `Unusable`."""
    body = text.strip().removeprefix("\ufeff").strip()
    think = _THINK.match(body)
    if think:
        body = body[think.end() :].strip()
    fence = _FENCE.fullmatch(body)
    if fence:
        body = fence[1]
    if not body.strip():
        raise Unusable("the answer is empty")
    if len(body) > MAX_ANSWER:
        raise Unusable(f"the answer is longer than {MAX_ANSWER} characters")
    try:
        value = json.loads(body, object_pairs_hook=_distinct, parse_constant=_constant, parse_int=_integer, parse_float=_float)
    except Unusable:
        raise
    except ValueError:
        raise Unusable("the answer is not one JSON object") from None
    except RecursionError:
        raise Unusable("the answer is nested too deeply") from None
    if not isinstance(value, dict):
        raise Unusable("the answer is not a JSON object")
    return value


def tidy(text: str, given: frozenset[str], limit: int) -> tuple[str, frozenset[str]]:
    """Return a model's free text as one visible line, with ids that it was not given struck out, and what was done to it."""
    line, flags = clean(text)
    line, struck = strike_ids(line, given)
    if len(line) > limit:
        line = line[: limit - 1].rstrip() + "…"
    return line, flags | ({"unknown_id"} if struck else frozenset())


def strike_ids(text: str, given: frozenset[str]) -> tuple[str, tuple[str, ...]]:
    """Strike out everything with the form of an arXiv id that was not given; return what was struck."""
    struck: list[str] = []

    def decide(found: re.Match[str]) -> str:
        if _bare(found[1]) in given:
            return found[0]
        struck.append(found[1])
        return REMOVED

    return _ID.sub(decide, text), tuple(struck)


def _bare(id: str) -> str:
    try:
        return ArxivId.parse(id).bare
    except MalformedId:
        return id


def _object(properties: dict[str, object]) -> dict[str, object]:
    return {"type": "object", "additionalProperties": False, "required": list(properties), "properties": properties}


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unusable("the answer gives a key twice")
    return found


def _constant(_: str) -> NoReturn:
    raise Unusable("the answer has a number that is none (NaN or Infinity)")


def _integer(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise Unusable("the answer has a number of too many digits")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise Unusable("the answer has a number beyond all bounds")
    return value


def _check_keys(answer: Mapping[str, object], keys: Sequence[str]) -> None:
    missing = [k for k in keys if k not in answer]
    if missing:
        raise Unusable(f"the answer lacks {', '.join(missing)}")
    if len(answer) > len(keys):
        raise Unusable("the answer has a key too many")


def _one_of(answer: Mapping[str, object], key: str, options: Sequence[str]) -> str:
    value = answer[key]
    if not isinstance(value, str) or value not in options:
        raise Unusable(f"{key} is not one of {', '.join(sorted(options))}")
    return value


def _boolean(answer: Mapping[str, object], key: str) -> bool:
    value = answer[key]
    if not isinstance(value, bool):
        raise Unusable(f"{key} is neither true nor false")
    return value


def _text(answer: Mapping[str, object], key: str) -> str:
    return _string(answer[key], key)


def _string(value: object, key: str) -> str:
    if not isinstance(value, str):
        raise Unusable(f"{key} is not text")
    return value


def _items(answer: Mapping[str, object], key: str) -> list[object]:
    value = answer[key]
    if not isinstance(value, list):
        raise Unusable(f"{key} is not a list")
    return value


def _numbers(value: object, key: str) -> tuple[int, ...]:
    if not isinstance(value, list) or len(value) > MAX_SENTENCES:
        raise Unusable(f"{key} is not a list of at most {MAX_SENTENCES} numbers")
    if any(isinstance(n, bool) or not isinstance(n, int) or n < 1 for n in value):
        raise Unusable(f"{key} holds something that is no positive whole number")
    return tuple(value)


def _confidence(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise Unusable("confidence is not a number from 0 to 1")
    return float(value)
