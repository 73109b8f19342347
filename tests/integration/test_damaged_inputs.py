"""A few of the inputs of the fuzz, always: what is read is as promised, all else is refused by the errors that are meant."""

import random

import pytest

from tests.bench.fuzz import KINDS, changed


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_input_is_read_or_refused(kind: str) -> None:
    check, seeds, _ = KINDS[kind]
    chance = random.Random(kind)
    outcomes = {check(seed) for seed in seeds} | {check(changed(chance, seeds)) for _ in range(300)}
    assert "read" in outcomes
    assert outcomes <= {"read", "refused"}
