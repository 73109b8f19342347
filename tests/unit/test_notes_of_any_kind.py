"""Whatever a person's notes hold: a draft passes check and makes nothing up, and a citation's place is in the document."""

import asyncio
from datetime import date

from hypothesis import example, given, settings
from hypothesis import strategies as st

from claimcheck.adapters import claims_yaml
from claimcheck.audit.citation import Document
from claimcheck.audit.reading import read
from claimcheck.domain.claim import ClaimsFile
from claimcheck.importing.founded import unfounded
from claimcheck.importing.run import draft_claims

TODAY = date(2026, 11, 22)
_WORDS = (
    "arXiv:2505.14810|2305.11383v2|https://arxiv.org/abs/2502.12134|hep-th/9901001|arXiv:2513.1|(2025-05, |May 2025|Q3 2025|2025"
    "|(|)|[1]|[|]|- |* |1. |[1] |# |Findings:|Question: |?|. |; |word |Chains dilute context |**|_|`|\\cite{a}|\\|{|}|%|> |: |\t"
    "|@misc{a, eprint={2505.14810}}|\u00e9|\u200b|Q1: |see |#|'|\"|&|!|null|yes|1e3|2025-06-31|\\href{|\\url{"
).split("|")
NOTES = st.lists(st.sampled_from([*_WORDS, "|", "\n", "\n\n", "\n\n## References\n", "\n---\n", "\n|---|\n"]), max_size=50).map(
    "".join
)


def parse(text: str) -> ClaimsFile:
    return claims_yaml.parse(text.encode(), "draft", TODAY)


@given(NOTES)
@example("Q1: _")  # a question without a word
@settings(max_examples=60, deadline=None)
def test_every_draft_passes_check_and_every_id_and_date_stands_in_the_notes(notes: str) -> None:
    made = asyncio.run(draft_claims(notes, TODAY, parse))
    assert unfounded(parse(made.text), notes) == ()


@given(NOTES, st.sampled_from(["a.md", "a.tex", "a.bib"]))
@settings(max_examples=60, deadline=None)
def test_every_citation_has_its_place_in_the_document(text: str, name: str) -> None:
    lines = text.split("\n")
    for one in read([Document(name, text)], TODAY, lambda *_: None).citations:
        assert 1 <= one.line <= one.end_line <= len(lines)
        assert 1 <= one.column <= len(lines[one.line - 1])
        assert (one.id is None) == (one.wrong is not None)
