"""What an audit says of citations: by the same rules as anchors, with gaps for what could not be asked."""

import asyncio
import json
from collections.abc import Iterable
from datetime import date

import pytest

from claimcheck.agent.state import Context
from claimcheck.audit import sarif, telling
from claimcheck.audit.citation import Document
from claimcheck.audit.finding import Audit
from claimcheck.audit.reading import read
from claimcheck.audit.run import audit
from claimcheck.domain.claim import Claim
from claimcheck.domain.evidence import Reading, Stance
from claimcheck.domain.grounding import Grounding
from claimcheck.domain.paper import Paper, Withdrawal
from claimcheck.errors import Exit, JudgeUnavailable
from tests.fakes import FakeJudge, FakeLedger, FakeLibrary, FakeSource, SilentProgress

TODAY = date(2026, 11, 22)
RIGHT = Paper("2505.14810", "Chains dilute context", "We show that chains dilute context.", 1, published=date(2025, 5, 20))
OTHER = Paper("2305.11383", "On the form of answers", "Tuning teaches form. We test it.", 3, published=date(2023, 5, 19))
GONE = Paper("2506.02878", "A withdrawn paper", "Chains imitate.", 2, published=date(2025, 6, 3))


def says(claim: Claim, paper: Paper, _: int) -> Reading:
    """Support by the one paper that says it."""
    says_it = paper.id == RIGHT.id and "dilute" in claim.text
    return Reading(Stance.SUPPORTS, sentences=(1,)) if says_it else Reading(Stance.NOT_ENOUGH_INFO, bears=False)


def audited(
    text: str,
    *,
    name: str = "a.md",
    source: FakeSource | None = None,
    library: Iterable[Paper] = (),
    judge: FakeJudge | None = None,
    fail_on: Iterable[Grounding] = (),
) -> Audit:
    context = Context(
        library=FakeLibrary(library),
        judge=judge or FakeJudge(says),
        ledger=FakeLedger(),
        progress=SilentProgress(),
        today=TODAY,
        run_id=1,
        source=source,
    )
    return asyncio.run(audit(context, [name], read([Document(name, text)], TODAY, lambda *_: None), frozenset(fail_on)))


def arxiv(**more: object) -> FakeSource:
    withdrawn = {GONE.id: Withdrawal(2, date(2025, 6, 6), "abstract page")}
    return FakeSource([RIGHT, OTHER, GONE], withdrawn=withdrawn, **more)  # type: ignore[arg-type]


def scale(done: Audit) -> list[str]:
    return [finding.grounding.value for finding in done.findings]


EVERY = """\
Chains dilute context (2025-05, arXiv:2505.14810). Chains dilute context in long prompts (arXiv:2305.11383).
A paper says something new of it (arXiv:2401.99999), and one more (arXiv:2513.00001).
It is imitation of form all the way (arXiv:2506.02878). Chains dilute context, as was known in (2024-01, arXiv:2505.14810).
"""


def test_each_citation_gets_its_place_on_the_scale() -> None:
    done = audited(EVERY, source=arxiv())
    assert scale(done) == ["grounded", "miscited", "not_found", "malformed", "withdrawn", "metadata_mismatch"]
    assert done.findings[1].suggested_id == RIGHT.id
    assert (done.findings[1].citation.line, done.findings[1].citation.column) == (1, 91)
    assert (done.gaps, done.exit) == ((), Exit.DONE)


def test_fail_on_ends_with_its_own_code_only_where_it_is_met() -> None:
    assert audited(EVERY, source=arxiv(), fail_on=[Grounding.NOT_FOUND]).exit is Exit.FAIL_ON
    assert audited("Chains dilute context (arXiv:2505.14810).", source=arxiv(), fail_on=[Grounding.NOT_FOUND]).exit is Exit.DONE


def test_offline_what_the_library_lacks_is_unchecked_and_never_not_found() -> None:
    done = audited("Chains dilute context (arXiv:2505.14810). Chains dilute context again (arXiv:2401.99999).", library=[RIGHT])
    assert scale(done) == ["grounded", "unchecked"]
    assert [gap.what for gap in done.gaps] == ["paper 2401.99999"]
    assert done.exit is Exit.GAPS


