"""Evaluations on fakes: what is right, what is apart, and what is paid for."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from claimcheck.agent.state import Context
from claimcheck.domain.claim import Anchor, Claim
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.evidence import Reading, Stance
from claimcheck.domain.paper import Paper
from claimcheck.errors import BudgetReached, Denied, Exit, JudgeUnavailable, UsageError
from claimcheck.evaluation import grounding, pairs, retest, scifact_run, tables
from claimcheck.evaluation.documents import document, numbered, passage, statement
from claimcheck.evaluation.pair_files import LabelledPair
from claimcheck.evaluation.reading import Watch
from claimcheck.evaluation.retest_files import LabelledPaper
from claimcheck.evaluation.scifact import Gold, GoldClaim
from claimcheck.ports import NotRecorded, UnusableAnswer
from tests.fakes import FakeJudge, FakeLedger, FakeLibrary, FakeTogether, Script, SilentProgress

TODAY = date(2026, 11, 22)
SUPPORTS, REFUTES, RELAXES, NEI = Stance.SUPPORTS, Stance.REFUTES, Stance.RELAXES, Stance.NOT_ENOUGH_INFO
Result = tuple[dict[str, Any], Exit]


def watch(script: Script | None = None, ledger: FakeLedger | None = None, papers: tuple[Paper, ...] = ()) -> Watch:
    return Watch(
        Context(
            library=FakeLibrary(papers),
            judge=FakeJudge(script),
            ledger=ledger or FakeLedger(),
            progress=SilentProgress(),
            today=TODAY,
            run_id=1,
        )
    )


def done(work: Coroutine[Any, Any, Result]) -> Result:
    return asyncio.run(work)


def said(stance: Stance, confidence: float = 0.8, sentences: tuple[int, ...] = (1,), **more: Any) -> Reading:
    return Reading(stance, sentences=sentences, confidence=confidence, bears=stance is not NEI, **more)


def test_a_judge_that_reads_for_several_claims_at_once_is_told_of_all_pairs() -> None:
    told = FakeTogether()
    looked = watch(by_text({"A.": said(SUPPORTS), "B.": said(REFUTES)}))
    looked.context.together = told
    result, _ = done(pairs.run(looked, [labelled("A.", SUPPORTS), labelled("B.", REFUTES), labelled("B.", REFUTES)]))
    assert (result["accuracy"], result["together"]) == (1, 2)
    assert "2 of the pairs share a paper with others" in tables.text("pairs", result)
    assert sorted(one.claim.text for one in told.expected) == ["A.", "B."]


def by_text(answers: dict[str, Reading | Exception]) -> Script:
    """A judge that answers by the claim's text."""
    return lambda claim, *_: answers[claim.text]


def labelled(text: str, label: Stance | None, told: tuple[str, ...] = ("Mice grew.", "Rats slept.")) -> LabelledPair:
    return LabelledPair(statement(text, text), passage("On mice", told), label, frozenset({1}))


def test_pairs_are_scored_in_three_classes() -> None:
    answers: dict[str, Reading | Exception] = {
        "a": said(Stance.SUPERSEDES),
        "b": said(RELAXES),
        "c": said(REFUTES, sentences=(2,), trusted=False),
    }
    found, code = done(pairs.run(watch(by_text(answers)), [labelled("a", SUPPORTS), labelled("b", NEI), labelled("c", REFUTES)]))
    assert (found["accuracy"], found["macro_f1"], found["n"], code) == (1.0, 1.0, 3, Exit.DONE)
    assert found["untrusted_share"] == pytest.approx(1 / 3, abs=1e-4)
    assert found["rationale_hit"] == {"share": 0.3333, "n": 3}
    assert found["ece"] == pytest.approx(0.2)


