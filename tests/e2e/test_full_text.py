"""`claimcheck refresh` with full texts, from start to finish."""

import re
from typing import Any

from tests.e2e.harness import Workplace
from tests.servers import SAMPLE, Server, read_papers

PAPERS = {paper["id"]: paper for paper in read_papers(SAMPLE)}
FULL = {"CLAIMCHECK_FULL_TEXT": "3"}


def pieces(place: Workplace) -> list[dict[str, Any]]:
    return [piece for claim in place.twin()["claims"] for piece in claim["evidence"]]


def paths(arxiv: Server, start: str) -> list[str]:
    return [row["path"] for row in arxiv.log if row["path"].startswith(start)]


def part(paper_id: str, where: str) -> str:
    abstract = " ".join(PAPERS[paper_id]["abstract"].split())
    return abstract if where == "abstract" else f"In detail. {abstract}"


def test_full_texts_are_read_quoted_by_section_and_asked_for_once(place: Workplace, arxiv: Server, model: Server) -> None:
    done = place.refresh(**FULL)
    assert done.returncode == 4, done.stderr
    read = [piece for piece in pieces(place) if "read_html" in piece["flags"]]
    quotes = [(piece["paper_id"], quote) for piece in pieces(place) for quote in piece["quotes"]]
    assert read
    assert {quote["where"] for _, quote in quotes} == {"abstract", "4 Results"}
    assert all(part(id, q["where"])[q["start"] : q["end"]] == q["text"] for id, q in quotes)
    assert all("hidden_text" in piece["flags"] for piece in read)
    report = (place.folder / "reports" / "latest.md").read_text(encoding="utf-8")
    assert "from its 4 Results" in report
    assert "read by passages of its HTML" in report
    assert "must answer that it supports" not in report
    assert re.search(r"its abstract alone was read: arXiv has no HTML of it", report)
    first, calls, asked = place.report(), len(model.log), paths(arxiv, "/html")
    assert len(list((place.folder / ".claimcheck" / "fulltext").iterdir())) == len({path for path in asked if _has_text(path)})
    assert place.refresh(**FULL).returncode == 4
    assert (place.report(), len(model.log)) == (first, calls)
    assert not [path for path in paths(arxiv, "/html")[len(asked) :] if _has_text(path)]


def test_by_default_no_full_text_is_asked_for(place: Workplace, arxiv: Server) -> None:
    assert place.refresh().returncode == 0
    assert paths(arxiv, "/html") == paths(arxiv, "/pdf") == []
    assert {quote["where"] for piece in pieces(place) for quote in piece["quotes"]} == {"abstract"}
    assert not (place.folder / ".claimcheck" / "fulltext").exists()


def test_offline_reads_what_is_kept_and_tells_of_the_rest(place: Workplace, arxiv: Server) -> None:
    place.refresh(**FULL)
    asked = len(arxiv.log)
    done = place.refresh("--offline", **FULL)
    assert done.returncode == 4
    assert len(arxiv.log) == asked
    assert any("read_html" in piece["flags"] for piece in pieces(place))
    gaps = [gap for claim in place.twin()["claims"] for gap in claim["gaps"]]
    assert any("arXiv was not asked" in gap["why"] for gap in gaps if gap["what"].startswith("full text of"))
    assert not any(gap["blocks"] for gap in gaps if gap["what"].startswith("full text of"))


def _has_text(path: str) -> bool:
    return int(path.split("/")[2].split("v")[0][-1]) % 2 == 0
