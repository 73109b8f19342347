"""Our own pairs: claims about language-model research beside arXiv abstracts, as training examples.

`field.jsonl` has a line a claim, `{"cluster", "kind", "claim", "contrary", "papers": {id: [stance, [sentences], own]},
"hard": [ids], "far": [ids]}`: the claims are the project's own words, the papers stand there by id only, and sentences by
the numbers that `domain.text.sentences` gives them. `hard` papers share the claim's topic and words and do not test it;
`far` ones are of the same cluster. `field_papers.jsonl` says of which text: `{"id", "version", "text"}`, the last a hash of
title and abstract. The abstracts come from a file of arXiv records that the user has; a paper whose text is another one
there is left out and counted.

Clusters are groups of seven or eight papers on one question. Those of `TEST` are never trained on, nor used to choose a
number.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from claimcheck.adapters.library.records import paper_of
from claimcheck.domain.paper import Paper
from claimcheck.domain.text import Sentence
from training.examples import CLASSES, NEITHER, REFUTES, SUPPORTS, Example, rows, shared

HERE = Path(__file__).parent
TEST = ("8", "16")  # the first part of the cluster's name: who wrote and labelled it
_LABELS = {name: number for number, name in enumerate(CLASSES)} | {"supersedes": SUPPORTS}
TURNED = {SUPPORTS: REFUTES, REFUTES: SUPPORTS}
_FRAMES = (
    "We find that {}", "Our results show that {}", "Experiments across several models reveal that {}", "{}", "We show that {}",
    "Surprisingly, {}", "In contrast to earlier reports, {}", "Overall, our analysis suggests that {}",
)  # fmt: skip
_FAR = 0.2  # share of the far papers that are shown


@dataclass(frozen=True)
class FieldPair:
    """A claim and a paper with the label, the sentences that show it, and whether it is the paper's own finding."""

    cluster: str
    kind: str
    claim: str
    contrary: str
    paper: Paper
    label: int
    sentences: tuple[int, ...]
    own: bool
    hard: bool

    @property
    def is_test(self) -> bool:
        """Tell whether the pair is kept for the final measurement."""
        return self.cluster.partition("-")[0] in TEST


def field(data: Path, chance: random.Random) -> Iterator[Example]:
    """Yield the examples of all clusters that may be trained on; a group is a cluster."""
    for pair in pairs(data):
        if not pair.is_test and (pair.label != NEITHER or pair.hard or chance.random() < _FAR):
            yield from _examples(pair, chance)
    yield from _spoken(data, chance)


@cache
def pairs(data: Path) -> tuple[FieldPair, ...]:
    """Return every labelled pair whose paper the records have with the text that was labelled."""
    papers = _papers(data / "arxiv.jsonl.gz")
    found = []
    for row in rows(HERE / "field.jsonl"):
        named = {**row["papers"], **{id: ["not_enough_info", [], True] for id in (*row["hard"], *row["far"])}}
        for id, (stance, numbers, own) in named.items():
            if id in papers:
                place = (row["cluster"], row["kind"], row["claim"], row["contrary"], papers[id])
                found.append(FieldPair(*place, _LABELS[stance], tuple(numbers), own, id in row["hard"]))
    return tuple(found)


def _papers(records: Path) -> dict[str, Paper]:
    wanted = {row["id"]: row["text"] for row in rows(HERE / "field_papers.jsonl")}
    found = {row["id"]: paper_of(row) for row in rows(records) if row["id"] in wanted}
    same = {id: paper for id, paper in found.items() if paper.fingerprint == wanted[id]}
    if len(same) < len(wanted):
        print(f"{records}: {len(wanted) - len(same)} of {len(wanted)} papers are missing or have another text; left out")
    return same


def _examples(pair: FieldPair, chance: random.Random) -> Iterator[Example]:
    """Yield a pair's examples. What supports or refutes the claim is shown beside its contrary too, to the contrary effect."""
    told = pair.paper.sentences
    numbered = {s.number: s.text for s in told}
    place = ("field", pair.paper.title, f"field:{pair.cluster}", pair.paper.id)
    for text, label in _pieces(pair, told, numbered):
        if label in TURNED:
            yield Example(text, pair.claim, label, *place)
            yield Example(text, pair.contrary, TURNED[label], *place)
        else:
            claim = pair.contrary if label == NEITHER and chance.random() < 0.5 else pair.claim
            yield Example(text, claim, label, *place, 1 if label == NEITHER else 2)


def _spoken(data: Path, chance: random.Random) -> Iterator[Example]:
    """Yield claims as papers would report them, beside the claim and its contrary: alike in all words but the direction."""
    said = {(pair.cluster, pair.claim, pair.contrary) for pair in pairs(data) if not pair.is_test}
    for cluster, claim, contrary in sorted(said):
        for evidence, about in chance.sample([(claim, claim), (claim, contrary), (contrary, claim), (contrary, contrary)], 2):
            text = chance.choice(_FRAMES).format(evidence[0].lower() + evidence[1:] if evidence[1].islower() else evidence)
            yield Example(text, about, SUPPORTS if evidence == about else REFUTES, "spoken", "", f"field:{cluster}", "")


def _pieces(pair: FieldPair, told: tuple[Sentence, ...], numbered: dict[int, str]) -> Iterator[tuple[str, int]]:
    """Yield texts of a paper with their label: what shows it alone and together, and what only sounds alike."""
    shown = [n for n in sorted(pair.sentences) if n in numbered]
    for number in shown:
        yield numbered[number], pair.label
    if len(shown) > 1 and shown[-1] - shown[0] == len(shown) - 1:
        yield " ".join(numbered[n] for n in shown), pair.label
    # In a paper that bears on the claim, only what stands before the result is safely none of it.
    others = [s for s in told if not shown or s.number < shown[0]]
    near = sorted(others, key=lambda s: -shared(pair.claim, s.text))
    for sentence in near[:1]:
        yield sentence.text, NEITHER
