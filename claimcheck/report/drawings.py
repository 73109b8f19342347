"""What a report's charts show, as numbers: each with its title, its description, and a table that says the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from claimcheck.domain.dates import PartialDate
from claimcheck.ports import Passed
from claimcheck.report import charts, words

Twin = Mapping[str, Any]
Table = Sequence[Sequence[str]]

_OWN_ROWS = 40  # claims with a bar of their own; of more, only the counts are drawn
_DAYS = 26
_QUARTERS = 24


@dataclass(frozen=True)
class Drawn:
    """A chart, its title, and the same as a table with the heads of its columns."""

    svg: Markup
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Drawings:
    """The charts of one report. Each is drawn when it is asked for, once: a page may be made several times."""

    def __init__(self, twin: Twin, course: Sequence[Passed]) -> None:
        self._twin = twin
        self._kept: dict[str, Drawn | None] = {}
        self._over_time = _over_time(twin, course)

    def verdicts(self) -> Drawn | None:
        """Draw the verdicts of all claims over the days; None when there was one day only."""
        return self._once("verdicts", lambda: _verdicts(self._over_time))

    def flow(self) -> Drawn | None:
        """Draw how many papers were found, screened, read and counted."""
        return self._once("flow", lambda: _flow(self._twin["claims"]))

    def evidence(self, claim: Twin) -> Drawn | None:
        """Draw what was counted for and against a claim, by when it was submitted; None for a single piece or none."""
        return self._once(f"evidence-{claim['id']}", lambda: _evidence(claim))

    def path(self, claim: Twin) -> str:
        """Say a claim's verdicts over time in words, or nothing when there was one day only."""
        points = _runs(self._over_time.get(claim["id"], []))
        return " → ".join(f"{verdict} ({day})" for day, verdict in points) if len(points) > 1 else ""

    def _once(self, name: str, draw: Any) -> Drawn | None:
        if name not in self._kept:
            self._kept[name] = draw()
        return self._kept[name]


def _over_time(twin: Twin, course: Sequence[Passed]) -> dict[str, list[tuple[date, str]]]:
    """Return the days and verdicts of each claim of the report up to its day, at most of the last half year of weeks."""
    today = date.fromisoformat(twin["generated"])
    known: dict[str, dict[date, str]] = {claim["id"]: {} for claim in twin["claims"]}
    for passed in course:  # of several on a day the last stands
        if passed.claim_id in known and passed.day <= today:
            known[passed.claim_id][passed.day] = passed.verdict.value
    days = set(sorted({day for points in known.values() for day in points})[-_DAYS:])
    return {id: sorted((day, verdict) for day, verdict in points.items() if day in days) for id, points in known.items()}


def _runs(points: Sequence[tuple[date, str]]) -> list[tuple[date, str]]:
    """Keep of a claim's days those on which its verdict became another."""
    return [point for at, point in enumerate(points) if at == 0 or points[at - 1][1] != point[1]]


def _verdicts(over_time: Mapping[str, Sequence[tuple[date, str]]]) -> Drawn | None:
    rows = [(id, points) for id, points in over_time.items() if points]
    days = sorted({day for _, points in rows for day, _ in points})
    if len(days) < 2:
        return None
    title = f"Verdicts from {days[0]} to {days[-1]}"
    if len(rows) > _OWN_ROWS:
        return _counts(title, rows, days)
    told = "; ".join(f"{id}: {', '.join(f'{v} from {d}' for d, v in _runs(points))}" for id, points in rows)
    svg = charts.timelines("verdicts", title, told, rows)
    table = tuple((id, ", ".join(f"{verdict} from {day}" for day, verdict in _runs(points))) for id, points in rows)
    return Drawn(svg, title, ("claim", "verdicts"), table)


def _counts(title: str, rows: Sequence[tuple[str, Sequence[tuple[date, str]]]], days: Sequence[date]) -> Drawn:
    """Count verdicts by day; a claim that was not retested on a day has the verdict of the day before."""
    on_day = {day: [next((v for d, v in reversed(points) if d <= day), None) for _, points in rows] for day in days}
    present = [verdict for verdict in charts.VERDICTS if any(verdict in found for found in on_day.values())]
    by_verdict = {verdict: [on_day[day].count(verdict) for day in days] for verdict in present}
    told = "; ".join(f"{day}: " + ", ".join(f"{by_verdict[v][at]} {v}" for v in present) for at, day in enumerate(days))
    svg = charts.counts("verdicts", title, told, days, by_verdict)
    table = tuple((day.isoformat(), *(str(by_verdict[v][at]) for v in present)) for at, day in enumerate(days))
    return Drawn(svg, title, ("report", *present), table)


def _flow(claims: Sequence[Twin]) -> Drawn | None:
    if not claims:
        return None
    names = ("identified", "screened", "read", "counted")
    steps = [(name, sum(claim["coverage"][name] for claim in claims)) for name in names]
    title = "Papers from search to verdict, summed over the claims"
    told = " → ".join(f"{count:,} {name}" for name, count in steps)
    return Drawn(charts.flow("flow", title, told, steps), title, names, (tuple(f"{count:,}" for _, count in steps),))


def _evidence(claim: Twin) -> Drawn | None:
    counted = [(_quarter(piece["published"]), piece["counts_as"]) for piece in claim["evidence"] if piece["counts_as"]]
    if len(counted) < 2:
        return None
    periods = _between(min(quarter for quarter, _ in counted), max(quarter for quarter, _ in counted))[-_QUARTERS:]
    names = [f"{year} Q{quarter}" for year, quarter in periods]
    by_stance = {stance: [counted.count((period, stance)) for period in periods] for stance in charts.STANCES}
    title = "Counted evidence by quarter of first submission: above the line for the claim, below against it"
    told = ", ".join(f"{words.number(sum(by_stance[s]), 'paper')} {s}" for s in charts.STANCES if sum(by_stance[s]))
    present = [stance for stance in charts.STANCES if sum(by_stance[stance])]
    svg = charts.evidence(f"ev-{claim['id']}", title, told, names, by_stance)
    filled = [at for at in range(len(periods)) if any(by_stance[s][at] for s in present)]
    table = tuple((names[at], *(str(by_stance[stance][at]) for stance in present)) for at in filled)
    return Drawn(svg, title, ("quarter", *present), table)


def _quarter(published: str) -> tuple[int, int]:
    day = PartialDate.parse(published).first
    return day.year, (day.month + 2) // 3


def _between(first: tuple[int, int], last: tuple[int, int]) -> list[tuple[int, int]]:
    start, end = first[0] * 4 + first[1] - 1, last[0] * 4 + last[1] - 1
    return [(at // 4, at % 4 + 1) for at in range(start, end + 1)]
