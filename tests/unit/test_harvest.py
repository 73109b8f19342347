"""What is new in the watched categories comes in whole or is a gap, and once it is in, nothing else is asked."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from claimcheck.agent.anchors import to_look_up
from claimcheck.agent.harvest import covered, harvest, wanted
from claimcheck.agent.state import Context, State
from claimcheck.domain.dates import Window
from claimcheck.domain.gap import GapKind
from claimcheck.domain.paper import Paper, Withdrawal
from claimcheck.domain.query import Query
from claimcheck.domain.verdict import Verdict
from claimcheck.errors import SourceUnavailable
from claimcheck.ports import Found
from tests.fakes import FakeJudge, FakeLedger, FakeLibrary, FakeSource, SilentProgress
from tests.unit.test_graph import ANCHOR, SUPPORTS, TODAY, claim, only, paper, run, says

WEEK = timedelta(days=7)
CATEGORIES = ("cs.AI", "cs.CL", "cs.LG")


def new(day: date, number: int = 1, categories: tuple[str, ...] = ("cs.CL",), words: str = "") -> Paper:
    made = paper(f"{day:%y%m}.{number:05}", words) if words else paper(f"{day:%y%m}.{number:05}")
    return replace(made, published=day, categories=categories)


class CountingSource(FakeSource):
    """Notes what was asked: the category or origin, and the window."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.harvests: list[tuple[str, Window]] = []
        self.queries: list[tuple[str, Window]] = []
        self.pages: list[str] = []

    def new_in(self, category: str, window: Window, page: Callable[[Sequence[Paper]], object] = len) -> Found:
        self.harvests.append((category, window))
        return super().new_in(category, window, page)

    def search(self, query: Query, window: Window, limit: int) -> Found:
        self.queries.append((query.origin, window))
        return super().search(query, window, limit)

    def withdrawal(self, id: str) -> Withdrawal | None:
        self.pages.append(id)
        return super().withdrawal(id)

    def forget(self) -> None:
        self.harvests, self.queries, self.pages = [], [], []


def test_a_category_never_harvested_is_begun_a_week_ago() -> None:
    assert wanted(FakeLibrary(), "arxiv", "cs.CL", TODAY) == (Window(TODAY - WEEK, TODAY),)


def test_the_next_harvest_begins_a_week_inside_what_was_covered() -> None:
    library, source = FakeLibrary(), FakeSource()
    harvest(library, source, "cs.CL", TODAY)
    assert wanted(library, "arxiv", "cs.CL", TODAY) == ()
    assert wanted(library, "arxiv", "cs.CL", TODAY + WEEK) == (Window(TODAY - WEEK, TODAY + WEEK),)


def test_a_long_harvest_is_cut_and_every_window_noted_at_once() -> None:
    library, source = FakeLibrary(), CountingSource([new(TODAY - timedelta(days=40))])
    got = harvest(library, source, "cs.CL", TODAY, since=TODAY - timedelta(days=100))
    assert got.new == 1
    assert len(source.harvests) == 4
    assert covered(library, "arxiv", "cs.CL") == (Window(TODAY - timedelta(days=100), TODAY),)


def test_a_harvest_that_was_stopped_goes_on_where_it_stopped() -> None:
    class Failing(CountingSource):
        def new_in(self, category: str, window: Window, page: Callable[[Sequence[Paper]], object] = len) -> Found:
            self.out = len(self.harvests) == 2
            return super().new_in(category, window, page)

    library, source, since = FakeLibrary(), Failing(), TODAY - timedelta(days=100)
    assert harvest(library, source, "cs.CL", TODAY, since).problem
    done = covered(library, "arxiv", "cs.CL")
    assert [window.first for window in done] == [since]
    source.forget()
    source.out = False
    again = harvest(library, CountingSource(), "cs.CL", TODAY, since)
    assert again.problem is None
    assert again.windows[0].first == done[0].last - WEEK
    assert covered(library, "arxiv", "cs.CL") == (Window(since, TODAY),)


