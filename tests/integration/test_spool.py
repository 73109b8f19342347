"""An answer that was paid for survives a ledger that cannot take it: it is written down beside it, and taken in later."""

import json
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from claimcheck.adapters.ledger import SqlLedger
from claimcheck.adapters.ledger.sqlite_store import open_store
from claimcheck.domain.evidence import Reading, Stance, Usage
from claimcheck.errors import StoreUnusable
from claimcheck.ports import Answer, Draft, Judgement, JudgementKey, JudgeName

DAY = date(2026, 11, 22)
JUDGE = JudgeName("openai", "a-model", "9f2c")
KEY = JudgementKey("claim-print", "2505.14810", 1, "paper-print", JUDGE, 1, "1")
JUDGEMENT = Judgement(KEY, Answer(Reading(Stance.SUPPORTS, reason="\u20ac"), Usage(1, 10, 1, 0.5), "m", "raw"), "c1", DAY)
DRAFT = Draft("phrases", "k", ({"text": "a phrase"},), Usage(1, 5, 2), DAY)


def spooled(home: Path) -> Path:
    """A ledger that was locked while a judgement, a draft and an unusable answer came; its spool file."""
    SqlLedger.open(None, home).close()
    ledger = SqlLedger(open_store(home / "ledger.sqlite", busy_s=0.02))
    run = ledger.start_run(DAY, JUDGE, "abcd")
    with closing(sqlite3.connect(home / "ledger.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnusable, match=r"stays locked .* taken in by the next run"):
            ledger.keep_judgement(run, JUDGEMENT)
        with pytest.raises(StoreUnusable):
            ledger.keep_draft(run, DRAFT)
        with pytest.raises(StoreUnusable):
            ledger.keep_unusable(run, KEY, "c1", DAY, "no JSON", Usage(1, 7, 3), "well,")
    ledger.close()
    return home / "ledger.spool.jsonl"


def test_what_a_locked_ledger_could_not_take_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    file = spooled(tmp_path)
    assert len(file.read_text().splitlines()) == 3
    with SqlLedger.open(None, tmp_path) as ledger:
        assert ledger.judgement(KEY) == JUDGEMENT
        assert ledger.draft("phrases", "k") == DRAFT
        assert ledger.spent(DAY) == Usage(3, 22, 6, 0.5)
    assert not file.exists()


def test_a_spool_that_is_taken_in_twice_is_counted_once(tmp_path: Path) -> None:
    file = spooled(tmp_path)
    content = file.read_bytes()
    for _ in range(2):
        file.write_bytes(content)
        with SqlLedger.open(None, tmp_path) as ledger:
            assert ledger.spent(DAY).calls == 3


def test_a_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    file = spooled(tmp_path)
    file.write_bytes(file.read_bytes()[:-20])
    with SqlLedger.open(None, tmp_path) as ledger:
        assert ledger.judgement(KEY) == JUDGEMENT
        assert ledger.spent(DAY).calls == 2


@pytest.mark.parametrize("line", ["{", '{"table": "judgement"}', '{"table": "theirs", "row": {"day": "2026-11-22"}}', "[1]"])
def test_a_spool_that_is_none_is_refused_in_one_line_and_kept(tmp_path: Path, line: str) -> None:
    file = spooled(tmp_path)
    file.write_text(line + "\n")
    with pytest.raises(StoreUnusable, match="move it away") as refused:
        SqlLedger.open(None, tmp_path)
    assert repr(str(file)) in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1
    assert file.read_text() == line + "\n"


def test_a_row_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    file = spooled(tmp_path)
    told = json.loads(file.read_text().splitlines()[0])
    told["row"]["run_id"] = 999
    file.write_text(json.dumps(told) + "\n")
    with pytest.raises(StoreUnusable, match="does not fit"):
        SqlLedger.open(None, tmp_path)


def test_where_no_spool_can_be_written_either_the_ledgers_own_error_stands(tmp_path: Path) -> None:
    (tmp_path / "ledger.spool.jsonl").mkdir(parents=True)
    ledger = SqlLedger(open_store(tmp_path / "ledger.sqlite", busy_s=0.02))
    run = ledger.start_run(DAY, JUDGE, "abcd")
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnusable, match=r"then run again$"):
            ledger.keep_judgement(run, JUDGEMENT)
    ledger.close()
