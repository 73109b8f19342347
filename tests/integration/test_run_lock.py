"""One run at a time: of many that begin together one wins, the others name it, and a dead one is in nobody's way."""

import json
import multiprocessing
import os
import signal
import time
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from claimcheck.adapters.run_lock import refuse_second, run_lock
from claimcheck.errors import AlreadyRunning, StoreUnusable

SPAWN = multiprocessing.get_context("spawn")
RACERS, RACES = 4, 100


def _race(home: Path, start: Barrier, said: Connection) -> None:
    """Take part in all races; say of each whether it was won, or who had won."""
    for number in range(RACES):
        place = home / str(number)
        start.wait(60)
        try:
            with run_lock(place, f"race {number}"):
                said.send(os.getpid())
                start.wait(60)  # nobody lets go before all have tried
        except AlreadyRunning as wrong:
            said.send(str(wrong))
            start.wait(60)


def test_of_a_hundred_races_each_has_exactly_one_winner_and_the_others_name_it(tmp_path: Path) -> None:
    start = SPAWN.Barrier(RACERS)
    pipes = [SPAWN.Pipe(duplex=False) for _ in range(RACERS)]
    racers = [SPAWN.Process(target=_race, args=(tmp_path, start, sending)) for _, sending in pipes]
    for racer in racers:
        racer.start()
    for number in range(RACES):
        outcomes = [receiving.recv() for receiving, _ in pipes]
        (winner,) = [outcome for outcome in outcomes if isinstance(outcome, int)]
        losers = [outcome for outcome in outcomes if isinstance(outcome, str)]
        assert all(f"claimcheck race {number}, process {winner}, since 20" in said for said in losers), losers
    for racer in racers:
        racer.join(60)
    assert [racer.exitcode for racer in racers] == [0] * RACERS


def _hold(home: Path, ready: Connection) -> None:
    with run_lock(home, "refresh"):
        ready.send(True)
        time.sleep(60)


def test_the_lock_of_a_killed_holder_is_free_at_once_also_when_its_number_lives_on(tmp_path: Path) -> None:
    receiving, sending = SPAWN.Pipe(duplex=False)
    holder = SPAWN.Process(target=_hold, args=(tmp_path, sending))
    holder.start()
    receiving.recv()
    with pytest.raises(AlreadyRunning, match=f"process {holder.pid}"):
        refuse_second(tmp_path)
    assert holder.pid is not None
    os.kill(holder.pid, signal.SIGKILL)
    holder.join()
    left = tmp_path / "refresh.holder.json"
    left.write_text(json.dumps({**json.loads(left.read_text()), "pid": os.getpid()}))
    refuse_second(tmp_path)
    with run_lock(tmp_path):
        pass
    assert not left.exists()


def test_who_died_is_not_named_as_the_holder(tmp_path: Path) -> None:
    with run_lock(tmp_path):
        (tmp_path / "refresh.holder.json").write_text('{"pid": 4194304000, "since": "2026"}')
        with pytest.raises(AlreadyRunning) as refused:
            refuse_second(tmp_path)
    assert "process" not in str(refused.value)


def test_looking_makes_no_folder(tmp_path: Path) -> None:
    refuse_second(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(StoreUnusable, match="cannot lock"), run_lock(tmp_path / "home"):
        pass
