"""The record of each run, for those who operate it: JSON lines in `runs/` of home, one file a run, the last sixty kept.

A line is written when it happens: a file without an `end` line tells of a run that was killed, and how far it had come. Counts,
durations and exit codes only: no text of papers and no key. For that reason a crash is told by its kind and place, and by its
message only where that is claimcheck's own or the system's: any other may quote what was being read.

A record that cannot be written (a full disk, a read-only folder) is one warning, and never ends a run.
"""

import json
import logging
import os
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from claimcheck.errors import ClaimcheckError, Exit
from claimcheck.ports import Progress
from claimcheck.secrets import strike_likely

KEPT = 60  # files; more than a year of weekly runs
_LONGEST = 500  # characters of a message
_FRAMES = 12

logger = logging.getLogger(__name__)


class RunLog:
    """The record of one run. `recorded` is the usual way to one."""

    def __init__(self, folder: Path, secrets: Sequence[str] = ()) -> None:
        """Begin a file in `folder`, and take the oldest files away. `secrets` are struck out of every line."""
        self._began = time.monotonic()
        self._handler = _opened(folder, secrets)
        self._events = logging.Logger("claimcheck.run")  # known to nobody else: -v and -q do not concern the record
        self._events.addHandler(self._handler)
        logging.getLogger("claimcheck").addHandler(self._handler)
        self._stages: dict[str, _Stage] = {}

    def note(self, event: str, **facts: object) -> None:
        """Write one line."""
        self._events.info(event, extra={"facts": facts})

    def timed(self, shown: Progress) -> "Timed":
        """Return a progress that shows what `shown` does, and notes when each stage begins and ends."""
        return Timed(shown, self)

    def stage(self, name: str, total: int) -> None:
        """Note that a stage begins, or goes on with more to do."""
        known = self._stages.setdefault(name, _Stage(self._seconds()))
        if not known.total:
            self.note("stage", stage=name, total=total)
        known.total += total
        known.touched = self._seconds()

    def step(self, name: str, count: int) -> None:
        """Note that steps of a stage are done; nothing is written for it."""
        self._stages[name].steps += count
        self._stages[name].touched = self._seconds()

    def end(self, exit: Exit, **facts: object) -> None:
        """Write how the run ended, with the durations of its stages."""
        stages = {name: stage.told() for name, stage in self._stages.items()}
        self.note("end", exit=int(exit), seconds=round(self._seconds(), 3), stages=stages, **facts)

    def close(self) -> None:
        """Close the file."""
        logging.getLogger("claimcheck").removeHandler(self._handler)
        self._handler.close()

    def _seconds(self) -> float:
        return time.monotonic() - self._began


class Timed:
    """A progress that is shown and noted."""

    def __init__(self, shown: Progress, log: RunLog) -> None:
        """Show on `shown`, note in `log`."""
        self._shown, self._log, self._current = shown, log, ""

    def stage(self, name: str, total: int) -> None:
        """Begin a stage of `total` steps."""
        self._current = name
        self._log.stage(name, total)
        self._shown.stage(name, total)

    def step(self, count: int = 1) -> None:
        """Tell that steps of the current stage are done."""
        if self._current:
            self._log.step(self._current, count)
        self._shown.step(count)


@contextmanager
def recorded(folder: Path, secrets: Sequence[str] = (), **begin: object) -> Iterator[RunLog]:
    """Record what is done inside; an exception is noted with the exit code that it comes to, and goes on."""
    log = RunLog(folder, secrets)
    log.note("begin", pid=os.getpid(), **begin)
    try:
        yield log
    except BaseException as wrong:
        log.end(_exit_of(wrong), **_told(wrong))
        raise
    finally:
        log.close()


class _Stage:
    """When a stage began and was last heard of, in seconds of the run, and its steps."""

    def __init__(self, began: float) -> None:
        self.began = self.touched = began
        self.total = self.steps = 0

    def told(self) -> dict[str, object]:
        return {"seconds": round(self.touched - self.began, 3), "steps": self.steps, "total": self.total}


class _Lines(logging.FileHandler):
    """Writes JSON lines. When one cannot be written it says so once, and writes no more."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, encoding="utf-8")
        self._path, self._broken = path, False

    def emit(self, record: logging.LogRecord) -> None:
        if not self._broken and (hasattr(record, "facts") or record.levelno >= logging.WARNING):
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        self._broken = True
        _warn(self._path)

    def close(self) -> None:
        with suppress(OSError):  # what could not be written is flushed once more
            super().close()


class _Json(logging.Formatter):
    """One line of JSON a record, without secrets."""

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__()
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        facts = getattr(record, "facts", None)
        if facts is None:
            facts = {"level": record.levelname, "from": record.name, "said": record.getMessage()[:_LONGEST]}
            line = {"at": at, "event": "log", **facts}
        else:
            line = {"at": at, "event": record.getMessage(), **facts}
        return strike_likely(json.dumps(line, ensure_ascii=True, default=str), self._secrets)


def _opened(folder: Path, secrets: Sequence[str]) -> logging.Handler:
    path = folder / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}-{os.getpid()}.jsonl"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _rotate(folder)
        handler: logging.Handler = _Lines(path)
    except OSError as wrong:
        _warn(path, wrong)
        return logging.NullHandler()
    handler.setFormatter(_Json(secrets))
    return handler


def _rotate(folder: Path) -> None:
    for old in sorted(folder.glob("*.jsonl"))[: -(KEPT - 1)]:
        old.unlink(missing_ok=True)


def _warn(path: Path, wrong: OSError | None = None) -> None:
    why = f" ({wrong.strerror or wrong})" if wrong else ""
    logger.warning("the record of this run cannot be written to %r%s; the run goes on without it", str(path), why)


def _exit_of(wrong: BaseException) -> Exit:
    if isinstance(wrong, ClaimcheckError):
        return wrong.exit
    return Exit.INTERRUPTED if isinstance(wrong, KeyboardInterrupt) else Exit.BUG


def _told(wrong: BaseException) -> dict[str, object]:
    kind = f"{type(wrong).__module__}.{type(wrong).__qualname__}".removeprefix("builtins.")
    if isinstance(wrong, ClaimcheckError):
        return {"error": kind, "said": str(wrong)[:_LONGEST]}
    frames = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in traceback.extract_tb(wrong.__traceback__)[-_FRAMES:]]
    said = {"said": wrong.strerror} if isinstance(wrong, OSError) and wrong.strerror else {}
    return {"error": kind, **said, "trace": frames}
