"""Semantic Scholar and OpenAlex on good days and bad: whatever comes back, "we could not look" is never "none cite it"."""

import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from claimcheck.adapters.citations import OpenAlex, SemanticScholar
from claimcheck.domain.citing import Citations, Citing
from claimcheck.errors import Denied, SourceUnavailable, UsageError
from tests.citation_server import KEY, CitationServer, Row, said

ANCHOR = "2505.14810"
ROWS = [Row(number, f"2506.{number:05}") for number in range(1, 8)]
IDS = [row.arxiv for row in ROWS]
Source = SemanticScholar | OpenAlex
Make = Callable[..., Source]


@pytest.fixture(scope="session")
def httpserver_listen_address() -> tuple[str, int]:
    return ("127.0.0.1", 0)


@pytest.fixture
def server(httpserver: HTTPServer) -> CitationServer:
    return CitationServer(httpserver, {ANCHOR: ROWS}, page=3)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between tries, which take no time here."""
    waited: list[float] = []
    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=waited.append))
    return waited


def defaults(folder: Path) -> dict[str, Any]:
    return {"pace": 0.0, "pace_file": folder / "pace", "timeout": 5.0, "deadline": 5.0, "use_proxies": False}


def scholar(server: CitationServer, folder: Path, **options: Any) -> SemanticScholar:
    return SemanticScholar(server.semantic_scholar, **defaults(folder) | options)


def openalex(server: CitationServer, folder: Path, **options: Any) -> OpenAlex:
    return OpenAlex(server.openalex, **defaults(folder) | options)


@pytest.fixture(params=[scholar, openalex], ids=["semantic scholar", "openalex"])
def make(request: pytest.FixtureRequest, server: CitationServer, tmp_path: Path, waits: list[float]) -> Make:
    return lambda **options: request.param(server, tmp_path, **options)


def failure_of(source: Source, id: str = ANCHOR) -> SourceUnavailable:
    with pytest.raises(SourceUnavailable) as failure:
        source.citing(id)
    message = str(failure.value)
    assert message.isprintable()
    assert len(message) < 500
    return failure.value


# Good days


def test_all_pages_are_read(make: Make) -> None:
    assert [paper.id for paper in make().citing(ANCHOR).papers] == IDS
    assert [paper.id for paper in make(key=KEY).citing(ANCHOR).papers] == IDS


def test_hints_are_kept_visible_and_short(server: CitationServer, tmp_path: Path) -> None:
    said = ("We test\u200b it.", "x" * 9_000, *"abcdef")
    server.citing[ANCHOR] = [Row(1, "2506.00001", said, ("result",), True), Row(2, None, ("Elsewhere.",))]
    found = scholar(server, tmp_path).citing(ANCHOR)
    assert found == Citations((Citing("2506.00001", ("We test it.", "x" * 500, "a", "b", "c"), ("result",), True),), 1)


def test_nulls_that_the_service_sends_are_no_fault(server: CitationServer, tmp_path: Path) -> None:
    def nulls(request: Request, answer: Any) -> Any:
        for row in answer.get("data", ()):
            row |= {"contexts": None, "intents": None, "isInfluential": None}
            row["citingPaper"] = {"paperId": None, "externalIds": None}
        return answer

    server.spoil = nulls
    assert scholar(server, tmp_path).citing(ANCHOR) == Citations((), 7)


def test_a_paper_that_is_listed_twice_is_one(server: CitationServer, tmp_path: Path) -> None:
    server.citing[ANCHOR] = [Row(1, "2506.00001v1", ("One.",)), Row(2, "2506.00001v2", ("Two.",))]
    assert scholar(server, tmp_path).citing(ANCHOR) == Citations((Citing("2506.00001", ("One.", "Two.")),))


def test_openalex_finds_an_anchor_that_it_has_under_its_journal_only(server: CitationServer, tmp_path: Path) -> None:
    server.journal_only = frozenset({ANCHOR})
    assert len(openalex(server, tmp_path).citing(ANCHOR).papers) == 7
    assert (
        server.seen[1].args["filter"]
        == f"locations.landing_page_url:https://arxiv.org/abs/{ANCHOR}|http://arxiv.org/abs/{ANCHOR}"
    )


def test_openalex_knows_an_arxiv_paper_by_its_doi_or_its_places(server: CitationServer, tmp_path: Path) -> None:
    def named(request: Request, answer: Any) -> Any:
        for work in answer.get("results", ()):
            work |= {"doi": "https://doi.org/10.48550/arXiv.2507.01234", "locations": None}
        return answer

    server.citing[ANCHOR] = [Row(1)]
    server.spoil = named
    assert openalex(server, tmp_path).citing(ANCHOR) == Citations((Citing("2507.01234"),))


def test_keys_and_contact_go_where_they_belong(server: CitationServer, tmp_path: Path) -> None:
    scholar(server, tmp_path, key=KEY, contact="me@example.org").citing(ANCHOR)
    assert {request.headers["x-api-key"] for request in server.seen} == {KEY}
    server.seen.clear()
    openalex(server, tmp_path, key=KEY, contact="me@example.org").citing(ANCHOR)
    assert {request.headers["Authorization"] for request in server.seen} == {f"Bearer {KEY}"}
    assert {request.args["mailto"] for request in server.seen} == {"me@example.org"}
    assert all("mailto:me@example.org" in request.headers["User-Agent"] for request in server.seen)
    assert not any(KEY in request.url for request in server.seen)
    assert {request.args.get("cursor") for request in server.seen[1:]} == {"*", "after3", "after6"}


def test_without_a_key_none_is_sent_and_openalex_is_paged_by_number(server: CitationServer, tmp_path: Path) -> None:
    scholar(server, tmp_path).citing(ANCHOR)
    openalex(server, tmp_path).citing(ANCHOR)
    assert not any("x-api-key" in request.headers or "Authorization" in request.headers for request in server.seen)
    assert [request.args.get("page") for request in server.seen[-3:]] == ["1", "2", "3"]


def test_requests_keep_their_distance(server: CitationServer, tmp_path: Path) -> None:
    began = time.monotonic()
    source = scholar(server, tmp_path, pace=0.2)
    source.citing(ANCHOR)
    assert source.requests == 4
    assert time.monotonic() - began >= 0.6
    assert (SemanticScholar.pace, OpenAlex.pace) == (1.0, 0.1)


def test_what_is_no_arxiv_id_is_not_asked_for(make: Make) -> None:
    source = make()
    with pytest.raises(UsageError):
        source.citing("10.1000/182")
    assert source.requests == 0


# Bad days: asked again


PASSING = {
    "429": said({"message": "Too Many Requests"}, 429),
    "503": said({}, 503),
    "408": said({}, 408),
    "web page": Response("<html>down for maintenance</html>", 200, content_type="text/html"),
    "empty": Response("", 200),
    "no content": Response("", 204),
    "cut": Response('{"data": [{"citingPaper"', 200),
    "a text": Response('"busy"', 200),
    "null": Response("null", 200),
    "a list": Response("[]", 200),
    "another object": said({"message": "hello"}),
    "deep": Response("[" * 200_000, 200),
    "not text": Response(b"\xff\xfe{", 200),
    "long number": Response('{"offset": ' + "9" * 9_000 + "}", 200),
    "large": Response(gzip.compress(b" " * 40_000_000), 200, {"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("reply", PASSING.values(), ids=PASSING.keys())
def test_a_failure_is_asked_again_and_is_never_none(reply: Response, make: Make, server: CitationServer) -> None:
    server.bad += [reply] * 20
    source = make()
    failure = failure_of(source)
    assert source.requests == 5
    assert "tried 5 times" in str(failure)
    assert not failure.breaker
    server.bad[:] = [reply]
    assert len(make().citing(ANCHOR).papers) == 7, "asked once more it is whole"


def test_a_closed_port_is_a_failure(server: CitationServer, tmp_path: Path, waits: list[float]) -> None:
    source = SemanticScholar("http://127.0.0.1:9/graph/v1", pace=0.0, pace_file=tmp_path / "pace", use_proxies=False)
    assert "the connection failed" in str(failure_of(source))
    assert source.requests == 5


def test_waits_grow_and_heed_retry_after(make: Make, server: CitationServer, waits: list[float]) -> None:
    server.bad += [said({}, 429), said({}, 429, Retry_After="20"), said({}, 503)]
    make().citing(ANCHOR)
    first, second, third = waits
    assert 1 <= first <= 1.25
    assert 20 <= second <= 25
    assert 9 <= third <= 11.25


def test_a_dripping_answer_ends_at_the_deadline(server: CitationServer, tmp_path: Path, waits: list[float]) -> None:
    def drip() -> Any:
        for _ in range(50):
            time.sleep(0.1)
            yield b" "

    server.bad += [Response(drip(), 200)]
    began = time.monotonic()
    assert len(scholar(server, tmp_path, deadline=0.5).citing(ANCHOR).papers) == 7
    assert time.monotonic() - began < 4


# Bad days: given up


def test_a_retry_after_too_far_away_closes_the_line(make: Make, server: CitationServer, waits: list[float]) -> None:
    server.bad += [said({}, 429, Retry_After="54000")]
    source = make()
    failure = failure_of(source)
    assert "asks to come back after" in str(failure)
    assert "_API_KEY" in str(failure), "who has no key learns that there are keys"
    assert failure.breaker
    assert failure_of(source).breaker
    assert (source.requests, waits) == (1, [])


def test_five_failures_in_a_row_close_the_line(make: Make, server: CitationServer) -> None:
    server.bad += [said({}, 500)] * 100
    source = make()
    failures = [failure_of(source) for _ in range(6)]
    assert [failure.breaker for failure in failures] == [False] * 5 + [True]
    assert source.requests == 25


@pytest.mark.parametrize("status", [400, 402, 405, 410, 422])
def test_a_refusal_is_asked_once(status: int, make: Make, server: CitationServer) -> None:
    server.bad += [said({"error": f"bad \x1b[31m field of {KEY}"}, status)] * 9
    source = make(key=KEY)
    failure = failure_of(source)
    assert f"status {status}" in str(failure)
    assert KEY not in str(failure)
    assert source.requests == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int, make: Make, server: CitationServer) -> None:
    server.bad += [Response("", status, {"Location": server.server.url_for(f"/elsewhere?{KEY}")})]
    source = make(key=KEY)
    failure = failure_of(source)
    assert "which is not followed" in str(failure)
    assert KEY not in str(failure)
    assert source.requests == 1


@pytest.mark.parametrize("status", [401, 403])
def test_who_has_no_key_and_is_shut_out_is_not_denied(status: int, make: Make, server: CitationServer) -> None:
    server.bad += [said({"message": "Forbidden"}, status)] * 9
    source = make()
    assert failure_of(source).breaker
    assert "_API_KEY" in str(failure_of(source))
    assert source.requests == 1


def test_a_wrong_key_is_denied_and_not_shown(make: Make, server: CitationServer, caplog: pytest.LogCaptureFixture) -> None:
    source = make(key="wrong-key-0815")
    with pytest.raises(Denied, match="_API_KEY") as denied:
        source.citing(ANCHOR)
    assert source.requests == 1
    assert "wrong-key-0815" not in str(denied.value) + caplog.text + repr(denied.value.__cause__)


# Lists that are not whole


def spoilt(server: CitationServer, change: Callable[[dict[str, Any]], object], **of_page: str) -> None:
    """Change the pages of a list, all or those asked for with these options."""

    def spoil(request: Request, answer: Any) -> Any:
        if ("data" in answer or "meta" in answer) and all(request.args.get(name) == value for name, value in of_page.items()):
            answer = json.loads(json.dumps(answer))
            change(answer)
        return answer

    server.spoil = spoil


SCHOLAR_FAULTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "no data": lambda page: page.pop("data"),
    "null for data": lambda page: page.update(data=None),
    "no offset": lambda page: page.pop("offset"),
    "another offset": lambda page: page.update(offset=page["offset"] + 1),
    "next before": lambda page: page.update(next=0),
    "next the same": lambda page: page.update(next=page["offset"]),
    "next leaves some out": lambda page: page.update(next=page["offset"] + 500),
    "next is text": lambda page: page.update(next="3"),
    "next is true": lambda page: page.update(next=True),
    "short page": lambda page: page["data"].pop(),
    "empty page that goes on": lambda page: page.update(data=[], next=3),
    "no citing paper": lambda page: page["data"][0].pop("citingPaper"),
    "null citing paper": lambda page: page["data"][0].update(citingPaper=None),
    "no ids": lambda page: page["data"][0]["citingPaper"].pop("externalIds"),
    "no paper id": lambda page: page["data"][0]["citingPaper"].pop("paperId"),
    "ids are a list": lambda page: page["data"][0]["citingPaper"].update(externalIds=[]),
    "arXiv id is a number": lambda page: page["data"][0]["citingPaper"].update(externalIds={"ArXiv": 2506.1}),
    "no contexts": lambda page: page["data"][0].pop("contexts"),
    "contexts are text": lambda page: page["data"][0].update(contexts="We test it."),
    "contexts hold numbers": lambda page: page["data"][0].update(contexts=[1]),
    "no intents": lambda page: page["data"][0].pop("intents"),
    "influential is text": lambda page: page["data"][0].update(isInfluential="yes"),
    "a row is null": lambda page: page["data"].append(None),
}


@pytest.mark.parametrize("change", SCHOLAR_FAULTS.values(), ids=SCHOLAR_FAULTS.keys())
def test_a_page_of_semantic_scholar_that_is_not_as_it_must_be_is_never_none(
    change: Callable[[dict[str, Any]], object], server: CitationServer, tmp_path: Path, waits: list[float]
) -> None:
    spoilt(server, change, offset="0")
    assert "no usable answer" in str(failure_of(scholar(server, tmp_path)))


OPENALEX_FAULTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "no meta": lambda page: page.pop("meta"),
    "no count": lambda page: page["meta"].pop("count"),
    "count is text": lambda page: page["meta"].update(count="7"),
    "count below zero": lambda page: page["meta"].update(count=-1),
    "no page": lambda page: page["meta"].pop("page"),
    "another page": lambda page: page["meta"].update(page=2),
    "no results": lambda page: page.pop("results"),
    "null for results": lambda page: page.update(results=None),
    "a work is text": lambda page: page["results"].append("W1"),
    "no id": lambda page: page["results"][0].pop("id"),
    "a strange id": lambda page: page["results"][0].update(id="https://example.org/W1"),
    "a work twice": lambda page: page["results"].append(page["results"][0]),
    "no doi": lambda page: page["results"][0].pop("doi"),
    "doi is a number": lambda page: page["results"][0].update(doi=10.1),
    "no locations": lambda page: page["results"][0].pop("locations"),
    "locations are an object": lambda page: page["results"][0].update(locations={}),
    "a place without an address": lambda page: page["results"][0]["locations"][0].pop("landing_page_url"),
}


@pytest.mark.parametrize("change", OPENALEX_FAULTS.values(), ids=OPENALEX_FAULTS.keys())
def test_a_page_of_openalex_that_is_not_as_it_must_be_is_never_none(
    change: Callable[[dict[str, Any]], object], server: CitationServer, tmp_path: Path, waits: list[float]
) -> None:
    spoilt(server, change, page="1")
    assert "no usable answer" in str(failure_of(openalex(server, tmp_path)))


def test_an_openalex_list_that_ends_early_or_changes_is_not_whole(
    server: CitationServer, tmp_path: Path, waits: list[float]
) -> None:
    spoilt(server, lambda page: page.update(results=[]), page="2")
    assert "changed while it was read" in str(failure_of(openalex(server, tmp_path)))
    spoilt(server, lambda page: page["meta"].update(count=4), page="2")
    assert "changed while it was read" in str(failure_of(openalex(server, tmp_path)))
    spoilt(server, lambda page: page["meta"].update(next_cursor=None), cursor="after3")
    assert "listed 6 of 7" in str(failure_of(openalex(server, tmp_path, key=KEY)))
    spoilt(server, lambda page: page["meta"].update(next_cursor="after3"), cursor="after3")
    assert "listed 6 of 7" in str(failure_of(openalex(server, tmp_path, key=KEY)))
    spoilt(server, lambda page: page["meta"].update(next_cursor="*"), cursor="after3")
    assert "changed while it was read" in str(failure_of(openalex(server, tmp_path, key=KEY)))
    spoilt(server, lambda page: page["meta"].pop("next_cursor"), cursor="after3")
    assert "no usable answer" in str(failure_of(openalex(server, tmp_path, key=KEY)))


def test_a_semantic_scholar_list_that_goes_in_circles_is_not_whole(
    server: CitationServer, tmp_path: Path, waits: list[float]
) -> None:
    first: list[Any] = []

    def circle(page: dict[str, Any]) -> None:
        first[:] = first or page["data"]
        page.update(data=first, next=page["offset"] + 3)

    spoilt(server, circle)
    source = scholar(server, tmp_path)
    assert "in circles" in str(failure_of(source))
    assert source.requests == 3


def test_a_list_that_lacks_most_of_what_is_counted_is_not_whole(make: Make, server: CitationServer) -> None:
    server.counted[ANCHOR] = 15
    assert "counts 15 papers that cite 2505.14810 and listed only 7" in str(failure_of(make()))
    server.citing[ANCHOR] = []
    assert "listed only 0" in str(failure_of(make()))
    server.citing[ANCHOR], server.counted[ANCHOR] = ROWS, 9
    assert len(make().citing(ANCHOR).papers) == 7


def test_more_than_a_service_lists_is_not_asked_for_in_part(server: CitationServer, tmp_path: Path, waits: list[float]) -> None:
    server.counted[ANCHOR] = 10_000
    source = scholar(server, tmp_path)
    assert "at most 9999 of the 10000" in str(failure_of(source))
    assert source.requests == 1
    spoilt(server, lambda page: page["meta"].update(count=10_001))
    source_without_key = openalex(server, tmp_path)
    assert "set OPENALEX_API_KEY" in str(failure_of(source_without_key))
    assert source_without_key.requests == 2
    spoilt(server, lambda page: page["meta"].update(count=50_001))
    source_with_key = openalex(server, tmp_path, key=KEY)
    assert "no more than 50000" in str(failure_of(source_with_key))
    assert source_with_key.requests == 2


def test_two_works_for_one_anchor_are_not_chosen_from(server: CitationServer, tmp_path: Path, waits: list[float]) -> None:
    server.journal_only = frozenset({ANCHOR})
    server.spoil = lambda _, answer: answer | {"results": answer["results"] * 2} if "results" in answer else answer
    assert "has 2 works" in str(failure_of(openalex(server, tmp_path)))
