"""The forms of figures: how a text puts a percent, a multiple, a fraction or a count, and what is left alone.

Four kinds of figures are found. Everything else that holds digits is left alone: years, arXiv ids, citations, numbers of sections
and models, digits within words, confidence levels.

    percent    20 %, 20-23 %, 20 to 23 percent, 6.5 percentage points
    multiple   2x, 3-fold, three times as many, twice the cost, doubled
    fraction   half the compute, a third of the problems; always of something, named right after it
    count      850 problems, 1,000 labelled examples, 7 billion parameters, 7B (of parameters)

Some plain rules. `twice`, `double` and `three times` need what they multiply after them: "sampled three times" is no multiple. A
count's noun is the first plural of the three words after it; counts in words ("six models") are not found. A number from 1951 to
2039 is a year, unless it has a comma or is a round hundred; a count right after a capitalised word is part of a name (Llama 3).
"From 40 to 23 %" is a range. "More than", "at least", "over" and their like open a range upwards; "under", "at most", "up to" and
theirs downwards, in a claim as in a paper; the end belongs to it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Context, Decimal
from enum import StrEnum

from claimcheck.domain.text import STOPWORDS, stem

_EXACT = Context(prec=60)  # more digits than any number that `_NUMBER` lets through
_INFINITY = Decimal("Infinity")

_NUMBER = r"(?:[0-9]{1,3}(?:,[0-9]{3}){1,4}|[0-9]{1,15})(?:\.[0-9]{1,10})?(?![0-9]|[.,][0-9])"
# Where no number begins: it would be part of a word, a name (GPT-4), an id, an address or a longer number (12, 000).
_APART = r"(?<![\w.:/@^#])(?<!\w[-\u2010\u2011\u2013])(?<![0-9],)(?!0[0-9])"
_OVER = r"more than|greater than|higher than|over|above|beyond|exceed(?:s|ed|ing)?|at least|no(?:t)? (?:less|fewer) than"
_UNDER = r"less than|fewer than|lower than|under|below|at most|up to|no(?:t)? more than"
_BOUND = (
    rf"(?:(?P<over>(?<!\w)(?:{_OVER})\s{{1,2}}|(?:>=?|\u2265|\\geq?)\$?\s{{0,2}})"
    rf"|(?P<under>(?<!\w)(?:{_UNDER})\s{{1,2}}|(?:<=?|\u2264|\\leq?)\$?\s{{0,2}}))?"
)
_FIRST = rf"(?P<between>(?<!\w)between\s{{1,2}})?{_APART}(?P<low>{_NUMBER})"
_TO = r"(?:\s{0,2}(?:-{1,3}|[\u2010\u2011\u2012\u2013\u2014\u2212])\s{0,2}|\s{1,2}(?(between)and|to)\s{1,2})"
_OR_SO = r"(?P<plus>\+|\sor\s(?:more|above|higher|greater)\b)?(?P<less>\sor\s(?:less|fewer|below|lower)\b)?"
# What a multiple in words needs after it: three times "as many", "the cost", "faster".
_COMPARED_WITH = (
    r"(?=\s(?:as|more|less|fewer|worse|the|its|their|that|those)\b"
    r"|\s(?!(?:after|under|other|either|rather|whether|however|together|never)\b)\w{3,12}er\b)"
)
_PERCENT = r"(?:(?:\s|\\,){0,2}\$?\\?%|[\s-]{1,2}(?:percentage[\s-]points?|percent|per\scent)\b|\s?pp\b)"
_TIMES = (
    rf"(?:x(?!\w)(?!\s{{0,2}}[0-9])|\s?(?:\u00d7|\$?\\times)(?!\w)(?!\$?\s{{0,2}}\$?(?:[0-9]|[b-z]\b))"
    rf"|[\s-]?fold\b(?!\scross)|[\s-]times\b{_COMPARED_WITH})"
)
_SIZE = r"(?a:[\s-](?:thousand|million|billion|trillion)|[KMBT])(?![A-Za-z0-9])"
_SIZES = {"k": 3, "m": 6, "b": 9, "t": 12, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}

_NUMERALS = dict(zip("two three four five six seven eight nine ten".split(), range(2, 11), strict=True))
_A_NUMERAL = f"(?a:{'|'.join(_NUMERALS)})"  # (?a: lest a dotless i pass for an i
_MULTIPLIED = {"twice": 2, "thrice": 3, "doubl": 2, "tripl": 3, "quadrupl": 4}
_PARTS = {"third": 3, "quarter": 4, "fifth": 5, "tenth": 10}
_DETERMINER = r"(?:the|all|its|their|our|these|those)"
_MULTIPLE_IN_WORDS = (
    rf"(?<![\w-])(?:(?P<numeral>{_A_NUMERAL})(?:[\s-]?fold\b(?!\scross)|[\s-]times\b{_COMPARED_WITH})"
    r"|(?P<grown>(?a:doubles|doubled|doubling|tripled|tripling|quadrupled))\b"
    rf"|(?P<times>(?a:twice|thrice|double|triples?|quadruples?))\b{_COMPARED_WITH})"
)
_FRACTION = (
    r"(?<![\w-])(?:(?:(?:a|one)[\s-])?(?P<half>half)"
    rf"|(?P<count>a|one|{_A_NUMERAL})[\s-](?P<part>(?a:{'|'.join(_PARTS)})(?a:s?)))\b"
)
_COUNT = rf"{_FIRST}(?P<size>{_SIZE})?(?:{_TO}(?P<high>{_NUMBER})(?P<high_size>{_SIZE})?)?(?P<plus>\+)?\$?(?![\w%])"
_SAME = {"flop": "comput"}  # two words for one thing, by their stems

_LABELS = frozenset(
    "section sections sec table tables tab figure figures fig figs equation eq appendix chapter step stage phase version layer "
    "level page pages line theorem lemma algorithm type tier epoch round top".split()
)
# Words that often open a sentence before a count, where a capital says nothing: "Across 24 models".
_OPENERS = STOPWORDS | {"across", "among", "nearly", "almost", "roughly", "approximately", "around", "overall"}
_ODD_HALVES = frozenset("first second other latter former upper lower last top bottom remaining".split())
_BEFORE = re.compile(r"([A-Za-z][\w-]{0,40})\.?[\s(]{1,2}$")
_WORD = re.compile(r"\s{1,2}([A-Za-z][\w'\u2019-]{0,40})")
_JOINED = re.compile(r"-(?!fold\b)([a-z]{3,30})\b")  # not "times" and "fold": they multiply
_PLURAL = re.compile(r"(?<!^time)(?<=[^\Wsui])(?<!ic)s$")
_ARXIV = re.compile(r"[0-9]{4}\.[0-9]{4,5}")
_OF = re.compile(rf"\s{{1,2}}(?:of(?:\s{{1,2}}{_DETERMINER}\b)?|{_DETERMINER}\b)", re.IGNORECASE)
_LATEX = re.compile(r"\$|\\(?:times|geq?|leq?|,)?")
_SIGNS = {"\\times": "\u00d7", "\\ge": "\u2265", "\\geq": "\u2265", "\\le": "\u2264", "\\leq": "\u2264"}
_LEVEL = re.compile(r"\s(?:CIs?\b|confidence|credible|significance)", re.IGNORECASE)


class Kind(StrEnum):
    """What a figure measures; only figures of one kind are compared."""

    PERCENT = "percent"
    MULTIPLE = "multiple"
    FRACTION = "fraction"
    COUNT = "count"


@dataclass(frozen=True)
class Figure:
    """A figure as written, its least and greatest value (a fraction's in percent), and the stems of what it is of."""

    written: str
    kind: Kind
    low: Decimal
    high: Decimal
    of: tuple[str, ...] = ()


def find(text: str) -> tuple[Figure, ...]:
    """Return the figures of a text in their order."""
    found: list[tuple[int, Figure]] = []
    rest = text
    for pattern, read in _READERS:
        found += [(match.start(), figure) for match in pattern.finditer(rest) if (figure := read(match))]
        rest = pattern.sub(lambda match: "\0" * len(match[0]), rest)
    return tuple(figure for _, figure in sorted(found, key=lambda row: row[0]))


def _percent(match: re.Match[str]) -> Figure | None:
    if _LEVEL.match(match.string, match.end()):
        return None
    return Figure(_written(match), Kind.PERCENT, *_ends(match, *_range_of(match)), _shared(match)[0])


def _multiple(match: re.Match[str]) -> Figure:
    return Figure(_written(match), Kind.MULTIPLE, *_ends(match, *_range_of(match)))


def _multiple_in_words(match: re.Match[str]) -> Figure:
    word = (match["numeral"] or match["grown"] or match["times"]).casefold()
    value = _NUMERALS.get(word) or next(by for start, by in _MULTIPLIED.items() if word.startswith(start))
    return Figure(_written(match), Kind.MULTIPLE, *_ends(match, Decimal(value)))


def _fraction(match: re.Match[str]) -> Figure | None:
    of, end = _shared(match)
    if not of or _word_before(match).casefold() in _ODD_HALVES:
        return None
    return Figure(_written(match, end), Kind.FRACTION, *_ends(match, _share(match)), of)


def _count(match: re.Match[str]) -> Figure | None:
    if _is_label(match):
        return None
    size, of_high = ((match[group] or "").strip("- ").casefold() for group in ("size", "high_size"))
    noun, end = _noun(match.string, match.end())
    if "b" in (size, of_high) and noun in ("", stem("models")):
        noun = "" if match.string[: match.start("low")].endswith(("$", "\u20ac", "\u00a3")) else stem("parameters")
    if not noun:
        return None
    ends = _ends(match, _value(match["low"], size or of_high), _value(match["high"], of_high or size))
    return Figure(_written(match, end), Kind.COUNT, *ends, (noun,))


def _written(match: re.Match[str], end: int | None = None) -> str:
    """The figure as it stands in the text, but for LaTeX; `between` belongs to it only where both ends do."""
    groups = match.groupdict()
    lone = groups.get("between") and not groups.get("high")
    start = match.start("high") if _after_name(match) else match.start("low") if lone else match.start()
    text = match.string[start : end or match.end()]
    return " ".join(_LATEX.sub(lambda mark: _SIGNS.get(mark[0], ""), text).split())


def _range_of(match: re.Match[str]) -> tuple[Decimal | None, Decimal | None]:
    return None if _after_name(match) else _value(match["low"]), _value(match["high"])


def _after_name(match: re.Match[str]) -> bool:
    """Tell whether what looks like a range is a name's number and a figure: "lifts Opus 4.6 to 30.0 %"."""
    groups = match.groupdict()
    if not groups.get("high") or groups.get("unit") or groups.get("between") or "unit" not in groups:
        return False
    joined = match.string[match.end("low") : match.start("high")]
    return joined.strip().casefold() == "to" and _is_name(_word_before(match))


def _ends(match: re.Match[str], low: Decimal | None, high: Decimal | None = None) -> tuple[Decimal, Decimal]:
    """The least and the greatest value, open where the words around the figure say so."""
    values, groups = [value for value in (low, high) if value is not None], match.groupdict()
    if groups["over"] or groups.get("plus"):
        return min(values), _INFINITY
    if groups["under"] or groups.get("less"):
        return -_INFINITY, max(values)
    return min(values), max(values)


def _value(number: str | None, size: str = "") -> Decimal | None:
    return Decimal(number.replace(",", "")).scaleb(_SIZES.get(size, 0), _EXACT) if number else None


def _share(match: re.Match[str]) -> Decimal:
    """A fraction in percent, as precise as such words are: a half, a fifth and a tenth to tens, a third and a quarter to ones."""
    if match["half"]:
        return Decimal("5E1")
    part = _PARTS[match["part"].casefold().rstrip("s")]
    share = Decimal(100 * _NUMERALS.get(match["count"].casefold(), 1)) / part
    return share.quantize(Decimal("1" if part in (3, 4) else "1E1"))


def _is_label(match: re.Match[str]) -> bool:
    """Tell a number that names something (a year, an arXiv id, Table 2, Llama 3) from one that counts."""
    bare = not match["size"] and not match["high_size"]
    ends = [number for number in (match["low"], match["high"]) if number]
    if bare and any(_ARXIV.fullmatch(n) or (len(n) == 4 and n.isdigit() and 1950 < int(n) < 2040 and int(n) % 100) for n in ends):
        return True
    word = _word_before(match)
    return word.casefold() in _LABELS or (bare and _is_name(word))


def _is_name(word: str) -> bool:
    return word[:1].isupper() and word.casefold() not in _OPENERS and not word.endswith("ing")


def _word_before(match: re.Match[str]) -> str:
    """The word right before a figure, empty where there is none."""
    before = _BEFORE.search(match.string, max(0, match.start() - 50), match.start())
    return before[1] if before else ""


def _noun(text: str, at: int) -> tuple[str, int]:
    """The stem of what a number at that place counts, empty for nothing, and where the noun ends."""
    if joined := _JOINED.match(text, at):
        return stem(joined[1]), joined.end()
    for word in _words(text, at):
        if _PLURAL.search(word[1]):
            return stem(word[1].casefold()), word.end()
    return "", at


def _shared(match: re.Match[str]) -> tuple[tuple[str, ...], int]:
    """What a share is of, as the stems of the words up to the first that says nothing, empty for nothing; and where it ends."""
    after = _OF.match(match.string, match.end())
    named = list(_words(match.string, after.end())) if after else []
    stems = (stem(word[1].casefold()) for word in named)
    return tuple(_SAME.get(word, word) for word in stems), named[-1].end() if named else match.end()


def _words(text: str, at: int) -> Iterator[re.Match[str]]:
    """The next three words, fewer where a stop word or punctuation comes first."""
    for _ in range(3):
        word = _WORD.match(text, at)
        if not word or word[1].casefold() in STOPWORDS:
            return
        yield word
        at = word.end()


def _range(unit: str) -> str:
    return rf"{_FIRST}(?:(?P<unit>{unit})?{_TO}(?P<high>{_NUMBER}))?{unit}{_OR_SO}"


# In this order: what an earlier one took, a later one no longer sees.
_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Figure | None]], ...] = (
    (re.compile(_BOUND + _range(_PERCENT), re.IGNORECASE), _percent),
    (re.compile(_BOUND + _range(_TIMES), re.IGNORECASE), _multiple),
    (re.compile(_BOUND + _MULTIPLE_IN_WORDS, re.IGNORECASE), _multiple_in_words),
    (re.compile(_BOUND + _FRACTION, re.IGNORECASE), _fraction),
    (re.compile(_BOUND + _COUNT, re.IGNORECASE), _count),
)
