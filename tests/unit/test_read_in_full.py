"""Reading in full: which papers, in which order, and what is left when a text cannot be had."""

import asyncio
from dataclasses import replace
from datetime import date

from claimcheck.adapters.embedded.lexical import LexicalJudge
from claimcheck.agent.state import State
from claimcheck.domain.claim import Claim
from claimcheck.domain.evidence import Evidence, Reading, Stance
from claimcheck.domain.excerpt import excerpt
from claimcheck.domain.fulltext import Form, Found, FullText, full_text
from claimcheck.domain.gap import GapKind
from claimcheck.domain.grounding import Grounding
from claimcheck.domain.paper import Paper
from claimcheck.domain.verdict import Verdict
from claimcheck.errors import JudgeUnavailable
from claimcheck.ports import KeptRetest
from claimcheck.report import twin, words
from tests.fakes import FakeFullTexts, FakeJudge, FakeLedger, FakeSource, Script
from tests.unit.test_graph import ANCHOR, NEWER, TODAY, claim, only, run

SAYS = "In the end reasoning training lowers instruction adherence by 12 points."
RESULTS = Found("4 Results", f"It was run. {SAYS} It held.")
IDS = [paper.id for paper in (ANCHOR, *NEWER)]
EVERYWHERE = {id: (Form.HTML, [RESULTS]) for id in IDS}


def pointing(stance: Stance = Stance.SUPPORTS, abstracts: Stance = Stance.NOT_ENOUGH_INFO) -> Script:
    """A judge that finds its stance in the sentence of the results, where it is shown, and in abstracts what it is told."""

    def script(_: Claim, paper: Paper, attempt: int) -> Reading:
        found = next((s.number for s in paper.sentences if s.text == SAYS), None)
        said = stance if found else abstracts
        return Reading(said, sentences=(found or 1,), confidence=0.8, bears=said is not Stance.NOT_ENOUGH_INFO)

    return script


def evidence(state: State, id: str) -> Evidence:
    return next(read.evidence for read in state["reads"] if read.paper_id == id)


def test_by_default_abstracts_are_all_that_is_read() -> None:
    texts = FakeFullTexts(EVERYWHERE)
    state, _ = run(claim(), source=FakeSource([ANCHOR, *NEWER]), judge=FakeJudge(pointing()), full_texts=texts)
    assert texts.asked == []
    assert {read.evidence.paper.form for read in state["reads"]} == {"abstract"}
    assert only(state).anchors[0].reason.endswith("the full text was not read and may")


def test_the_best_candidates_are_read_in_full_and_the_others_by_abstract() -> None:
    texts, judge = FakeFullTexts(EVERYWHERE), FakeJudge(pointing())
    state, _ = run(claim(anchors=()), source=FakeSource(NEWER), judge=judge, full_texts=texts, full_text=2)
    assert len(texts.asked) == 2
    assert texts.asked == [read.paper_id for read in state["reads"]][:2]
    assert sorted(read.evidence.paper.form for read in state["reads"]) == ["abstract", "html", "html"]
    assert len(judge.asked) == 3, "a paper that is read in full is read once"


def test_a_quote_names_its_section_and_stands_in_it() -> None:
    state, _ = run(
        claim(anchors=()),
        source=FakeSource(NEWER),
        judge=FakeJudge(pointing()),
        full_texts=FakeFullTexts(EVERYWHERE),
        full_text=1,
    )
    (piece,) = twin.entry(only(state), None)["evidence"]
    (quote,) = piece["quotes"]
    assert quote == {"text": SAYS, "where": "4 Results", "start": 12, "end": 12 + len(SAYS)}
    assert RESULTS.text[quote["start"] : quote["end"]] == SAYS
    assert "read_html" in piece["flags"]
    assert "passages of its HTML" in words.flags(piece)


def test_an_anchor_is_read_in_full_where_its_abstract_is_silent_and_before_candidates() -> None:
    texts = FakeFullTexts(EVERYWHERE)
    state, _ = run(claim(), source=FakeSource([ANCHOR, *NEWER]), judge=FakeJudge(pointing()), full_texts=texts, full_text=1)
    assert texts.asked[0] == ANCHOR.id
    check = only(state).anchors[0]
    assert (check.grounding, check.reason) == (Grounding.GROUNDED, "its text says so")
    assert check.quote
    assert check.quote.where == "4 Results"


def test_an_anchor_whose_abstract_says_it_is_not_fetched() -> None:
    texts = FakeFullTexts(EVERYWHERE)
    judge = FakeJudge(pointing(abstracts=Stance.SUPPORTS))
    state, _ = run(claim(), source=FakeSource([ANCHOR]), judge=judge, full_texts=texts, full_text=5)
    assert texts.asked == []
    assert only(state).anchors[0].reason == "its abstract says so"


def test_an_anchor_whose_abstract_only_denies_it_is_read_in_full() -> None:
    texts = FakeFullTexts(EVERYWHERE)
    denying = replace(ANCHOR, abstract="We do not find that reasoning training lowers instruction adherence. It is measured.")
    judge = FakeJudge(pointing(abstracts=Stance.SUPPORTS))
    state, _ = run(claim(), source=FakeSource([denying]), judge=judge, full_texts=texts, full_text=5)
    assert texts.asked == [ANCHOR.id]
    assert only(state).anchors[0].reason == "its text says so"


def test_an_anchor_that_is_silent_in_its_nearest_passages_stays_unchecked() -> None:
    texts = FakeFullTexts({ANCHOR.id: (Form.PDF, [Found("1 Introduction", "Reasoning training is studied.")])})
    state, _ = run(claim(), source=FakeSource([ANCHOR]), judge=FakeJudge(pointing()), full_texts=texts, full_text=1)
    check = only(state).anchors[0]
    assert check.grounding is Grounding.UNCHECKED
    assert check.reason == "its text, where it comes nearest to the claim, does not say this; the rest was not read and may"


