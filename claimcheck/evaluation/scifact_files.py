"""SciFact's files: claims, corpus and predictions, refused where the official evaluator would stop or count something else."""

from collections.abc import Mapping
from pathlib import Path

from claimcheck.domain.evidence import Stance
from claimcheck.evaluation.documents import Document, document, numbered
from claimcheck.evaluation.labels import NEITHER, SCIFACT
from claimcheck.evaluation.loading import Once, Row, read, refuse
from claimcheck.evaluation.scifact import Gold, GoldClaim, Predicted


def load_corpus(path: Path) -> dict[str, Document]:
    """Read the documents: `doc_id`, `title`, `abstract` (a list of sentences)."""
    once = Once()

    def parse(row: Row) -> tuple[str, Document]:
        id = row.id("doc_id")
        once.see(row, id, f"document {id}")
        return id, document(numbered(row.number), row.nullable("title"), row.texts("abstract", least=1))

    return dict(read(path, parse))


def load_claims(path: Path, corpus: Mapping[str, Document] | None) -> list[GoldClaim]:
    """Read the claims: `id`, `claim`, `evidence`, `cited_doc_ids`; check the sentences against the corpus where there is one."""
    once = Once()

    def parse(row: Row) -> GoldClaim:
        id = row.id("id")
        once.see(row, id, f"claim {id}")
        evidence = {doc: _gold(row, doc, found, corpus) for doc, found in row.mapping("evidence").items()}
        cited = tuple(dict.fromkeys(row.ids("cited_doc_ids")))
        if corpus is not None:
            for doc in cited:
                if doc not in corpus and doc not in evidence:
                    row.wrong(f"document {doc} is not in the corpus")
        return GoldClaim(id, row.text("claim"), evidence, cited)

    return read(path, parse)


def load_predictions(
    path: Path, claims: list[GoldClaim], corpus: Mapping[str, Document] | None
) -> dict[str, dict[str, Predicted]]:
    """Read predictions: `id` and `evidence`, a label and a list of sentences for each document; none for not enough info."""
    once, known = Once(), {claim.id for claim in claims}

    def parse(row: Row) -> tuple[str, dict[str, Predicted]]:
        id = row.id("id")
        once.see(row, id, f"claim {id}")
        if id and id not in known:
            row.wrong(f"there is no claim {id} in the claims file")
        return id, {doc: _predicted(row, doc, found, corpus) for doc, found in row.mapping("evidence").items()}

    found = dict(read(path, parse))
    refuse([f"{path}: has no line for claim {c.id}; a claim without evidence needs one too" for c in claims if c.id not in found])
    return found


def _gold(row: Row, doc: str, found: object, corpus: Mapping[str, Document] | None) -> Gold:
    if not isinstance(found, list) or not found:
        row.wrong(f"document {doc}: its evidence is not a list of rationales")
        return Gold(NEITHER, ())
    size = _size(row, doc, corpus)
    labels, rationales = [], []
    for rationale in found:
        labels.append(_label(row, doc, rationale))
        told = rationale.get("sentences") if isinstance(rationale, dict) else None
        numbers = row.numbers(told, size, f"document {doc}")
        if not numbers or len(set(numbers)) < len(numbers):
            row.wrong(f"document {doc}: a rationale names no sentence, or one twice")
        rationales.append(frozenset(numbers))
    if len(set(labels)) > 1:
        row.wrong(f"document {doc}: has two labels; there must be one for a claim and a document")
    if sum(map(len, rationales)) > len(frozenset().union(*rationales)):
        row.wrong(f"document {doc}: its rationales overlap")
    return Gold(labels[0], tuple(rationales))


def _predicted(row: Row, doc: str, found: object, corpus: Mapping[str, Document] | None) -> Predicted:
    told = found.get("sentences") if isinstance(found, dict) else None
    return Predicted(_label(row, doc, found), row.numbers(told, _size(row, doc, corpus), f"document {doc}"))


def _label(row: Row, doc: str, found: object) -> Stance:
    label = found.get("label") if isinstance(found, dict) else None
    meant = SCIFACT.get(label.casefold()) if isinstance(label, str) else None
    if meant is None:
        row.wrong(
            f"document {doc}: unknown label {label!a}; known are SUPPORT, CONTRADICT; a document without evidence is left out"
        )
    return meant or NEITHER


def _size(row: Row, doc: str, corpus: Mapping[str, Document] | None) -> int | None:
    if corpus is None:
        return None
    if doc not in corpus:
        row.wrong(f"document {doc} is not in the corpus")
        return None
    return len(corpus[doc].spans)