def test_an_answer_that_cannot_be_used_is_apart_and_not_wrong() -> None:
    answers: dict[str, Reading | Exception] = {
        "a": said(SUPPORTS),
        "b": UnusableAnswer("no JSON"),
        "c": said(REFUTES, sentences=(9,)),
    }
    found, code = done(pairs.run(watch(by_text(answers)), [labelled(text, SUPPORTS) for text in "abc"]))
    assert (found["accuracy"], found["n"], found["unreadable"], found["unread"], code) == (1.0, 1, 2, 0, Exit.GAPS)


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (JudgeUnavailable("no answer", breaker=True), Exit.UNAVAILABLE),
        (JudgeUnavailable("no answer"), Exit.UNAVAILABLE),
        (BudgetReached("spent"), Exit.BUDGET),
        (NotRecorded("not there"), Exit.GAPS),
    ],
)
def test_a_judge_that_was_not_asked_in_full_is_said_and_nothing_is_wrong(failure: Exception, code: Exit) -> None:
    found, left = done(pairs.run(watch(by_text({"a": failure})), [labelled("a", SUPPORTS)]))
    assert (found["accuracy"], found["n"], found["unreadable"], found["unread"], left) == (None, 0, 0, 1, code)


def test_a_judge_that_denies_us_ends_the_evaluation() -> None:
    with pytest.raises(Denied):
        done(pairs.run(watch(by_text({"a": Denied("no key")})), [labelled("a", SUPPORTS)]))


def test_a_pair_is_paid_for_once_and_unusable_answers_are_asked_again() -> None:
    ledger = FakeLedger()
    asked = [labelled("a", SUPPORTS), labelled("a", SUPPORTS), labelled("b", SUPPORTS)]
    answers: dict[str, Reading | Exception] = {"a": said(SUPPORTS), "b": UnusableAnswer("no JSON")}
    first, _ = done(pairs.run(watch(by_text(answers), ledger), asked))
    assert (first["n"], first["cost"]["calls"], first["cost"]["cached"]) == (2, 1, 0)
    again, _ = done(pairs.run(watch(by_text(answers | {"b": said(SUPPORTS)}), ledger), asked))
    assert (again["n"], again["cost"]["calls"], again["cost"]["cached"]) == (3, 1, 1)


def test_pairs_on_which_the_annotators_disagreed_are_set_aside() -> None:
    found, code = done(pairs.run(watch(by_text({"a": said(NEI)})), [labelled("a", NEI), labelled("b", None)]))
    assert (found["n"], found["set_aside"], found["cost"]["calls"], code) == (1, 1, 1, Exit.DONE)


CORPUS = {
    "10": document(numbered(1), "Mice and growth", ["Mice were fed.", "Feeding made mice grow."]),
    "20": document(numbered(2), "Rats and sleep", ["Rats slept.", "Sleep made rats slow."]),
}
CLAIMS = [
    GoldClaim("1", "Feeding makes mice grow.", {"10": Gold(SUPPORTS, (frozenset({1}),))}, ("10",)),
    GoldClaim("2", "Sleep makes rats fast.", {"20": Gold(REFUTES, (frozenset({1}),))}, ("20",)),
]
LIBRARY = tuple(d.paper for d in CORPUS.values())


def reads(claim: Claim, paper: Paper, _: int) -> Reading:
    return said(SUPPORTS if paper.id == numbered(1) else REFUTES, sentences=(2,))


def test_the_cited_abstracts_are_judged_with_the_oracle() -> None:
    found, code = done(scifact_run.run(watch(reads, papers=LIBRARY), CLAIMS, CORPUS, None))
    assert all(row["f1"] == 1 for row in found["metrics"].values())
    assert (found["n"], found["pairs"], found["retrieval"]["ndcg@10"], code) == (2, 2, 1.0, Exit.DONE)


def test_what_the_search_finds_is_judged_without_it() -> None:
    found, _ = done(scifact_run.run(watch(reads, papers=LIBRARY), CLAIMS, CORPUS, 1))
    assert (found["mode"], found["pairs"], found["metrics"]["abstract_label_only"]["f1"]) == ("retrieve 1", 2, 1.0)


