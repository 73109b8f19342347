"""Keeping the index in step with SQLite: before a search, whatever it lacks is added, and whatever is doubtful is built anew.

SQLite names the folder of the index in use and a seal over its files, and lists the papers that it lacks. Both change in one
transaction after the index is on disk. So a process may be killed at any moment: before that transaction the papers are still
listed, and an index that was written without it does not fit its seal and is built anew in another folder. Writers of papers need
no lock; the index is written under a lock of the operating system, which a dead process does not hold.

A replaced document counts in tantivy's statistics until its segment is merged, so scores would depend on the past. Therefore an
index is built anew when a paper was replaced: always while the library is small, else when many were.
"""

import logging
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from uuid import uuid4

from filelock import FileLock, Timeout

from claimcheck.adapters.library.index import FORMAT, IndexBroken, TextIndex, seal, threads_for
from claimcheck.adapters.library.store import IndexState, Snapshot, Store
from claimcheck.errors import StoreUnusable

logger = logging.getLogger(__name__)

SMALL = 20_000  # papers: building anew takes two seconds
_MOST_REPLACED = 0.05  # of the papers of a large library
_PATIENCE = 600.0  # seconds to wait for another process to finish its writing


class Upkeep:
    """Hands out the index of a store, in step with it."""

    def __init__(self, folder: Path, store: Store) -> None:
        self._folder = folder
        self._store = store
        self._turn = Lock()
        self._lock = FileLock(folder / "index.lock")
        self._open: tuple[IndexState, TextIndex] | None = None

    def current(self) -> TextIndex:
        """Return an index that holds every paper that was kept before the call."""
        state, lacks = self._store.index_state()
        held = self._open
        if held and held[0] == state and not lacks:
            return held[1]
        if state and not lacks:
            with suppress(IndexBroken):  # else look again when nobody is writing
                return self._keep(state, self._fitting(state))
        with self._writing():
            return self._in_step()

    def rebuild(self) -> None:
        """Build the index anew."""
        with self._writing():
            self._build()

    def size(self) -> int:
        """Return the bytes that the index in use takes on disk."""
        state, _ = self._store.index_state()
        return size_of((self._folder / state.folder).glob("*")) if state else 0

    def _in_step(self) -> TextIndex:
        state, lacks = self._store.index_state()
        if state is None:
            return self._build()
        try:
            index = self._fitting(state)
        except IndexBroken as error:
            logger.warning("the index in %s is built anew: %s", self._folder, error)
            return self._build()
        if not lacks:
            return self._keep(state, index)
        with self._store.snapshot() as snapshot:
            replaced = state.replaced + index.holds(snapshot.lacking())
            if not _too_many(replaced, state.docs):
                index.write(snapshot.entries(lacking_only=True))
                return self._vouch(index, snapshot, replaced)
        return self._build()

    def _fitting(self, state: IndexState) -> TextIndex:
        """Return the index that SQLite vouches for; raise `IndexBroken` when what is there does not fit."""
        if self._open and self._open[0] == state:
            return self._open[1]
        if state.format != FORMAT:
            raise IndexBroken(f"its format is {state.format!r}, this is {FORMAT!r}")
        folder = self._folder / state.folder
        if seal(folder) != state.seal:
            raise IndexBroken("its files are not those that were written last")
        index = TextIndex.open(folder)
        if index.docs != state.docs:
            raise IndexBroken(f"it holds {index.docs} papers where {state.docs} were written")
        return index

    def _build(self) -> TextIndex:
        self._sweep()
        folder = self._folder / f"index-{uuid4().hex[:12]}"
        try:
            index = TextIndex.create(folder)
            with self._store.snapshot() as snapshot:
                index.write(snapshot.entries(), anew=True, threads=threads_for(snapshot.papers()))
                self._vouch(index, snapshot, replaced=0)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._sweep()
        return index

    def _vouch(self, index: TextIndex, snapshot: Snapshot, replaced: int) -> TextIndex:
        state = IndexState(index.folder.name, FORMAT, seal(index.folder), index.docs, replaced)
        self._store.vouch(state, snapshot.mark)
        return self._keep(state, index)

    def _keep(self, state: IndexState, index: TextIndex) -> TextIndex:
        self._open = (state, index)
        return index

    def _sweep(self) -> None:
        """Remove indexes that are not in use: old ones, and those whose building was interrupted."""
        state, _ = self._store.index_state()
        for folder in self._folder.glob("index-*"):
            if folder.is_dir() and (state is None or folder.name != state.folder):
                shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the right to write the index, over threads and processes."""
        with self._turn:
            try:
                self._lock.acquire(timeout=_PATIENCE)
            except Timeout:
                raise StoreUnusable(
                    f"another process has been writing the index in {str(self._folder)!r} for {_PATIENCE / 60:.0f} minutes; "
                    "wait until it is done and run again"
                ) from None
            except OSError as error:
                raise StoreUnusable(
                    f"the index in {str(self._folder)!r} cannot be locked ({error.strerror or error}); make the folder writable"
                ) from error
            try:
                yield
            finally:
                self._lock.release()


def size_of(files: Iterable[Path]) -> int:
    """Return the bytes that files take; one that another process has just removed takes none."""
    size = 0
    for file in files:
        with suppress(FileNotFoundError):
            size += file.stat().st_size
    return size


def _too_many(replaced: int, docs: int) -> bool:
    return replaced > (0 if docs < SMALL else docs * _MOST_REPLACED)
