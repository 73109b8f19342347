"""Which papers become candidates as the library grows, and that those once chosen stay."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from claimcheck.domain.fulltext import Form
from claimcheck.domain.fulltext import Found as Section
from claimcheck.domain.paper import Paper
from claimcheck.domain.retest import Retest
from claimcheck.errors import SourceUnavailable
from claimcheck.ports import Found
from tests.fakes import FakeFullTexts, FakeJudge, FakeLedger, FakeLibrary, FakeSource
from tests.unit.test_graph import ANCHOR, SUPPORTS, TODAY, claim, only, paper, run, says

WEEK = timedelta(days=7)
CLOSE = "reasoning training lowers instruction adherence"


class Weeks:
    """A claim that is refreshed week by week, over one library and one ledger."""

    def __init__(self, *papers: Paper, candidates: int = 3) -> None:
        self.source = FakeSource([ANCHOR, *papers])
        self.judge = FakeJudge(says({"2505.00001": SUPPORTS}))
        self.library, self.ledger, self.candidates, self.week = FakeLibrary(), FakeLedger(), candidates, 0

    def refresh(self, *arrived: Paper, **more: Any) -> Retest:
        self.source.papers |= {p.id: p for p in arrived}
        self.judge.asked.clear()
        today = TODAY + self.week * WEEK
        self.week += 1
        kept: dict[str, Any] = {
            "library": self.library,
            "ledger": self.ledger,
            "judge": self.judge,
            "candidates": self.candidates,
        }
        state, _ = run(more.pop("claim", claim()), source=self.source, today=today, **kept, **more)
        return only(state)

    @property
    def read(self) -> set[str]:
        return {paper for _, paper, _ in self.judge.asked}


def old(number: int, words: str = CLOSE) -> Paper:
    return replace(paper(f"2506.{number:05}", words), published=date(2026, 6, number), categories=("cs.CL",))


def new(number: int, words: str = CLOSE, week: int = 1) -> Paper:
    day = TODAY + week * WEEK - timedelta(days=2)
    return replace(paper(f"{day:%y%m}.{number:05}", words), published=day, categories=("cs.CL",))


def ids(retest: Retest) -> set[str]:
    return {e.paper.id for e in retest.evidence}


def test_a_week_without_new_papers_reads_nothing_and_keeps_the_verdict() -> None:
    weeks = Weeks(*(old(n) for n in range(1, 6)))
    first = weeks.refresh()
    again = weeks.refresh()
    assert weeks.read == set()
    assert (again.verdict, ids(again)) == (first.verdict, ids(first))
    assert again.coverage.window
    assert again.coverage.window.last == TODAY + WEEK


def test_a_new_paper_as_close_as_the_candidates_is_read_and_the_earlier_ones_stay() -> None:
    weeks = Weeks(*(old(n) for n in range(1, 6)))
    before = ids(weeks.refresh())
    after = ids(weeks.refresh(new(1)))
    assert weeks.read == {"2611.00001"}
    assert after == before | {"2611.00001"}


def test_a_new_paper_that_would_not_have_been_a_candidate_costs_no_call() -> None:
    weeks = Weeks(*(old(n) for n in range(1, 6)))
    weeks.refresh()
    retest = weeks.refresh(new(1, "the adherence of paint"))
    assert weeks.read == set()
    assert "2611.00001" not in ids(retest)


def test_what_was_read_once_stays_evidence_when_better_papers_come() -> None:
    weeks = Weeks(*(old(n, "instruction adherence") for n in range(1, 4)))
    before = ids(weeks.refresh())
    after = ids(weeks.refresh(*(new(n) for n in range(1, 4))))
    assert len(before) == 3
    assert after == before | {"2611.00001", "2611.00002", "2611.00003"}


def test_a_candidate_of_a_new_version_is_read_anew() -> None:
    weeks = Weeks(*(old(n) for n in range(1, 3)))
    weeks.refresh()
    weeks.library.add([replace(old(1), version=2, abstract="It is measured again. It holds.")], TODAY)
    weeks.refresh()
    assert weeks.read == {"2506.00001"}


def test_a_copy_of_a_candidate_is_not_read() -> None:
    weeks = Weeks(*(old(n) for n in range(1, 6)))
    weeks.refresh()
    weeks.refresh(replace(new(1), title=old(1).title))
    assert weeks.read == set()


def test_what_was_read_stays_evidence_when_a_search_phrase_is_added() -> None:
    weeks = Weeks(*(old(n, "instruction adherence") for n in range(1, 6)), old(7, "a compass for sailors"))
    before = ids(weeks.refresh())
    after = ids(weeks.refresh(claim=claim(search=("a compass for sailors",))))
    assert before < after
    assert "2506.00007" in after


def test_what_was_chosen_for_later_days_only_is_not_kept() -> None:
    weeks = Weeks(*(old(n) for n in range(1, 6)))
    before = ids(weeks.refresh())
    assert ids(weeks.refresh(since=date(2026, 6, 5))) == {"2506.00005"}
    assert ids(weeks.refresh()) == before


def test_a_changed_claim_is_matched_with_all_papers() -> None:
    weeks = Weeks(*(old(n) for n in range(1, 6)), old(7, "a compass for sailors"), candidates=6)
    assert "2506.00007" not in ids(weeks.refresh())
    changed = replace(claim(), text="A compass helps sailors.")
    assert "2506.00007" in ids(weeks.refresh(claim=changed))


def test_what_a_run_with_gaps_matched_is_no_measure_for_the_next() -> None:
    """Whichever way arXiv fails in between, the candidates are those of a run that did not fail."""

    class Bad(FakeSource):
        def search(self, *args: Any) -> Found:
            if self.bad and args[0].origin == "claim":
                raise SourceUnavailable("not now")
            return super().search(*args)

        bad = True

    papers = [old(n) for n in range(1, 8)] + [old(n, "instruction adherence") for n in range(8, 12)]
    straight, bumpy = Weeks(*papers), Weeks(*papers)
    bumpy.source = Bad([ANCHOR, *papers])
    assert bumpy.refresh().gaps
    bumpy.week, bumpy.source.bad = 0, False
    assert ids(bumpy.refresh()) == ids(straight.refresh())
    assert bumpy.library.matches(bumpy.library._matches) == straight.library.matches(straight.library._matches)


def in_full(retest: Retest) -> set[str]:
    return {e.paper.id for e in retest.evidence if e.paper.form == "html"}


def test_a_new_paper_that_stands_among_the_best_is_read_in_full_and_takes_no_earlier_ones_place() -> None:
    best, good = "reasoning training lowers instruction adherence", "instruction adherence"
    papers = [old(1, best), *(old(n, good) for n in range(2, 6)), new(1, best), new(2, "adherence")]
    texts = FakeFullTexts({p.id: (Form.HTML, [Section("4 Results", "It was run.")]) for p in papers})
    weeks = Weeks(*papers[:5], candidates=4)
    full: dict[str, Any] = {"full_texts": texts, "full_text": 3}
    before = weeks.refresh(**full)
    assert in_full(before) == {"2506.00001", "2506.00002", "2506.00003"} < ids(before)
    after = weeks.refresh(*papers[5:], **full)
    assert in_full(after) == in_full(before) | {"2611.00001"}
    assert weeks.read == ids(after) - ids(before), "nothing is read again"


def test_when_many_have_come_the_library_is_ranked_anew() -> None:
    weeks = Weeks(*(old(n, "instruction adherence") for n in range(1, 6)))
    weeks.refresh()
    weeks.refresh(*(new(n) for n in range(1, 4)))
    (match,) = weeks.library._matches.values()
    assert (len(match.candidates), match.settled) == (6, 3)
    weeks.refresh(new(4, "instruction adherence", week=2))
    (match,) = weeks.library._matches.values()
    assert (len(match.candidates), match.settled) == (6, 6)
    assert weeks.read == set()
