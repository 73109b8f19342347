"""Both stores of the ledger beside each other: eight writers at once, and a million judgements looked into, with query plans.

    python -m tests.bench.ledger_stores [--writers 8] [--each 1000] [--judgements 1000000] [--claims 500] [--weeks 8]
        [--store SQLite|PostgreSQL]

PostgreSQL is the wheel `pgserver`, over a socket, with its own defaults (every commit on the disk, as SQLite's). The entries of
the retests are those of the sample's report, under other names.
"""

import argparse
import json
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from claimcheck.adapters.ledger import SqlLedger
from claimcheck.domain.evidence import Reading, Stance, Usage
from claimcheck.ports import Answer, Judgement, JudgementKey, JudgeName, RunSummary
from claimcheck.refresh import last_report, last_two_days, report_on
from claimcheck.report import diff, render
from tests.postgres import Server

DAY = date(2026, 11, 22)
STORES = ("SQLite", "PostgreSQL")
JUDGE = JudgeName("openai", "a-model", "9f2c")
SPAWN = multiprocessing.get_context("spawn")
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "
MANY = """INSERT INTO judgement (run_id, key, day, claim_fingerprint, paper_id, paper_version, paper_fingerprint, judge_kind,
judge_model, judge_prompt, attempt, rules, claim_id, raw, calls, prompt_tokens, completion_tokens, usd, estimated, reading,
answered_by) {numbers} SELECT 1, 'a-key-as-long-as-a-digest-of-sha256-which-has-64-characters-' || i, '{day}', 'claim-print',
'2505.' || i, 1, 'paper-print', 'openai', 'a-model', '9f2c', 1, '1', 'c' || (i % {claims}), '{{"stance": "supports"}}', 1, 900,
40, 0.001, {no}, '{{"stance":"supports"}}', 'a-model' FROM n"""


def key(number: int) -> JudgementKey:
    return JudgementKey("claim-print", f"2505.{number:07}", 1, "paper-print", JUDGE, 1, "1")


def write(address: str | None, home: Path, numbers: range, start: Any) -> None:
    with SqlLedger.open(address, home) as ledger:
        run = ledger.start_run(DAY, JUDGE, "")
        start.wait(120)
        for number in numbers:
            answer = Answer(Reading(Stance.SUPPORTS), Usage(1, 10, 1), "m", "x" * 400)
            ledger.keep_judgement(run, Judgement(key(number), answer, "c1", DAY))


def eight_writers(address: str | None, home: Path, writers: int, each: int) -> str:
    SqlLedger.open(address, home).close()
    start = SPAWN.Barrier(writers + 1)
    ranges = [range(at * each, (at + 1) * each) for at in range(writers)]
    processes = [SPAWN.Process(target=write, args=(address, home, numbers, start)) for numbers in ranges]
    for process in processes:
        process.start()
    start.wait(120)
    began = time.monotonic()
    for process in processes:
        process.join()
    took = time.monotonic() - began
    codes = sorted({process.exitcode for process in processes}, key=str)
    with SqlLedger.open(address, home) as ledger:
        kept = ledger.spent(DAY).calls
    return f"{kept:,} of {writers * each:,} rows, exit codes {codes}, {took:.1f} s, {kept / took:,.0f} a second"


def fill(ledger: SqlLedger, sql: Callable[[str], object], judgements: int, claims: int, weeks: int, postgres: bool) -> None:
    """Runs, retests and judgements as a year of refreshes leaves them."""
    sample = json.loads((Path(__file__).resolve().parents[2] / "reports" / "sample" / "latest.json").read_text(encoding="utf-8"))
    for week in range(weeks):
        day = DAY - timedelta(weeks=weeks - 1 - week)
        run = ledger.start_run(day, JUDGE, "")
        rows = [_retest(run, day, f"c{n}", sample["claims"][(n + (week if n % 50 == 0 else 0)) % 9]) for n in range(claims)]
        _bulk(ledger, rows)
        ledger.finish_run(run, RunSummary(day, JUDGE, ""), 1.0, 0)
    numbers = NUMBERS.format(count=judgements)
    sql(MANY.format(numbers=numbers, day=DAY, claims=claims, no="false" if postgres else 0))


