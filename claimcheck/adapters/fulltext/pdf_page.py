"""Which pieces of a PDF page no reader sees: an interpreter of page descriptions that knows just enough to tell.

It follows colour, text state and position through the operators of a page, notes what is painted where and when, and takes out
the text that is white on white, tiny, off the page, drawn invisibly or transparently, or painted over afterwards. Drawings that
the page only refers to (form XObjects) are left out whole: they hold figures, and no prose.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pypdf import PageObject
from pypdf.generic import DictionaryObject, NameObject

from claimcheck.adapters.fulltext import hidden
from claimcheck.adapters.fulltext.geometry import IDENTITY, Box, Matrix, box_of, covers, matrix_of, moved, outside, times
from claimcheck.adapters.fulltext.pdf_colour import COLOURS, same

_SHOWS = frozenset({b"Tj", b"TJ", b"'", b'"'})
_FILLS = frozenset({b"f", b"F", b"f*", b"b", b"b*", b"B", b"B*"})
_ENDS_PATH = _FILLS | {b"n", b"S", b"s"}
_INVISIBLE_MODES = frozenset({3, 7})
_WIDTH, _HEIGHT = 0.5, 0.6  # of the size: how wide and high a letter is, on average
_LARGEST_STATE = 200  # graphics states that may lie on one another
_WHITE: hidden.Colour = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class _State:
    """The part of the graphics state that decides whether text is seen."""

    matrix: Matrix = IDENTITY
    colour: hidden.Colour | None = (0.0, 0.0, 0.0)  # None: a pattern or a space that is not read; taken as seen
    opacity: float = 1.0
    size: float | None = 0.0  # None: not told by the font
    mode: int = 0
    leading: float = 0.0


@dataclass(frozen=True)
class _Painted:
    """A rectangle that was filled: when, where, how, and whether one can see through it."""

    at: int
    box: Box
    colour: hidden.Colour | None
    opaque: bool


@dataclass(frozen=True)
class _Shown:
    """A piece of text: which operation shows it, where it stands, and how it is painted."""

    at: int
    box: Box
    height: float
    state: _State
    text: str


@dataclass
class _Page:
    painted: list[_Painted] = field(default_factory=list)
    shown: list[_Shown] = field(default_factory=list)
    drawings: set[int] = field(default_factory=set)


def without_hidden(page: PageObject) -> tuple[bool, list[str]]:
    """Take out of a page what no reader sees, in place; return whether it shows anything, and the texts taken out."""
    content = page.get_contents()
    if content is None:
        return False, []
    operations = list(content.operations)
    told = _interpreted(page, operations)
    area = _area(page)
    painted = _Bands(told.painted, area)
    unseen = {piece.at: piece.text for piece in told.shown if _is_hidden(piece, painted.over(piece.box), area)}
    gone = unseen.keys() | told.drawings
    content.operations = [operation for at, operation in enumerate(operations) if at not in gone]
    page[NameObject("/Contents")] = content
    return len(unseen) < len(told.shown), list(unseen.values())


def _is_hidden(piece: _Shown, painted: Sequence[_Painted], area: Box) -> bool:
    state = piece.state
    if state.mode in _INVISIBLE_MODES or state.opacity < hidden.FAINT or piece.height < hidden.TINY or outside(piece.box, area):
        return True
    beneath = [p for p in painted if p.at < piece.at and p.opaque and covers(p.box, piece.box)]
    behind = beneath[-1].colour if beneath else _WHITE
    if state.colour is not None and behind is not None and same(state.colour, behind):
        return True
    return any(p.at > piece.at and p.opaque and covers(p.box, piece.box) for p in painted)


class _Bands:
    """What is painted, by height on the page: a page of dots and bars is asked for each of its words in no time."""

    _HIGH = 20.0  # points

    def __init__(self, painted: Sequence[_Painted], area: Box) -> None:
        self._of: dict[int, list[_Painted]] = {}
        for one in painted:
            lowest, highest = max(one.box[1], area[1]), min(one.box[3], area[3])
            for band in range(int(lowest // self._HIGH), int(highest // self._HIGH) + 1):
                self._of.setdefault(band, []).append(one)

    def over(self, box: Box) -> Sequence[_Painted]:
        """Return what may lie over or under the middle line of a box, in the order it was painted."""
        return self._of.get(int((box[1] + box[3]) / 2 // self._HIGH), [])


def _interpreted(page: PageObject, operations: Sequence[tuple[Any, bytes]]) -> _Page:
    """Follow the operators; a malformed one is passed over, as viewers do."""
    reader = _Interpreter(_resources(page))
    for at, (operands, operator) in enumerate(operations):
        try:
            reader.step(at, operator, operands)
        except (IndexError, KeyError, TypeError, ValueError, AttributeError, OverflowError):
            continue
    return reader.page


class _Interpreter:
    """One pass over a page's operators."""

    def __init__(self, resources: DictionaryObject) -> None:
        self.page = _Page()
        self._resources = resources
        self._state = _State()
        self._kept: list[_State] = []
        self._text = self._line = IDENTITY
        self._path: list[Box] = []
        self._points: list[tuple[float, float]] = []

    def step(self, at: int, operator: bytes, operands: Any) -> None:
        """Take one operator into account."""
        if operator in _SHOWS:
            self._show(at, operator, operands)
        elif operator in COLOURS:
            self._state = replace(self._state, colour=COLOURS[operator](operands))
        elif operator in _ENDS_PATH:
            self._paint(at, operator)
        elif operator == b"Do":
            self._draw(at, str(operands[0]))
        elif operator == b"gs":
            self._graphics(str(operands[0]))
        else:
            self._move(operator, operands)

    def _move(self, operator: bytes, operands: Any) -> None:
        state = self._state
        if operator == b"q":
            self._kept = [*self._kept[-_LARGEST_STATE:], state]
        elif operator == b"Q":
            self._state = self._kept.pop()
        elif operator == b"cm":
            self._state = replace(state, matrix=times(matrix_of(operands), state.matrix))
        elif operator == b"BT":
            self._text = self._line = IDENTITY
        elif operator == b"Tm":
            self._text = self._line = matrix_of(operands)
        elif operator in (b"Td", b"TD"):
            x, y = float(operands[0]), float(operands[1])
            self._next_line(x, y)
            if operator == b"TD":
                self._state = replace(state, leading=-y)
        elif operator == b"T*":
            self._next_line(0.0, -state.leading)
        elif operator == b"TL":
            self._state = replace(state, leading=float(operands[0]))
        elif operator == b"Tf":
            self._state = replace(state, size=self._size(str(operands[0]), float(operands[1])))
        elif operator == b"Tr":
            self._state = replace(state, mode=int(operands[0]))
        else:
            self._outline(operator, operands)

    def _outline(self, operator: bytes, operands: Any) -> None:
        if operator == b"re":
            x, y, width, height = (float(n) for n in operands)
            self._path.append(box_of([(x, y), (x + width, y + height)], self._state.matrix))
        elif operator == b"m":
            self._points = [(float(operands[0]), float(operands[1]))]
        elif operator == b"l":
            self._points.append((float(operands[0]), float(operands[1])))
        elif operator in (b"c", b"v", b"y"):
            self._points = []  # a curve: not followed, and so covers nothing

    def _next_line(self, x: float, y: float) -> None:
        self._text = self._line = times(moved(x, y), self._line)

    def _show(self, at: int, operator: bytes, operands: Any) -> None:
        if operator in (b"'", b'"'):
            self._next_line(0.0, -self._state.leading)
        text = _text_of(operands[-1])
        whole = times(self._text, self._state.matrix)
        size = abs(self._state.size or 0.0)
        across = size * len(text) * _WIDTH
        height = math.inf if self._state.size is None else size * (abs(whole[1]) + abs(whole[3]))
        self.page.shown.append(_Shown(at, box_of([(0.0, 0.0), (across, size * _HEIGHT)], whole), height, self._state, text))
        self._text = times(moved(across, 0.0), self._text)

    def _paint(self, at: int, operator: bytes) -> None:
        boxes, points = self._path, self._points
        if 4 <= len(points) <= 5 and len({x for x, _ in points}) == 2 == len({y for _, y in points}):
            boxes = [*boxes, box_of(points, self._state.matrix)]
        if operator in _FILLS:
            opaque = self._state.opacity >= 1 - hidden.FAINT
            self.page.painted += [_Painted(at, box, self._state.colour, opaque) for box in boxes]
        self._path, self._points = [], []

    def _draw(self, at: int, name: str) -> None:
        """A form is left out; an image covers its square of the page, unless it has holes."""
        drawing = self._resources["/XObject"][name].get_object()  # type: ignore[index]
        if drawing.get("/Subtype") == "/Form":
            self.page.drawings.add(at)
        elif drawing.get("/Subtype") == "/Image":
            holes = bool({"/SMask", "/Mask"} & drawing.keys()) or getattr(drawing.get("/ImageMask"), "value", False)
            box = box_of([(0.0, 0.0), (1.0, 1.0)], self._state.matrix)
            self.page.painted.append(_Painted(at, box, None, self._state.opacity >= 1 - hidden.FAINT and not holes))

    def _size(self, name: str, size: float) -> float | None:
        """The height of letters. A font of drawings (Type 3, old TeX) measures in units of its own, and may not say which."""
        try:
            font = self._resources["/Font"][name].get_object()  # type: ignore[index]
        except (KeyError, TypeError):
            return size
        if font.get("/Subtype") != "/Type3":
            return size
        lower, upper = float(font["/FontBBox"][1]), float(font["/FontBBox"][3])
        return size * abs(float(font["/FontMatrix"][3])) * (upper - lower) if upper > lower else None

    def _graphics(self, name: str) -> None:
        found = self._resources["/ExtGState"][name].get_object()  # type: ignore[index]
        if "/ca" in found:
            self._state = replace(self._state, opacity=float(found["/ca"]))


def _text_of(operand: Any) -> str:
    """The bytes shown, as text where they are; counting letters and words needs no more."""
    pieces = operand if isinstance(operand, list) else [operand]
    return "".join(_decoded(piece) for piece in _strings(pieces))


def _strings(pieces: Sequence[Any]) -> Iterator[str | bytes]:
    for piece in pieces:
        if isinstance(piece, str | bytes):
            yield piece
        elif float(piece) < -150:  # a wide gap, in thousandths of the size: the space between words
            yield " "


def _decoded(piece: str | bytes) -> str:
    return piece.decode("latin-1") if isinstance(piece, bytes) else piece


def _area(page: PageObject) -> Box:
    box = page.cropbox
    return (float(box.left), float(box.bottom), float(box.right), float(box.top))


def _resources(page: PageObject) -> DictionaryObject:
    found = page.get("/Resources")
    found = found.get_object() if found is not None else None
    if not isinstance(found, DictionaryObject):
        return DictionaryObject()
    return DictionaryObject({key: found[key].get_object() for key in found if key in ("/XObject", "/ExtGState", "/Font")})
