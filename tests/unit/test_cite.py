"""Citing papers in the graph: found and read, once a day, and a source that is down never means that none cite."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from claimcheck.agent import graph
from claimcheck.agent.ranking import ranked
from claimcheck.agent.state import Context, State
from claimcheck.domain.citing import Citations, Citing
from claimcheck.domain.claim import Anchor, Claim, Inquiry
from claimcheck.domain.dates import PartialDate, Window
from claimcheck.domain.evidence import Reading, Stance
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.domain.match import Match
from claimcheck.domain.paper import Paper
from claimcheck.domain.query import plan
from claimcheck.domain.retest import Retest
from claimcheck.domain.verdict import Verdict
from claimcheck.errors import Denied, SourceUnavailable
from claimcheck.ports import Found
from tests.fakes import FakeCitations, FakeJudge, FakeLedger, FakeLibrary, FakeSource, SilentProgress

TODAY = date(2026, 11, 22)
ANCHOR = Paper("2505.00001", "Reasoning training lowers adherence", "Reasoning training lowers adherence.", 1)
# Nothing in it is like the claim: only who looks up the citing papers finds it.
CITING = Paper("2507.00001", "Gardens of the north", "Roses bloom late.", 1)
OLDER = Paper("2404.00001", "Gardens of the south", "Lilies bloom early.", 1)


class Watched(FakeSource):
    """Keeps which papers were looked up together."""

    def __init__(self, *papers: Paper, down: tuple[str, ...] = ()) -> None:
        super().__init__(papers, down=down)
        self.asked: list[list[str]] = []

    def look_up(self, ids: Any) -> Found:
        self.asked.append(list(ids))
        return super().look_up(ids)


def claim(id: str = "tradeoff", anchors: tuple[str, ...] = ("2505.00001",), **more: Any) -> Claim:
    text = "Reasoning training lowers instruction adherence."
    return Claim(id, "q", text, PartialDate.parse("2025-05"), tuple(Anchor(a) for a in anchors), **more)


def cited_by(*ids: str, elsewhere: int = 0) -> Citations:
    return Citations(tuple(map(Citing, ids)), elsewhere)


def run(*claims: Claim, source: FakeSource | None, citations: tuple[FakeCitations, ...], **more: Any) -> tuple[State, Context]:
    context = Context(
        library=more.pop("library", FakeLibrary()),
        judge=more.pop("judge", FakeJudge()),
        ledger=more.pop("ledger", None) or FakeLedger(),
        progress=SilentProgress(),
        today=more.pop("today", TODAY),
        run_id=1,
        source=source,
        citations=citations,
        **more,
    )
    state: State = {"inquiries": (Inquiry("q", "Does it?"),), "claims": claims, "reads": [], "gaps": [], "answered": 0}
    return asyncio.run(graph.run(state, context)), context


def only(state: State) -> Retest:
    (retest,) = state["retests"]
    return retest


def citing_lines(retest: Retest) -> list[str]:
    return [query for query in retest.coverage.queries if query.startswith("citing: ")]


def test_a_paper_that_only_its_citation_tells_of_is_found_and_read() -> None:
    service = FakeCitations({"2505.00001": cited_by("2507.00001", "2404.00001", elsewhere=4)})
    refutes = FakeJudge(lambda _, paper, __: Reading(Stance.REFUTES if paper == CITING else Stance.SUPPORTS, sentences=(1,)))
    state, context = run(claim(), source=FakeSource([ANCHOR, CITING, OLDER]), citations=(service,), judge=refutes)
    retest = only(state)
    assert [e.paper.id for e in retest.evidence] == ["2507.00001"], "and the older one lies outside the window"
    assert retest.verdict is Verdict.CONTESTED
    assert state["gaps"] == []
    assert citing_lines(retest) == ["citing: Semantic Scholar, papers that cite 2505.00001: 2 at arXiv, 4 elsewhere"]
    assert context.library.get("2404.00001") is None, "what no window can hold is not fetched"


def test_a_source_that_is_down_is_a_gap_and_never_none_cite_it() -> None:
    service = FakeCitations({"2505.00001": cited_by()}, down=["2505.00001"])
    state, _ = run(claim(), source=FakeSource([ANCHOR]), citations=(service,))
    retest = only(state)
    assert citing_lines(retest) == []
    assert retest.gaps == (
        Gap(
            "papers that cite 2505.00001, by Semantic Scholar",
            "Semantic Scholar did not answer; run again later",
            GapKind.SOURCE,
            "tradeoff",
            blocks=False,
        ),
    )


def test_none_cite_it_is_said_when_it_was_asked() -> None:
    state, _ = run(claim(), source=FakeSource([ANCHOR]), citations=(FakeCitations({"2505.00001": cited_by()}),))
    assert citing_lines(only(state)) == ["citing: Semantic Scholar, papers that cite 2505.00001: 0 at arXiv, 0 elsewhere"]
    assert only(state).gaps == ()


def test_an_anchor_that_the_service_does_not_know_is_a_gap() -> None:
    state, _ = run(claim(), source=FakeSource([ANCHOR]), citations=(FakeCitations(),))
    assert "does not know" in only(state).gaps[0].why
    assert citing_lines(only(state)) == []


def test_a_service_that_is_down_neither_blocks_a_verdict_nor_ends_the_run_as_an_outage() -> None:
    service = FakeCitations()
    service.out = True
    supports = FakeJudge(lambda *_: Reading(Stance.SUPPORTS, sentences=(1,), confidence=0.9))
    newer = replace(ANCHOR, id="2506.00001", title="Adherence", abstract="Reasoning training lowers instruction adherence again.")
    state, _ = run(claim(), source=FakeSource([ANCHOR, newer]), citations=(service,), judge=supports)
    assert only(state).verdict is Verdict.HOLDS
    assert only(state).complete
    assert {gap.kind for gap in only(state).gaps} == {GapKind.SOURCE}


def test_a_wrong_key_ends_the_run_before_anything_is_read() -> None:
    service, judge = FakeCitations(), FakeJudge()
    service.denies = True
    with pytest.raises(Denied):
        run(claim(), source=FakeSource([ANCHOR]), citations=(service,), judge=judge)
    assert judge.asked == []


def test_off_by_default_nothing_is_asked_and_nothing_changes() -> None:
    state, context = run(claim(), source=FakeSource([ANCHOR, CITING]), citations=())
    assert only(state).evidence == ()
    assert citing_lines(only(state)) == []
    assert context.library.citations("Semantic Scholar", "2505.00001") is None


def test_an_anchor_is_asked_once_a_day_however_many_claims_rest_on_it() -> None:
    service, library = FakeCitations({"2505.00001": cited_by("2507.00001")}), FakeLibrary()
    claims = (claim("a"), claim("b", anchors=("2505.00001v2", "2505.00001")))
    source = Watched(ANCHOR, CITING)
    first, _ = run(*claims, source=source, citations=(service,), library=library)
    again, _ = run(*claims, source=source, citations=(service,), library=library)
    assert service.requests == 1
    assert source.asked.count(["2507.00001"]) == 1
    assert [retest.evidence for retest in first["retests"]] == [retest.evidence for retest in again["retests"]]
    assert [retest.coverage for retest in first["retests"]] == [retest.coverage for retest in again["retests"]]
    assert all(len(citing_lines(retest)) == 1 for retest in first["retests"])
    run(*claims, source=source, citations=(service,), library=library, today=TODAY + timedelta(days=1))
    assert service.requests == 2


def test_the_last_answer_still_counts_on_a_bad_day_and_says_its_day() -> None:
    service, library = FakeCitations({"2505.00001": cited_by("2507.00001")}), FakeLibrary()
    run(claim(), source=FakeSource([ANCHOR, CITING]), citations=(service,), library=library)
    service.out = True
    tomorrow = TODAY + timedelta(days=1)
    state, _ = run(claim(), source=FakeSource([ANCHOR, CITING]), citations=(service,), library=library, today=tomorrow)
    assert [e.paper.id for e in only(state).evidence] == ["2507.00001"]
    assert citing_lines(only(state)) == [
        "citing: Semantic Scholar, papers that cite 2505.00001: 1 at arXiv, 0 elsewhere (asked on 2026-11-22)"
    ]
    assert "did not answer" in only(state).gaps[0].why


def test_offline_nobody_is_asked_and_what_is_kept_counts() -> None:
    service, library = FakeCitations({"2505.00001": cited_by("2507.00001", "2508.00009")}), FakeLibrary([ANCHOR, CITING])
    state, _ = run(claim(), source=None, citations=(service,), library=library)
    assert "--offline" in only(state).gaps[0].why
    library.keep_citations(service.name, "2505.00001", cited_by("2507.00001", "2507.00009"), TODAY)
    state, _ = run(claim(), source=None, citations=(service,), library=library)
    assert service.requests == 0
    assert [e.paper.id for e in only(state).evidence] == ["2507.00001"]
    assert [gap.what for gap in only(state).gaps] == ["1 paper that cites 2505.00001"]


def test_unknown_papers_are_looked_up_a_hundred_at_a_time_and_kept_as_they_come() -> None:
    ids = [f"2507.{number:05}" for number in range(1, 251)]
    papers = [replace(CITING, id=id, title=f"Gardens {id}", abstract=f"Roses {id}.") for id in ids]
    source = Watched(ANCHOR, *papers[:-1], down=("2507.00150",))
    library = FakeLibrary(papers[:10])
    service = FakeCitations({"2505.00001": cited_by(*ids)})
    state, _ = run(claim(), source=source, citations=(service,), library=library)
    assert [len(asked) for asked in source.asked] == [1, 100, 100, 40]
    assert len(library.papers) == 1 + 249 - 100
    assert [(gap.what, gap.blocks) for gap in only(state).gaps] == [("100 papers that cite 2505.00001", False)]
    assert "arXiv could not be asked" in only(state).gaps[0].why
    assert library.missing("arxiv", TODAY) == {"2507.00250"}, "one that arXiv does not know is no gap"


def test_records_that_cannot_be_used_are_a_gap() -> None:
    class Spoilt(FakeSource):
        def look_up(self, ids: Any) -> Found:
            found = super().look_up(ids)
            return found if "2507.00001" not in ids else Found((), 0, ("the record of 2507.00001v1 cannot be used: no title",))

    service = FakeCitations({"2505.00001": cited_by("2507.00001")})
    state, _ = run(claim(), source=Spoilt([ANCHOR, CITING]), citations=(service,))
    assert "arXiv's answer could not be used" in only(state).gaps[0].why


def test_anchors_that_are_none_are_not_asked_for() -> None:
    service = FakeCitations()
    run(claim(anchors=("not-an-id", "2505.09999")), source=FakeSource([ANCHOR]), citations=(service,))
    assert service.requests == 0


def test_both_services_are_asked_and_one_failing_leaves_the_other() -> None:
    one = FakeCitations({"2505.00001": cited_by("2507.00001")})
    other = FakeCitations(name="OpenAlex", down=["2505.00001"])
    state, _ = run(claim(), source=FakeSource([ANCHOR, CITING]), citations=(one, other))
    assert [e.paper.id for e in only(state).evidence] == ["2507.00001"]
    assert [gap.what for gap in only(state).gaps] == ["papers that cite 2505.00001, by OpenAlex"]


# Week by week

WEEK = timedelta(days=7)


class Weeks:
    """A claim that is refreshed week by week, with a citation service, over one library and one ledger."""

    def __init__(self, *papers: Paper, citing: tuple[str, ...] = ()) -> None:
        self.source, self.service = FakeSource([ANCHOR, *papers]), FakeCitations({"2505.00001": cited_by(*citing)})
        self.judge = FakeJudge(lambda *_: Reading(Stance.SUPPORTS, sentences=(1,), confidence=0.9))
        self.library, self.ledger, self.week = FakeLibrary(), FakeLedger(), 0

    def refresh(self, *citing: str, **more: Any) -> list[str]:
        """Refresh in a week in which these papers cite the anchor; return the candidates in the order chosen."""
        self.service.known = {"2505.00001": cited_by(*citing)}
        self.judge.asked.clear()
        given: dict[str, Any] = {"citations": (self.service,), "candidates": 3, "today": TODAY + self.week * WEEK, **more}
        self.week += 1
        run(claim(), source=self.source, library=self.library, ledger=self.ledger, judge=self.judge, **given)
        return list(self.match.candidates)

    @property
    def match(self) -> Match:
        (match,) = self.library.matches(self.library._matches).values()
        return match

    @property
    def read(self) -> set[str]:
        return {paper for _, paper, _ in self.judge.asked}


def like_the_claim(number: int) -> Paper:
    text = f"Reasoning training lowers instruction adherence {number}."
    return Paper(f"2506.{number:05}", text, text, 1, published=date(2026, 6, number), categories=("cs.CL",))


def test_a_paper_of_which_it_is_known_later_that_it_cites_becomes_a_candidate_and_the_others_stay_unread_anew() -> None:
    weeks = Weeks(CITING, *map(like_the_claim, range(1, 7)))
    weeks.library.add([CITING], TODAY)
    before = weeks.refresh()
    assert CITING.id not in before
    after = weeks.refresh(CITING.id, "2506.00006")
    assert after[: len(before)] == before
    assert set(after) == {*before, "2506.00006"}, "words and a citation together pass what one of them finds"
    assert weeks.read == {"2506.00006"}
    assert set(weeks.match.citing) == {CITING.id, "2506.00006"}


def test_a_citing_paper_that_is_fetched_later_is_a_candidate_then() -> None:
    weeks = Weeks(like_the_claim(1))
    assert weeks.refresh(CITING.id) == ["2506.00001"]
    weeks.source.papers |= {CITING.id: CITING}
    assert weeks.refresh(CITING.id) == ["2506.00001", CITING.id]
    assert weeks.read == {CITING.id}


def test_citing_papers_that_took_part_bring_nothing_about_again_nor_where_they_are_no_longer_named() -> None:
    weeks = Weeks(CITING, *map(like_the_claim, range(1, 3)))
    first, match = weeks.refresh(CITING.id), weeks.match
    assert CITING.id in first
    for named in ((CITING.id,), (), (CITING.id,)):
        assert weeks.refresh(*named) == first
        assert weeks.read == set()
        assert replace(weeks.match, mark=match.mark) == match


def test_what_was_found_by_a_citation_stays_when_citations_are_turned_off() -> None:
    weeks = Weeks(CITING)
    first = weeks.refresh(CITING.id)
    assert weeks.refresh(citations=()) == first == [CITING.id]
    assert weeks.read == set()


def test_a_match_without_citations_is_the_same_whether_a_service_says_none_or_nobody_is_asked() -> None:
    asked, silent = (Weeks(*map(like_the_claim, range(1, 7))) for _ in range(2))
    asked.refresh()
    silent.refresh(citations=())
    assert asked.match == silent.match


# Ranking

WINDOW = Window(date(2025, 5, 1), TODAY)


def of(library: FakeLibrary, *citing: Citing) -> list[str]:
    return ranked(library, claim(), plan(claim()), WINDOW, (ANCHOR,), citing)


def test_citing_papers_come_by_shared_words_their_citing_sentences_included() -> None:
    bare = [replace(CITING, id=f"2507.0000{n}", title=f"Gardens {n}", abstract=f"Roses {n}.") for n in range(1, 6)]
    hints = (
        Citing("2507.00001"),
        Citing("2507.00002", intents=("Methodology",)),
        Citing("2507.00003", contexts=("They show that reasoning lowers adherence.",)),
        Citing("2507.00004", contexts=("A survey of reasoning.",), intents=("background",)),
        Citing("2507.00005", influential=True),
    )
    assert of(FakeLibrary(bare), *hints) == ["2507.00003", "2507.00004", "2507.00002", "2507.00005", "2507.00001"]


def test_a_paper_that_words_and_a_citation_find_stands_before_one_that_only_words_find() -> None:
    first, second = (replace(ANCHOR, id=f"2507.0000{n}") for n in (1, 2))
    library = FakeLibrary([first, second])
    assert of(library) == ["2507.00001", "2507.00002"]
    assert of(library, Citing("2507.00002")) == ["2507.00002", "2507.00001"]


def test_citing_papers_that_are_not_there_or_too_old_are_no_candidates() -> None:
    assert of(FakeLibrary([OLDER]), Citing("2404.00001"), Citing("2507.99999")) == []


def test_a_fake_service_that_is_down_keeps_the_promise() -> None:
    service = FakeCitations()
    service.out = True
    with pytest.raises(SourceUnavailable):
        service.citing("2505.00001")
