"""The network that the package carries: it loads, scores alike every time, and says plainly when it cannot be used."""

import asyncio
import json
import shutil
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

from claimcheck.adapters.embedded.judge import EmbeddedJudge
from claimcheck.adapters.embedded.network import MANIFEST, NETWORK, TOKENIZER, Network, shipped
from claimcheck.domain.claim import Claim
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.evidence import Reading
from claimcheck.domain.paper import Paper
from claimcheck.errors import StoreUnusable
from tests.e2e.harness import Workplace

CLAIM = Claim("c", "i", "Long chains of thought lower a model's adherence to instructions.", PartialDate.parse("2025"), ())
SAYS_IT = Paper(
    "2601.00001",
    "Thinking longer, obeying less",
    "Instructions matter in practice. We find that adherence to instructions falls as the chain of thought grows longer. Code is "
    "public.",
    1,
)
OTHER = Paper(
    "2601.00002",
    "Counting birds from satellites",
    "We count birds in satellite images. A new detector finds them at night. It runs on a phone.",
    1,
)


def read(paper: Paper, claim: Claim = CLAIM) -> Reading:
    return asyncio.run(EmbeddedJudge(shipped()).read(claim, paper)).reading


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "model"
    source = Path(str(resources.files("claimcheck.adapters.embedded") / "model"))
    shutil.copytree(source, copy)
    return copy


def test_a_paper_that_says_it_bears_on_the_claim_and_its_sentence_is_shown() -> None:
    found = read(SAYS_IT)
    assert found.bears
    assert 2 in found.sentences


def test_no_stance_of_the_shipped_network_counts() -> None:
    """Its gates are closed: on held-out data no stance is right often enough (CARD.md)."""
    assert set(shipped().manifest["trust"].values()) == {None}
    assert not read(SAYS_IT).trusted


def test_a_paper_on_something_else_does_not() -> None:
    assert not read(OTHER).bears


def test_a_score_is_the_same_alone_and_among_others_and_every_time() -> None:
    longer = "A very much longer sentence, on the adherence of models to instructions under long chains of thought."
    texts = ["Adherence falls.", longer, "Birds."]
    together = shipped().score(texts, CLAIM.text)
    assert [shipped().score([text], CLAIM.text)[0] for text in texts] == together
    assert Network.load(resources.files("claimcheck.adapters.embedded") / "model").score(texts, CLAIM.text) == together


@pytest.mark.parametrize(
    "text",
    ["", " ", "\u200b", "x" * 20_000, "word " * 3000, "\U0001f426" * 50, "## [SEP] [CLS]", "immunohistochemistry-negative " * 69],
)
def test_no_text_breaks_it(text: str) -> None:
    for one, other in ((text, CLAIM.text), ("A sentence.", text)):
        (scores,) = shipped().score([one], other)
        assert abs(scores.supports + scores.refutes + scores.relaxes + scores.neither - 1) < 1e-6


def without(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


def changed(**more: object) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        manifest = json.loads((folder / MANIFEST).read_text())
        (folder / MANIFEST).write_text(json.dumps({**manifest, **more}))

    return change


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (shutil.rmtree, "has no model.json"),
    "no network": (without(NETWORK), "lacks stance.onnx"),
    "no tokenizer": (without(TOKENIZER), "lacks tokenizer.json"),
    "cut": (lambda f: (f / NETWORK).write_bytes((f / NETWORK).read_bytes()[:-1000]), "is damaged: stance.onnx"),
    "another version": (changed(format=99), "is of format 99"),
    "not JSON": (lambda f: (f / MANIFEST).write_text("{"), "has no model.json"),
    "no files": (changed(files=[]), "does not name its files"),
    "other features": (changed(features=["x"]), "features are not those"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_model_that_is_missing_damaged_or_of_another_version_is_refused(name: str, folder: Path) -> None:
    damage, message = DAMAGE[name]
    damage(folder)
    with pytest.raises(StoreUnusable, match=message):
        EmbeddedJudge(Network.load(folder))


def test_the_command_ends_with_exit_8_and_one_line(folder: Path, tmp_path: Path) -> None:
    (folder / NETWORK).write_bytes(b"no network")
    place = tmp_path / "place"
    place.mkdir()
    done = Workplace(place).run("refresh", "--sample", "--judge", f"embedded:{folder}")
    assert done.returncode == 8
    assert "is damaged" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (place / "reports").exists(), "no other judge steps in"