def test_a_document_that_could_not_be_read_is_neither_missed_nor_found() -> None:
    def half(claim: Claim, paper: Paper, attempt: int) -> Reading | Exception:
        return UnusableAnswer("no JSON") if claim.id == "2" else reads(claim, paper, attempt)

    found, code = done(scifact_run.run(watch(half, papers=LIBRARY), CLAIMS, CORPUS, None))
    assert found["counts"]["abstract_label_only"] == {"correct": 1, "retrieved": 1, "relevant": 1}
    assert (found["unreadable"], code) == (1, Exit.GAPS)


def test_a_document_that_is_read_and_said_to_tell_nothing_is_missed() -> None:
    found, _ = done(scifact_run.run(watch(lambda *_: said(NEI, sentences=()), papers=LIBRARY), CLAIMS, CORPUS, None))
    assert found["counts"]["abstract_label_only"] == {"correct": 0, "retrieved": 0, "relevant": 2}


def paper(id: str, words: str = "mice grow when fed", **more: Any) -> Paper:
    return Paper(id, f"On how {words}", f"We study whether {words}. It is measured.", version=1, **more)


MICE = Claim("mice", "q", "Mice grow when fed.", PartialDate.parse("2025-01"), (Anchor("2501.00001"),))
PAPERS = tuple(paper(f"2502.0000{n}") for n in range(1, 6))


def towards_mice(n: int, label: Stance, **more: Any) -> LabelledPaper:
    return LabelledPaper("mice", f"2502.0000{n}", label, **more)


def test_retest_scores_firm_contested_and_coarse() -> None:
    stances = {"2502.00001": SUPPORTS, "2502.00002": NEI, "2502.00003": RELAXES, "2502.00004": SUPPORTS}
    gold = [
        towards_mice(1, SUPPORTS),
        towards_mice(2, REFUTES),
        towards_mice(3, REFUTES, contested=True, other=RELAXES),
        towards_mice(4, NEI, contested=True, other=REFUTES),
    ]
    seen = watch(lambda _, paper, __: said(stances[paper.id]), papers=(paper("2501.00001"), *PAPERS))
    found, code = done(retest.run(seen, [MICE], gold, judging=True))
    assert found["stance"]["firm_macro_f1"] == 0.5  # supports 1, refutes 0
    assert found["stance"]["alternatives_macro_f1"] == 0.5  # relaxes accepted 1, not enough info 0
    assert found["stance"]["coarse_f1"] == pytest.approx(2 * 2 / (2 * 2 + 1 + 1), abs=1e-4)
    assert (found["recall"], found["n"], code) == ({"20": 1.0, "50": 1.0, "100": 1.0}, 4, Exit.DONE)
    assert found["verdicts"] == {"agree": 0, "n": 1, "claims": {"mice": {"labelled": "contested", "judged": "relaxed"}}}


def test_a_paper_that_bears_by_an_untrusted_reading_bears() -> None:
    def leans(*_: object) -> Reading:
        return Reading(NEI, sentences=(1,), trusted=False, bears=True)

    found, _ = done(retest.run(watch(leans, papers=PAPERS), [MICE], [towards_mice(1, SUPPORTS)], judging=True))
    assert found["stance"]["coarse_f1"] == 1
    assert found["verdicts"]["claims"]["mice"]["judged"] == "unjudged"


def test_a_paper_that_is_not_in_the_library_is_not_missed() -> None:
    gold = [towards_mice(1, SUPPORTS), towards_mice(9, SUPPORTS)]
    found, code = done(retest.run(watch(lambda *_: said(SUPPORTS), papers=PAPERS), [MICE], gold, judging=True))
    assert (found["recall"]["20"], found["not_in_library"], found["n"], code) == (1.0, 1, 1, Exit.GAPS)


