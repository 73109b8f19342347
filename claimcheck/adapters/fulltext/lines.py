"""Paragraphs as lines that whatever reads them next can bear: no empty ones, none without end, no endless dots."""

import re

_LONGEST = 5_000  # characters; paragraphs of people have a fifth of that
_DOTS = re.compile(r"[.!?]{6,}")
_SPACE_BEFORE = re.compile(r" +([,.;:%)\]])")


def tidy(line: str) -> list[str]:
    """Return a paragraph as one line, or several where it is too long; none where it is empty."""
    text = _SPACE_BEFORE.sub(r"\1", _DOTS.sub("...", line)).strip()
    pieces = []
    while len(text) > _LONGEST:
        at = text.rfind(" ", 0, _LONGEST) + 1 or _LONGEST
        pieces.append(text[:at].rstrip())
        text = text[at:]
    return [piece for piece in (*pieces, text) if piece]
