"""The mix: which examples each stage sees, and the guard that keeps what is scored out of it."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from training.examples import CLASSES, Example, bare, rows
from training.general import general
from training.priors import with_priors
from training.scientific import scientific, scifact

FOLDS = 5
# Of the general sets a fold's stage repeats so many pairs, lest it forget them.
_REPEATED = {
    "lingnli": 2500,
    "mnli": 600,
    "cad_snli": 800,
    "polarity": 400,
    "healthver": 1200,
    "covidfact": 600,
    "citation_integrity": 400,
}


def general_stage(data: Path, chance: random.Random) -> list[Example]:
    """Return the examples of the first stage."""
    return list(guarded([*general(data / "claims", chance), *scientific(data / "claims", chance)], data))


def fold_stage(data: Path, fold: int, chance: random.Random, without: frozenset[str] = frozenset()) -> list[Example]:
    """Return the examples of the second stage that fold `fold`, from 1, may see; `without` leaves sources out."""
    from training.field import field

    apart = list(rows(fold_file(data, fold)))
    left_out = {f"scifact:{row['id']}" for row in apart}
    hidden = {str(document) for row in apart for document in row["cited_doc_ids"]}
    kept = [e for e in scifact(data / "claims", chance) if e.group not in left_out and e.document not in hidden]
    kept += [e for e in field(data, chance) if fold_of(e.group) != fold]
    taken: Counter[str] = Counter()
    earlier = general_stage(data, chance)
    chance.shuffle(earlier)
    for example in earlier:
        most = _REPEATED.get(example.source, 0)
        if most is None or taken[example.source] < most:
            taken[example.source] += 1
            kept.append(example)
    return with_priors([e for e in guarded(kept, data) if e.source not in without])


def fold_file(data: Path, fold: int) -> Path:
    """Return the file of the SciFact claims that fold `fold` leaves out."""
    return data / f"claims/scifact/cross_validation/fold_{fold}/claims_dev_{fold}.jsonl"


def fold_of(cluster: str) -> int:
    """Return the fold, from 1, that a field cluster is left out of; 0 for one that all folds see."""
    return int(cluster.rpartition("-")[2]) % FOLDS + 1 if cluster.startswith("field:") else 0


def guarded(found: Iterable[Example], data: Path) -> Iterator[Example]:
    """Leave out what repeats a claim of a scoring set, and what repeats another example."""
    scored = {
        bare(row["claim"])
        for name in ("healthver", "citation_integrity")
        for row in rows(data / f"claims/{name}/pairs_dev.jsonl.gz")
    }
    scored |= {bare(row["claim"]) for row in rows(data / "claims/climate_fever/claims.jsonl.gz")}
    scored |= {bare(row["text"]) for row in rows(data / "retest/dev/claims.jsonl")}
    seen: set[tuple[str, str, str]] = set()
    for example in found:
        key = (example.title, example.evidence, example.claim)
        if bare(example.claim) not in scored and example.evidence and key not in seen:
            seen.add(key)
            yield example


def table(found: Iterable[Example]) -> dict[str, dict[str, int]]:
    """Count the examples by source and class."""
    counts: dict[str, Counter[str]] = {}
    for example in found:
        counts.setdefault(example.source, Counter())[CLASSES[example.label]] += 1
    return {source: dict(sorted(counter.items())) for source, counter in sorted(counts.items())}
