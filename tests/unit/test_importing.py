"""Notes of many kinds become claims: what is copied, what is marked, what is left out, and that nothing is made up."""

import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from claimcheck.adapters import claims_yaml
from claimcheck.domain.claim import ClaimsFile
from claimcheck.domain.evidence import Usage
from claimcheck.errors import Denied, JudgeUnavailable
from claimcheck.importing.founded import unfounded
from claimcheck.importing.run import Imported, draft_claims
from claimcheck.ports import Pointed, Pointer, Pointing, UnusableAnswer

TODAY = date(2026, 11, 22)
SEED = Path(__file__).resolve().parents[3] / "shared" / "seed" / "research-prompt.txt"

# A research prompt of the seed's kind, in our own words.
PROMPT = """\
Does retrieval still help models with long windows?

Some prose that names no paper, and ends in a question that is none of ours? It goes on at length.

You are an analyst who re-tests claims on retrieval. The question: *Do long context windows make retrieval unnecessary?*

What a library found (dated claims, not current truth):
- Facts in the middle of a long prompt are found *less* often than those at its ends (2023-07, arXiv:2307.03172).
- Retrieval beats a longer window at equal cost (2024-07, arXiv:2407.16833).
- Sinks hold the first tokens; heads that retrieve are few (2023-09 & 2024-04, arXiv:2309.17453, arXiv:2404.15574).

Anchor papers (verify; mind their dates):
- arXiv:2307.03172 (2023-07): the position effect.
- arXiv:2406.13121 (2024-06): long windows subsume retrieval.

Your task:
(1) **Re-test each claim.** Has a newer model relaxed it?
(2) **Propose 2 questions:**
   - Q1: Does training on long documents remove the position effect?
   - Q2: At which length does retrieval stop to pay?

Cite arXiv IDs.
"""
BULLETS = """\
# Long context notes

## Claims so far
* **Middle gets lost.** Models answer worse when the fact stands in mid-prompt [Liu et al., July 2023](https://arxiv.org/abs/2307.03172).
* Retrieval heads are sparse: less than 5 % of the heads do the copying (arXiv:2404.15574v1, 24 April 2024)
* Longer windows make retrieval unnecessary

## Open questions
- Does position bias vanish after training on long documents?
- RQ2: How much of it is attention sink?
"""
PARAGRAPHS = """\
In May 2025, two groups said that longer thinking hurts. Gema et al. find that accuracy can fall when the reasoning budget
grows (arXiv:2507.14417). A different picture comes from arXiv:2501.19393, where forcing a model to think longer raises its score
on competition mathematics. Nothing is known of smaller models.

Earlier work on scaling (Hoffmann et al., 2022; arXiv:2203.15556) holds that parameters and tokens should grow together.
Size alone does not decide. (arXiv:2001.08361)
"""
NUMBERED = """\
Question: Can a model find its own mistakes?

What we know (as of Q3 2025):
1. Without outside feedback, self-correction lowers accuracy on reasoning tasks [1].
2) Reinforcement learning on own corrections makes it work, since Q3 2024 [2, 3].

References
[1] Huang et al. On self-correction. arXiv:2310.01798, October 2023.
[2] Kumar et al. arXiv:2409.12917 (2024)
[3] Qu et al. https://arxiv.org/pdf/2407.18219v2.pdf
[4] Never cited. arXiv:2406.01297
"""
TABLE = """\
| finding | paper | date |
|---|---|---|
| Small models gain nothing from chain of thought | arXiv:2201.11903 | Jan 2022 |
| Voting over many answers raises accuracy | [2203.11171](https://arxiv.org/abs/2203.11171) | 2022-03 |
| One sentence in the prompt is enough | 2205.11916 | |
"""
BIBTEX = """\
Why do instructions get lost?

Tuning on a thousand careful examples is enough for good style [@zhou2023lima]. Most of what alignment changes are
stylistic tokens \\cite{lin2023}.

@article{zhou2023lima,
  title={{LIMA}: Less Is More}, journal={arXiv preprint arXiv:2305.11206}, year={2023}
}
@misc{lin2023, title="The Unlocking Spell", eprint = {2312.01552}, archivePrefix={arXiv}, year = 2023 }
"""
OLD_IDS = """\
- Gauge theory on a stack of branes is dual to gravity in a curved space (hep-th/9711200, November 1997).
- The quantum threshold theorem allows long computation, arXiv:quant-ph/9906129, 1999-06.
- An inflating universe may be eternal; see math.GT/0309136 and astro-ph/0702178
- The figure was 1234.5678 in run 2; nothing is cited here
"""
ENTRIES = """\
2505.14810: reasoning training lowers instruction adherence, more with longer chains
arXiv:2502.12134 - a frozen backbone with soft thoughts keeps what the model knew
  * https://huggingface.co/papers/2504.09858 \u2014 programs decompose tasks into steps
"""
BAD = """\
Findings:
- Something holds in general across models (arXiv:2513.99999, 2030-01).
- Something else holds for all but the smallest models (arXiv:2505.1481; arXiv:2505.14810v2).
"""
ALL = {
    "prompt": PROMPT,
    "bullets": BULLETS,
    "paragraphs": PARAGRAPHS,
    "numbered": NUMBERED,
    "table": TABLE,
    "bibtex": BIBTEX,
    "old ids": OLD_IDS,
    "entries": ENTRIES,
    "bad": BAD,
    "nothing": "Just a line.\n",
    "empty": "",
}