def test_a_window_with_records_that_cannot_be_used_is_not_covered_and_the_others_are() -> None:
    class Odd(CountingSource):
        def new_in(self, category: str, window: Window, page: Callable[[Sequence[Paper]], object] = len) -> Found:
            found = super().new_in(category, window, page)
            return replace(found, unusable=("no title",)) if len(self.harvests) == 1 else found

    library = FakeLibrary()
    got = harvest(library, Odd(), "cs.CL", TODAY, since=TODAY - timedelta(days=50))
    assert "no title" in str(got.problem)
    assert covered(library, "arxiv", "cs.CL") == (Window(TODAY - timedelta(days=20), TODAY),)


Refresh = Callable[..., tuple[State, Context]]


def weekly(source: FakeSource, **more: Any) -> tuple[Refresh, dict[str, Any]]:
    judge = FakeJudge(says({"2505.00001": SUPPORTS}))
    kept: dict[str, Any] = {"library": FakeLibrary(), "ledger": FakeLedger(), "judge": judge, **more}
    return lambda day, *claims: run(*(claims or (claim(),)), source=source, today=day, **kept), kept


def test_a_week_later_only_the_harvest_and_the_look_up_are_asked() -> None:
    source = CountingSource([ANCHOR, new(date(2026, 6, 1))])
    refresh, _ = weekly(source)
    refresh(TODAY)
    assert source.queries
    source.forget()
    before = source.requests
    source.papers["2611.00009"] = new(TODAY + timedelta(days=2), 9)
    state, _ = refresh(TODAY + WEEK)
    assert [category for category, _ in source.harvests] == list(CATEGORIES)
    assert (source.queries, source.pages) == ([], [])
    assert source.requests - before == len(CATEGORIES) + 1
    assert {e.paper.id for e in only(state).evidence} == {"2606.00001", "2611.00009"}
    assert state["gaps"] == []


def test_a_claim_added_later_is_back_filled_and_the_others_are_not_asked_again() -> None:
    source = CountingSource([ANCHOR])
    refresh, _ = weekly(source)
    refresh(TODAY)
    source.forget()
    other = claim("other", search=("another phrase entirely",))
    refresh(TODAY + WEEK, claim(), other)
    assert {window for _, window in source.queries} == {Window(other.asserted.first, TODAY + WEEK)}
    assert {origin for origin, _ in source.queries} <= {"search", "refute", "relax", "claim"}


def test_a_failed_harvest_is_a_gap_of_the_claims_that_rely_on_it_and_no_query_takes_its_place() -> None:
    source = CountingSource([ANCHOR, new(date(2026, 6, 1))])
    refresh, _ = weekly(source, judge=FakeJudge(says({"2505.00001": SUPPORTS, "2606.00001": SUPPORTS})))
    assert only(refresh(TODAY)[0]).verdict is Verdict.HOLDS
    source.forget()
    source.down = {"cs.AI"}
    state, _ = refresh(TODAY + WEEK)
    assert source.queries == []
    assert only(state).verdict is Verdict.UNKNOWN
    assert [(gap.what, gap.blocks) for gap in only(state).gaps] == [("new papers in cs.AI", True)]
    source.down = set()
    state, _ = refresh(TODAY + 2 * WEEK)
    assert only(state).verdict is Verdict.HOLDS
    assert source.harvests[-3][1] == Window(TODAY - WEEK, TODAY + 2 * WEEK)


def test_a_failed_harvest_that_no_claim_relies_on_is_a_gap_of_the_run() -> None:
    state, _ = run(claim(), source=FakeSource([ANCHOR], down=["cs.AI"]), judge=FakeJudge(says({"2505.00001": SUPPORTS})))
    assert only(state).verdict is Verdict.UNTESTED
    (gap,) = state["gaps"]
    assert (gap.what, gap.kind, gap.claim_id, gap.blocks) == ("new papers in cs.AI", GapKind.SOURCE, None, False)


def test_a_claim_whose_days_were_all_harvested_sends_no_query() -> None:
    library, source = FakeLibrary(), CountingSource([ANCHOR, new(date(2026, 6, 1))])
    for category in CATEGORIES:
        harvest(library, source, category, TODAY, since=claim().asserted.first)
    state, _ = run(claim(), source=source, library=library)
    assert source.queries == []
    assert {e.paper.id for e in only(state).evidence} == {"2606.00001"}


