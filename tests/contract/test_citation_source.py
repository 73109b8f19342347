"""What every citation source promises: the fake one, and both services on a local server that has the same papers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from pytest_httpserver import HTTPServer

from claimcheck.adapters.citations import OpenAlex, SemanticScholar
from claimcheck.domain.citing import Citations, Citing
from claimcheck.errors import Denied, SourceUnavailable
from claimcheck.ports import CitationSource
from tests.citation_server import KEY, CitationServer, Row, said
from tests.fakes import FakeCitations

ANCHOR, OLD, LONELY = "2505.14810", "hep-th/9901001", "2506.00001"
ROWS = (
    Row(1, "2506.11111"),
    Row(2),
    Row(3, "2507.22222v3"),
    Row(4, "math/0309136"),
    Row(5, ANCHOR),
    Row(6, "no arXiv id"),
)
KNOWN: dict[str, Sequence[Row]] = {ANCHOR: ROWS, OLD: [Row(7, "2508.00001")], LONELY: []}
WANTED = ["2506.11111", "2507.22222", "math/0309136"]


@dataclass(frozen=True)
class Kind:
    """A way to make a source that works, one that cannot be asked, and one that is given a wrong key."""

    working: Callable[[], CitationSource]
    down: Callable[[], CitationSource]
    denied: Callable[[], CitationSource]


def fake() -> Kind:
    papers = {ANCHOR: Citations(tuple(map(Citing, WANTED)), 2), OLD: Citations((Citing("2508.00001"),)), LONELY: Citations(())}

    def failing(what: str) -> CitationSource:
        source = FakeCitations(papers)
        setattr(source, what, True)
        return source

    return Kind(lambda: FakeCitations(papers), lambda: failing("out"), lambda: failing("denies"))


def real(name: str, key: str | None, httpserver: HTTPServer, folder: Path) -> Kind:
    server = CitationServer(httpserver, dict(KNOWN), page=2)

    def at(key: str | None) -> CitationSource:
        options = {"key": key, "pace": 0.0, "pace_file": folder / "pace", "use_proxies": False}
        if name == "openalex":
            return OpenAlex(server.openalex, **options)  # type: ignore[arg-type]
        return SemanticScholar(server.semantic_scholar, **options)  # type: ignore[arg-type]

    def down() -> CitationSource:
        server.bad += [said({"error": "not now"}, 503)] * 10
        return at(key)

    return Kind(lambda: at(key), down, lambda: at("a-wrong-key"))


@pytest.fixture(scope="session")
def httpserver_listen_address() -> tuple[str, int]:
    return ("127.0.0.1", 0)


@pytest.fixture(params=["fake", "semantic_scholar", "semantic_scholar with a key", "openalex", "openalex with a key"])
def kind(request: pytest.FixtureRequest, httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kind:
    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=lambda _: None))
    name, _, key = str(request.param).partition(" ")
    return fake() if name == "fake" else real(name, KEY if key else None, httpserver, tmp_path)


def test_citing_papers_at_arxiv_are_told_and_the_others_counted(kind: Kind) -> None:
    found = kind.working().citing(ANCHOR)
    assert [paper.id for paper in found.papers] == WANTED
    assert (found.elsewhere, found.total) == (2, 5)


def test_a_paper_with_an_old_id_can_be_asked_for(kind: Kind) -> None:
    assert [paper.id for paper in kind.working().citing(OLD).papers] == ["2508.00001"]


def test_a_known_paper_that_none_cites_has_none(kind: Kind) -> None:
    assert kind.working().citing(LONELY) == Citations(())


def test_an_unknown_paper_is_never_one_that_none_cites(kind: Kind) -> None:
    with pytest.raises(SourceUnavailable, match=r"does not know|has 0 works"):
        kind.working().citing("2505.99999")


def test_a_source_that_is_down_is_never_one_that_found_none(kind: Kind) -> None:
    source = kind.down()
    with pytest.raises(SourceUnavailable):
        source.citing(ANCHOR)
    assert source.requests > 0


def test_a_refused_key_is_asked_with_once_and_never_shown(kind: Kind) -> None:
    source = kind.denied()
    with pytest.raises(Denied) as denied:
        source.citing(ANCHOR)
    assert source.requests == 1
    assert "a-wrong-key" not in str(denied.value)


def test_requests_are_counted(kind: Kind) -> None:
    source = kind.working()
    assert source.requests == 0
    source.citing(LONELY)
    assert source.requests > 0


def test_a_source_has_a_name_for_people(kind: Kind) -> None:
    assert kind.working().name in ("Semantic Scholar", "OpenAlex")