def test_a_paper_that_is_there_and_not_found_is_missed() -> None:
    unlike = replace(PAPERS[0], title="Tides", abstract="The sea moves.")
    found, code = done(retest.run(watch(papers=(unlike, *PAPERS[1:])), [MICE], [towards_mice(1, SUPPORTS)], judging=False))
    assert (found["recall"]["100"], found["stance"], found["n"], code) == (0.0, None, 0, Exit.DONE)


def test_a_library_without_any_of_the_papers_cannot_be_searched_for_them() -> None:
    with pytest.raises(UsageError, match="library import"):
        done(retest.run(watch(), [MICE], [towards_mice(1, SUPPORTS)], judging=False))


def case(id: str, anchor: Anchor, expected: str, **more: Any) -> grounding.Case:
    given: dict[str, Any] = {"claim_id": "mice", "text": MICE.text, "accept": (expected,), "right_id": None} | more
    return grounding.Case(id=id, anchor=anchor, expected=expected, **given)


SAYS_IT, OTHER = (
    paper("2501.00001", published=date(2025, 1, 3)),
    paper("2501.00002", "tides move the sea", published=date(2025, 1, 9)),
)


def check(*cases: grounding.Case, script: Script | None = None, stated: str | None = None) -> Result:
    def knows(_: Claim, paper: Paper, __: int) -> Reading:
        return said(SUPPORTS) if paper.id == SAYS_IT.id else said(NEI, sentences=())

    dates = {"mice": PartialDate.parse(stated)} if stated else {}
    return done(grounding.run(watch(script or knows, papers=(SAYS_IT, OTHER)), cases, dates))


def test_each_grounding_is_told_in_the_sets_words() -> None:
    day = PartialDate.parse("2024-06")
    found, code = check(
        case("ok", Anchor("2501.00001", SAYS_IT.title, PartialDate.parse("2025-01")), "ok"),
        case("other", Anchor("2501.00002"), "wrong_paper", right_id="2501.00001"),
        case("title", Anchor("2501.00001", "Something else entirely"), "title_mismatch"),
        case("date", Anchor("2501.00001", SAYS_IT.title, day), "date_mismatch"),
        case("both", Anchor("2501.00001", "Something else entirely", day), "title_mismatch"),
        case("none", Anchor("2501.00009"), "not_found", right_id="2501.00001"),
        case("month", Anchor("2513.00001"), "malformed_id"),
    )
    assert [row["got"] for row in found["cases"]] == [row["expected"] for row in found["cases"]]
    assert (found["correct"], found["total"], code) == (7, 7, Exit.DONE)
    assert [row["suggested_id"] for row in found["cases"][1::4]] == ["2501.00001"] * 2
    assert found["suggestions"] == {"right": 2, "n": 2}


def test_a_set_without_a_word_for_an_id_that_is_none_calls_it_not_found() -> None:
    found, _ = check(case("month", Anchor("2513.00001"), "not_found"))
    assert found["cases"][0]["got"] == "not_found"


def test_an_anchor_that_could_not_be_read_is_no_wrong_answer() -> None:
    found, code = check(case("ok", Anchor("2501.00001"), "ok"), script=lambda *_: UnusableAnswer("no JSON"))
    assert (found["correct"], found["total"], found["unreadable"], code) == (0, 0, 1, Exit.GAPS)
    assert found["cases"][0]["got"] == "unchecked"


def test_an_anchor_that_was_read_and_says_nothing_of_it_is_a_wrong_answer_to_ok() -> None:
    found, code = check(case("ok", Anchor("2501.00002"), "ok"))
    assert (found["correct"], found["total"], code) == (0, 1, Exit.DONE)


def test_a_paper_newer_than_the_claim_is_not_suggested_where_its_date_is_known() -> None:
    found, _ = check(case("none", Anchor("2501.00009"), "not_found"), stated="2024-12")
    assert found["cases"][0]["suggested_id"] is None


def test_no_anchor_is_checked_against_an_empty_library() -> None:
    with pytest.raises(UsageError, match="library is empty"):
        done(grounding.run(watch(), [case("ok", Anchor("2501.00001"), "ok")], {}))
