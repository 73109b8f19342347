"""Nothing new is begun once the time is over or a stop was asked for, and what is under way is counted until it is kept."""

import pytest

from claimcheck.deadline import Deadline
from claimcheck.errors import BudgetReached, Exit, SourceUnavailable, Stopped, TimeUp


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_without_a_limit_there_is_always_time() -> None:
    endless = Deadline()
    endless.check()
    assert endless.within(60) == 60
    assert endless.allows(10**9)
    assert not endless.refused


def test_nothing_takes_longer_than_what_is_left() -> None:
    clock = Clock()
    run = Deadline(1, clock)
    assert run.within(200) == 60
    clock.now += 50
    assert (run.within(200), run.within(3)) == (10, 3)
    assert run.allows(9)
    assert not run.allows(10), "a wait to the very end leaves nothing for what it is for"
    assert not run.refused


def test_after_the_end_nothing_is_begun_and_that_is_remembered() -> None:
    clock = Clock()
    run = Deadline(1, clock)
    clock.now += 60
    with pytest.raises(TimeUp, match="1 minutes allowed are over") as over:
        run.check()
    assert run.refused
    assert over.value.exit is Exit.BUDGET
    assert isinstance(over.value, BudgetReached)
    assert isinstance(over.value, SourceUnavailable)
    assert over.value.breaker


def test_a_limit_that_is_set_later_counts_from_the_beginning() -> None:
    clock = Clock()
    run = Deadline(None, clock)
    clock.now += 40
    run.limit(1)
    assert run.left == 20


def test_no_minutes_at_all_allow_nothing() -> None:
    with pytest.raises(TimeUp):
        Deadline(0).check()


def test_a_stop_refuses_what_is_new_and_ends_what_would_rest_on_it() -> None:
    run = Deadline()
    run.go_on()
    with run.item():
        run.stop()
        assert run.under_way == 1
        with pytest.raises(TimeUp):
            run.check()
    assert run.under_way == 0
    with pytest.raises(Stopped):
        run.go_on()


def test_what_fails_is_no_longer_under_way() -> None:
    run = Deadline()
    with pytest.raises(ValueError, match="no"), run.item():
        raise ValueError("no")
    assert run.under_way == 0
