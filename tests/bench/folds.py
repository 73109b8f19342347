"""SciFact, five-fold on its training claims: the four official scores, with the cited abstracts given and in the open setting.

    python -m tests.bench.folds SCIFACT [--work training/.work] [--retrieve 3]

SCIFACT is the folder with `corpus.jsonl.gz` and `cross_validation/`. The claims of fold k are judged by the network in
`WORK/fold{k}`, which saw neither them nor the abstracts they cite (see training/). Beside it, on the same claims: the
lexical judge, and the first paper of the search, always taken to support, with the sentences that share most words. Counts
are summed over folds.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from claimcheck.adapters.library import LocalLibrary
from claimcheck.agent.ranking import by_queries
from claimcheck.domain import query
from claimcheck.domain.evidence import Stance
from claimcheck.domain.text import content_words, stem
from claimcheck.evaluation import scifact, scifact_files
from claimcheck.evaluation.documents import Document, statement
from tests.e2e.harness import CLAIMCHECK

FOLDS = range(1, 6)
TODAY = date(2026, 11, 22)
Counts = Counter[tuple[str, str]]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("scifact", type=Path)
    options.add_argument("--work", type=Path, default=Path("training/.work"))
    options.add_argument("--retrieve", type=int, default=3)
    wanted = options.parse_args()
    modes = {
        "cited abstracts given": ["--oracle"],
        f"first {wanted.retrieve} of the search": ["--retrieve", str(wanted.retrieve)],
    }
    modes["first of the search"] = ["--retrieve", "1"]
    print(f"{'':<52}{'selection':>12}{'+ label':>10}{'label-only':>12}{'+ rationale':>13}")
    for mode, asked in modes.items():
        for name, judge in (("embedded", "embedded:{}"), ("lexical", "lexical")):
            total: Counts = Counter()
            for fold in FOLDS:
                total += _evaluated(wanted, fold, judge.format((wanted.work / f"fold{fold}").resolve()), asked)
            _print(f"{name}, {mode}", total)
    _print("first of the search, always SUPPORT, lexical", _always(wanted.scifact))


def _evaluated(wanted: argparse.Namespace, fold: int, judge: str, asked: list[str]) -> Counts:
    claims = wanted.scifact / f"cross_validation/fold_{fold}/claims_dev_{fold}.jsonl"
    corpus = wanted.scifact / "corpus.jsonl.gz"
    with tempfile.TemporaryDirectory() as folder:
        command = [CLAIMCHECK, "eval", "scifact", "--claims", claims.resolve(), "--corpus", corpus.resolve(), *asked]
        done = subprocess.run(
            [*command, "--judge", judge, "--json", "--quiet"], capture_output=True, text=True, cwd=folder, check=False
        )
    if done.returncode:
        sys.exit(done.stderr)
    counts: dict[str, Any] = json.loads(done.stdout)["counts"]
    return Counter({(score, part): count for score in scifact.SCORES for part, count in counts[score].items()})


def _always(folder: Path) -> Counts:
    corpus = scifact_files.load_corpus(folder / "corpus.jsonl.gz")
    ids = {document.paper.id: id for id, document in corpus.items()}
    total: Counts = Counter()
    with tempfile.TemporaryDirectory() as place, LocalLibrary.open(Path(place)) as library:
        library.add([document.paper for document in corpus.values()], TODAY)
        for fold in FOLDS:
            path = folder / f"cross_validation/fold_{fold}/claims_dev_{fold}.jsonl"
            for gold in scifact_files.load_claims(path, corpus):
                own = [q for q in query.plan(statement(gold.id, gold.text)) if q.origin == "claim"]
                first = [ids[paper] for paper in by_queries(library, own, None)[:1]]
                guessed = {id: scifact.Predicted(Stance.SUPPORTS, _alike(gold.text, corpus[id])) for id in first}
                total += Counter({key: int(count) for key, count in scifact.count(gold.evidence, guessed).items()})
    return total


def _alike(claim: str, document: Document) -> tuple[int, ...]:
    wanted = {stem(word) for word in content_words(claim)}
    told = document.paper.sentences
    shared = {s.number: len(wanted & {stem(word) for word in content_words(s.text)}) for s in told}
    return document.places(sorted(shared, key=lambda number: (-shared[number], number))[:3])


def _print(name: str, counts: Counts) -> None:
    found = scifact.metrics({key: float(count) for key, count in counts.items()})
    order = ("sentence_selection", "sentence_label", "abstract_label_only", "abstract_label_rationale")
    f1 = [found[score]["f1"] for score in order]
    print(f"{name:<52}{f1[0]:>12.3f}{f1[1]:>10.3f}{f1[2]:>12.3f}{f1[3]:>13.3f}", flush=True)


if __name__ == "__main__":
    main()
