"""How much should it count that a paper cites the anchor? Simulated, for no labelled claim comes with its citations.

    python -m tests.bench.citing LIBRARY DATA [--share 0.5] [--rounds 2] [--without-phrases]

LIBRARY is a library's folder that holds the papers, DATA one with `claims.jsonl` and `pairs.jsonl` as in `retest/dev`. A share of
the papers that bear on a claim, drawn by chance, is made to cite its anchor, and so are 20 to 500 others that are like the
anchor's title and newer than the claim: those cite it in passing. No citing sentences are made up. Printed for each weight, over
all claims: the share of the bearing papers among the 25 that are read, for those that cite and those that do not, and how many of
the papers that cite in passing are among them.
"""

import argparse
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from claimcheck.adapters.library import LocalLibrary
from claimcheck.agent import ranking
from claimcheck.domain.citing import Citing
from claimcheck.domain.claim import Claim
from claimcheck.domain.dates import Window
from claimcheck.domain.paper import Paper
from claimcheck.domain.query import Query, plan
from claimcheck.domain.text import content_words
from claimcheck.evaluation.retest_files import load_claims, load_pairs

TODAY = date(2026, 11, 22)
READ = 25
WEIGHTS = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
IN_PASSING = (20, 100, 500)


def count(
    library: LocalLibrary, claim: Claim, bearing: Sequence[str], anchors: Sequence[Paper], passing: int, given: argparse.Namespace
) -> dict[float, Counter[str]]:
    """Count for one claim, at each weight, what is among the papers read, and of how many."""
    window = Window(claim.asserted.first, TODAY)
    title = anchors[0].title if anchors else claim.text
    alike = [id for id in library.search(Query(content_words(title)), window, 2000) if id not in bearing]
    counts: dict[float, Counter[str]] = {weight: Counter() for weight in WEIGHTS}
    for seed in range(given.rounds):
        chance = random.Random(seed)
        citing = set(chance.sample(list(bearing), round(given.share * len(bearing))))
        others = set(chance.sample(alike, min(passing, len(alike))))
        for weight, counted in counts.items():
            ranking._WEIGHT_OF_CITING = weight
            ranked = ranking.ranked(library, claim, plan(claim), window, anchors, [Citing(id) for id in sorted(citing | others)])
            read = set([id for id in ranked if id not in {a.id for a in anchors}][:READ])
            counted["citing"] += len(read & citing)
            counted["of citing"] += len(citing)
            counted["silent"] += len(read & set(bearing) - citing)
            counted["of silent"] += len(set(bearing) - citing)
            counted["passing"] += len(read & others)
    return counts


def table(library: LocalLibrary, claims: Sequence[Claim], bearing: dict[str, list[str]], given: argparse.Namespace) -> None:
    """Print a block for each number of papers that cite in passing."""
    print("in passing | weight | bearing, cite | bearing, do not | all bearing | in passing among 25, a claim")
    for passing in IN_PASSING:
        totals: dict[float, Counter[str]] = {weight: Counter() for weight in WEIGHTS}
        for claim in claims:
            anchors = list(library.get_many(anchor.id for anchor in claim.anchors).values())
            for weight, counted in count(library, claim, bearing[claim.id], anchors, passing, given).items():
                totals[weight] += counted
        for weight, t in totals.items():
            share = (t["citing"] + t["silent"]) / (t["of citing"] + t["of silent"])
            parts = (t["citing"] / t["of citing"], t["silent"] / t["of silent"], share, t["passing"] / given.rounds / len(claims))
            print(f"{passing:10} | {weight:6} | " + " | ".join(f"{part:.3f}" for part in parts), flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("library", type=Path)
    options.add_argument("data", type=Path)
    options.add_argument("--share", type=float, default=0.5)
    options.add_argument("--rounds", type=int, default=2)
    options.add_argument("--without-phrases", action="store_true")
    given = options.parse_args()
    claims = load_claims(given.data / "claims.jsonl")
    pairs = load_pairs(given.data / "pairs.jsonl", claims)
    with LocalLibrary.open(given.library) as library:
        known = library.get_many(pair.paper_id for pair in pairs)
        bearing = {c.id: [p.paper_id for p in pairs if p.claim_id == c.id and p.bears and p.paper_id in known] for c in claims}
        table(library, [replace(c, search=()) for c in claims] if given.without_phrases else claims, bearing, given)


if __name__ == "__main__":
    main()