def test_a_source_that_is_down_leaves_all_unchecked() -> None:
    source = arxiv()
    source.out = True
    done = audited(EVERY, source=source)
    assert scale(done) == ["unchecked", "unchecked", "unchecked", "malformed", "unchecked", "unchecked"]
    assert done.exit is Exit.UNAVAILABLE


def test_one_paper_that_cannot_be_asked_leaves_that_one_unchecked() -> None:
    done = audited(
        "Chains dilute context (arXiv:2505.14810). It is so (arXiv:2506.02878).", source=arxiv(down=["abs:2506.02878"])
    )
    assert scale(done) == ["grounded", "unchecked"]
    assert done.exit is Exit.GAPS


def test_a_judge_that_does_not_answer_leaves_what_is_said_unchecked() -> None:
    silent = FakeJudge(lambda *_: JudgeUnavailable("gone", breaker=True))
    done = audited("Chains dilute context (arXiv:2505.14810).", source=arxiv(), judge=silent)
    assert scale(done) == ["unchecked"]
    assert done.exit is Exit.UNAVAILABLE


def test_an_entry_of_references_is_grounded_without_being_read() -> None:
    judge = FakeJudge(says)
    done = audited("References\n- arXiv:2305.11383: see there\n- arXiv:2401.99999\n", source=arxiv(), judge=judge)
    assert scale(done) == ["grounded", "not_found"]
    assert judge.asked == []


BIB = """@misc{a, title={Chains dilute context}, eprint={2305.11383}, archivePrefix={arXiv}, year={2023}}
@misc{b, title={On the form of answers}, eprint={2305.11383v1}, archivePrefix={arXiv}, year={2022}}
@misc{c, title={Form first}, eprint={2305.11383}, archivePrefix={arXiv}, year={2023}}
"""


def test_titles_and_dates_of_bibtex_are_compared_and_the_right_paper_is_suggested_by_its_title() -> None:
    done = audited(BIB, name="refs.bib", source=arxiv(), library=[RIGHT])
    assert scale(done) == ["metadata_mismatch", "metadata_mismatch", "metadata_mismatch"]
    assert done.findings[0].suggested_id == RIGHT.id
    assert "there are 3 versions; an earlier one may have had the cited title" in done.findings[0].notes
    assert "cited as of 2022" in done.findings[1].check.reason


def test_a_title_that_a_newer_version_changed_is_no_mismatch_and_is_told() -> None:
    older = Paper(OTHER.id, "Form first", OTHER.abstract, 1, published=OTHER.published)
    done = audited(BIB.splitlines()[2], name="refs.bib", source=arxiv(), library=[older])
    assert scale(done) == ["grounded"]
    assert done.findings[0].notes == ("a newer version has another title: 'On the form of answers'",)


def test_a_version_that_is_not_the_newest_is_told() -> None:
    done = audited("- arXiv:2305.11383v1\n", source=arxiv())
    assert done.findings[0].notes == ("version 1 is cited, and there is version 3",)


def test_a_lean_of_a_judge_that_only_finds_is_not_taken_for_support_where_few_words_are_shared() -> None:
    leaning = FakeJudge(lambda *_: Reading(Stance.SUPPORTS, sentences=(1,), trusted=False, bearing=0.7))
    text = "Programs call a model step by step with little context (arXiv:2305.11383). Chains dilute context (arXiv:2505.14810)."
    done = audited(text, source=arxiv(), judge=leaning)
    assert scale(done) == ["unchecked", "grounded"]


