"""Denials: sentences that deny a finding in so many words, where a reading says that they support a claim.

Half of "We do NOT find that it rises" says the contrary of the whole. Quotes are whole sentences, so a person sees it; a judge
may not have. A denial by its form changes no stance, it is a reason to look: of 2,115 labelled rationales that do support a
claim 18 deny something (tests/bench/RESULTS.md). A claim that denies something itself is left out: a denial may well support it.
"""

import re
from collections.abc import Sequence

from claimcheck.domain.claim import Claim
from claimcheck.domain.evidence import Evidence, Stance

_TO_FIND = r"(?:find|observe|see|show|support|confirm|replicate|reproduce|detect|demonstrate|indicate|suggest|reveal|establish)"
_DENIAL = re.compile(
    rf"\b(?:do|does|did|could|can)(?: not|n['\u2019]t|not) (?:\w+ ){{0,2}}{_TO_FIND}\b"
    rf"|\bfail(?:s|ed)? to {_TO_FIND}\b"
    r"|\b(?:find|found|finds|is|was|see|saw|shows?|showed) no (?:\w+ )?(?:evidence|sign|indication)\b",
    re.IGNORECASE,
)
_NEGATIVE = re.compile(
    r"\b(?:not|no|never|cannot|without|fails?|failed|lacks?|neither|nor|hardly|unable)\b|n['\u2019]t\b", re.IGNORECASE
)


def denies(sentence: str) -> bool:
    """Tell whether a sentence says that something was not found."""
    return _DENIAL.search(sentence) is not None


def denials(claim: Claim, items: Sequence[Evidence]) -> tuple[str, ...]:
    """Return a reason to look for each piece of evidence that supports a claim by nothing but sentences that deny something."""
    if _NEGATIVE.search(claim.text):
        return ()
    return tuple(
        f"{item.paper.arxiv_id} supports it by the judge's reading, by nothing but sentences that say something was not found"
        for item in items
        if item.stance is Stance.SUPPORTS and item.quotes and all(denies(quote.text) for quote in item.quotes)
    )