def parse(text: str) -> ClaimsFile:
    return claims_yaml.parse(text.encode(), "draft", TODAY)


def imported(notes: str, pointer: Pointer | None = None) -> Imported:
    return asyncio.run(draft_claims(notes, TODAY, parse, pointer))


def claims(notes: str) -> list[tuple[str, str, list[tuple[str, str | None]]]]:
    file = parse(imported(notes).text)
    return [(c.text, str(c.asserted), [(a.id, str(a.date) if a.date else None) for a in c.anchors]) for c in file.claims]


@pytest.mark.parametrize("notes", ALL.values(), ids=ALL.keys())
def test_every_draft_passes_check_and_holds_only_ids_and_dates_of_the_notes(notes: str) -> None:
    made = imported(notes).text
    assert unfounded(parse(made), notes) == ()


def test_a_research_prompt_gives_its_findings_its_question_and_its_further_questions() -> None:
    file = parse(imported(PROMPT).text)
    assert [c.text for c in file.claims] == [
        "Facts in the middle of a long prompt are found less often than those at its ends.",
        "Retrieval beats a longer window at equal cost.",
        "Sinks hold the first tokens; heads that retrieve are few.",
    ]
    assert [[a.id for a in c.anchors] for c in file.claims] == [["2307.03172"], ["2407.16833"], ["2309.17453", "2404.15574"]]
    assert [str(a.date) for a in file.claims[2].anchors] == ["2023-09", "2024-04"]
    (inquiry,) = file.inquiries
    assert inquiry.question == "Do long context windows make retrieval unnecessary?"
    assert inquiry.questions == (
        "Does training on long documents remove the position effect?",
        "At which length does retrieval stop to pay?",
    )


def test_a_paper_of_the_list_that_no_finding_cites_is_told_and_makes_no_claim() -> None:
    made = imported(PROMPT)
    assert made.draft.unused == ("2406.13121",)
    assert "# check: named in the notes, and no claim rests on it: 2406.13121" in made.text


@pytest.mark.skipif(not SEED.exists(), reason="the folder `shared` with the seed is not beside the repository")
def test_the_seed_gives_all_five_findings_every_id_and_both_questions() -> None:
    notes = SEED.read_text(encoding="utf-8")
    file = parse(imported(notes).text)
    assert len(file.claims) == 5
    ids = {a.id for c in file.claims for a in c.anchors}
    assert ids == {"2505.14810", "2305.11383", "2502.12134", "2506.02878", "2508.01191", "2504.09858"}
    assert len(file.inquiries[0].questions) == 2
    assert file.inquiries[0].question.startswith("Does scaling reasoning capability inherently degrade instruction adherence")
    assert all(a.date for c in file.claims for a in c.anchors)


def test_bullets_with_links_and_worded_dates() -> None:
    assert claims(BULLETS) == [
        ("Middle gets lost. Models answer worse when the fact stands in mid-prompt.", "2023-07", [("2307.03172", "2023-07")]),
        ("Retrieval heads are sparse: less than 5 % of the heads do the copying", "2024-04-24", [("2404.15574v1", "2024-04-24")]),
    ]
    made = imported(BULLETS).text
    assert "# check: commented out: no arXiv id stands here" in made
    assert "#     Longer windows make retrieval unnecessary" in made
    assert parse(made).inquiries[0].questions == ("How much of it is attention sink?",)


def test_paragraphs_give_a_claim_a_citing_sentence() -> None:
    assert claims(PARAGRAPHS) == [
        ("Gema et al. find that accuracy can fall when the reasoning budget grows.", "2025-07", [("2507.14417", None)]),
        (
            "A different picture comes from arXiv:2501.19393, where forcing a model to think longer raises its score on "
            "competition mathematics.",
            "2025-01",
            [("2501.19393", None)],
        ),
        (
            "Earlier work on scaling holds that parameters and tokens should grow together.",
            "2022",
            [("2203.15556", "2022")],
        ),
        ("Size alone does not decide.", "2020-01", [("2001.08361", None)]),
    ]
    assert "# check: no date stands here; 2025-07 is the month of 2507.14417" in imported(PARAGRAPHS).text


def test_marks_lead_to_the_papers_of_the_list_of_references() -> None:
    made = imported(NUMBERED)
    assert claims(NUMBERED) == [
        ("Without outside feedback, self-correction lowers accuracy on reasoning tasks.", "2023-10", [("2310.01798", "2023-10")]),
        (
            "Reinforcement learning on own corrections makes it work, since Q3 2024.",
            "2024",
            [("2409.12917", "2024"), ("2407.18219v2", None)],
        ),
    ]
    assert "the notes say 'Q3 2024'; write the month if you know it" in made.text
    assert made.draft.question == "Can a model find its own mistakes?"
    assert made.draft.unused == ("2406.01297",)


