"""Which days are covered, and which are still to be asked for."""

import itertools
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from claimcheck.domain.dates import OVERLAP, Window, slices, stretches, uncovered


def june(first: int, last: int) -> Window:
    return Window(date(2026, 6, first), date(2026, 6, last))


def test_windows_that_overlap_or_adjoin_are_one_stretch() -> None:
    assert stretches([june(11, 15), june(1, 5), june(6, 10), june(20, 25), june(22, 23)]) == (june(1, 15), june(20, 25))


def test_all_is_uncovered_where_nothing_was() -> None:
    assert uncovered(june(1, 30), []) == (june(1, 30),)


def test_what_follows_begins_a_week_inside_what_was_covered() -> None:
    assert uncovered(june(1, 30), [june(1, 20)]) == (june(13, 30),)


def test_what_was_covered_to_the_last_day_is_not_asked_again() -> None:
    assert uncovered(june(10, 30), [june(1, 30)]) == ()


def test_a_hole_is_uncovered() -> None:
    assert uncovered(june(1, 30), [june(1, 9), june(20, 30)]) == (june(2, 19),)


DAYS = st.integers(0, 400).map(lambda n: date(2025, 1, 1) + timedelta(days=n))
WINDOWS = st.tuples(DAYS, DAYS).map(lambda pair: Window(min(pair), max(pair)))


@given(WINDOWS, st.lists(WINDOWS, max_size=6))
def test_no_day_of_a_window_is_ever_missed(window: Window, covered: list[Window]) -> None:
    parts = uncovered(window, covered)
    for offset in range((window.last - window.first).days + 1):
        day = window.first + timedelta(days=offset)
        assert any(w.first <= day <= w.last for w in (*covered, *parts))
    assert all(window.first <= part.first <= part.last <= window.last for part in parts)


@given(WINDOWS, st.lists(WINDOWS, max_size=6))
def test_what_is_asked_again_is_at_most_a_week_for_each_stretch(window: Window, covered: list[Window]) -> None:
    days = {d for w in covered for d in range(w.first.toordinal(), w.last.toordinal() + 1)}
    asked = [d for part in uncovered(window, covered) for d in range(part.first.toordinal(), part.last.toordinal() + 1)]
    assert sum(d in days for d in asked) <= (OVERLAP.days + 1) * len(stretches(covered))


@given(WINDOWS, st.integers(1, 50))
def test_slices_cover_a_window_once(window: Window, days: int) -> None:
    parts = slices(window, days)
    assert (parts[0].first, parts[-1].last) == (window.first, window.last)
    assert all((later.first - earlier.last).days == 1 for earlier, later in itertools.pairwise(parts))
    assert all((part.last - part.first).days < days for part in parts)
