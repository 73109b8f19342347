"""Denials: sentences that deny a finding in so many words, where a reading says that they support a claim.

Half of "We do NOT find that it rises" says the contrary of the whole. Quotes are whole sentences, so a person sees it; a judge
may not have. So a support by nothing but denials is not counted: the paper bears on the claim, and whether it supports or refutes
it waits for a person. Of 2,115 labelled rationales that do support a claim 18 deny something (tests/bench/RESULTS.md). A claim
that denies something itself is left out: a denial may well support it.
"""

import re
from dataclasses import replace

from claimcheck.domain.claim import Claim
from claimcheck.domain.evidence import DENIES, NOT_JUDGED, Evidence, Reading, Stance, evidence
from claimcheck.domain.paper import Paper

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


def tied(claim: Claim, paper: Paper, reading: Reading) -> Evidence:
    """Tie a reading to its paper (see `evidence`), with the stance withheld of a support by nothing but denials."""
    return withheld(claim, evidence(paper, reading))


def withheld(claim: Claim, item: Evidence) -> Evidence:
    """Return evidence with its stance withheld where it supports a claim by nothing but sentences that deny something."""
    if not item.counted or item.stance is not Stance.SUPPORTS or _NEGATIVE.search(claim.text):
        return item
    if not all(denies(quote.text) for quote in item.quotes):
        return item
    return replace(item, trusted=False, flags=item.flags | {NOT_JUDGED, DENIES})


def waits(item: Evidence) -> bool:
    """Tell whether the stance of a piece of evidence is withheld, and no person has looked at it yet."""
    return DENIES in item.flags and item.review is None


def why(item: Evidence) -> str:
    """Say why a person must look at evidence that waits."""
    return (
        f"{item.paper.arxiv_id} supports it by the judge's reading, by nothing but sentences that say something was not found; "
        "it is not counted until a person has looked"
    )
