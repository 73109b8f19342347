"""Figures: what a claim and the sentences of a paper put in numbers, and whether they agree.

Figures are compared when they are of one kind: any two percents; two multiples, both above one or both not; counts of the same
noun; two fractions, or a fraction and a percent ("52 % of the FLOPs"), of the very same thing. They agree when their ranges
overlap after both were rounded, halves up, to the fewer decimals of the two as written: 23.4 % agrees with 20-23 %, 7.1 billion
with 7B, 52 % with half, which is as precise as tens of a percent. A claim's figure agrees with a paper when one of the paper's
does. A difference does not say that the claim is wrong, for the two may measure different things: a person must look.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from claimcheck.domain.figure_forms import Figure, Kind, find

_EXACT = Context(prec=60)  # more digits than any number that is found


@dataclass(frozen=True)
class Compared:
    """A claim's figure beside those of a paper that measure the same kind of thing, and whether one of them agrees."""

    claim: str
    paper: tuple[str, ...]
    agrees: bool


def compare(claim: str, told: Sequence[str]) -> tuple[Compared, ...]:
    """Return the claim's figures that have a counterpart in the sentences told, each once, in the claim's order."""
    of_paper = [figure for sentence in told for figure in find(sentence)]
    rows = ((figure, [other for other in of_paper if _comparable(figure, other)]) for figure in find(claim))
    compared = (
        Compared(figure.written, tuple(dict.fromkeys(o.written for o in others)), any(_agree(figure, o) for o in others))
        for figure, others in rows
        if others
    )
    return tuple(dict.fromkeys(compared))


def _comparable(one: Figure, other: Figure) -> bool:
    kinds = {one.kind, other.kind}
    if kinds == {Kind.PERCENT}:
        return True
    if kinds == {Kind.MULTIPLE}:
        return (one.high > 1) == (other.high > 1)
    return kinds in ({Kind.COUNT}, {Kind.FRACTION}, {Kind.FRACTION, Kind.PERCENT}) and one.of == other.of


def _agree(one: Figure, other: Figure) -> bool:
    grain = max(_exponent(end) for end in (one.low, one.high, other.low, other.high) if end.is_finite())
    low, high, least, most = (_rounded(end, grain) for end in (one.low, one.high, other.low, other.high))
    return low <= most and least <= high


def _exponent(value: Decimal) -> int:
    return int(value.as_tuple().exponent)


def _rounded(value: Decimal, exponent: int) -> Decimal:
    return value.quantize(Decimal((0, (1,), exponent)), ROUND_HALF_UP, _EXACT) if value.is_finite() else value
