"""A judge that compares words and knows no more: which papers bear on a claim, and which of their sentences to look at.

It counts content words (stemmed, hyphenated ones split) that a claim, with its parts, shares with the whole of title and abstract
and with the best sentence together with the title:

    bears on the claim      (shared with the whole + shared with the best sentence) / (words of the claim + 12) >= .26
    leans to support        (shared with the whole + shared with the best sentence) / (words of the claim's text) >= .85

Stances are not its business: a lean is never trusted, so it counts for no verdict and only shows where an anchor's own words
repeat the claim. One stance is trusted, and hardly ever met: `refutes`, where the authors themselves say in one sentence, in so
many words, that a claim of this wording does not stand.

Measured on the development half of the re-test set (215 pairs of a claim and a newer paper on its topic, 146 of which bear on it;
the numbers above were tuned on it, so expect less elsewhere):

    bears                       precision .73, recall .89; bearing on every claim has .68 and 1
                                of the hard negatives (same topic, claim not tested) .68 pass, of random papers .04
    leans to support            of supporting papers .33, of refuting .18, of hard negatives .13; of the claims' own anchors
                                13 of 17, of 2 papers cited for what another says none
    shows a right sentence      among its one to three in .84 (by shared words alone in .40)
    refutes, trusted            on none of these pairs, and on none of 10,824 of five public claim sets: precision not known

Of a paper read in full it is the abstract that tells whether the paper bears on the claim: that is what was measured, and
passages chosen by the claim's words share them anyway. The sentences to look at are then the best of all.

So it tells a paper on the topic from one on something else, not a paper that tests the claim from one that does not.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from claimcheck.domain.claim import Claim
from claimcheck.domain.evidence import Reading, Stance, Usage
from claimcheck.domain.paper import Paper
from claimcheck.domain.text import ABSTRACT, STOPWORDS, Sentence, content_words, stem
from claimcheck.ports import Answer, JudgeName, Question, QuestionMaterial

_BEARS, _SMOOTHING = 0.26, 12
_LEANS = 0.85
_SAME_WORDING = 0.6
_MOST_SENTENCES, _NEAR_BEST = 3, 0.7
_RESULT_BONUS, _END_BONUS = 2.0, 2.0  # in shared words: abstracts tell their results in such words, and towards the end
_RESULT = re.compile(
    r"\b(?:f(?:ind|inds|ound|indings?)|show(?:s|ed|n)?|reveals?|demonstrates?|observed?|results?|outperform\w*|conclude|suggests?"
    r"|achiev\w+|improv\w+|evidence|surprisingly|experiments)\b",
    re.IGNORECASE,
)
_CLAIMED = r"(?:\w+ ){0,3}(?:claims?|findings?|beliefs?|assumptions?|hypothes[ie]s|conclusions?|notion|view)"
_CONFLICT = re.compile(
    rf"\bfail(?:s|ed)? to (?:replicate|reproduce)\b|\b(?:could|did|do) not (?:replicate|reproduce)\b"
    rf"|\bcontrary to {_CLAIMED}\b|\bcontradict(?:s|ed|ing)? {_CLAIMED}\b"
    rf"|\b(?:refut|challeng|disprov|debunk)(?:e|es|ed|ing) {_CLAIMED}\b|\b(?:does|do|did) not hold\b",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(?:we|our|ours|us|here)\b|\bthis (?:paper|work|study|article)\b", re.IGNORECASE)
_NEGATED = re.compile(
    r"\b(?:not?|never|none|neither|nor|without|cannot|fail\w*|lack\w*|unable|rather than|contrary|contradict\w*)\b|n['\u2019]t\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Overlap:
    """How many of `wanted` words the whole paper and its best sentence (with the title) share."""

    wanted: int
    whole: int
    best: int

    @property
    def bears(self) -> bool:
        return (self.whole + self.best) / (self.wanted + _SMOOTHING) >= _BEARS

    @property
    def leans(self) -> bool:
        return self.wanted > 0 and (self.whole + self.best) / self.wanted >= _LEANS


class LexicalJudge:
    """Compares words. Says which papers bear on a claim; leaves the stance to a person or a model."""

    can_reread = False

    def __init__(self) -> None:
        self.name = JudgeName("embedded", "lexical-1", "none")

    async def read(self, claim: Claim, paper: Paper, attempt: int = 1) -> Answer:
        """Compare the words; every attempt gives the same reading."""
        return Answer(_reading(claim, paper), Usage(), self.name.model)

    async def phrases(self, claim: Claim) -> tuple[tuple[str, ...], Usage]:
        """Return no phrases: that takes a language model."""
        return (), Usage()

    async def questions(self, material: Sequence[QuestionMaterial]) -> tuple[tuple[Question, ...], Usage]:
        """Draft no questions: that takes a language model."""
        return (), Usage()


def repeats(claim: Claim, paper: Paper) -> bool:
    """Tell whether title and abstract repeat so many of the claim's words that the paper leans to support it."""
    told = tuple(sentence for sentence in paper.sentences if sentence.where == ABSTRACT)
    return _overlap(_stems(claim.text), _stems(paper.title), told).leans


