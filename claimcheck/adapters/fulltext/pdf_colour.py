"""The colours of a PDF page: what its operators set, as red, green and blue from 0 to 1."""

from typing import Any

from claimcheck.adapters.fulltext import hidden


def _grey(operands: Any) -> hidden.Colour:
    value = float(operands[0])
    return (value, value, value)


def _rgb(operands: Any) -> hidden.Colour:
    return (float(operands[0]), float(operands[1]), float(operands[2]))


def _cmyk(operands: Any) -> hidden.Colour:
    cyan, magenta, yellow, black = (float(n) for n in operands[:4])
    return (1 - min(1.0, cyan + black), 1 - min(1.0, magenta + black), 1 - min(1.0, yellow + black))


def _any_space(operands: Any) -> hidden.Colour | None:
    """A colour of the space in use, told by how many numbers it has; a single one may be ink as well as light: not read."""
    by_count = {3: _rgb, 4: _cmyk}
    return by_count[len(operands)](operands) if len(operands) in by_count else None


def _first_of_space(operands: Any) -> hidden.Colour | None:
    return (0.0, 0.0, 0.0) if str(operands[0]).startswith("/Device") else None


# What sets the colour of letters and surfaces; None for a space that is not read.
COLOURS = {
    b"g": _grey,
    b"rg": _rgb,
    b"k": _cmyk,
    b"sc": _any_space,
    b"scn": _any_space,
    b"cs": _first_of_space,
}


def same(one: hidden.Colour, other: hidden.Colour) -> bool:
    """Tell whether an eye takes two colours for one."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) <= 1 - hidden.NEARLY_WHITE
