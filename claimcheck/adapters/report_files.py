"""Reports as files: a day's report and its twin, and both again as the latest, each there whole or not at all.

All files are written beside their place and flushed to the disk before the first one is put there: a full disk, or a run killed
while it writes, leaves the old reports as they were. What a killed run leaves lying about is taken away by the next.
"""

import errno
import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any

from claimcheck.adapters import text_file
from claimcheck.errors import Refused, StoreUnusable
from claimcheck.ports import INDEX_MARK

FEED = "feed.xml"
INDEX = "README.md"
_SCHEMA_VERSION = 1
_LARGEST_TWIN = 100_000_000  # bytes
_UNFINISHED = ".claimcheck-{name}.tmp"
_NEEDED = frozenset({"generated", "judge", "claims", "changes", "strongest", "ungrounded", "questions", "gaps", "cost", "runs"})
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NOT_ALLOWED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class ReportFiles:
    """The folder of reports. It is made when the first report is written. One writer at a time: the refresh's lock sees to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(
        self, day: date, twin: Mapping[str, Any], markdown: str, html: str | None = None, index: str | None = None
    ) -> tuple[Path, Path]:
        """Write a day's report and its twin, and both as the latest; return where the Markdown and the twin are.

        With them go the page for browsers (a page of that day that the report has left behind is taken away) and the index,
        unless somebody has a README.md of their own there. Raise `StoreUnusable` when the folder cannot be used; the old
        reports are then still there.
        """
        data = (json.dumps(twin, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()
        text = markdown.encode()
        files = {f"{day}.json": data, f"{day}.md": text, "latest.json": data, "latest.md": text}
        with _told(self.folder):
            outdated = html is None and _content(self.folder / f"{day}.json") != data
            if html is not None:
                files[f"{day}.html"] = html.encode()
            if index is not None and (self.index() or not os.path.lexists(self.folder / INDEX)):
                files[INDEX] = index.encode()
        self._put(files, outdated=self.page(day) if outdated else None)
        return self.folder / f"{day}.md", self.folder / f"{day}.json"

    def page(self, day: date) -> Path:
        """Return where a day's page for browsers is, or would be."""
        return self.folder / f"{day}.html"

    def days(self) -> tuple[date, ...]:
        """Return the days of which there is a twin, oldest first."""
        with _told(self.folder):
            names = sorted(path.stem for path in self.folder.glob("????-??-??.json"))
        return tuple(day for name in names if (day := _day(name)))

    def read(self, day: date) -> dict[str, Any] | None:
        """Return a day's twin, or None when it cannot be read."""
        try:
            return read_twin(self.folder / f"{day}.json")
        except StoreUnusable:
            return None

    def index(self) -> str:
        """Return the index page as it is, or nothing when there is none of ours."""
        text = (_content(self.folder / INDEX) or b"").decode(errors="replace")
        return text if text.startswith(INDEX_MARK) else ""

    def write_feed(self, xml: str) -> Path:
        """Write the feed of verdict changes beside the reports; return where it is. Raise `StoreUnusable` as `write` does."""
        self._put({FEED: xml.encode()})
        return self.folder / FEED

    def read_latest(self) -> dict[str, Any] | None:
        """Return the newest twin, or None when no report was written yet; raise `StoreUnusable` when it cannot be read."""
        path = self.folder / "latest.json"
        with _told(self.folder):
            try:
                path.stat()
            except FileNotFoundError:
                return None
        return read_twin(path)

    def _put(self, files: Mapping[str, bytes], outdated: Path | None = None) -> None:
        with _told(self.folder):
            self._prepare(files)
            try:
                for name, content in files.items():
                    _write_through(self._unfinished(name), content)
                for name in files:
                    os.replace(self._unfinished(name), self.folder / name)
                if outdated:
                    outdated.unlink(missing_ok=True)
            finally:
                self._clear()
            _flush_folder(self.folder)

    def _prepare(self, names: Mapping[str, bytes]) -> None:
        folder = self.folder
        target = os.path.realpath(folder)
        if folder.is_symlink() and not Path(target).is_relative_to(os.path.realpath(folder.parent)):
            raise StoreUnusable(
                f"the report folder {str(folder)!r} is a link that leads out of its parent folder, to {target!r}; "
                "name that folder itself in CLAIMCHECK_REPORTS"
            )
        if os.path.lexists(folder) and not folder.is_dir():
            raise StoreUnusable(
                f"the report folder {str(folder)!r} is not a folder; move it away, or name another folder in CLAIMCHECK_REPORTS"
            )
        folder.mkdir(parents=True, exist_ok=True)
        self._clear()
        for name in names:
            _refuse_locked(folder / name)

    def _clear(self) -> None:
        for leftover in self.folder.glob(_UNFINISHED.format(name="*")):
            leftover.unlink(missing_ok=True)

    def _unfinished(self, name: str) -> Path:
        return self.folder / _UNFINISHED.format(name=name)