def _reading(claim: Claim, paper: Paper) -> Reading:
    text = _stems(claim.text)
    all_parts = text.union(*(_stems(part) for part in (claim.durable, claim.perishable) if part))
    told, title = tuple(s for s in paper.sentences if s.where == ABSTRACT), _stems(paper.title)
    stated = _overlap(text, title, told)
    shares = f"shares {stated.whole} of {stated.wanted} content words"
    conflict = _conflict(claim, text, told)
    if conflict:
        reason = f"one sentence says in so many words that this does not stand; {shares}; lexical reading"
        return Reading(Stance.REFUTES, sentences=(conflict.number,), confidence=0.6, reason=reason)
    if not (_overlap(all_parts, title, told).bears or stated.leans):
        return Reading(Stance.NOT_ENOUGH_INFO, reason=f"{shares}; lexical reading", trusted=False, bears=False)
    return Reading(
        stance=Stance.SUPPORTS if stated.leans else Stance.NOT_ENOUGH_INFO,
        sentences=_best(text, paper.sentences),
        confidence=round(stated.whole / max(1, stated.wanted), 3),
        reason=f"{shares}; lexical reading, stance not judged",
        trusted=False,
    )


def _stems(text: str) -> frozenset[str]:
    """Return the stems of the content words, those of a hyphenated word one by one."""
    pieces = (piece for word in content_words(text) for piece in re.split(r"['\u2019-]", word))
    return frozenset(stem(p) for p in pieces if p not in STOPWORDS and (len(p) > 1 or p.isdigit()))


def _overlap(wanted: frozenset[str], title: frozenset[str], told: Sequence[Sentence]) -> _Overlap:
    present = [title | _stems(s.text) for s in told]
    best = max((len(wanted & words) for words in present), default=0)
    return _Overlap(len(wanted), len(wanted & title.union(*present)), best)


def _best(wanted: frozenset[str], told: Sequence[Sentence]) -> tuple[int, ...]:
    """Return the numbers of the sentences to look at, the best and those near it, in their order in the paper."""
    worth = {s.number: _worth(wanted, s, len(told)) for s in told}
    ranked = sorted(worth, key=lambda number: (-worth[number], number))
    return tuple(sorted(n for n in ranked[:_MOST_SENTENCES] if worth[n] >= _NEAR_BEST * worth[ranked[0]]))


def _worth(wanted: frozenset[str], sentence: Sentence, of: int) -> float:
    result = _RESULT_BONUS if _RESULT.search(sentence.text) else 0.0
    return len(wanted & _stems(sentence.text)) + result + _END_BONUS * sentence.number / of


def _conflict(claim: Claim, wanted: frozenset[str], told: Sequence[Sentence]) -> Sentence | None:
    """Return a sentence in which the authors say that a claim of this wording does not stand.

    Not for a claim that is worded as a denial: there the same words agree with it.
    """
    if not wanted or _NEGATED.search(claim.text):
        return None
    for sentence in told:
        explicit = _CONFLICT.search(sentence.text) and _OWN.search(sentence.text)
        if explicit and len(wanted & _stems(sentence.text)) / len(wanted) >= _SAME_WORDING:
            return sentence
    return None