def test_a_query_is_asked_where_one_category_was_not_harvested_so_far_back() -> None:
    library, source = FakeLibrary(), CountingSource([ANCHOR])
    for category in CATEGORIES[:2]:
        harvest(library, source, category, TODAY, since=claim().asserted.first)
    run(claim(), source=source, library=library)
    assert source.queries


def test_skipped_weeks_are_harvested_when_the_tool_runs_again() -> None:
    source = CountingSource([ANCHOR])
    refresh, _ = weekly(source)
    refresh(TODAY)
    source.papers["2612.00001"] = new(date(2026, 12, 3))
    state, _ = refresh(TODAY + 9 * WEEK)
    assert {e.paper.id for e in only(state).evidence} == {"2612.00001"}


def test_an_outage_ends_a_harvest_with_what_it_has() -> None:
    source = FakeSource()
    source.out = True
    problem = harvest(FakeLibrary(), source, "cs.CL", TODAY).problem
    assert isinstance(problem, SourceUnavailable)
    assert problem.breaker


def looked_up_last_week(count: int) -> Context:
    library, ids = FakeLibrary(), [f"2505.{n:05}" for n in range(count)]
    library.note_looked_up("arxiv", ids, TODAY - WEEK)
    return Context(library, FakeJudge(), FakeLedger(), SilentProgress(), TODAY, 1, source=FakeSource())


def due(context: Context, count: int) -> list[str]:
    assert context.source
    return to_look_up(context, context.source, [f"2505.{n:05}" for n in range(count)])


def test_the_anchors_of_a_usual_list_are_all_looked_up_again() -> None:
    assert len(due(looked_up_last_week(200), 200)) == 200


def test_thousands_of_anchors_are_looked_up_in_turns_and_new_ones_at_once() -> None:
    context = looked_up_last_week(9_000)
    asked = due(context, 9_010)
    assert 50 < len(asked) < 250
    assert {f"2505.{n:05}" for n in range(9_000, 9_010)} <= set(asked)


def test_each_of_thousands_of_anchors_has_its_turn() -> None:
    context, turns = looked_up_last_week(3_000), 20
    seen: set[str] = set()
    for week in range(turns):
        seen |= set(due(replace(context, today=TODAY + week * WEEK), 3_000))
    assert len(seen) == 3_000


def test_however_many_anchors_there_are_each_has_its_turn_within_a_year() -> None:
    library, ids = FakeLibrary(), [f"2505.{n:05}" for n in range(40_000)]
    library.note_looked_up("arxiv", ids, TODAY - WEEK)
    context = Context(library, FakeJudge(), FakeLedger(), SilentProgress(), TODAY, 1, source=FakeSource())
    weeks = [to_look_up(replace(context, today=TODAY + week * WEEK), FakeSource(), ids) for week in range(52)]
    assert {id for asked in weeks for id in asked} == set(ids)
    assert all(600 < len(asked) < 950 for asked in weeks[:50])


def test_an_anchor_whose_turn_was_missed_is_looked_up_when_the_tool_runs_again() -> None:
    context = replace(looked_up_last_week(3_000), today=TODAY + 30 * WEEK)
    assert len(due(context, 3_000)) == 3_000


def test_an_unchanged_version_is_not_asked_again_whether_it_was_withdrawn() -> None:
    source = CountingSource([replace(ANCHOR, version=1)])
    refresh, kept = weekly(source)
    refresh(TODAY)
    refresh(TODAY + 6 * WEEK)
    assert source.pages == [ANCHOR.id]
    known = kept["library"].get(ANCHOR.id)
    assert known
    assert known.withdrawal_asked == TODAY + 6 * WEEK


def test_a_new_version_is_asked_whether_it_was_withdrawn() -> None:
    source = CountingSource([replace(ANCHOR, version=1)])
    refresh, _ = weekly(source)
    refresh(TODAY)
    source.papers[ANCHOR.id] = replace(ANCHOR, version=2, comment="Another comment")
    refresh(TODAY + WEEK)
    assert source.pages == [ANCHOR.id, ANCHOR.id]