def test_text_and_json_tell_place_scale_reason_and_suggestion() -> None:
    done = audited(EVERY, source=arxiv())
    text = telling.as_text(done)
    assert "a.md:1:91: miscited: arXiv:2305.11383: its abstract does not say this, and another paper's does; suggested" in text
    assert "a.md:1:" not in text.split("a.md:1:91")[0]  # what stands is not shown
    assert text.endswith("6 citations: 1 grounded, 1 miscited, 1 metadata_mismatch, 1 not_found, 1 malformed, 1 withdrawn")
    found = telling.as_json(done)
    assert found["counts"]["miscited"] == 1
    assert found["complete"] is True
    assert found["citations"][0]["quote"]["text"] == "We show that chains dilute context."


def test_hostile_names_and_citations_cannot_steer_a_terminal() -> None:
    done = audited("It is so here \x1b]0;x\x07 (arXiv:2513.00001\x1b[31m).", name="a\x1b[2J.md", source=arxiv())
    assert "\x1b" not in telling.as_text(done)
    assert "\x1b" not in sarif.as_sarif(done)["runs"][0]["results"][0]["message"]["text"]


def test_sarif_has_what_the_standard_requires() -> None:
    log = json.loads(json.dumps(sarif.as_sarif(audited(EVERY, source=arxiv(), name="docs/a b.md"))))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "claimcheck"
    rules = [rule["id"] for rule in driver["rules"]]
    assert len(set(rules)) == len(rules)
    assert len(run["results"]) == 5  # what stands is no result
    for result in run["results"]:
        assert result["message"]["text"]
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("none", "note", "warning", "error")
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "docs/a%20b.md"
        region = place["region"]
        assert 1 <= region["startLine"] <= region["endLine"]
        assert region["startColumn"] < region["endColumn"]
        assert all(isinstance(value, str) for value in result["partialFingerprints"].values())
    assert len({json.dumps(r["partialFingerprints"]) for r in run["results"]}) == 5


def test_a_fingerprint_stays_when_the_paragraph_moves() -> None:
    def prints(text: str) -> list[object]:
        return [r["partialFingerprints"] for r in sarif.as_sarif(audited(text, source=arxiv()))["runs"][0]["results"]]

    assert prints(EVERY) == prints(f"Some words in front.\n\n{EVERY}")


@pytest.mark.parametrize("text", ["", "no citation here", "[broken](\n|||\n\\cite{", "arXiv:"])
def test_a_document_without_citations_is_done(text: str) -> None:
    done = audited(text, source=arxiv())
    assert (done.findings, done.exit) == ((), Exit.DONE)


def silent(claim: Claim, paper: Paper, _: int) -> Reading:
    """Find that a paper bears on a sentence, without a stance that counts."""
    return Reading(Stance.NOT_ENOUGH_INFO, sentences=(1,), bears=True, trusted=False)


def test_an_unchecked_citation_names_the_figures_and_names_that_stand_in_none_of_the_cited_papers() -> None:
    text = "Models reach 20-23 % with LLM Programs on chains (arXiv:2505.14810, arXiv:2305.11383)."
    done = audited(text, source=arxiv(), judge=FakeJudge(silent))
    assert scale(done) == ["unchecked", "unchecked"]
    for finding in done.findings:
        assert any("'20-23 %' stands nowhere in what was read of 2505.14810 and 2305.11383" in note for note in finding.notes)
        assert any("'LLM Programs' stands nowhere" in note for note in finding.notes)
    assert "note: '20-23 %'" in telling.as_text(done)


def test_what_stands_in_another_paper_of_the_sentence_is_not_doubted() -> None:
    has = Paper("2401.00001", "Programs of large language models", "We reach 21 % with SoftCoT.", 1, published=date(2024, 1, 2))
    source = FakeSource([RIGHT, has])
    done = audited(
        "SoftCoT reaches 20-23 % on chains (arXiv:2505.14810, arXiv:2401.00001).", source=source, judge=FakeJudge(silent)
    )
    assert scale(done) == ["unchecked", "unchecked"]
    assert all(finding.notes == () for finding in done.findings)


def test_a_grounded_citation_is_not_doubted() -> None:
    done = audited("Chains dilute context by 40 % (arXiv:2505.14810).", source=arxiv())
    assert scale(done) == ["grounded"]
    assert done.findings[0].notes == ()
