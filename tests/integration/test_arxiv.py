"""arXiv on a good day: what is asked, what is read from the answers, and how closely requests follow one another."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pytest

from claimcheck.adapters.arxiv.pace import Pace
from claimcheck.adapters.arxiv.query import category_string, search_string
from claimcheck.adapters.arxiv.source import DEFAULT_URL, Arxiv
from claimcheck.domain.dates import Window
from claimcheck.domain.paper import Withdrawal
from claimcheck.domain.query import Query
from claimcheck.errors import Refused, SourceUnavailable, StoreUnusable, UsageError
from tests.arxiv_server import Reply, Request, Server, abstract_page, entry, feed, http, in_turn, serving

TODAY = date(2026, 11, 22)
WINDOW = Window(date(2025, 1, 1), date(2025, 12, 31))
QUERY = Query(("reasoning", "instruction"))
ROOT = Path(__file__).resolve().parents[2]
STAND_IN = ROOT.parent / "shared" / "tools" / "arxiv_stand_in.py"
SAMPLE = (
    '{"id": "2501.00001", "version": 2, "title": "Reasoning models and instructions", "authors": ["A. Author"], "abstract": '
    '"We study reasoning.", "categories": ["cs.CL"], "published": "2025-01-02", "updated": "2025-02-03", "comment": "8 pages"}\n'
    '{"id": "2502.00002", "version": 3, "title": "Instruction following withdrawn", "authors": ["B. Author"], "abstract": '
    '"An error.", "categories": ["cs.LG"], "published": "2025-02-02", "updated": "2025-03-04", "withdrawn": {"version": 3}}\n'
)

Serve = Callable[[Callable[[Request], Reply]], Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(serving(answer))


def source(server: Server | str, folder: Path, pace: float = 0.0, contact: str = "") -> Arxiv:
    url = server if isinstance(server, str) else server.url
    return Arxiv(url, pace=pace, pace_file=folder / "pace", timeout=5, deadline=5, today=TODAY, contact=contact)


# What is asked


def test_a_search_asks_for_any_of_the_words_one_of_the_cues_and_the_window() -> None:
    asked = search_string(Query(("reasoning", "chain-of-thought"), ("contrary", "fail")), WINDOW)
    assert asked == (
        '(all:reasoning OR all:"chain of thought") AND (all:contrary OR all:fail)'
        " AND submittedDate:[202501010000 TO 202512312359]"
    )


def test_a_search_for_every_word_joins_them() -> None:
    asked = search_string(Query(("reasoning", "budget"), every=True), WINDOW)
    assert asked == "all:reasoning AND all:budget AND submittedDate:[202501010000 TO 202512312359]"


@pytest.mark.parametrize(
    "word", ['a" OR all:"b', "a) OR (b", "cat:cs.CL", "a AND b", "a:[b TO c]", "a&max_results=1", "a\nb", "a*"]
)
def test_a_word_cannot_change_the_question(word: str) -> None:
    asked = search_string(Query((word, "reasoning"), every=True), WINDOW)
    inside, rest = asked.split(" AND all:reasoning AND ")
    assert rest == "submittedDate:[202501010000 TO 202512312359]"
    assert inside.startswith("all:")
    text = inside.removeprefix("all:")
    assert text.isalnum() or (text[0] == text[-1] == '"' and text[1:-1].replace(" ", "").isalnum())


def test_a_query_without_words_is_not_asked_as_one_for_everything() -> None:
    with pytest.raises(UsageError, match="no word"):
        search_string(Query(("--", '"'), ("fail",)), WINDOW)


def test_a_category_must_look_like_one() -> None:
    assert category_string("astro-ph.GA", WINDOW).startswith("cat:astro-ph.GA AND submittedDate:[")
    for wrong in ("cs.CL OR cat:cs.LG", "cs.*", "", "CS CL"):
        with pytest.raises(UsageError, match="category"):
            category_string(wrong, WINDOW)


def test_arxiv_is_told_who_asks(serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda _: http(feed(total=0)))
    source(server, tmp_path, contact="me@example.org").search(QUERY, WINDOW, 10)
    source(server, tmp_path).search(QUERY, WINDOW, 10)
    with_contact, without = (request.headers["user-agent"] for request in server.seen)
    assert with_contact.startswith("claimcheck/")
    assert "mailto:me@example.org" in with_contact
    assert "mailto" not in without


def test_a_search_asks_once_and_for_no_more_than_its_limit(serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda _: http(feed(*(entry(f"2501.0000{n}v1") for n in (1, 2, 3)), total=700)))
    found = source(server, tmp_path).search(QUERY, WINDOW, 3)
    assert [p.id for p in found.papers] == ["2501.00001", "2501.00002", "2501.00003"]
    assert found.total == 700
    (asked,) = (request.options for request in server.seen)
    assert (asked["start"], asked["max_results"], asked["sortBy"]) == ("0", "3", "relevance")


# What is read


def test_a_paper_is_read_whole_and_clean(serve: Serve, tmp_path: Path) -> None:
    extra = (
        "<author><name>Ann\u200b Author</name></author><author><name>B&#x9b;2J</name></author>"
        '<category term="cs.CL"/><category term="68T50"/><arxiv:comment>8 pages</arxiv:comment>'
        "<arxiv:journal_ref>J. Tests 1</arxiv:journal_ref><arxiv:doi>10.1/2</arxiv:doi>"
        '<link title="pdf" href="http://arxiv.org/pdf/2501.00001v2"/><link href="javascript:alert(1)" rel="alternate"/>'
    )
    body = feed(entry("2501.00001v2", "A\n  title", "  One.\nTwo. ", extra, updated="2025-03-04T05:06:07Z"))
    (paper,) = source(serve(lambda _: http(body)), tmp_path).look_up(["2501.00001"]).papers
    assert (paper.id, paper.version, paper.title, paper.abstract) == ("2501.00001", 2, "A title", "One. Two.")
    assert (paper.published, paper.updated) == (date(2025, 1, 2), date(2025, 3, 4))
    assert (paper.authors, paper.categories) == (("Ann Author", "B2J"), ("cs.CL",))
    assert (paper.comment, paper.journal_ref, paper.doi) == ("8 pages", "J. Tests 1", "10.1/2")
    assert paper.flags == {"invisible", "control"}


def test_the_newest_version_wins_and_keeps_the_older_title(serve: Serve, tmp_path: Path) -> None:
    body = feed(entry("2501.00001v1", "Old"), entry("2501.00001v3", "New"), entry("2501.00001v2", "Middle"), total=3)
    (paper,) = source(serve(lambda _: http(body)), tmp_path).search(QUERY, WINDOW, 10).papers
    assert (paper.version, paper.title, paper.older_titles) == (3, "New", ("Old", "Middle"))


def test_papers_from_outside_the_window_are_left_out(serve: Serve, tmp_path: Path) -> None:
    early = entry("2401.00001v1", published="2024-01-02T00:00:00Z")
    found = source(serve(lambda _: http(feed(early, entry()))), tmp_path).search(QUERY, WINDOW, 10)
    assert [p.id for p in found.papers] == ["2501.00001"]
    assert found.total == 1


def test_a_server_that_ignores_the_window_is_not_believed(serve: Serve, tmp_path: Path) -> None:
    body = feed(entry("2401.00001v1", published="2024-01-02T00:00:00Z"), total=900)
    with pytest.raises(SourceUnavailable, match="outside"):
        source(serve(lambda _: http(body)), tmp_path).search(QUERY, WINDOW, 1)


def test_ids_are_looked_up_in_batches_and_answered_in_their_order(serve: Serve, tmp_path: Path) -> None:
    def answer(request: Request) -> bytes:
        asked = request.options["id_list"].split(",")
        return http(feed(*(entry(f"{id}v1") for id in reversed(asked) if id != "2501.00007")))

    server = serve(answer)
    ids = [f"2501.{n:05}" for n in range(1, 251)]
    found = source(server, tmp_path).look_up([*ids, "2501.00001v2", "arXiv:2501.00002"])
    assert [p.id for p in found.papers] == [id for id in ids if id != "2501.00007"]
    assert found.total == 249
    assert [len(request.options["id_list"].split(",")) for request in server.seen] == [100, 100, 50]
    assert all("v" not in request.options["id_list"] for request in server.seen)


def test_nothing_is_asked_for_no_ids(serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda _: http(feed(total=0)))
    assert source(server, tmp_path).look_up([]).papers == ()
    assert server.seen == []


def test_what_is_no_id_is_not_asked_for(serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda _: http(feed(total=0)))
    for wrong in ("../../etc/passwd", "2501.00001,2501.00002", "2513.00001", ""):
        with pytest.raises(UsageError):
            source(server, tmp_path).look_up([wrong])
        with pytest.raises(UsageError):
            source(server, tmp_path).withdrawal(wrong)
    assert server.seen == []


def paged(total: int) -> Callable[[Request], bytes]:
    """A category of `total` papers, as many on each day of 2025 as are needed, oldest first."""

    def answer(request: Request) -> bytes:
        start, size = int(request.options["start"]), int(request.options["max_results"])
        numbers = range(start + 1, min(start + size, total) + 1)
        return http(feed(*(entry(f"25{1 + n // 99999:02}.{n % 99999 + 1:05}v1") for n in numbers), total=total, start=start))

    return answer


def test_new_papers_are_read_to_the_last_page(serve: Serve, tmp_path: Path) -> None:
    server = serve(paged(4321))
    found = source(server, tmp_path).new_in("cs.CL", WINDOW)
    assert (len(found.papers), found.total) == (4321, 4321)
    assert [request.options["start"] for request in server.seen] == ["0", "2000", "4000"]
    assert {request.options["max_results"] for request in server.seen} == {"2000"}
    assert {request.options["sortOrder"] for request in server.seen} == {"ascending"}


def test_a_window_with_more_than_arxiv_pages_through_is_halved(serve: Serve, tmp_path: Path) -> None:
    def answer(request: Request) -> bytes:
        whole = "[202501010000 TO 202501042359]" in request.options["search_query"]
        day = int(request.options["search_query"].split("[")[1][6:8])
        entries = [entry(f"2501.{n + 5000 * day:05}v1", published=f"2025-01-0{day}T00:00:00Z") for n in range(1, 2001)]
        return http(feed(*entries, total=30_001) if whole else feed(*entries[:3]))

    server = serve(answer)
    found = source(server, tmp_path).new_in("cs.CL", Window(date(2025, 1, 1), date(2025, 1, 4)))
    assert len(found.papers) == 6
    windows = [request.options["search_query"].split("submittedDate:")[1] for request in server.seen]
    assert windows[1:] == ["[202501010000 TO 202501022359]", "[202501030000 TO 202501042359]"]


def test_a_single_day_with_more_than_arxiv_pages_through_is_not_read_in_part(serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda _: http(feed(*(entry(f"2501.{n:05}v1") for n in range(1, 2001)), total=10**12)))
    with pytest.raises(SourceUnavailable, match="no more than"):
        source(server, tmp_path).new_in("cs.CL", Window(date(2025, 1, 1), date(2025, 1, 4)))
    assert len(server.seen) < 5


# Withdrawals


GONE = "This paper has been withdrawn by Ann Author"
FIRST, SECOND = "Mon, 30 Dec 2024 20:00:00 UTC (123 KB)", "Tue, 7 Jan 2025 01:02:03 UTC (1 KB)"


def withdrawal_on(page: str, serve: Serve, folder: Path, id: str = "2501.00001") -> Withdrawal | None:
    return source(serve(lambda _: http(page)), folder).withdrawal(id)


def test_a_withdrawn_version_is_found_by_its_mark(serve: Serve, tmp_path: Path) -> None:
    page = abstract_page("2501.00001", FIRST, f"{SECOND} <em>(withdrawn)</em>")
    assert withdrawal_on(page, serve, tmp_path) == Withdrawal(2, date(2025, 1, 7), "abstract page")


def test_a_withdrawn_version_is_found_by_the_notice(serve: Serve, tmp_path: Path) -> None:
    page = abstract_page("hep-th/9901001", FIRST, notice=GONE)
    assert withdrawal_on(page, serve, tmp_path, "hep-th/9901001") == Withdrawal(1, date(2024, 12, 30), "abstract page")


def test_a_paper_that_was_not_withdrawn_is_not(serve: Serve, tmp_path: Path) -> None:
    about_it = abstract_page("2501.00001", FIRST, SECOND, abstract=f"{GONE}. We study (withdrawn) papers.")
    assert withdrawal_on(about_it, serve, tmp_path) is None


def test_a_paper_that_came_back_is_not_withdrawn(serve: Serve, tmp_path: Path) -> None:
    page = abstract_page("2501.00001", f"{FIRST} <em>(withdrawn)</em>", SECOND)
    assert withdrawal_on(page, serve, tmp_path) is None


WHOLE = abstract_page("2501.00001", FIRST, f"{SECOND} <em>(withdrawn)</em>")
NOT_THE_PAGE = {
    "maintenance": "<html><body><h1>arXiv is down for maintenance</h1></body></html>",
    "captcha": "<html>reCAPTCHA</html>",
    "another paper": abstract_page("2501.00002", FIRST),
    "longer id": abstract_page("2501.000012", FIRST),
    "cut in the history": WHOLE[: WHOLE.index("[v2]")],
    "cut before the history": WHOLE[: WHOLE.index('<div class="submission')],
    "no versions": abstract_page("2501.00001"),
    "empty": "",
}


@pytest.mark.parametrize("page", NOT_THE_PAGE.values(), ids=NOT_THE_PAGE.keys())
def test_not_withdrawn_is_never_read_from_another_page(page: str, serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda _: http(page))
    with pytest.raises(SourceUnavailable, match=r"not the whole abstract page of 2501\.00001"):
        source(server, tmp_path).withdrawal("2501.00001")
    assert len(server.seen) == 4


def test_a_page_that_is_not_there_is_no_answer(serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda _: http("<h1>Article not found</h1>", "404 Not Found"))
    with pytest.raises(SourceUnavailable, match="404"):
        source(server, tmp_path).withdrawal("2501.00001")
    assert len(server.seen) == 1


# The pace


def test_requests_of_two_threads_keep_the_pace(serve: Serve, tmp_path: Path) -> None:
    server = serve(in_turn(http("busy", "503 X"), http(feed(total=0))))
    arxiv = source(server, tmp_path, pace=0.2)
    threads = [threading.Thread(target=arxiv.search, args=(QUERY, WINDOW, 5)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.seen) == arxiv.requests == 3
    assert min(server.spacings) >= 0.2


SCRIPT = """
import sys
from datetime import date
from pathlib import Path
from claimcheck.adapters.arxiv.source import Arxiv
source = Arxiv(sys.argv[1], pace=0.2, pace_file=Path(sys.argv[2]), today=date(2026, 11, 22))
for _ in range(3):
    source.look_up(["2501.00001"])
