"""arXiv as a source of papers: its API for records, its abstract pages for withdrawals."""

import ipaddress
import itertools
import math
import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from claimcheck.adapters.arxiv import abstract_page as arxiv_page
from claimcheck.adapters.arxiv import records as arxiv_records
from claimcheck.adapters.arxiv.http import Exchange, user_agent
from claimcheck.adapters.arxiv.line import Line, NotThere
from claimcheck.adapters.arxiv.pace import Pace
from claimcheck.adapters.arxiv.pages import PAGE, Pages, Question, RecordPage
from claimcheck.adapters.arxiv.query import category_string, search_string
from claimcheck.deadline import Deadline
from claimcheck.domain.arxiv_id import ArxivId, MalformedId
from claimcheck.domain.dates import Window
from claimcheck.domain.paper import Paper, Withdrawal
from claimcheck.domain.query import Query
from claimcheck.errors import Refused, SourceUnavailable, UsageError
from claimcheck.ports import Found

DEFAULT_URL = "https://export.arxiv.org/api/query"
LEAST_PACE = 3.0  # seconds between requests that arXiv asks for, in https://info.arxiv.org/help/api/tou.html
MOST = 30_000  # records that one question may page through
BATCH = 100  # ids a request
_MOST_TO_CONFIRM = 5
_EDGE = timedelta(days=2)
_CONTACT = re.compile(r"[^\s()<>;,@]+@[^\s()<>;,@]+", re.ASCII)


class Arxiv:
    """arXiv, or a server that speaks as it does at `url`.

    `pace` is the least number of seconds between requests of all processes that share `pace_file`; `timeout` is for each wait on
    the network, `deadline` for a whole request, `max_wait` for all waiting between the `tries` of one question. A record dated
    after `today` cannot be used. `run` is when the whole run must be done: then nothing is asked any more (`TimeUp`). Raise
    `Refused` for an address, a pace or a contact that will not do.

    Whoever else asks arXiv does so over `line`, below `site`: what it has had enough of, it has had enough of for all.
    """

    name = "arxiv"

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        pace: float = LEAST_PACE,
        pace_file: Path,
        timeout: float = 30.0,
        deadline: float = 60.0,
        tries: int = 4,
        max_wait: float = 300.0,
        today: date,
        contact: str = "",
        run: Deadline | None = None,
    ) -> None:
        loopback = _check_settings(url, pace, contact)
        self.site = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        exchange = Exchange(user_agent(contact), timeout, deadline, use_proxies=not loopback, run=run)
        self.line = Line(exchange, Pace(pace_file, pace, run), first_wait=pace, tries=tries, max_wait=max_wait, run=run)
        self._pages = Pages(self.line, url, today)

    @property
    def requests(self) -> int:
        """How many requests were sent so far, retries included."""
        return self.line.requests

    def search(self, query: Query, window: Window, limit: int) -> Found:
        """Return the best `limit` papers first submitted in the window, most relevant first, and how many there are in all."""
        if limit < 1:
            raise UsageError(f"a search for {limit} papers finds none; ask for at least one")
        question = Question(f"the search for {str(query)!r} {_days(window)}", search_string(query, window))
        first = self._pages.page(question, 0, min(limit, PAGE))
        return _found([first, *self._pages.rest(question, first, limit)], window)

    def look_up(self, ids: Sequence[str]) -> Found:
        """Return the papers that exist among the bare `ids`, in their order.

        An id that is missing does not exist; but where `unusable` tells of a record, that may have been its own.
        """
        asked = {bare: None for id in ids if (bare := _bare(id))}
        order = {id: place for place, id in enumerate(asked)}
        pages = [self._batch(tuple(asked)[at : at + BATCH]) for at in range(0, len(asked), BATCH)]
        papers = sorted(arxiv_records.once_each(p for page in pages for p in page.papers), key=lambda p: order[p.id])
        return Found(tuple(papers), len(papers), _unusable(pages))

    def new_in(self, category: str, window: Window, page: Callable[[Sequence[Paper]], object] = len) -> Found:
        """Return every paper of a category first submitted in the window, oldest first; hand each page to `page` as it comes."""
        question = Question(f"the list of {category} {_days(window)}", category_string(category, window), oldest_first=True)
        first = self._pages.page(question, 0, PAGE)
        if first.total <= MOST:
            pages = []
            for one in itertools.chain([first], self._pages.rest(question, first, MOST)):
                pages.append(one)
                page([paper for paper in one.papers if window.holds(paper.when)])
            return _found(pages, window)
        if window.first >= window.last:
            raise SourceUnavailable(f"arXiv counts {first.total} papers in {question.what}, and answers no more than {MOST}")
        middle = window.first + (window.last - window.first) // 2
        earlier = self.new_in(category, Window(window.first, middle), page)
        later = self.new_in(category, Window(middle + timedelta(days=1), window.last), page)
        papers = arxiv_records.once_each((*earlier.papers, *later.papers))
        return Found(papers, earlier.total + later.total, (*earlier.unusable, *later.unusable))

    def withdrawal(self, id: str) -> Withdrawal | None:
        """Return the withdrawal of the newest version that the abstract page tells of, or None when it tells of none."""
        bare = _bare(id)
        url = f"{self.site}/abs/{bare}"
        return self.line.ask(url, f"the abstract page of {bare}", lambda body: arxiv_page.withdrawal(body, bare))

    def _batch(self, ids: tuple[str, ...]) -> RecordPage:
        more = f" and {len(ids) - 1} more" if len(ids) > 1 else ""
        question = Question(f"the look-up of {ids[0]}{more}", ids=ids)
        page = self._pages.page(question, 0, len(ids))
        if page.leaves_out:
            self._confirm(sorted(set(ids) - page.ids), question.what)
        return page

    def _confirm(self, missing: Sequence[str], what: str) -> None:
        """Make sure that ids which arXiv counted and did not answer have no abstract page either: only then do they not exist."""
        if len(missing) > _MOST_TO_CONFIRM:
            raise SourceUnavailable(f"arXiv counts {len(missing)} papers that it left out of {what}; run again to go on")
        for id in missing:
            try:
                self.withdrawal(id)
            except NotThere:
                continue
            raise SourceUnavailable(f"arXiv left {id} out of {what}, and yet has a page for it; run again to go on")


