"""Measure a model on the field clusters kept for it: neither training nor any threshold has seen them.

    python -m training.measure --data DATA [--model claimcheck/adapters/embedded/model]

Half of the pairs that support or refute are read beside the claim's contrary. `weighed` counts the pairs as if the claim alone
told nothing of the label (`priors.py`). Far papers of a cluster are left out: the hard ones are the test.
"""

import argparse
import random
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from claimcheck.adapters.embedded import features
from claimcheck.adapters.embedded.network import CLASSES, Network
from claimcheck.adapters.embedded.weighing import Weights
from claimcheck.domain.evidence import Stance
from claimcheck.evaluation import documents
from training import field
from training.examples import NEITHER, REFUTES, RELAXES, SUPPORTS, Example
from training.priors import with_priors

Row = tuple[list[float], int, str, bool, bool]  # chances, label, claim, a gold sentence first, among the first three


def main() -> None:
    """Read the test pairs and print what came of it."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--model", type=Path, default=Path("claimcheck/adapters/embedded/model"))
    wanted = options.parse_args()
    with ProcessPoolExecutor(2) as pool:
        rows = [row for part in pool.map(_read, [(wanted.data, wanted.model, at) for at in (0, 1)]) for row in part]
    _print(rows, Weights.of(Network.load(wanted.model).manifest))


def _read(job: tuple[Path, Path, int]) -> list[Row]:
    data, model, at = job
    network, chance = Network.load(model), random.Random(5)
    weights = Weights.of(network.manifest)
    pairs = [p for p in field.pairs(data) if p.is_test and (p.label != NEITHER or p.hard)]
    turned = [chance.random() < 0.5 and pair.label != RELAXES for pair in pairs]
    found = []
    for pair, other in list(zip(pairs, turned, strict=True))[at::2]:
        text, label = (pair.contrary, field.TURNED.get(pair.label, pair.label)) if other else (pair.claim, pair.label)
        claim = documents.statement(pair.cluster, text)
        scores = network.score(features.pieces(pair.paper), text)
        shares = weights.stances(features.row(claim, pair.paper, scores))
        order = sorted(range(1, len(scores)), key=lambda n: -scores[n].bears)
        shown = order[0] in pair.sentences, bool(set(order[:3]) & set(pair.sentences))
        found.append(([shares[Stance(name)] for name in CLASSES], label, text, *shown))
    return found


def _print(rows: list[Row], weights: Weights) -> None:
    chances, labels = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    examples = [Example("", r[2], r[1], "test", group=r[2]) for r in rows]
    prior = np.array([0.5 / e.prior[e.label] if e.label < RELAXES else 1.0 for e in with_priors(examples)])
    bears, right = 1 - chances[:, NEITHER], labels != NEITHER
    print(f"{len(rows)} pairs: " + ", ".join(f"{(labels == c).sum()} {CLASSES[c]}" for c in range(4)))
    print(f"bears on it or not: AUC {roc_auc_score(right, bears):.3f}; {_pr(bears >= weights.bears, right, prior)}")
    shown = [r[3:] for r in rows if r[1] != NEITHER]
    first, three = np.mean([s[0] for s in shown]), np.mean([s[1] for s in shown])
    print(f"a labelled sentence ranks first {first:.3f}, among the first three {three:.3f}")
    either = (labels == SUPPORTS) | (labels == REFUTES)
    edge = np.log(chances[:, SUPPORTS] / chances[:, REFUTES])
    plain = roc_auc_score(labels[either] == SUPPORTS, edge[either])
    weighed = roc_auc_score(labels[either] == SUPPORTS, edge[either], sample_weight=prior[either])
    print(f"supports or refutes: AUC {plain:.3f}, weighed {weighed:.3f}")
    lean = chances[:, :NEITHER].argmax(1)
    for c in range(NEITHER):
        said, is_it = (bears >= weights.bears) & (lean == c), labels == c
        print(f"{CLASSES[c]}: lean {_pr(said, is_it, prior)}")
        for least in (0.6, 0.7, 0.8, 0.9):
            print(f"    at {least}: {_pr(said & (chances[:, c] >= least), is_it, prior)}")


def _pr(said: Any, right: Any, weight: Any) -> str:
    both = (said & right).sum()
    weighed = (weight * (said & right)).sum() / max(1e-9, (weight * said).sum())
    precision, recall = both / max(1, said.sum()), both / max(1, right.sum())
    return f"precision {precision:.3f} (weighed {weighed:.3f}), recall {recall:.3f}, said {said.sum()}"


if __name__ == "__main__":
    main()