"""


def test_requests_of_two_processes_keep_the_pace(serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda _: http(feed(total=0)))
    command = [sys.executable, "-c", SCRIPT, server.url, str(tmp_path / "deep" / "pace")]
    processes = [subprocess.Popen(command, cwd=ROOT) for _ in range(2)]
    assert [process.wait(timeout=30) for process in processes] == [0, 0]
    assert len(server.seen) == 6
    assert min(server.spacings) >= 0.2


@pytest.mark.parametrize("text", ["", "garbage", "nan", "inf", "-inf", "1e300", "\x00\xff", "99999999999.0"])
def test_a_time_that_cannot_be_right_costs_no_more_than_the_pace(text: str, tmp_path: Path) -> None:
    (tmp_path / "pace").write_text(text, encoding="latin-1")
    began = time.monotonic()
    with Pace(tmp_path / "pace", 0.1).turn():
        waited = time.monotonic() - began
    assert 0.1 <= waited < 2


def test_the_pace_is_counted_from_the_end_of_a_request(tmp_path: Path) -> None:
    with Pace(tmp_path / "pace", 0.1).turn():
        time.sleep(0.15)
    ended = time.monotonic()
    with Pace(tmp_path / "pace", 0.1).turn():
        assert time.monotonic() - ended >= 0.1


def test_a_failed_request_keeps_the_pace_too(tmp_path: Path) -> None:
    pace = Pace(tmp_path / "pace", 0.1)
    with pytest.raises(OSError, match="broken"), pace.turn():
        raise OSError("broken")
    ended = time.monotonic()
    with pace.turn():
        assert time.monotonic() - ended >= 0.1


def test_a_first_request_waits_for_nothing(tmp_path: Path) -> None:
    began = time.monotonic()
    with Pace(tmp_path / "new" / "pace", 5).turn():
        assert time.monotonic() - began < 2


@pytest.mark.parametrize("make", [lambda path: path.parent.write_text(""), lambda path: path.mkdir(parents=True)])
def test_without_a_place_for_the_pace_nothing_is_asked(make: Callable[[Path], object], serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda _: http(feed(total=0)))
    make(tmp_path / "folder" / "pace")
    with pytest.raises(StoreUnusable, match="pace"):
        source(server, tmp_path / "folder").search(QUERY, WINDOW, 5)
    assert server.seen == []


# Settings


@pytest.mark.parametrize("pace", [2.9, 0, -1, float("nan"), float("inf")])
def test_arxiv_itself_is_not_asked_too_fast(pace: float, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="pace"):
        source(DEFAULT_URL, tmp_path, pace=pace)


@pytest.mark.parametrize("host", ["127.0.0.1.example.org", "127.0.0.1@example.org", "10.0.0.1", "example.org"])
def test_only_this_machine_may_be_asked_faster(host: str, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        source(f"https://{host}/api/query", tmp_path, pace=0.1)


@pytest.mark.parametrize("host", ["127.0.0.1:9", "localhost", "[::1]:9"])
def test_this_machine_may_be_asked_faster(host: str, tmp_path: Path) -> None:
    assert source(f"http://{host}/api/query", tmp_path, pace=0.0).requests == 0


@pytest.mark.parametrize(
    "url", ["", "arxiv.org", "ftp://arxiv.org/api", "https:///api", "https://[/api", "https://a.org/q?{}", "https://a:b@c/"]
)
def test_an_address_that_is_none_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="address"):
        source(url, tmp_path, pace=3)


@pytest.mark.parametrize("contact", ["me", "a@b\r\nX: y", "a@b (c)"])
def test_a_contact_that_is_no_mail_address_is_refused(contact: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="contact"):
        source(DEFAULT_URL, tmp_path, pace=3, contact=contact)


# With the stand-in, where it is


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    if not STAND_IN.exists():
        pytest.skip("no stand-in for arXiv beside the repository")
    (tmp_path / "sample.jsonl").write_text(SAMPLE, encoding="utf-8")
    command = [sys.executable, str(STAND_IN), "--data", str(tmp_path / "sample.jsonl"), "--port", "0", "--pace", "0.2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"TMPDIR": str(tmp_path)}) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
        process.terminate()


def test_the_stand_in_is_searched_looked_up_and_read_from_end_to_end(stand_in: str, tmp_path: Path) -> None:
    arxiv = source(stand_in, tmp_path, pace=0.2)
    (paper,) = arxiv.search(Query(("reasoning", "models"), every=True), WINDOW, 10).papers
    assert (paper.id, paper.version, paper.comment) == ("2501.00001", 2, "8 pages")
    assert arxiv.search(QUERY, Window(date(2026, 1, 1), TODAY), 10).papers == ()
    assert [p.id for p in arxiv.look_up(["2502.00002", "2501.09999", "2501.00001"]).papers] == ["2502.00002", "2501.00001"]
    assert [p.id for p in arxiv.new_in("cs.LG", WINDOW).papers] == ["2502.00002"]
    assert arxiv.withdrawal("2501.00001") is None
    assert arxiv.withdrawal("2502.00002") == Withdrawal(3, date(2025, 3, 4), "abstract page")
    with pytest.raises(SourceUnavailable):
        arxiv.withdrawal("2501.09999")
    assert arxiv.requests == 7
