"""The user's crontab: our lines stand between two marks, and every other line stays byte for byte what it was.

A crontab that cannot be read is never written: "we could not look" is not "there is none".
"""

import shlex
from dataclasses import dataclass

from claimcheck.adapters.schedule.job import DAYS, Job
from claimcheck.adapters.schedule.run import run
from claimcheck.errors import StoreUnusable, UsageError

_MISSING = "install cron, or use `--kind systemd` or `--kind ci`"


@dataclass(frozen=True)
class Crontab:
    """A job in the user's crontab."""

    job: Job

    def text(self) -> str:
        """Return the lines: two marks, and the job between them."""
        return f"{self._begin}\n{line(self.job)}\n{self._end}\n"

    def install(self) -> str:
        """Put the job into the crontab, in place of what an earlier install put there; return what was done."""
        before = _read()
        kept, at = self._without(before)
        if at is None:
            at = len(kept)
            if kept and not kept.endswith(b"\n"):
                kept, at = kept + b"\n", at + 1
        _write(kept[:at] + self.text().encode() + kept[at:])
        return "the crontab has the weekly run; its time is the machine's local time"

    def remove(self) -> str:
        """Take the job out of the crontab; return what was done."""
        kept, at = self._without(_read())
        if at is None:
            return "the crontab has no weekly run of this claims file; nothing was changed"
        _write(kept)
        return "the weekly run was taken out of the crontab"

    def installed(self) -> bool:
        """Tell whether the crontab has the job."""
        return self._without(_read())[1] is not None

    @property
    def _begin(self) -> str:
        return f"# {self.job.name} begin: written by `claimcheck schedule`, edit it by running that again"

    @property
    def _end(self) -> str:
        return f"# {self.job.name} end"

    def _without(self, text: bytes) -> tuple[bytes, int | None]:
        """Return the crontab without our lines, and where they stood."""
        lines = text.splitlines(keepends=True)
        begins = [at for at, row in enumerate(lines) if row.startswith(f"# {self.job.name} begin".encode())]
        ends = [at for at, row in enumerate(lines) if row.rstrip() == self._end.encode()]
        if not begins and not ends:
            return text, None
        if len(begins) != 1 or len(ends) != 1 or begins[0] > ends[0]:
            raise StoreUnusable(
                f"the marks `# {self.job.name} begin` and `end` in the crontab do not fit each other; mend them with "
                "`crontab -e`. Nothing was changed"
            )
        before = b"".join(lines[: begins[0]])
        return before + b"".join(lines[ends[0] + 1 :]), len(before)


def line(job: Job) -> str:
    """Return the job as a line of a crontab: quoted for the shell, and with `%`, which cron reads as a line end, escaped.

    Raise `UsageError` for a backslash: crons disagree on what becomes of it.
    """
    if any("\\" in text for text in (*job.command, str(job.env_file))):
        raise UsageError("a path holds a backslash, which not every cron leaves alone; rename it, or use `--kind systemd`")
    steps = [f"cd {shlex.quote(str(job.folder))}"]
    if job.env_file:
        steps.append(f"set -a && . {shlex.quote(str(job.env_file))} && set +a")
    steps.append(shlex.join(job.command))
    return f"{job.minute} {job.hour} * * {DAYS.index(job.day)} {' && '.join(steps)}".replace("%", "\\%")


def _read() -> bytes:
    done = run(["crontab", "-l"], missing=_MISSING)
    if done.code == 0:
        return done.out
    if "no crontab for" in done.error:
        return b""
    raise StoreUnusable(f"the crontab cannot be read ({done.error or f'exit {done.code}'}); nothing was changed")


def _write(text: bytes) -> None:
    done = run(["crontab", "-"], text, _MISSING)
    if done.code:
        raise StoreUnusable(f"the crontab was not written ({done.error or f'exit {done.code}'}); see `crontab -l`")
    if _read() != text:
        raise StoreUnusable("the crontab is not what was written to it; see `crontab -l`")
