"""How large and how slow reports get: python -m tests.bench.report_size [--claims 500] [--evidence 20]

A report of invented claims, papers and sentences of ordinary length, each claim with so many pieces of evidence, every tenth
claim changed since the week before. Printed are the sizes of the JSON twin, the Markdown and the page for browsers, and how many
seconds of the processor each took.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from claimcheck.domain.evidence import Evidence, Stance
from claimcheck.domain.verdict import Verdict
from claimcheck.ports import Passed
from claimcheck.report import html, render, twin
from tests.unit.test_twin import TODAY, a_claim, a_retest, a_summary, kept, piece

WORDS = "gadget force light night measure effect setting battery model loss study result weaker stronger average trial".split()
STANCES = (Stance.SUPPORTS, Stance.SUPPORTS, Stance.SUPPORTS, Stance.RELAXES, Stance.REFUTES, Stance.SUPERSEDES)
LIMITS = {"Markdown": 200_000, "page": 5_000_000}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--claims", type=int, default=500)
    options.add_argument("--evidence", type=int, default=20)
    options.add_argument("--weeks", type=int, default=52, help="retests of each claim")
    given = options.parse_args()
    whole, abstracts, verdicts = invented(given.claims, given.evidence, given.weeks)
    pieces = given.claims * given.evidence
    print(f"{given.claims} claims, {pieces:,} pieces of evidence, {len(verdicts):,} verdicts over {given.weeks} weeks\n")
    print(f"{'':<12}{'bytes':>12}{'limit':>12}{'CPU s':>9}")
    ways: tuple[tuple[str, Callable[[], str]], ...] = (
        ("JSON twin", lambda: json.dumps(whole, ensure_ascii=False, indent=1)),
        ("Markdown", lambda: render.markdown(whole)),
        ("page", lambda: html.page(whole, abstracts, verdicts)),
    )
    for name, make in ways:
        began = time.process_time()
        text = make()
        took = time.process_time() - began
        print(f"{name:<12}{len(text.encode()):>12,}{LIMITS.get(name, 0) or '-':>12}{took:>9.1f}")


def invented(claims: int, evidence: int, weeks: int) -> tuple[dict[str, Any], dict[str, str], tuple[Passed, ...]]:
    """A report's twin, the abstracts of its papers, and the verdicts of earlier weeks."""
    chance = Random(6)
    pieces = [[a_piece(chance, at * evidence + n) for n in range(evidence)] for at in range(claims)]
    entries = [an_entry(chance, at, items) for at, items in enumerate(pieces)]
    verdicts = tuple(
        _passed(entry["id"], TODAY - timedelta(weeks=week), entry["previous_verdict"] or entry["verdict"])
        for week in range(weeks, 0, -1)
        for entry in entries
    )
    now = tuple(_passed(entry["id"], TODAY, entry["verdict"]) for entry in entries)
    abstracts = {item.paper.id: item.paper.abstract for items in pieces for item in items}
    return twin.build(a_summary(), entries), abstracts, (*verdicts, *now)


def _passed(id: str, day: date, verdict: str) -> Passed:
    return Passed(1, day, id, "fingerprint", Verdict(verdict), complete=True)


def an_entry(chance: Random, at: int, items: list[Evidence]) -> dict[str, Any]:
    changed = at % 10 == 0
    claim = a_claim(f"claim-{at}", text=sentence(chance, 18), durable=sentence(chance, 12), perishable=sentence(chance, 12))
    before = [item for item in items if item.stance is Stance.SUPPORTS] if changed else items
    return twin.entry(a_retest(claim, items), kept(a_retest(claim, before)))


def a_piece(chance: Random, number: int) -> Evidence:
    sentences = [sentence(chance, 22) for _ in range(8)]
    made = piece(
        chance.choice(STANCES),
        f"2{3 + number // 60_000}{1 + number // 5_000 % 12:02}.{number % 5_000 + 1:05}",
        date(2024, 1, 1) + timedelta(days=chance.randrange(1000)),
        title=sentence(chance, 11)[:-1],
        abstract=" ".join(sentences),
        sentences=(3, 5) if number % 3 else (4,),
        confidence=round(chance.uniform(0.4, 0.95), 2),
        reason=sentence(chance, 16),
    )
    return replace(made, asserted=number % 9 != 0)


def sentence(chance: Random, words: int) -> str:
    return " ".join(chance.choices(WORDS, k=words)).capitalize() + "."


if __name__ == "__main__":
    main()
