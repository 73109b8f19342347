"""Progress on stderr: one bar a stage; none when stderr is not a terminal."""

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Bars:
    """Shows the stages of a run. Use as a context manager."""

    def __init__(self, quiet: bool = False) -> None:
        """Show nothing when `quiet`, or when nobody watches."""
        columns = (TextColumn("{task.description:>8}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bars = Progress(*columns, console=Console(stderr=True), disable=quiet or not sys.stderr.isatty())
        self._tasks: dict[str, TaskID] = {}
        self._current: TaskID | None = None

    def stage(self, name: str, total: int) -> None:
        """Begin a stage, or add to the one that a parallel branch began."""
        if name in self._tasks:
            known = self._bars.tasks[self._tasks[name]]
            self._bars.update(self._tasks[name], total=(known.total or 0) + total)
        else:
            self._tasks[name] = self._bars.add_task(name, total=total)
        self._current = self._tasks[name]

    def step(self, count: int = 1) -> None:
        """Move the bar of the current stage on."""
        if self._current is not None:
            self._bars.advance(self._current, count)

    def reach(self, name: str, count: int) -> None:
        """Move a stage whose end is not known to a count."""
        self._bars.update(self._tasks[name], completed=count)

    def __enter__(self) -> "Bars":
        """Start drawing."""
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        """Stop drawing, whatever happened."""
        self._bars.stop()
