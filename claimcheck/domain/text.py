"""Text as people read it: cleaning what is invisible, sentences with offsets, words, numbers, and comparing quotes."""

import re
import unicodedata
from dataclasses import dataclass

_TAGS = (0xE0000, 0xE0FFF)  # tags, the variation selectors behind them, and what is kept free to be ignored like them
_IGNORED = ((0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A))  # of shorthand and music, never seen
# Zero-width and direction marks; the variation selectors but for the two that emojis and formulas take.
_RANGES = ((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0xFFF0, 0xFFFB), (0xFE00, 0xFE0D), *_IGNORED)
_INVISIBLE = frozenset("\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u2028\u2029\u3164\ufeff\uffa0") | {
    chr(c) for a, b in _RANGES for c in range(a, b + 1)
}
_JOINERS = "\u200c\u200d"  # legal, and seen, in Persian, Urdu and the scripts of India and Khmer
_JOINED = ("\u0620", "\u18ff")
# Whatever `clean` removes: most texts have none of it, and a search says so fast.
_SUSPICIOUS = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff" + "".join(sorted(_INVISIBLE)) + f"{chr(_TAGS[0])}-{chr(_TAGS[1])}]"
)
_BOUNDARY = re.compile(r"[.!?]+[\"'\u201d\u2019)\]}]*\s+(?=[\"'\u201c\u2018(\[$\\]*[A-Z0-9\u00c0-\u00de])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|cf|vs|et al|etc|fig|figs|eq|eqs|sec|secs|tab|ref|refs|resp|approx|no|dr|prof|mr|mrs|ms|st|jr|viz|ca"
    r"|w\.r\.t|a\.k\.a)|(?<![A-Za-z0-9])[A-Z])\.$",
    re.IGNORECASE,
)
_ABBREVIATED = 16  # characters before a mark that are looked at; more than twice the longest abbreviation
_NUMBER = re.compile(r"(?<![\w.])(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?")
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
STOPWORDS = frozenset(
    "a about above after again all also although am an and any are as at be because been before being below between both but by "
    "can could did do does doing down during each even every few for from further had has have having he her here hers him his "
    "how however i if in into is it its itself just may me might more most much must my no nor not now of off on once one only "
    "or other our out over own per rather same she should so some such than that the their them then there these they this "
    "those through to too under until up upon us use used uses using very via was we well were what when where whereas whether "
    "which while who whom whose why will with within without would you your they're it's".split()
)


ABSTRACT = "abstract"


@dataclass(frozen=True, order=True)
class Sentence:
    """A numbered sentence (from 1) and where it stands: `text == whole[start:end]` of the part named by `where`."""

    number: int
    text: str
    start: int
    end: int
    where: str = ABSTRACT


def clean(text: str) -> tuple[str, frozenset[str]]:
    """Return the visible text on one line, and what was removed: `invisible` and `control` characters, lone `surrogate`s.

    A joiner stays where a script is spelled with it: between two letters of Persian, say.
    """
    if not _SUSPICIOUS.search(text):
        return " ".join(text.split()), frozenset()
    kept: list[str] = []
    removed: set[str] = set()
    for at, char in enumerate(text):
        category = unicodedata.category(char)
        if char in _JOINERS and _joins(text, at):
            kept.append(char)
        elif char in _INVISIBLE or _TAGS[0] <= ord(char) <= _TAGS[1]:
            removed.add("invisible")
        elif category == "Cs":
            removed.add("surrogate")
        elif category == "Cc" and not char.isspace():
            removed.add("control")
        else:
            kept.append(char)
    return " ".join("".join(kept).split()), frozenset(removed)


def _joins(text: str, at: int) -> bool:
    """Tell whether a joiner stands between two letters of a script that is spelled with joiners."""
    around = (text[at - 1 : at], text[at + 1 : at + 2])
    return all(char and _JOINED[0] <= char <= _JOINED[1] for char in around)


def sentences(text: str) -> tuple[Sentence, ...]:
    """Split text into sentences that together cover it but for the white space between them."""
    starts = [0]
    for mark in _BOUNDARY.finditer(text):
        head = text[max(starts[-1], mark.start() - _ABBREVIATED) : mark.end()].rstrip()
        if not _ABBREVIATION.search(head):
            starts.append(mark.end())
    ends = [*starts[1:], len(text)]
    spans = [(a, a + len(text[a:b].rstrip())) for a, b in zip(starts, ends, strict=True)]
    return tuple(Sentence(n, text[a:b], a, b) for n, (a, b) in enumerate((s for s in spans if s[0] < s[1]), 1))


def words(text: str) -> tuple[str, ...]:
    """Return the words in order, in lower case, hyphenated ones in one piece."""
    return tuple(w.casefold() for w in _WORD.findall(unicodedata.normalize("NFKC", text)))


def content_words(text: str) -> tuple[str, ...]:
    """Return the words that say what a text is about, each once, in order."""
    return tuple(dict.fromkeys(w for w in words(text) if w not in STOPWORDS and (len(w) > 1 or w.isdigit())))


def stem(word: str) -> str:
    """Return a crude English stem, the same for `reason`, `reasons`, `reasoning`; good enough to compare sentences."""
    for ending in ("ations", "ation", "ings", "ing", "ies", "ied", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def numbers(text: str) -> tuple[str, ...]:
    """Return the figures in a text as written, but without thousands separators and trailing zeros; each once, in order."""
    found = []
    for whole, fraction in _NUMBER.findall(text):
        value = whole.replace(",", "") + (fraction or "")
        found.append(value.rstrip("0").rstrip(".") if fraction else value)
    return tuple(dict.fromkeys(found))


def folded(text: str) -> str:
    """Return text for comparing titles: case, accents, punctuation, LaTeX marks and white space do not count."""
    plain = re.sub(r"\\[a-zA-Z]+|[${}^_\\]", " ", text)
    if not plain.isascii():  # else there is no accent, and looking at each letter takes most of the time
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return " ".join(_WORD.findall(plain.casefold().replace("-", " ")))