def test_figures_of_a_claim_are_looked_for_in_all_that_was_read_of_its_anchor() -> None:
    told = replace(claim(), text="Reasoning training lowers instruction adherence by 12 points.")
    silent, _ = run(told, source=FakeSource([ANCHOR]), judge=FakeJudge(pointing()))
    read, _ = run(
        told, source=FakeSource([ANCHOR]), judge=FakeJudge(pointing()), full_texts=FakeFullTexts(EVERYWHERE), full_text=1
    )
    assert (only(silent).missing_numbers, only(read).missing_numbers) == (("12",), ())


def test_a_text_that_could_not_be_asked_for_is_a_gap_and_the_abstract_is_read() -> None:
    texts = FakeFullTexts(EVERYWHERE, down=IDS)
    judge = FakeJudge(pointing(abstracts=Stance.SUPPORTS))
    state, _ = run(claim(anchors=()), source=FakeSource(NEWER), judge=judge, full_texts=texts, full_text=1)
    (gap,) = only(state).gaps
    assert (gap.kind, gap.blocks) == (GapKind.SOURCE, False)
    assert gap.what.startswith("full text of ")
    assert gap.why.endswith("its abstract was read")
    assert only(state).verdict is Verdict.HOLDS


def test_a_paper_without_a_text_says_that_its_abstract_alone_was_read() -> None:
    state, _ = run(
        claim(anchors=()), source=FakeSource(NEWER), judge=FakeJudge(pointing()), full_texts=FakeFullTexts(), full_text=1
    )
    (gap,) = only(state).gaps
    assert (gap.kind, gap.blocks) == (GapKind.PAPER, False)
    assert gap.why == "its abstract alone was read: arXiv has no HTML of it; arXiv has no PDF of it"


def test_an_anchors_abstract_stands_where_its_passages_cannot_be_judged() -> None:
    def script(told: Claim, paper: Paper, attempt: int) -> Reading | Exception:
        return pointing()(told, paper, attempt) if paper.form == "abstract" else JudgeUnavailable("the model did not answer")

    state, _ = run(
        claim(), source=FakeSource([ANCHOR]), judge=FakeJudge(script), full_texts=FakeFullTexts(EVERYWHERE), full_text=1
    )
    assert evidence(state, ANCHOR.id).paper.form == "abstract"
    assert [gap.blocks for gap in only(state).gaps] == [False]


def test_a_reading_is_remembered_under_what_was_read() -> None:
    ledger, judge = FakeLedger(), FakeJudge(pointing())

    def refresh(day: date, **more: object) -> int:
        before = len(judge.asked)
        run(claim(anchors=()), source=FakeSource(NEWER), judge=judge, ledger=ledger, today=day, **more)
        return len(judge.asked) - before

    assert refresh(TODAY) == 3
    assert refresh(TODAY, full_texts=FakeFullTexts(EVERYWHERE), full_text=2) == 2
    assert refresh(TODAY, full_texts=FakeFullTexts(EVERYWHERE), full_text=2) == 0
    longer = {id: (Form.HTML, [RESULTS, Found("5 More", "Instruction adherence again.")]) for id in IDS}
    assert refresh(TODAY, full_texts=FakeFullTexts(longer), full_text=2) == 2
    assert refresh(TODAY) == 0


def test_what_a_change_of_verdict_rests_on_is_read_again_by_the_same_passages() -> None:
    ledger, told = FakeLedger(), claim(anchors=())
    ledger.kept.append(KeptRetest(0, date(2026, 11, 15), told.id, told.fingerprint, Verdict.HOLDS, True, {}))
    judge = FakeJudge(pointing(Stance.REFUTES, abstracts=Stance.SUPPORTS))
    texts = FakeFullTexts({NEWER[0].id: (Form.HTML, [RESULTS])})
    state, _ = run(told, source=FakeSource(NEWER[:1]), judge=judge, ledger=ledger, full_texts=texts, full_text=1)
    assert [attempt for _, _, attempt in judge.asked] == [1, 2]
    assert only(state).verdict is Verdict.CONTESTED
    assert only(state).evidence[0].quotes[0].where == "4 Results"


def test_texts_are_fetched_one_by_one() -> None:
    class Watchful(FakeFullTexts):
        busy = 0

        def fetch(self, paper: Paper) -> FullText:
            assert not self.busy
            self.busy += 1
            try:
                return super().fetch(paper)
            finally:
                self.busy -= 1

    state, _ = run(
        claim(anchors=()), source=FakeSource(NEWER), judge=FakeJudge(pointing()), full_texts=Watchful(EVERYWHERE), full_text=3
    )
    assert {read.evidence.paper.form for read in state["reads"]} == {"html"}


def test_the_lexical_judge_tells_by_the_abstract_and_points_in_the_text() -> None:
    plain = Paper("2506.00009", "On reasoning training", "Reasoning training and instruction adherence are studied.", version=1)
    told = excerpt(plain, full_text(plain, Form.HTML, [RESULTS]), claim(), 3000)
    reading = asyncio.run(LexicalJudge().read(claim(), told)).reading
    assert reading.bears
    assert SAYS in [told.sentences[n - 1].text for n in reading.sentences]
    birds = Paper("2506.00010", "On birds", "Birds sing.", version=1)
    aside = excerpt(birds, full_text(birds, Form.HTML, [RESULTS]), claim(), 3000)
    assert not asyncio.run(LexicalJudge().read(claim(), aside)).reading.bears
