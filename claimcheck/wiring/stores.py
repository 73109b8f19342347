"""The stores in home: library and ledger, the lock that guards them, and what is asked of the library alone."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from claimcheck.adapters.database_address import backed_up_elsewhere, is_postgres
from claimcheck.config import Settings
from claimcheck.deadline import Deadline
from claimcheck.domain.dates import Window
from claimcheck.domain.paper import Paper
from claimcheck.domain.query import Query
from claimcheck.domain.text import content_words, words
from claimcheck.wiring.sources import source

if TYPE_CHECKING:
    from claimcheck.adapters.ledger import SqlLedger
    from claimcheck.adapters.ledger.backups import Backup
    from claimcheck.adapters.ledger.copying import Counted
    from claimcheck.adapters.library import LocalLibrary
    from claimcheck.agent.harvest import Harvested


@contextmanager
def open_library(settings: Settings) -> "Iterator[LocalLibrary]":
    """Open the local library."""
    from claimcheck.adapters.library import LocalLibrary

    with LocalLibrary.open(settings.home / "library") as library:
        yield library


def library_reach(settings: Settings) -> date | None:
    """Return the newest day of a paper in the library."""
    with open_library(settings) as library:
        return library.reach()


def library_is_empty(settings: Settings) -> bool:
    """Tell whether there is nothing to search."""
    with open_library(settings) as library:
        return library.reach() is None


def search_library(settings: Settings, text: str, since: date | None, until: date | None, limit: int) -> list[Paper]:
    """Return the best papers for a person's words, best first."""
    window = Window(since or date.min, until or date.max) if since or until else None
    with open_library(settings) as library:
        ids = library.search(Query(content_words(text) or words(text), origin="person"), window, limit)
        found = library.get_many(ids)
    return [found[id] for id in ids if id in found]


def update_library(
    settings: Settings, categories: Iterable[str], today: date, since: date | None, run: Deadline | None = None
) -> "Iterator[Harvested]":
    """Harvest what is new in each category, from `since` or where the last harvest ended, and yield how each went."""
    from claimcheck.agent.harvest import harvest

    arxiv = source(settings, today, run)
    with open_library(settings) as library:
        for category in categories:
            yield harvest(library, arxiv, category, today, since)


@contextmanager
def open_ledger(settings: Settings) -> "Iterator[SqlLedger]":
    """Open the ledger."""
    from claimcheck.adapters.ledger import SqlLedger

    with SqlLedger.open(settings.ledger, settings.home) as ledger:
        yield ledger


def back_up(settings: Settings, target: Path | None) -> "Backup":
    """Copy the ledger to a new file and check the copy. Raise `UsageError` for one on a server."""
    from claimcheck.adapters.ledger.backups import backup_ledger
    from claimcheck.adapters.ledger.engine import path_of

    if _on_server(settings):
        raise backed_up_elsewhere(str(settings.ledger))
    return backup_ledger(path_of(settings.ledger, settings.home), target)


def copy_ledger(settings: Settings, source: str, target: str) -> "Mapping[str, Counted]":
    """Copy a whole ledger from one address to another, and compare every row."""
    from claimcheck.adapters.ledger.copying import copy_ledger as copied

    return copied(source, target, settings.home)


def only_one_run(settings: Settings, command: str = "refresh") -> "AbstractContextManager[None]":
    """Return the lock under which one process refreshes, fills the library or writes reports; it raises `AlreadyRunning`."""
    from claimcheck.adapters.run_lock import run_lock

    return run_lock(settings.home, command)


def refuse_second_run(settings: Settings) -> None:
    """Raise `AlreadyRunning` when another process holds the lock; what takes the lock in earnest comes later."""
    from claimcheck.adapters.run_lock import refuse_second

    refuse_second(settings.home)
    if _on_server(settings):
        from claimcheck.adapters.database_address import shown
        from claimcheck.adapters.ledger import postgres_lock

        postgres_lock.refuse_second(str(settings.ledger), shown(str(settings.ledger)))


@contextmanager
def open_ledger_to_look(settings: Settings, passing: Path) -> "Iterator[SqlLedger]":
    """Open the ledger for a dry run: a passing one in a folder where the server has none yet, for a dry run makes none there."""
    from claimcheck.adapters.ledger.look import look

    absent = _on_server(settings) and look(settings.ledger, settings.home) is None
    with open_ledger(replace(settings, ledger=None, home=passing) if absent else settings) as ledger:
        yield ledger


def _on_server(settings: Settings) -> bool:
    return bool(settings.ledger) and is_postgres(str(settings.ledger))
