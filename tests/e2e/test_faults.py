"""A few rows of the table of faults; `python -m tests.bench.fault_table` plays them all."""

from collections.abc import Iterator

import pytest

from tests.fault_rows import FAULTS
from tests.faults import Player
from tests.servers import Server

ALWAYS = {
    "arXiv out a week after a complete run",
    "arXiv sends on to http://127.0.0.1:9/secret",
    "arXiv, one claim's queries: an error entry",
    "model: a sentence that is not there",
    "the ledger is of a newer version",
}


@pytest.fixture(scope="module")
def player(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Player]:
    with Server("arxiv") as arxiv, Server("model") as model:
        yield Player(tmp_path_factory.mktemp("faults"), arxiv, model)


@pytest.mark.parametrize("name", sorted(ALWAYS))
def test_a_fault_ends_as_it_must_loses_nothing_and_the_next_run_goes_on(player: Player, name: str) -> None:
    (fault,) = [fault for fault in FAULTS if fault.name == name]
    assert player.play(fault).wrong == ()
