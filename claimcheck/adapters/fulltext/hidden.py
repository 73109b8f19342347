"""What no reader sees: characters without a shape, styles that hide, colours that vanish on the page.

Thresholds are generous to authors: a subscript of a subscript is 5 points high, and a label in light grey is still read.
"""

import re
import unicodedata
from collections.abc import Mapping

from claimcheck.domain.text import clean

TINY = 2.0  # points or pixels; below, letters are dust
FAINT = 0.1  # opacity; below, nothing is seen
NEARLY_WHITE = 0.95  # of full brightness, in each channel
FAR = 900.0  # pixels to the left of or above a page
# The properties that colour text, the last one over those before it. LaTeXML has one of its own, which its style sheet applies.
COLOURED = ("--ltx-fg-color", "color", "-webkit-text-fill-color")
_PAINTED = ("background-color", "background", "--ltx-bg-color")
_MOST_MARKS = 4  # combining marks that one letter carries in any living script
_LIGATURES = {
    "\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st",
}  # fmt: skip
_LIGATURE = re.compile("[" + "".join(_LIGATURES) + "]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_LATIN, _CYRILLIC = "LATIN", "CYRILLIC"
_NUMBER = re.compile(r"-?\d*\.?\d+")
_NAMED = {"white": (1.0, 1.0, 1.0), "snow": (1.0, 0.98, 0.98), "ivory": (1.0, 1.0, 0.94), "black": (0.0, 0.0, 0.0)}
_TO_PIXELS = {"px": 1.0, "pt": 1.33, "em": 16.0, "rem": 16.0, "ex": 8.0, "%": 0.16, "cm": 37.8, "mm": 3.78, "in": 96.0}
_LENGTH = re.compile(r"(-?\d*\.?\d+)\s*([a-z%]*)")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_DECLARATION = re.compile(r"([a-z-]+)\s*:\s*([^;]+)")

Colour = tuple[float, float, float]


def readable(text: str) -> tuple[str, frozenset[str]]:
    """Return a line as a reader sees it, and flags for what was taken out or is odd.

    Beside what `clean` takes out: ligatures become letters, towers of combining marks are cut to what a script needs, and words
    that mix look-alike alphabets are told of (`mixed_script`), not changed.
    """
    visible, removed = clean(text)
    visible = _LIGATURE.sub(lambda found: _LIGATURES[found.group()], visible)
    flags = set(removed)
    if any(unicodedata.combining(c) for c in visible):
        visible, cut = _without_towers(visible)
        flags |= {"combining_marks"} if cut else set()
    if not visible.isascii() and _mixes_scripts(visible):
        flags.add("mixed_script")
    return visible, frozenset(flags)


def declarations(style: str) -> dict[str, str]:
    """Return the declarations of a style attribute or rule, names and values in lower case; the last of a name stands."""
    plain = _COMMENT.sub(" ", style).casefold()
    return {name: value.replace("!important", "").strip() for name, value in _DECLARATION.findall(plain)}


def rules(sheet: str) -> list[tuple[str, dict[str, str]]]:
    """Return the plain rules of a style sheet as (selector, declarations); those inside @media and the like count too."""
    plain = _COMMENT.sub(" ", sheet)
    return [(selector.split(";")[-1].strip(), declarations(body)) for selector, body in _RULE.findall(plain)]


def hides(style: Mapping[str, str]) -> bool:
    """Tell whether a style puts text out of sight; whether its colour does depends on what lies behind it (`vanishes`)."""
    return (
        style.get("display") == "none"
        or style.get("visibility") in ("hidden", "collapse")
        or _below(style.get("opacity"), FAINT)
        or _below(style.get("fill-opacity"), FAINT)
        or _tiny(style.get("font-size"))
        or _tiny(_shorthand_size(style.get("font")))
        or _off_page(style)
        or _clipped(style)
    )


def vanishes(style: Mapping[str, str], behind: Colour) -> bool:
    """Tell whether the text's colour is that of what lies behind it, or no colour at all."""
    text = next((style[name] for name in reversed(COLOURED) if name in style), "")
    if text == "transparent" or _transparent(text):
        return True
    found = colour(text)
    return found is not None and max(abs(a - b) for a, b in zip(found, behind, strict=True)) <= 1 - NEARLY_WHITE


def background(style: Mapping[str, str]) -> Colour | None:
    """Return the plain colour that a style paints behind its text, or None."""
    given = next((style[name] for name in _PAINTED if name in style), "")
    return None if _transparent(given) else colour(given)


def colour(value: str) -> Colour | None:
    """Read a colour: #rgb, #rrggbb, rgb(), or one of the few names that matter; None for any other."""
    text = value.strip()
    if found := re.match(r"#([0-9a-f]{3,8})\b", text):
        digits = found[1]
        pairs = [2 * d for d in digits[:3]] if len(digits) in (3, 4) else [digits[at : at + 2] for at in (0, 2, 4)]
        return _triple([int(pair or "0", 16) / 255 for pair in pairs])
    if text.startswith("rgb"):
        scale = [float(n) / (100 if "%" in text else 255) for n in _NUMBER.findall(text)[:3]]
        return _triple(scale) if len(scale) == 3 else None
    if found := re.match(r"hsla?\([^,]+,[^,]+,\s*(\d+)%", text):
        return (1.0, 1.0, 1.0) if int(found[1]) >= 100 * NEARLY_WHITE else None
    return next((rgb for name, rgb in _NAMED.items() if re.match(rf"{name}\b", text)), None)


def nearly_white(values: Colour) -> bool:
    """Tell whether a colour cannot be told from white paper."""
    return min(values) >= NEARLY_WHITE


def words_in(text: str) -> int:
    """Count words of two letters and more."""
    return sum(1 for _ in _WORD.finditer(text))


def _triple(values: list[float]) -> Colour:
    return (values[0], values[1], values[2])


def _without_towers(text: str) -> tuple[str, bool]:
    kept, marks, cut = [], 0, False
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= _MOST_MARKS:
            kept.append(char)
        cut = cut or marks > _MOST_MARKS
    return "".join(kept), cut


def _mixes_scripts(text: str) -> bool:
    for found in _WORD.finditer(text):
        word = found.group()
        if not word.isascii():
            names = [unicodedata.name(c, "") for c in word]
            others = sum(name.startswith(_CYRILLIC) for name in names)
            if others and any(name.startswith(_LATIN) for name in names):
                return True
    return False


def _below(value: str | None, least: float) -> bool:
    found = _LENGTH.match(value or "")
    if not found:
        return False
    number = float(found[1]) / (100 if found[2] == "%" else 1)
    return number < least


def _pixels(value: str | None) -> float | None:
    found = _LENGTH.match((value or "").strip())
    return float(found[1]) * _TO_PIXELS.get(found[2], 1.0) if found else None


def _tiny(value: str | None) -> bool:
    size = _pixels(value)
    return size is not None and size < TINY


def _shorthand_size(font: str | None) -> str | None:
    found = re.search(r"(?:^|\s)(\d*\.?\d+(?:px|pt|em|rem|%))(?:/|\s|$)", font or "")
    return found[1] if found else None


def _off_page(style: Mapping[str, str]) -> bool:
    places = [_pixels(style.get(name)) for name in ("left", "top", "text-indent", "margin-left", "margin-top")]
    if any(place is not None and place <= -FAR for place in places):
        return True
    if style.get("position") in ("absolute", "fixed"):
        far = [_pixels(style.get(name)) for name in ("left", "top", "right", "bottom")]
        if any(place is not None and (abs(place) >= 5 * FAR or place <= -FAR) for place in far):
            return True
    moved = [float(n) for n in _NUMBER.findall(style.get("transform", "")) if "translate" in style.get("transform", "")]
    return any(abs(n) >= FAR for n in moved)


def _clipped(style: Mapping[str, str]) -> bool:
    clip, path = style.get("clip", ""), style.get("clip-path", "")
    if re.match(r"rect\(\s*(?:0|1px)", clip) or re.match(r"inset\(\s*(?:50|100)%", path) or path.startswith("circle(0"):
        return True
    if re.search(r"\bscale[xy3d]*\(\s*0*\.?0*\s*[,)]", style.get("transform", "")):
        return True
    closed = style.get("overflow", "").startswith(("hidden", "clip"))
    return closed and any(
        (size := _pixels(style.get(name))) is not None and size <= 1 for name in ("height", "width", "max-height")
    )


def _transparent(value: str) -> bool:
    if value.startswith("transparent"):
        return True
    if value.startswith(("rgba", "rgb", "hsla")):
        numbers = _NUMBER.findall(value)
        return len(numbers) == 4 and float(numbers[3]) / (100 if value.rstrip(" )").endswith("%") else 1) < FAINT
    found = re.match(r"#(?:[0-9a-f]{3}([0-9a-f])|[0-9a-f]{6}([0-9a-f]{2}))$", value.strip())
    return bool(found) and (found[1] or found[2] or "f").strip("0") == "" if found else False