def read_twin(path: Path) -> dict[str, Any]:
    """Return the twin in a file; raise `StoreUnusable` when it cannot be read or is none."""
    with _told(path.parent):
        data = path.read_bytes()
    try:
        twin = json.loads(data)
    except (ValueError, RecursionError) as wrong:
        raise StoreUnusable(f"{str(path)!r} is damaged ({wrong}); delete it and run `claimcheck refresh` again") from None
    version = twin.get("schema_version") if isinstance(twin, dict) else None
    if isinstance(version, int) and version > _SCHEMA_VERSION:
        raise StoreUnusable(f"{str(path)!r} was written by a newer claimcheck (schema_version {version}); update claimcheck")
    if version != _SCHEMA_VERSION or not twin.keys() >= _NEEDED:
        raise StoreUnusable(f"{str(path)!r} is not a claimcheck report; move it away and run `claimcheck refresh` again")
    return dict(twin)


def _content(path: Path) -> bytes | None:
    """Return what a file holds, or None for one that is not there or cannot be read: writing will tell what is wrong."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None


def _write_through(path: Path, content: bytes) -> None:
    # Opened so, and not by tempfile, the report gets the permissions that the user's umask asks for.
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    # Not every system lets a folder be opened; the files themselves are flushed already.
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _refuse_locked(path: Path) -> None:
    """Respect a report that somebody made read-only: to put a new one in its place would get around that."""
    if path.is_dir():
        raise StoreUnusable(f"{str(path)!r} is a folder, where a report must go; move it away")
    if path.exists() and not path.stat().st_mode & stat.S_IWUSR:
        raise StoreUnusable(f"the old report {str(path)!r} is read-only; make it writable, or move it away")


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Say what went wrong with the folder, and what to do."""
    try:
        yield
    except OSError as wrong:
        if wrong.errno in _NO_SPACE:
            todo = "make room there, then run `claimcheck report`"
        elif wrong.errno in _NOT_ALLOWED:
            todo = "make the folder writable, or name another in CLAIMCHECK_REPORTS"
        else:
            todo = "check that folder, or name another in CLAIMCHECK_REPORTS"
        raise StoreUnusable(f"the report folder {str(folder)!r} cannot be used: {wrong.strerror or wrong}; {todo}") from wrong


def read_given_twin(path: Path) -> dict[str, Any]:
    """Read a report's JSON twin that a person named; raise `Refused` when it is none, or of a newer claimcheck."""
    try:
        twin = json.loads(text_file.read(path, _LARGEST_TWIN))
    except (ValueError, RecursionError):
        twin = None
    if not isinstance(twin, dict) or not twin.keys() >= _NEEDED:
        raise Refused([f"{path}: is not the JSON twin of a report; name one such as reports/latest.json"])
    if twin.get("schema_version") != _SCHEMA_VERSION:
        raise Refused([f"{path}: has schema_version {twin.get('schema_version')!r}, not {_SCHEMA_VERSION}; update claimcheck"])
    return dict(twin)
