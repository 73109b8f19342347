"""arXiv on a bad day: whatever comes back, "we could not look" is never "we found nothing"."""

import gzip
import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from claimcheck.adapters.arxiv.line import _may_follow
from claimcheck.adapters.arxiv.patience import retry_after
from claimcheck.adapters.arxiv.shown import shown
from claimcheck.adapters.arxiv.source import Arxiv
from claimcheck.domain.dates import Window
from claimcheck.domain.query import Query
from claimcheck.errors import SourceUnavailable
from claimcheck.ports import Found
from tests.arxiv_server import Handler, Reply, Request, Server, abstract_page, entry, error_feed, feed, http, in_turn, serving

TODAY = date(2026, 11, 22)
WINDOW = Window(date(2024, 1, 1), date(2026, 11, 22))
QUERY = Query(("reasoning", "instruction"))
BAD_INPUTS = Path(__file__).resolve().parents[2].parent / "shared" / "bad_inputs"
GOOD = http(feed(entry()))

Serve = Callable[[Callable[[Request], Reply]], Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(serving(answer))


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between tries, which take no time here."""
    waited: list[float] = []
    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=waited.append))
    return waited


def source(server: Server, folder: Path, **options: Any) -> Arxiv:
    options = {"pace": 0.0, "timeout": 5.0, "deadline": 5.0, "max_wait": 300.0} | options
    return Arxiv(server.url, pace_file=folder / "pace", today=TODAY, **options)


def search(arxiv: Arxiv, limit: int = 10) -> Found:
    return arxiv.search(QUERY, WINDOW, limit)


def failure_of(arxiv: Arxiv, limit: int = 10) -> SourceUnavailable:
    with pytest.raises(SourceUnavailable) as failure:
        search(arxiv, limit)
    message = str(failure.value)
    assert message.isprintable()
    assert len(message) < 500
    return failure.value


# Answers that look like "nothing found"


def test_none_is_none(serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda _: http(feed(total=0)))
    assert search(source(server, tmp_path)) == Found((), 0)
    assert len(server.seen) == 1


LIKE_NONE = {
    "web page": http("<html><body><h1>down for maintenance</h1></body></html>"),
    "rate exceeded": http("Rate exceeded."),
    "empty body": http(""),
    "cut feed": http(feed(entry(), entry("2501.00002v1"))[:-60]),
    "empty page with a total": http(feed(total=1000)),
    "short page": http(feed(entry(), total=5)),
    "duplicates": http(feed(*[entry()] * 10, total=20)),
    "no total": http(feed(total="")),
    "no content": http("", "204 No Content"),
    "half a body": http(feed(total=0)).replace(b"Content-Length: ", b"Content-Length: 9"),
    "bad gzip": http(feed(total=0), Content_Encoding="gzip"),
    "500": http("oops", "500 X"),
    "503": http("slow down", "503 X"),
    "529": http("", "529 X"),
    "429": http("Rate exceeded.", "429 X"),
    "not http": b"SSH-2.0-OpenSSH_9.6\r\n",
    "bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nZZ\r\n",
    "bad length": b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n",
    "many headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n",
    "long header": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    "closed at once": b"",
}


@pytest.mark.parametrize("reply", LIKE_NONE.values(), ids=LIKE_NONE.keys())
def test_a_failure_is_asked_again_and_is_never_none(reply: bytes, serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda _: reply)
    failure = failure_of(source(server, tmp_path))
    assert len(server.seen) == 4
    assert "tried 4 times; run again" in str(failure).replace(")", "")
    assert not failure.breaker


@pytest.mark.parametrize("reply", LIKE_NONE.values(), ids=LIKE_NONE.keys())
def test_a_failure_that_passes_costs_only_a_request(reply: bytes, serve: Serve, tmp_path: Path) -> None:
    server = serve(in_turn(reply, GOOD))
    arxiv = source(server, tmp_path)
    assert [p.id for p in search(arxiv).papers] == ["2501.00001"]
    assert arxiv.requests == len(server.seen) == 2


def test_a_reset_connection_is_asked_again(serve: Serve, tmp_path: Path) -> None:
    def reset(handler: Handler) -> None:
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()

    server = serve(lambda _: reset)
    failure_of(source(server, tmp_path))
    assert len(server.seen) == 4


def test_a_closed_port_is_not_none(tmp_path: Path) -> None:
    with serving(lambda _: GOOD) as server:
        pass
    arxiv = source(server, tmp_path)
    assert "Connection refused" in str(failure_of(arxiv))
    assert arxiv.requests == 4


def test_a_server_that_hangs_is_given_up_in_time(serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda _: lambda handler: void(handler.server_state.over.wait(10)))
    began = time.monotonic()
    assert "no answer within 0.1 seconds" in str(failure_of(source(server, tmp_path, timeout=0.1, tries=2)))
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "head", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"]
)
def test_a_server_that_drips_is_cut_off_at_the_deadline(head: bytes, serve: Serve, tmp_path: Path) -> None:
    def drip(handler: Handler) -> None:
        handler.wfile.write(head)
        while not handler.server_state.over.wait(0.02):
            handler.wfile.write(b"x")

    server = serve(lambda _: drip)
    began = time.monotonic()
    failure = failure_of(source(server, tmp_path, timeout=1.0, deadline=0.2, tries=2))
    assert "no complete answer within 0.2 seconds" in str(failure)
    assert time.monotonic() - began < 3


def test_a_drip_does_not_hide_a_refusal(serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda _: b"HTTP/1.1 403 X\r\nContent-Length: 99\r\n\r\nno")
    assert "refuses this address" in str(failure_of(source(server, tmp_path)))
    assert len(server.seen) == 1


def test_a_bomb_is_not_unpacked(serve: Serve, tmp_path: Path) -> None:
    bomb = gzip.compress(b" " * 70_000_000)
    server = serve(lambda _: http(bomb, Content_Encoding="gzip"))
    assert "more than 64 MB" in str(failure_of(source(server, tmp_path, tries=1)))


def void(_: object) -> None:
    """Make a statement of an expression."""


# Refusals: asked once


def test_arxivs_own_message_is_passed_on_and_the_question_not_repeated(serve: Serve, tmp_path: Path) -> None:
    for status in ("200 OK", "400 Bad Request"):
        server = serve(lambda _, status=status: http(error_feed("incorrect id format for 1234"), status))  # type: ignore[misc]
        assert "'incorrect id format for 1234'" in str(failure_of(source(server, tmp_path)))
        assert len(server.seen) == 1


@pytest.mark.parametrize("status", ["400 X", "401 X", "404 X", "410 X"])
def test_a_wrong_question_is_not_repeated(status: str, serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda _: http('{"key": "sk-SECRET"}', status))
    failure = failure_of(source(server, tmp_path))
    assert status[:3] in str(failure)
    assert "SECRET" not in str(failure)
    assert len(server.seen) == 1


def test_wrong_questions_do_not_close_the_line(serve: Serve, tmp_path: Path) -> None:
    server = serve(in_turn(*[http("", "400 X")] * 6, GOOD))
    arxiv = source(server, tmp_path)
    for _ in range(6):
        failure_of(arxiv)
    assert search(arxiv).papers


def test_after_a_403_the_api_is_left_alone(serve: Serve, tmp_path: Path) -> None:
    server = serve(
        lambda r: http("", "403 X") if r.path.startswith("/api") else http(abstract_page("2501.00001", "Thu, 2 Jan 2025"))
    )
    arxiv = source(server, tmp_path)
    assert "refuses this address" in str(failure_of(arxiv))
    assert failure_of(arxiv).breaker
    assert len(server.seen) == 1
    assert arxiv.withdrawal("2501.00001") is None  # what guards the pages is another thing


# Retry-After


def test_retry_after_is_honoured_with_something_on_top(serve: Serve, tmp_path: Path, sleeps: list[float]) -> None:
    server = serve(in_turn(http("Rate exceeded.", "429 X", Retry_After="7"), GOOD))
    assert search(source(server, tmp_path)).papers
    (waited,) = sleeps
    assert 7 <= waited <= 7 * 1.25


def test_a_retry_after_date_is_honoured(serve: Serve, tmp_path: Path, sleeps: list[float]) -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    server = serve(in_turn(http("", "503 X", Retry_After=when), GOOD))
    assert search(source(server, tmp_path)).papers
    assert 55 <= sleeps[0] <= 60 * 1.25


@pytest.mark.parametrize("header", ["3600", "301", "999999999999", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_retry_after_that_is_too_long_stops_at_once_and_says_until_when(
    header: str, serve: Serve, tmp_path: Path, sleeps: list[float]
) -> None:
    server = serve(lambda _: http("", "429 X", Retry_After=header))
    arxiv = source(server, tmp_path)
    failure = failure_of(arxiv)
    assert "come back" in str(failure)
    assert failure.breaker
    assert "come back" in str(failure_of(arxiv))
    with pytest.raises(SourceUnavailable):
        arxiv.withdrawal("2501.00001")
    assert len(server.seen) == 1
    assert sleeps == []


@pytest.mark.parametrize(
    "header", ["nan", "inf", "-5", "soon", "", "1e9", "0x10", "\u00b2", "Wed, 21 Oct 1999 07:28:00 GMT", "0"]
)
def test_a_retry_after_without_sense_is_the_usual_wait(header: str, serve: Serve, tmp_path: Path, sleeps: list[float]) -> None:
    # Latin-1 is what a header is sent in.
    reply = http("", "429 X") if not header else http("", "429 X", Retry_After="@").replace(b"@", header.encode("latin-1"))
    server = serve(lambda _: reply)
    failure_of(source(server, tmp_path, pace=0.01))
    assert len(server.seen) == 4
    assert [round(wait, 3) for wait in sleeps] == pytest.approx([0.01, 0.03, 0.09], rel=0.26, abs=0.001)


def test_waits_grow_are_random_and_end(serve: Serve, tmp_path: Path, sleeps: list[float]) -> None:
    server = serve(lambda _: http("", "503 X"))
    failure_of(source(server, tmp_path, pace=0.001, tries=9, max_wait=0.2))
    failure_of(source(server, tmp_path, pace=0.001, tries=9, max_wait=0.2))
    assert len(server.seen) == 2 * 6  # 1 + 3 + 9 + 27 + 81 ms are waited, 243 are too much
    assert sleeps[:5] == sorted(sleeps[:5])
    assert sleeps[:5] != sleeps[5:]


def test_waits_that_are_asked_for_add_up_to_a_limit(serve: Serve, tmp_path: Path, sleeps: list[float]) -> None:
    server = serve(lambda _: http("", "503 X", Retry_After="140"))
    failure_of(source(server, tmp_path))
    assert len(server.seen) == 3
    assert len(sleeps) == 2


@pytest.mark.parametrize(
    ("header", "seconds"), [("5", 5.0), (" 1.5 ", 1.5), (None, None), ("-1", None), ("NaN", None), ("٣", None)]
)
def test_retry_after_is_read(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, datetime(2026, 11, 22, tzinfo=UTC)) == seconds


# Redirects


def test_a_redirect_on_the_same_server_is_followed(serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda r: GOOD if r.path == "/there" else http("", "302 X", Location="/there"))
    arxiv = source(server, tmp_path)
    assert search(arxiv).papers
    assert arxiv.requests == 2


def test_a_redirect_loop_ends(serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda _: http("", "302 X", Location="/"))
    assert "more than 3 times" in str(failure_of(source(server, tmp_path)))
    assert len(server.seen) == 4


@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.1:9/", "http://export.arxiv.org/api/query", "https://example.org/", "file:///etc/passwd", "//[", ""],
)
def test_a_redirect_elsewhere_is_refused_before_connecting(location: str, serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda _: http("", "301 X", Location=location))
    assert "not followed" in str(failure_of(source(server, tmp_path)))
    assert len(server.seen) == 1


def test_a_redirect_within_arxiv_is_followed_over_https_only() -> None:
    here = "https://export.arxiv.org/api/query"
    assert _may_follow(here, "https://arxiv.org/abs/1")
    assert _may_follow("http://export.arxiv.org/api/query", here)
    for target in (
        "http://arxiv.org/",
        "https://arxiv.org.example.org/",
        "https://notarxiv.org/",
        "https://arxiv.org:8443/",
        "https://127.0.0.1/",
    ):
        assert not _may_follow(here, target)
    assert not _may_follow("https://mirror.example.org/api", "https://arxiv.org/")


# The breaker


def test_after_five_failures_in_a_row_nothing_is_asked(serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda _: http("", "500 X"))
    arxiv = source(server, tmp_path, tries=2)
    assert [failure_of(arxiv).breaker for _ in range(5)] == [False] * 5
    assert len(server.seen) == 10
    assert failure_of(arxiv).breaker
    with pytest.raises(SourceUnavailable, match="in a row"):
        arxiv.look_up(["2501.00001"])
    assert len(server.seen) == arxiv.requests == 10


def test_a_success_between_failures_keeps_the_line_open(serve: Serve, tmp_path: Path) -> None:
    server = serve(in_turn(*[http("", "500 X")] * 4, GOOD, *[http("", "500 X")] * 4, GOOD))
    arxiv = source(server, tmp_path, tries=1)
    for _ in range(2):
        for _ in range(4):
            failure_of(arxiv)
        assert search(arxiv).papers


# Several pages


@pytest.mark.parametrize("later", ["same page", "same records", "empty", "shrinks"])
def test_a_list_that_goes_wrong_on_a_later_page_is_not_taken_for_whole(
    later: str, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claimcheck.adapters.arxiv.source.PAGE", 2)
    monkeypatch.setattr("claimcheck.adapters.arxiv.pages.PAGE", 2)
    one, two, three, four = (entry(f"2501.0000{n}v1") for n in (1, 2, 3, 4))
    second = {
        "same page": feed(one, two, total=4),
        "same records": feed(two, three, total=4, start=2),
        "empty": feed(total=4, start=2),
        "shrinks": feed(three, total=3, start=2),
    }[later]
    server = serve(lambda r: http(second if r.options["start"] == "2" else feed(one, two, total=4)))
    with pytest.raises(SourceUnavailable):
        source(server, tmp_path).new_in("cs.CL", WINDOW)
    good = serve(lambda r: http(feed(three, four, total=4, start=2) if r.options["start"] == "2" else feed(one, two, total=4)))
    assert len(source(good, tmp_path).new_in("cs.CL", WINDOW).papers) == 4


# Look-ups


def test_a_paper_that_was_not_asked_for_is_no_answer(serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda _: http(feed(entry("2501.00002v1"))))
    with pytest.raises(SourceUnavailable, match="not asked for"):
        source(server, tmp_path).look_up(["2501.00001"])


def counted_and_left_out(page: bytes) -> Callable[[Request], bytes]:
    return lambda r: page if r.path.startswith("/abs/") else http(feed(entry(), total=2))


def test_an_id_that_arxiv_counts_but_has_no_page_for_does_not_exist(serve: Serve, tmp_path: Path) -> None:
    server = serve(counted_and_left_out(http("", "404 X")))
    found = source(server, tmp_path).look_up(["2501.00001", "2501.09999"])
    assert [p.id for p in found.papers] == ["2501.00001"]
    assert server.seen[-1].path == "/abs/2501.09999"


@pytest.mark.parametrize("page", [http(abstract_page("2501.09999", "Thu, 2 Jan 2025")), http("", "500 X")])
def test_an_id_that_arxiv_counts_and_may_have_a_page_for_is_not_called_missing(page: bytes, serve: Serve, tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable):
        source(serve(counted_and_left_out(page)), tmp_path).look_up(["2501.00001", "2501.09999"])


# Single records


UNUSABLE = {
    "no id": entry().replace("<id>http://arxiv.org/abs/2501.00001v1</id>", ""),
    "foreign id": entry().replace("http://arxiv.org/abs/2501.00001v1", "tag:example,2025:1"),
    "foreign host": entry().replace("http://arxiv.org/", "http://arxiv.org.example.org/"),
    "path in the id": entry("../../../../etc/cron.d/x"),
    "address in the id": entry("http://arxiv.org/abs/2501.00001"),
    "impossible id": entry("2513.00001v1"),
    "no date": entry(published=""),
    "no such date": entry(published="yesterday"),
    "date out of range": entry(published="0001-01-01T00:00:00+14:00"),
    "future date": entry(published="2999-01-01T00:00:00Z"),
    "update without a date": entry(updated="soon"),
    "future update": entry(updated="2999-01-01T00:00:00Z"),
    "no title": entry(title=" "),
    "no abstract": entry(summary="\u200b"),
    "pdf on this machine": entry(extra='<link title="pdf" href="http://127.0.0.1:22/x"/>'),
    "pdf elsewhere": entry(extra='<link type="application/pdf" href="https://arxiv.org.example.org/x"/>'),
    "pdf in a file": entry(extra='<link title="pdf" href="file:///etc/passwd"/>'),
    "pdf at no address": entry(extra='<link title="pdf" href="http://[/"/>'),
}


@pytest.mark.parametrize("bad", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_record_that_cannot_be_used_is_named_and_the_rest_goes_on(bad: str, serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda _: http(feed(bad, entry("2501.00002v1", "Good"))))
    found = search(source(server, tmp_path))
    assert [p.title for p in found.papers] == ["Good"]
    (reason,) = found.unusable
    assert reason.isprintable()
    assert "2501.00001" in reason or "'A title'" in reason
    assert len(server.seen) == 1


def test_a_bad_record_alone_is_not_none(serve: Serve, tmp_path: Path) -> None:
    found = search(source(serve(lambda _: http(feed(UNUSABLE["no such date"]))), tmp_path))
    assert (found.papers, found.total, len(found.unusable)) == ((), 1, 1)


def test_a_run_for_an_earlier_day_reads_later_versions(serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda _: http(feed(entry("2501.00001v4", updated="2026-11-20T00:00:00Z"))))
    arxiv = Arxiv(server.url, pace=0, pace_file=tmp_path / "pace", today=date(2025, 6, 1))
    assert [p.version for p in arxiv.look_up(["2501.00001"]).papers] == [4]


def test_what_servers_say_is_shown_as_inert_text() -> None:
    assert shown("\x1b[2J\x07evil\u202e\r\nline") == "'\\x1b[2J\\x07evil\\u202e line'"
    assert len(shown("x" * 10_000)) < 200


# The collection of bad inputs beside the repository


def cases(category: str) -> list[Any]:
    manifest = BAD_INPUTS / "MANIFEST.jsonl"
    if not manifest.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason="no collection of bad inputs beside the repository"))]
    rows = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines()]
    return [pytest.param(row, id=Path(row["file"]).stem) for row in rows if row["category"] == category]


LIMITS = {"a011_same_page": 30, "a014_total_huge": 1}
NO_COUNT = {"a041_xinclude"}  # its feed has no totalResults, so that it cannot be known to be whole


@pytest.mark.parametrize("case", cases("atom"))
def test_collected_feeds_end_as_they_must(case: dict[str, Any], serve: Serve, tmp_path: Path) -> None:
    body = (BAD_INPUTS / case["file"]).read_bytes()
    name = Path(case["file"]).stem
    server = serve(lambda _: http(body))
    arxiv = source(server, tmp_path)
    if case["expect"] in ("retry", "reject") or name in NO_COUNT:
        failure_of(arxiv, LIMITS.get(name, 10))
        assert len(server.seen) == (1 if "error_entry" in name else 4)
        return
    found = search(arxiv, LIMITS.get(name, 10))
    assert len(found.unusable) == (case["expect"] == "quarantine")
    assert bool(found.papers) == (name != "a003_true_empty" and case["expect"] != "quarantine")
    assert len({p.id for p in found.papers}) == len(found.papers)
    assert all(text.isprintable() for p in found.papers for text in (p.title, p.abstract, *p.authors))


@pytest.mark.parametrize("case", cases("http_raw"))
def test_collected_answers_end_as_they_must(case: dict[str, Any], serve: Serve, tmp_path: Path, sleeps: list[float]) -> None:
    reply = (BAD_INPUTS / case["file"]).read_bytes()
    server = serve(lambda _: reply)
    failure = failure_of(source(server, tmp_path))
    assert "SECRET" not in str(failure)
    status = reply[9:12]
    once = status in (b"400", b"401", b"403", b"404", b"301") or b"3600" in reply or b"2099" in reply
    assert len(server.seen) == (1 if once else 4)
