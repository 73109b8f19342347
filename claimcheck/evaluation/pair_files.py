"""Files of labelled pairs, in the two forms that claim verification and inference sets come in.

    {claim_id?, claim, doc_id?, title, sentences, label, rationales}     a claim and a document, its sentences counted from 0
    {premise, hypothesis, label}                                         a passage and a statement

How the sets spell their labels is in `labels`. A pair whose annotators did not agree (DISPUTED) is set aside and counted.
"""

from dataclasses import dataclass
from pathlib import Path

from claimcheck.domain.claim import Claim
from claimcheck.domain.evidence import Stance
from claimcheck.evaluation.documents import Document, passage, statement
from claimcheck.evaluation.labels import LABELS, NEITHER
from claimcheck.evaluation.loading import Once, Row, read

_KNOWN: dict[str, tuple[Stance | None]] = {name: (stance,) for name, stance in LABELS.items()}


@dataclass(frozen=True)
class LabelledPair:
    """A claim, a document, the label (None: set aside) and the sentences, counted from 0, that any rationale names."""

    claim: Claim
    document: Document
    label: Stance | None
    rationale: frozenset[int]


def load(path: Path) -> list[LabelledPair]:
    """Read the pairs; raise `Refused` for a file that has faults."""
    once = Once()
    texts: dict[str, tuple[str, int]] = {}

    def parse(row: Row) -> LabelledPair:
        if row.has("premise") or row.has("hypothesis"):
            stated, rationale = "hypothesis", frozenset[int]()
            told = passage("", (row.text("premise"),))
            _see(once, row, ("claim_id", "evidence_id") if row.has("evidence_id") else ("id",))
        else:
            stated = "claim"
            told = passage(row.nullable("title"), row.texts("sentences", least=1))
            rationale = _rationale(row, len(told.spans) or None)
            _see(once, row, ("claim_id", "doc_id"), "" if row.has("doc_id") else told.paper.id)
        text, claim_id = row.text(stated), row.id("claim_id") if row.has("claim_id") else ""
        first, line = texts.setdefault(claim_id, (text, row.number)) if claim_id and row.has(stated) else (text, 0)
        if first != text:
            row.wrong(f"claim {claim_id} has another text on line {line}")
        (label,) = row.label("label", _KNOWN, (NEITHER,))
        return LabelledPair(statement(claim_id or f"line-{row.number}", text), told, label, rationale)

    return read(path, parse)


def _see(once: Once, row: Row, names: tuple[str, ...], told: str = "") -> None:
    """Refuse an id, or the ids of claim and document together, that an earlier row has; `told` stands for an id not given."""
    given = tuple(row.id(name) if row.has(name) else "" for name in names)
    if given[0]:
        shown = ", ".join(f"{name} {id}" for name, id in zip(names, given, strict=True) if id)
        once.see(row, (*given, told), shown)


def _rationale(row: Row, size: int | None) -> frozenset[int]:
    named: set[int] = set()
    for found in row.items("rationales", (list, int), "lists of sentence numbers"):
        named.update(row.numbers(found if isinstance(found, list) else [found], size, "rationales"))
    return frozenset(named)
