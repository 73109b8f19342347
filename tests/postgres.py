"""A PostgreSQL server of the tests' own, started once from the wheel `pgserver`; each test gets a database of its own in it.

Where it cannot be started, tests that want it are skipped, with the reason.
"""

import atexit
import itertools
import os
import shutil
import subprocess
import tempfile
import warnings
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest

_numbers = itertools.count(1)


class Server:
    """A server that can be stopped and started."""

    def __init__(self, *, durable: bool = False) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a folder for sockets, which it does not need
            from pgserver.postgres_server import get_server
        self.folder = Path(tempfile.mkdtemp(prefix="claimcheck-pg-"))
        self._server: Any = get_server(self.folder, cleanup_mode="stop")
        # The machine's own crash is no test of ours. An acknowledged commit is on the disk whatever the server's default is.
        for setting in () if durable else ("fsync", "full_page_writes", "synchronous_commit"):
            self.sql(f"ALTER SYSTEM SET {setting} = off")
        self.sql("SELECT pg_reload_conf()")
        atexit.register(self._remove)

    @property
    def socket(self) -> str:
        return str(self._server.get_uri().partition("host=")[2])

    def sql(self, statement: str, database: str = "postgres") -> list[Any]:
        import psycopg

        with psycopg.connect(host=self.socket, user="postgres", dbname=database, autocommit=True) as connection:
            found = connection.execute(statement.encode())
            return found.fetchall() if found.description else []

    def address(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.socket}"

    def new(self) -> str:
        """The address of a new, empty database."""
        name = f"of_test_{os.getpid()}_{next(_numbers)}"
        self.sql(f"CREATE DATABASE {name}")
        return self.address(name)

    def stop(self, mode: str = "immediate") -> None:
        self._control("stop", "-m", mode)

    def start(self) -> None:
        self._control("start", "-o", '-h ""', "-o", f"-k {self.socket}", "-l", str(self.folder / "log"))

    def _remove(self) -> None:
        """Stop the server before its folder goes, however often it was started anew."""
        with suppress(subprocess.SubprocessError):
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _control(self, *words: str) -> None:
        from pgserver._commands import POSTGRES_BIN_PATH

        command = [str(POSTGRES_BIN_PATH / "pg_ctl"), "-w", "-D", str(self.folder), *words]
        subprocess.run(command, check=True, capture_output=True, user=self._server.system_user, timeout=60)


@cache
def _started() -> Server | str:
    try:
        return Server()
    except Exception as wrong:  # noqa: BLE001 - whatever keeps it from starting here is the reason to skip
        return f"PostgreSQL cannot be started here: {type(wrong).__name__}: {wrong}"


def postgres() -> Server:
    """The server; skips the test where there is none."""
    found = _started()
    if isinstance(found, str):
        pytest.skip(found)
    return found