def test_rows_of_a_table_are_claims_and_its_head_is_none() -> None:
    assert claims(TABLE) == [
        ("Small models gain nothing from chain of thought", "2022-01", [("2201.11903", "2022-01")]),
        ("Voting over many answers raises accuracy", "2022-03", [("2203.11171", "2022-03")]),
        ("One sentence in the prompt is enough", "2022-05", [("2205.11916", None)]),
    ]
    assert "2205.11916 is taken for an arXiv id by its form" in imported(TABLE).text


def test_bibtex_in_the_notes_resolves_keys_and_is_no_claim_itself() -> None:
    assert [(text, [id for id, _ in anchors]) for text, _, anchors in claims(BIBTEX)] == [
        ("Tuning on a thousand careful examples is enough for good style.", ["2305.11206"]),
        ("Most of what alignment changes are stylistic tokens.", ["2312.01552"]),
    ]


def test_ids_of_before_2007_and_several_a_claim() -> None:
    assert [(asserted, [id for id, _ in anchors]) for _, asserted, anchors in claims(OLD_IDS)] == [
        ("1997-11", ["hep-th/9711200"]),
        ("1999-06", ["quant-ph/9906129"]),
        ("2003-09", ["math/0309136", "astro-ph/0702178"]),
    ]


def test_a_list_that_opens_with_papers_gives_claims_to_look_at() -> None:
    assert [(text, [id for id, _ in anchors]) for text, _, anchors in claims(ENTRIES)] == [
        ("reasoning training lowers instruction adherence, more with longer chains", ["2505.14810"]),
        ("a frozen backbone with soft thoughts keeps what the model knew", ["2502.12134"]),
        ("programs decompose tasks into steps", ["2504.09858"]),
    ]
    assert imported(ENTRIES).text.count("taken from a list of papers") == 3


def test_malformed_ids_and_days_to_come_are_left_out_and_told() -> None:
    made = imported(BAD).text
    assert [c[2] for c in claims(BAD)] == [[("2505.14810v2", None)]]
    assert "'arXiv:2513.99999' is left out: '2513.99999' names month 13, which no year has" in made
    assert "'2030-01' lies in the future and is left out" in made
    assert "'arXiv:2505.1481' is left out" in made


def test_what_a_claims_file_refuses_of_one_finding_is_commented_out_and_the_rest_stands() -> None:
    notes = f"- {'word ' * 900} ends here (arXiv:2505.14810).\n- A shorter statement stands (arXiv:2305.11383).\n"
    made = imported(notes)
    assert [c[0] for c in claims(notes)] == ["A shorter statement stands."]
    assert made.draft.findings[0].refused is not None
    assert "at most 2,000 are allowed" in made.draft.findings[0].refused


def test_text_that_looks_like_yaml_or_hides_something_stays_text() -> None:
    notes = (
        "- key: [a, {b}] # no comment & *no alias* \u200b\u202e! %tag (arXiv:2505.14810)\n"
        "- '---' \"quoted words\": yes (arXiv:2305.11383)\n"
    )
    assert [c[0] for c in claims(notes)] == ["key: [a, {b}] # no comment & no alias! %tag", "'---' \"quoted words\": yes"]


class Points:
    """A model that points at what a test says."""

    model = "local"

    def __init__(self, answer: Pointing | Exception) -> None:
        self.answer = answer
        self.lines: list[str] = []

    async def point(self, lines: Sequence[str]) -> tuple[Pointing, Usage]:
        self.lines = list(lines)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer, Usage()


LOOSE = "The middle gets lost\nin long prompts.\n\nIs that so everywhere?\n\nNotes on it:\n\n* source: 2307.03172, July 2023\n"


def test_a_model_points_at_lines_and_code_copies_them() -> None:
    model = Points(Pointing((Pointed((1,), (4,)),), question=2))
    made = imported(LOOSE, model)
    file = parse(made.text)
    assert model.lines[0].startswith("The middle gets lost")
    assert [(c.text, str(c.asserted), [a.id for a in c.anchors]) for c in file.claims] == [
        ("The middle gets lost in long prompts.", "2023-07", ["2307.03172"])
    ]
    assert file.inquiries[0].question == "Is that so everywhere?"
    assert "sentences chosen by local, copied by code" in made.text
    assert claims(LOOSE) == []  # by rule that is beyond us


@pytest.mark.parametrize("wrong", [JudgeUnavailable("gone"), UnusableAnswer("no numbers")])
def test_a_model_that_does_not_answer_well_leaves_a_draft_by_rule_that_says_so(wrong: Exception) -> None:
    made = imported(PROMPT, Points(wrong))
    assert made.by_rule_because == str(wrong)
    assert made.text == imported(PROMPT).text


def test_a_model_server_that_refuses_us_ends_the_import() -> None:
    with pytest.raises(Denied):
        imported(PROMPT, Points(Denied("no key")))
