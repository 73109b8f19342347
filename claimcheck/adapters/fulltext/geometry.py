"""Where things stand on a PDF page: matrices, boxes, and which box covers which."""

from collections.abc import Iterable, Sequence
from typing import Any

Matrix = tuple[float, float, float, float, float, float]
Box = tuple[float, float, float, float]  # left, bottom, right, top

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_EDGE = 2.0  # points that text may stand out over an edge
_SURE = 0.75  # of a text's width: the width is a guess, so only this much of it counts


def matrix_of(operands: Any) -> Matrix:
    """Return six operands as a matrix; raise `ValueError` or `TypeError` for any others."""
    a, b, c, d, e, f = (float(n) for n in operands)
    return (a, b, c, d, e, f)


def moved(x: float, y: float) -> Matrix:
    """Return the matrix that moves by x and y."""
    return (1.0, 0.0, 0.0, 1.0, x, y)


def times(one: Matrix, other: Matrix) -> Matrix:
    """Return the matrix that does one, and then the other."""
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def box_of(points: Sequence[tuple[float, float]], matrix: Matrix) -> Box:
    """Return the upright box around an upright rectangle with these corners, after the matrix."""
    a, b, c, d, e, f = matrix
    left, bottom, right, top = _around(points)
    return _around([(x * a + y * c + e, x * b + y * d + f) for x in (left, right) for y in (bottom, top)])


def covers(over: Box, under: Box) -> bool:
    """Tell whether the middle line of a text lies under a box."""
    left, bottom, right, top = under
    middle, most = (bottom + top) / 2, left + _SURE * (right - left)
    return over[0] <= left + _EDGE and over[2] >= most - _EDGE and over[1] <= middle <= over[3]


def outside(box: Box, area: Box) -> bool:
    """Tell whether a box lies wholly beside an area."""
    return box[2] < area[0] - _EDGE or box[0] > area[2] + _EDGE or box[3] < area[1] - _EDGE or box[1] > area[3] + _EDGE


def _around(points: Iterable[tuple[float, float]]) -> Box:
    across, up = zip(*points, strict=True)
    return (min(across), min(up), max(across), max(up))
