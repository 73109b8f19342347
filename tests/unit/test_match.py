"""Where a paper that arrives later would have stood."""

import pytest

from claimcheck.domain.match import RANKS, Ladder, Scored

FULL = [Scored(str(rank), 100.0 - rank / 2) for rank in range(200)]


@pytest.mark.parametrize("rank", [0, 1, 4, 24, 60, 150, 199])
def test_a_score_is_placed_at_the_rank_that_has_it(rank: int) -> None:
    assert Ladder.of(("zebra",), 1.0, FULL).place(FULL[rank].score) == pytest.approx(rank)


def test_better_than_the_best_is_first() -> None:
    assert Ladder.of(("zebra",), 1.0, FULL).place(1000.0) == 0


def test_below_a_full_ladder_there_is_no_place() -> None:
    assert Ladder.of(("zebra",), 1.0, FULL).place(0.1) is None


def test_below_a_ladder_that_is_not_full_the_place_is_the_next() -> None:
    assert Ladder.of(("zebra",), 1.0, FULL[:7]).place(0.1) == 7
    assert Ladder.of(("zebra",), 1.0, []).place(3.0) == 0


def test_equal_rungs_are_no_trouble() -> None:
    ladder = Ladder.of(("zebra",), 1.0, [Scored(str(n), 2.0) for n in range(200)])
    assert ladder.place(2.0) == 0
    assert ladder.place(1.0) is None


def test_a_ladder_has_a_rung_for_each_rank_that_was_reached() -> None:
    assert len(Ladder.of(("zebra",), 1.0, FULL).scores) == len(RANKS)
    assert len(Ladder.of(("zebra",), 1.0, FULL[:3]).scores) == 3
