"""How fast the review page answers: 500 claims with 10,000 pieces of evidence, each page asked for many times, over HTTP.

    python -m tests.bench.review_page [--claims 500] [--evidence 20] [--rounds 40]

The first look at a new report reads it whole and is told apart; pages after it come from memory but for texts and history.
"""

import argparse
import random
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import requests
import uvicorn

from claimcheck.adapters.ledger import SqlLedger
from claimcheck.adapters.library import LocalLibrary
from claimcheck.domain.claim import Anchor, Claim
from claimcheck.domain.evidence import Evidence, Reading, Stance, evidence
from claimcheck.domain.grounding import AnchorCheck, Grounding
from claimcheck.domain.paper import Paper
from claimcheck.domain.retest import Retest
from claimcheck.ports import RunSummary
from claimcheck.report import twin
from claimcheck.review.app import build
from claimcheck.review.board import Boards
from claimcheck.review.desk import Desk
from claimcheck.review.guard import COOKIE, Guard, Session
from claimcheck.review.serve import _bound, _config
from claimcheck.review.texts import Texts
from tests.fakes import FakeFullTexts
from tests.review_desk import JUDGE, TODAY, claim, retest

_OLD = 5  # claims with a history
STANCES = (Stance.SUPPORTS, Stance.REFUTES, Stance.RELAXES, Stance.SUPERSEDES)
SENTENCE = "In setting {} we measure how reasoning with longer chains of thought changes instruction adherence of models."


def paper(number: int) -> Paper:
    text = " ".join(SENTENCE.format(f"{number}-{n}") for n in range(8))
    return Paper(f"26{1 + number % 9:02}.{number + 1:05}", f"On instruction adherence in setting {number}", text, version=1)


def piece(number: int) -> Evidence:
    judged = Reading(STANCES[number % 4], sentences=(2, 5), confidence=0.7, reason="So it says.", trusted=bool(number % 3))
    return evidence(paper(number), judged)


def one(number: int, pieces: int) -> Retest:
    text = f"Longer chains of thought lower instruction adherence in setting {number}."
    of: Claim = claim(f"claim-{number}", text, Anchor(f"2505.{number + 1:05}"))
    anchor = replace(paper(number), id=f"2505.{number + 1:05}")
    grounding = Grounding.MISCITED if number % 5 == 0 else Grounding.GROUNDED
    check = AnchorCheck(of.anchors[0], grounding, "as its abstract says", anchor)
    return retest(of, [piece(number * pieces + n) for n in range(pieces)], check)


def filled(folder: Path, claims: int, pieces: int, weeks: int) -> Desk:
    library = LocalLibrary.open(folder / "library")
    library.add((paper(n) for n in range(claims * pieces)), TODAY)
    ledger = SqlLedger.open(None, folder)
    found = [(one(n, pieces), n) for n in range(claims)]
    entries = [{**twin.entry(made, None), "retested": TODAY.isoformat()} for made, _ in found]
    for week in range(weeks, -1, -1):
        day = TODAY - timedelta(days=7 * week)
        run = ledger.start_run(day, JUDGE, "abcd")
        for made, n in found if week == 0 else found[:_OLD]:
            ledger.keep_retest(run, day, made, entries[n])
        ledger.finish_run(run, RunSummary(day, JUDGE, "abcd"), 1.0, 0)
    return Desk(ledger, library, Boards(ledger, TODAY), Texts(library, FakeFullTexts()), "Ada", TODAY, None)


def timed(ask: "requests.Session", base: str, address: str, **form: str) -> tuple[float, float, int]:
    began, busy = time.perf_counter(), time.process_time()
    if form:
        headers = {"origin": base, "content-type": "application/x-www-form-urlencoded", "hx-request": "true"}
        answer = ask.post(base + address, data=urlencode(form), headers=headers, timeout=60)
    else:
        answer = ask.get(base + address, timeout=60)
    assert answer.status_code == 200, (answer.status_code, answer.text[:300])
    return (time.perf_counter() - began) * 1000, (time.process_time() - busy) * 1000, len(answer.content)


def row(name: str, found: list[tuple[float, float, int]]) -> str:
    """Wall time, and the processor's, of client and server together: what it would be on a machine that does nothing else."""
    wall, busy, _ = (sorted(column) for column in zip(*found, strict=True))
    at = min(len(found) - 1, int(len(found) * 0.95))
    half = len(found) // 2
    return f"{name:<30} {wall[half]:>8.1f} {wall[at]:>8.1f} {busy[half]:>8.1f} {busy[at]:>8.1f} {found[-1][2] / 1024:>8.0f}"


def forms(desk: Desk, count: int) -> list[dict[str, str]]:
    waiting = [item for item in desk.boards.now().queue if item.target == "evidence"][:count]
    return [
        {
            "claim": item.claim.id,
            "target": item.target.value,
            "paper": item.subject.paper_id,
            "claim_text": item.subject.claim,
            "paper_text": item.subject.paper,
            "seen": "",
            "back": "queue",
            "action": "accept",
        }
        for item in waiting
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=500)
    parser.add_argument("--evidence", type=int, default=20, help="pieces for each claim")
    parser.add_argument("--weeks", type=int, default=52, help="earlier retests of the first five claims")
    parser.add_argument("--rounds", type=int, default=40)
    given = parser.parse_args()
    chance = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        desk = filled(Path(folder), given.claims, given.evidence, given.weeks)
        session = Session()
        listening = _bound("127.0.0.1", 0)
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = uvicorn.Server(_config(Guard(build(desk, session), frozenset({base[7:]}), session)))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.02)
        ask = requests.Session()
        ask.cookies.set(COOKIE, session.cookie)
        first, _, _ = timed(ask, base, "/")
        print(f"{given.claims} claims, {given.claims * given.evidence:,} pieces of evidence; first look {first:.0f} ms\n")
        print(f"{'page':<30} {'p50 ms':>8} {'p95 ms':>8} {'cpu p50':>8} {'cpu p95':>8} {'KiB':>8}")
        pages: dict[str, Callable[[], str]] = {
            "queue": lambda: f"/?page={chance.randint(1, 20)}",
            "claims": lambda: f"/claims?page={chance.randint(1, 5)}",
            "search": lambda: f"/claims?q=setting+{chance.randint(1, given.claims)}",
            "claim": lambda: f"/claims/claim-{chance.randint(_OLD, given.claims - 1)}",
            f"claim, {given.weeks} weeks of history": lambda: f"/claims/claim-{chance.randint(0, _OLD - 1)}",
            "reviews": lambda: "/reviews",
            "agreement": lambda: "/agreement",
        }
        for name, address in pages.items():
            found = [timed(ask, base, address()) for _ in range(given.rounds)]
            print(row(name, found))
        found = [timed(ask, base, "/review", **form) for form in forms(desk, given.rounds)]
        print(row("accept (POST)", found))
        server.should_exit = True
        thread.join()
        listening.close()


if __name__ == "__main__":
    main()
