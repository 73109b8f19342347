"""Citing papers from the settings to the report: found, asked once a day, off by default, failing visibly, and keys nowhere."""

from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tests.citation_server import KEY, CitationServer, Row, said
from tests.e2e.harness import PAIR, Workplace, workplace
from tests.servers import Server

ANCHORS = ("2505.14810", "2506.02878", "2508.01191")
BOTH = {"CLAIMCHECK_CITATIONS": "both", "SEMANTIC_SCHOLAR_API_KEY": KEY, "OPENALEX_API_KEY": KEY}


@pytest.fixture(scope="session")
def httpserver_listen_address() -> tuple[str, int]:
    return ("127.0.0.1", 0)


@pytest.fixture
def citations(httpserver: HTTPServer) -> CitationServer:
    rows = [Row(1, "2508.02150", ("They lower adherence.",), ("result",)), Row(2)]
    return CitationServer(httpserver, dict.fromkeys(ANCHORS, rows))


@pytest.fixture
def place(tmp_path: Path, arxiv: Server, citations: CitationServer) -> Workplace:
    return workplace(tmp_path / "work", arxiv.url, claims=PAIR)


def addresses(citations: CitationServer) -> dict[str, str]:
    return {"CLAIMCHECK_SEMANTIC_SCHOLAR_URL": citations.semantic_scholar, "CLAIMCHECK_OPENALEX_URL": citations.openalex}


def citing_lines(place: Workplace) -> list[str]:
    return [q for claim in place.twin()["claims"] for q in claim["coverage"]["queries"] if q.startswith("citing: ")]


def test_citing_papers_are_asked_for_once_a_day_and_told_in_the_report(place: Workplace, citations: CitationServer) -> None:
    done = place.refresh(**BOTH, **addresses(citations))
    assert done.returncode == 0, done.stderr
    first, asked = place.report(), len(citations.seen)
    assert citing_lines(place)[0] == "citing: Semantic Scholar, papers that cite 2505.14810: 1 at arXiv, 1 elsewhere"
    assert len(citing_lines(place)) == 2 * len(ANCHORS)
    assert "papers that cite 2505.14810: 1 at arXiv, 1 elsewhere" in first[0].decode()
    assert place.refresh(**BOTH, **addresses(citations)).returncode == 0
    assert place.report() == first
    assert len(citations.seen) == asked
    told = done.stdout + done.stderr + "".join(p.read_text("latin-1") for p in place.folder.rglob("*") if p.is_file())
    assert KEY not in told
    assert "They lower adherence." not in first[0].decode() + first[1].decode(), "a hint is no quote"


def test_off_by_default_nobody_is_asked(place: Workplace, citations: CitationServer) -> None:
    assert place.refresh(**addresses(citations)).returncode == 0
    assert citations.seen == []
    assert citing_lines(place) == []


def test_a_service_that_is_down_is_a_gap_in_the_report(place: Workplace, citations: CitationServer) -> None:
    citations.bad += [said({}, 429, Retry_After="54000")] * 20
    done = place.refresh(**addresses(citations), CLAIMCHECK_CITATIONS="openalex")
    assert done.returncode == 4, done.stderr
    gaps = [gap for claim in place.twin()["claims"] for gap in claim["gaps"]]
    assert {gap["what"] for gap in gaps} == {f"papers that cite {anchor}, by OpenAlex" for anchor in ANCHORS}
    assert "OpenAlex asks to come back" in place.report()[0].decode()
    assert citing_lines(place) == []


def test_offline_what_was_not_asked_is_a_gap_and_no_outage(place: Workplace, citations: CitationServer) -> None:
    assert place.refresh().returncode == 0
    done = place.refresh("--offline", **BOTH, **addresses(citations))
    assert done.returncode == 4, done.stderr
    assert citations.seen == []
    assert "refresh without --offline" in place.report()[0].decode()


def test_a_wrong_key_ends_with_its_own_exit_code(place: Workplace, citations: CitationServer) -> None:
    wrong = {"CLAIMCHECK_CITATIONS": "semantic_scholar", "SEMANTIC_SCHOLAR_API_KEY": "wrong-key-0815"}
    done = place.refresh(**wrong, **addresses(citations))
    assert done.returncode == 9
    assert "Semantic Scholar refuses the key (403); correct SEMANTIC_SCHOLAR_API_KEY" in done.stderr
    assert "wrong-key-0815" not in done.stdout + done.stderr
    assert len(citations.seen) == 1


def test_the_sample_asks_nobody(place: Workplace, citations: CitationServer) -> None:
    assert place.refresh("--sample", **BOTH, **addresses(citations)).returncode == 0
    assert citations.seen == []
