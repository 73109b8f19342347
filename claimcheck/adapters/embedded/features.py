"""What is seen of a paper beside a claim: the network's scores of its title and sentences, and a few plain words.

A row of numbers a paper, in the order of `NAMES`. Training and the judge both make it here. Scores of several sentences are taken
together in the ways that carry something of their own: the surest sentence, the three surest, and all, each by how much it bears.
"""

import math
import re
from collections.abc import Callable, Sequence

from claimcheck.adapters.embedded.network import Scores
from claimcheck.domain.claim import Claim
from claimcheck.domain.paper import Paper
from claimcheck.domain.text import content_words, stem

NAMES = (
    "bears_most", "bears_three", "supports_most", "refutes_most", "relaxes_most",
    "supports_over_refutes", "relaxes_over_both", "supports_over_refutes_all", "relaxes_over_both_all",
    "title_bears", "title_supports_over_refutes", "title_relaxes", "overlap", "best_overlap",
    "conflict_words", "remedy_words", "conflict_in_denial",
)  # fmt: skip
_FLOOR = 1e-4
_CONFLICT = re.compile(
    r"\b(?:contrary to|contradict\w*|fail(?:s|ed)? to|not (?:replicate|reproduce|hold|improve|help|necessar\w+)"
    r"|no (?:evidence|significant|clear|consistent)|challeng\w+|surprisingly|overestimat\w+|myth|worse than|rather than"
    r"|little|despite|however|only a|degrad\w+|refut\w+)\b",
    re.IGNORECASE,
)
_REMEDY = re.compile(
    r"\b(?:mitigat\w+|alleviat\w+|overcom\w+|without (?:sacrific\w+|degrad\w+|los\w+|compromis\w+|any)|preserv\w+|maintain\w+"
    r"|eliminat\w+|clos\w+ the gap|no longer|recover\w*|while (?:retaining|keeping|maintaining|preserving)"
    r"|we (?:propose|introduce|present)|depends? on|only (?:when|if)|under (?:certain|some))\b",
    re.IGNORECASE,
)
_DENIAL = re.compile(r"\b(?:not?|never|cannot|fails?|little|neither|without|no better|lacks?|unable)\b", re.IGNORECASE)


def pieces(paper: Paper) -> tuple[str, ...]:
    """Return the texts that are scored: the title, and each sentence behind it."""
    title = paper.title.rstrip(". ")
    return (title, *(f"{title}: {sentence.text}" for sentence in paper.sentences))


def row(claim: Claim, paper: Paper, scores: Sequence[Scores]) -> tuple[float, ...]:
    """Return a paper's row; `scores` are those of `pieces(paper)`, one or more."""
    title, told = scores[0], list(scores[1:]) or [scores[0]]
    surest = sorted(told, key=lambda s: -s.bears)
    best = surest[0]
    wanted = _stems(claim.text)
    words = [_stems(f"{paper.title} {s.text}") for s in paper.sentences] or [_stems(paper.title)]
    first = sorted(zip((s.bears for s in scores[1:]), (s.text for s in paper.sentences), strict=True), reverse=True)
    shown = " ".join(text for _, text in first[:2])
    conflict, denial = float(bool(_CONFLICT.search(shown))), float(bool(_DENIAL.search(claim.text)))
    return (
        _logit(best.bears),
        _logit(sum(s.bears for s in surest[:3]) / len(surest[:3])),
        _logit(max(s.supports for s in told)),
        _logit(max(s.refutes for s in told)),
        _logit(max(s.relaxes for s in told)),
        _over(best.supports, best.refutes),
        _over(best.relaxes, best.supports + best.refutes),
        _weighed(told, lambda s: _over(s.supports, s.refutes)),
        _weighed(told, lambda s: _over(s.relaxes, s.supports + s.refutes)),
        _logit(title.bears),
        title.bears * _over(title.supports, title.refutes),
        _logit(title.relaxes),
        len(wanted & frozenset().union(*words)) / max(1, len(wanted)),
        max(len(wanted & w) for w in words) / max(1, len(wanted)),
        conflict,
        float(bool(_REMEDY.search(shown))),
        conflict * denial,
    )


def _weighed(told: Sequence[Scores], of: Callable[[Scores], float]) -> float:
    total = sum(s.bears**2 for s in told)
    return sum(s.bears**2 * of(s) for s in told) / max(_FLOOR, total)


def _over(one: float, other: float) -> float:
    return math.log((one + _FLOOR) / (other + _FLOOR))


def _logit(share: float) -> float:
    held = min(1 - _FLOOR, max(_FLOOR, share))
    return math.log(held / (1 - held))


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(piece) for word in content_words(text) for piece in re.split(r"['\u2019-]", word) if len(piece) > 1)
