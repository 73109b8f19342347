"""Scientific claim sets, sentence by sentence: a rationale sentence carries the label, the abstract's other sentences do not.

Nothing that a set is scored on is read: no dev file but for the ids to leave out, of HealthVer no abstract that its dev pairs
use, and Climate-FEVER not at all.
"""

import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from training.examples import NEITHER, REFUTES, SUPPORTS, Example, bare, rows, shared, tidy

LABELS = {"SUPPORTS": SUPPORTS, "REFUTES": REFUTES, "NOT_ENOUGH_INFO": NEITHER}
_SHORTEST = 25  # characters of a sentence that may serve as a negative
_CITATION = re.compile(r"\[?<\|[^|]*\|>\]?")


def scientific(folder: Path, chance: random.Random) -> Iterator[Example]:
    """Yield the sets that no fold leaves out: HealthVer, COVID-Fact, Citation-Integrity, NLI4CT."""
    scored = {row["doc_id"] for row in rows(folder / "healthver/pairs_dev.jsonl.gz")}
    healthver = [row for row in rows(folder / "healthver/pairs_train.jsonl.gz") if row["doc_id"] not in scored]
    yield from _sentences(healthver, "healthver", 3, chance)
    yield from _sentences(rows(folder / "covidfact/pairs_train.jsonl.gz"), "covidfact", 2, chance)
    yield from _citations(folder)
    for row in rows(folder / "nli4ct/nli_train.jsonl.gz"):
        if len(row["premise"]) < 500:
            label = {"entailment": SUPPORTS, "contradiction": REFUTES}[row["label"]]
            yield Example(tidy(row["premise"]), tidy(row["hypothesis"]), label, "nli4ct")


def scifact(folder: Path, chance: random.Random) -> Iterator[Example]:
    """Yield SciFact's training claims with the abstracts they cite, and with the nearest ones they do not cite.

    A group is a claim; a document an abstract: a fold leaves out both.
    """
    cited = list(rows(folder / "scifact/pairs_train.jsonl.gz"))
    yield from _sentences(cited, "scifact", 4, chance, weight=2)
    corpus = list(rows(folder / "scifact/corpus.jsonl.gz"))
    by_word = _by_word(corpus)
    wanted: dict[int, tuple[str, set[int]]] = {}
    for row in cited:
        wanted.setdefault(row["claim_id"], (row["claim"], set()))[1].add(row["doc_id"])
    for id, (claim, own) in wanted.items():
        near = _neighbours(claim, by_word, own)
        for document in near[:1] + chance.sample(near[1:], min(1, len(near[1:]))):
            told = max(document["abstract"], key=lambda sentence: shared(claim, sentence))
            yield Example(
                tidy(told), tidy(claim), NEITHER, "scifact", tidy(document["title"]), f"scifact:{id}", str(document["doc_id"])
            )


def _sentences(found: Any, name: str, negatives: int, chance: random.Random, weight: int = 1) -> Iterator[Example]:
    for row in found:
        told: Sequence[str] = [tidy(s) for s in row["sentences"]]
        claim, title, label = tidy(row["claim"]), tidy(row["title"]), LABELS[row["label"]]
        place = (f"{name}:{row['claim_id']}", str(row["doc_id"]))
        shown = sorted({i for rationale in row["rationales"] for i in rationale})
        if label != NEITHER:
            for rationale in row["rationales"]:
                if 1 < len(rationale) <= 3 and max(rationale) - min(rationale) == len(rationale) - 1:
                    yield Example(" ".join(told[i] for i in sorted(rationale)), claim, label, name, title, *place, weight)
            for i in shown:
                yield Example(told[i], claim, label, name, title, *place, weight)
        others = sorted((s for i, s in enumerate(told) if i not in shown and len(s) > _SHORTEST), key=lambda s: -shared(claim, s))
        near, far = others[: (negatives + 1) // 2], others[(negatives + 1) // 2 :]
        for sentence in near + chance.sample(far, min(len(far), negatives // 2)):
            yield Example(sentence, claim, NEITHER, name, title, *place)


def _citations(folder: Path) -> Iterator[Example]:
    """Of the citations called inaccurate only those that contradict their source refute; the mildly inaccurate teach nothing."""
    scored = {bare(row["claim"]) for row in rows(folder / "citation_integrity/pairs_dev.jsonl.gz")}
    for row in rows(folder / "citation_integrity/pairs_train.jsonl.gz"):
        claim, fine = tidy(_CITATION.sub("", row["claim"])), set(row["fine_labels"] or ())
        label = SUPPORTS if row["label"] == "SUPPORTS" else REFUTES if fine == {"CONTRADICT"} else NEITHER
        told = " ".join(tidy(s) for s in row["sentences"][:2])[:500]
        known = row["label"] != "REFUTES" or fine & {"CONTRADICT", "NOT_SUBSTANTIATE", "IRRELEVANT"}
        if known and len(claim) < 300 and bare(row["claim"]) not in scored:
            yield Example(told, claim, label, "citation_integrity")


def _by_word(corpus: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for document in corpus:
        for word in set(bare(f"{document['title']} {' '.join(document['abstract'])}").split()):
            found.setdefault(word, []).append(document)
    return {word: documents for word, documents in found.items() if len(documents) <= 250}


def _neighbours(claim: str, by_word: dict[str, list[dict[str, Any]]], own: set[int]) -> list[dict[str, Any]]:
    """Return the eight documents that share most of the claim's rarer words, without the claim's own."""
    score: dict[int, float] = {}
    known: dict[int, dict[str, Any]] = {}
    for word in set(bare(claim).split()):
        for document in by_word.get(word, ()):
            if document["doc_id"] not in own:
                known[document["doc_id"]] = document
                score[document["doc_id"]] = score.get(document["doc_id"], 0) + 1 / len(by_word[word])
    return [known[id] for id in sorted(score, key=lambda id: (-score[id], id))[:8]]
