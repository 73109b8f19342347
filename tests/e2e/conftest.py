"""Local servers that behave like arXiv and a model server, and a folder in which the command line is run against them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.harness import PAIR, Workplace, workplace
from tests.servers import Server


@pytest.fixture
def arxiv() -> Iterator[Server]:
    with Server("arxiv") as server:
        yield server


@pytest.fixture
def model() -> Iterator[Server]:
    with Server("model") as server:
        yield server


@pytest.fixture
def place(tmp_path: Path, arxiv: Server, model: Server) -> Workplace:
    return workplace(tmp_path / "w", arxiv.url, model.url, PAIR)