def _retest(run: int, day: date, id: str, entry: dict[str, Any]) -> dict[str, Any]:
    told = json.dumps({**entry, "id": id}, ensure_ascii=False)
    whole = {"run_id": run, "day": day, "claim_id": id, "claim_fingerprint": "claim-print", "verdict": entry["verdict"]}
    return {**whole, "computed": entry["verdict"], "needs_review": "[]", "complete": True, "entry": told, "digest": f"{day} {id}"}


def _bulk(ledger: SqlLedger, rows: list[dict[str, Any]]) -> None:
    from claimcheck.adapters.ledger.engine import add_all_once
    from claimcheck.adapters.ledger.tables import RetestRow

    ledger._store.write(lambda session: add_all_once(session, RetestRow, rows))


def timed(ledger: SqlLedger, claims: int) -> dict[str, float]:
    def two() -> str:
        one, other = last_two_days(ledger)
        first, second = report_on(ledger, one), report_on(ledger, other)
        assert first
        assert second
        return render.diff_page(diff.diff(first, second))

    def whole() -> str:
        twin = last_report(ledger)
        assert twin
        assert len(twin["claims"]) == claims
        return render.markdown(twin)

    jobs: dict[str, Callable[[], object]] = {
        "history of a claim": lambda: diff.history(ledger.history("c7")),
        "diff of two reports": two,
        f"report of {claims} claims, from the ledger": lambda: last_report(ledger),
        f"report of {claims} claims, with its Markdown": whole,
        "one judgement by its key": lambda: ledger.judgement(key(1)),
        "what the runs without an end took": ledger.unfinished,
        "what a day took": lambda: ledger.spent(DAY),
    }
    found = {}
    for name, job in jobs.items():
        began = time.monotonic()
        job()
        found[name] = time.monotonic() - began
    return found


def plans(ledger: SqlLedger, postgres: bool) -> list[str]:
    """The plan of each statement that the three commands send."""
    seen: dict[str, tuple[str, Any]] = {}

    def note(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        if statement.lstrip().upper().startswith("SELECT") and "FROM" in statement and "pg_" not in statement:
            seen.setdefault(" ".join(statement.split())[:400], (statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    ledger.history("c7")
    ledger.judgement(key(1))
    last_two_days(ledger)
    report_on(ledger, DAY)
    ledger.unfinished()
    event.remove(Engine, "before_cursor_execute", note)
    explain = "EXPLAIN " if postgres else "EXPLAIN QUERY PLAN "

    def ask(statement: str, parameters: Any) -> list[str]:
        rows = ledger._store.read(lambda s: s.connection().exec_driver_sql(explain + statement, parameters).all())
        said = [str(row[0] if postgres else row[-1]).split("  (cost")[0].strip() for row in rows]
        return [line for line in said if "Scan" in line or "SCAN" in line or "SEARCH" in line or "Index Cond" in line]

    return [f"{' '.join(s.split('FROM')[1].split())[:75]}: {' / '.join(ask(s, p))[:170]}" for s, p in seen.values()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("writers", 8), ("each", 1000), ("judgements", 1_000_000), ("claims", 500), ("weeks", 8)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--store", choices=STORES, action="append")
    asked = parser.parse_args()
    server = Server(durable=True)
    with tempfile.TemporaryDirectory() as folder:
        for store in asked.store or STORES:
            home, postgres = Path(folder) / store, store == "PostgreSQL"
            print(f"{store}: {asked.writers} writers: ", end="", flush=True)
            print(eight_writers(server.new() if postgres else None, home / "w", asked.writers, asked.each), flush=True)
            address = server.new() if postgres else None
            with SqlLedger.open(address, home) as ledger:

                def sql(statement: str, of: SqlLedger = ledger) -> object:
                    return of._store.write(lambda session: session.connection().execute(text(statement)).rowcount)

                began = time.monotonic()
                fill(ledger, sql, asked.judgements, asked.claims, asked.weeks, postgres)
                if address:
                    server.sql("ANALYZE", address.partition("?")[0].rpartition("/")[2])
                print(f"{store}: {asked.judgements:,} judgements written in {time.monotonic() - began:.0f} s", flush=True)
                for name, seconds in timed(ledger, asked.claims).items():
                    print(f"{store}: {name}: {seconds:.3f} s", flush=True)
                print("\n".join(f"{store}: plan: {line}" for line in plans(ledger, postgres)), flush=True)


if __name__ == "__main__":
    main()