def _found(pages: Sequence[RecordPage], window: Window) -> Found:
    papers = arxiv_records.once_each(p for page in pages for p in page.papers)
    total = pages[-1].total
    outside = [p for p in papers if not window.holds(p.when)]
    wider = Window(max(window.first, date.min + _EDGE) - _EDGE, min(window.last, date.max - _EDGE) + _EDGE)
    if total > sum(page.rows for page in pages) and any(not wider.holds(p.when) for p in outside):
        # They stand where papers from inside should, so what lies inside is not known.
        raise SourceUnavailable(f"arXiv answered with papers from outside the days {_days(window)}; check the arXiv address")
    inside = tuple(p for p in papers if window.holds(p.when))
    return Found(inside, total - len(outside), _unusable(pages))


def _unusable(pages: Sequence[RecordPage]) -> tuple[str, ...]:
    return tuple(text for page in pages for text in page.unusable)


def _days(window: Window) -> str:
    return f"from {window.first} to {window.last}"


def _bare(id: str) -> str:
    try:
        return ArxivId.parse(id).bare
    except MalformedId as wrong:
        raise UsageError(f"arXiv cannot be asked for a paper: {wrong}") from None


def _check_settings(url: str, pace: float, contact: str) -> bool:
    """Raise `Refused` for what arXiv must not be asked with; return whether the address is of this machine."""
    problems = []
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as wrong:
        raise Refused([f"the arXiv address {url!r} cannot be read ({wrong}); leave it out for {DEFAULT_URL}"]) from None
    loopback = _is_loopback(host)
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or re.search(r"[?#{}\s]", url):
        problems.append(f"the arXiv address {url!r} is not that of a web server's query page; leave it out for {DEFAULT_URL}")
    if not math.isfinite(pace) or pace < (0 if loopback else LEAST_PACE):
        problems.append(f"a pace of {pace:g} seconds will not do for {host!r}: arXiv asks for {LEAST_PACE:g} or more; raise it")
    if contact and not _CONTACT.fullmatch(contact):
        problems.append(f"the contact {contact!r} is not a mail address; correct it, or leave it out")
    if problems:
        raise Refused(problems)
    return loopback


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
