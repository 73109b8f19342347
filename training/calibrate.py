"""Fit what stands between the scores and a stance, on readings of folds the network had not seen; write the manifests.

    python -m training.calibrate --data DATA --work work --out claimcheck/adapters/embedded/model

For each fold k the network `work/fold{k}` reads the SciFact claims and the field clusters that it was not trained on. A
multinomial logistic regression over the rows (`features.py`) gives probabilities; a stance's threshold is the least from
which on its precision is at least .85, on the field pairs and, where SciFact has the stance, on SciFact's too; none where
there is no such. The manifest of fold k is fitted without fold k, so that SciFact's five folds are scored by numbers that
never saw them.
"""

import argparse
import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from claimcheck.adapters.embedded import features
from claimcheck.adapters.embedded.network import CLASSES, FORMAT, MANIFEST, NETWORK, TOKENIZER, Network
from claimcheck.domain.claim import Claim
from claimcheck.domain.paper import Paper
from claimcheck.evaluation import documents
from training import field, mix
from training.examples import NEITHER, RELAXES, Example, rows
from training.field import TURNED
from training.network import LONGEST
from training.priors import with_priors
from training.scientific import LABELS as SCIENTIFIC

PRECISION = 0.85
_FEWEST = 25  # readings above a threshold, lest it rest on luck
_FAR = 0.1


@dataclass(frozen=True)
class Reading:
    """A row of features with the right stance; `fold` is the one whose network read it."""

    row: tuple[float, ...]
    label: int
    fold: int
    source: str
    claim: str


def main() -> None:
    """Read, fit, write."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--work", type=Path, required=True)
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--name", default="stance-1")
    options.add_argument("--closed", action="append", default=[], help="a stance whose gate stays shut, whatever the folds say")
    wanted = options.parse_args()
    kept = wanted.work / "readings.json"
    if kept.exists():
        found = [Reading(tuple(r), *rest) for r, *rest in json.loads(kept.read_text())]
    else:
        jobs = [(wanted.data, wanted.work / f"fold{fold}", fold) for fold in range(1, mix.FOLDS + 1)]
        with ProcessPoolExecutor(2) as pool:
            found = [reading for part in pool.map(_read, jobs) for reading in part]
        kept.write_text(json.dumps([[r.row, r.label, r.fold, r.source, r.claim] for r in found]))
    for fold in range(1, mix.FOLDS + 1):
        _write(wanted.work / f"fold{fold}", f"{wanted.name}-fold{fold}", [r for r in found if r.fold != fold], wanted.closed)
    manifest = _write(wanted.out, wanted.name, found, wanted.closed)
    print(json.dumps({k: v for k, v in manifest.items() if k in ("bears", "trust", "measured")}, indent=1))


def _read(job: tuple[Path, Path, int]) -> list[Reading]:
    data, folder, fold = job
    (folder / MANIFEST).write_text(json.dumps(_bare(folder)))
    network = Network.load(folder)
    return [
        Reading(features.row(claim, paper, network.score(features.pieces(paper), claim.text)), label, fold, source, claim.text)
        for claim, paper, label, source in _pairs(data, fold)
    ]


def _pairs(data: Path, fold: int) -> Iterator[tuple[Claim, Paper, int, str]]:
    chance = random.Random(fold)
    own = {row["id"] for row in rows(mix.fold_file(data, fold))}
    for row in rows(data / "claims/scifact/pairs_train.jsonl.gz"):
        if row["claim_id"] in own:
            paper = documents.passage(row["title"], row["sentences"]).paper
            yield documents.statement(str(row["claim_id"]), row["claim"]), paper, SCIENTIFIC[row["label"]], "scifact"
    for pair in field.pairs(data):
        mine = not pair.is_test and mix.fold_of(f"field:{pair.cluster}") == fold
        if mine and (pair.label != NEITHER or pair.hard or chance.random() < _FAR):
            turned = chance.random() < 0.5 and pair.label != RELAXES
            claim, label = (pair.contrary, TURNED.get(pair.label, pair.label)) if turned else (pair.claim, pair.label)
            yield documents.statement(pair.cluster, claim), pair.paper, label, "field"


def _write(folder: Path, name: str, found: Sequence[Reading], closed: Sequence[str]) -> dict[str, Any]:
    table, labels = np.array([r.row for r in found]), np.array([r.label for r in found])
    scaler = StandardScaler().fit(table)
    weight = _weights(found)
    model = LogisticRegression(C=0.3, max_iter=2000).fit(scaler.transform(table), labels, weight)
    weights = model.coef_ / scaler.scale_
    bias = model.intercept_ - weights @ scaler.mean_
    shares = _cross_fitted(found, table, labels, weight)
    source = np.array([r.source for r in found])
    opened = {CLASSES[c]: _threshold(shares, labels, source, weight, c) for c in range(NEITHER)}
    trust = {stance: None if stance in closed else least for stance, least in opened.items()}
    bears = _bears(shares, labels, source)
    manifest = {
        **_bare(folder),
        "name": name,
        "features": list(features.NAMES),
        "weights": [[round(float(w), 6) for w in line] for line in weights],
        "bias": [round(float(b), 6) for b in bias],
        "bears": bears,
        "trust": trust,
        "on_the_folds": opened,
        "measured": {
            s: _measured(shares[source == s], labels[source == s], weight[source == s], opened, bears)
            for s in ("field", "scifact")
        },
    }
    manifest["digest"] = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
    return manifest


def _bare(folder: Path) -> dict[str, Any]:
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (NETWORK, TOKENIZER)}
    return {"format": FORMAT, "classes": list(CLASSES), "longest": LONGEST, "files": digests}


def _weights(found: Sequence[Reading]) -> Any:
    """Weigh the readings as if the claim alone told nothing of the label: by the inverse of what it gives away (`priors.py`)."""
    weight = np.ones(len(found))
    for source in {r.source for r in found}:
        mine = [i for i, r in enumerate(found) if r.source == source]
        examples = [Example("", found[i].claim, found[i].label, source, group=found[i].claim) for i in mine]
        for i, told in zip(mine, with_priors(examples), strict=True):
            if told.label < RELAXES:
                weight[i] = 0.5 / told.prior[told.label]
    return weight


def _cross_fitted(found: Sequence[Reading], table: Any, labels: Any, weight: Any) -> Any:
    """Return probabilities that no row's own fold was fitted on: thresholds chosen on fitted rows would be too kind."""
    folds = np.array([r.fold for r in found])
    shares = np.zeros((len(found), len(CLASSES)))
    for fold in np.unique(folds):
        scaler = StandardScaler().fit(table[folds != fold])
        model = LogisticRegression(C=0.3, max_iter=2000).fit(
            scaler.transform(table[folds != fold]), labels[folds != fold], weight[folds != fold]
        )
        shares[folds == fold] = model.predict_proba(scaler.transform(table[folds == fold]))
    return shares


