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
        ledger=FakeLedger(),
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