def _threshold(shares: Any, labels: Any, source: Any, weight: Any, stance: int) -> float | None:
    for least in np.arange(0.5, 0.991, 0.01):
        precise = []
        for name in ("field", "scifact"):
            if name == "scifact" and not (labels[source == name] == stance).any():
                continue
            said = (source == name) & (shares[:, :NEITHER].argmax(1) == stance) & (shares[:, stance] >= least)
            precise.append(said.sum() >= _FEWEST and _share(labels[said] == stance, weight[said]) >= PRECISION)
        if all(precise):
            return round(float(least), 2)
    return None


def _share(right: Any, weight: Any) -> float:
    return float((right * weight).sum() / max(1e-9, weight.sum()))


def _bears(shares: Any, labels: Any, source: Any) -> float:
    """Return the probability of bearing with the best F2 on the field pairs: a paper missed costs more than one too many."""
    mine = source == "field"
    bears, right = 1 - shares[mine, NEITHER], labels[mine] != NEITHER

    def f2(least: float) -> float:
        said = bears >= least
        both = (said & right).sum()
        return float(5 * both / max(1, 4 * right.sum() + said.sum()))

    return round(float(max(np.arange(0.1, 0.81, 0.02), key=f2)), 2)


def _measured(shares: Any, labels: Any, weight: Any, trust: dict[str, float | None], bears: float) -> dict[str, Any]:
    said = 1 - shares[:, NEITHER] >= bears
    lean = shares[:, :NEITHER].argmax(1)
    right = labels != NEITHER
    found: dict[str, Any] = {"n": len(labels), "bears": _pr(said, right, weight)}
    for c in range(NEITHER):
        name, least = CLASSES[c], trust[CLASSES[c]]
        found[name] = {"lean": _pr(said & (lean == c), labels == c, weight)}
        if least is not None:
            found[name]["trusted"] = _pr(said & (lean == c) & (shares[:, c] >= least), labels == c, weight)
    return found


def _pr(said: Any, right: Any, weight: Any) -> dict[str, float | int]:
    return {
        "said": int(said.sum()),
        "precision": round(_share(right[said], weight[said]), 3),
        "recall": round(_share(said[right], weight[right]), 3),
    }


if __name__ == "__main__":
    main()
