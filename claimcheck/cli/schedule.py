"""`schedule`: the weekly run as a line of the crontab, a systemd timer or a CI workflow, printed, installed or removed."""

import os
import re
import shutil
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claimcheck.cli.options import ClaimsOption
from claimcheck.cli.output import say
from claimcheck.errors import UsageError

if TYPE_CHECKING:
    from claimcheck.adapters.schedule import Crontab, Timer, Workflow
    from claimcheck.config import Settings

_CLOCKS_KEEP = 4  # the hour of local time from which on no daylight saving moves clocks
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


class Kind(StrEnum):
    """Who starts the weekly run."""

    CRON = "cron"
    SYSTEMD = "systemd"
    CI = "ci"


class Day(StrEnum):
    """A day of the week."""

    SUN = "sun"
    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"


def schedule(
    kind: Annotated[Kind, typer.Option("--kind", help="The crontab, a systemd timer of yours, or a GitHub Actions workflow.")],
    claims: ClaimsOption = None,
    print_: Annotated[bool, typer.Option("--print", help="Print what would be installed; this is the default.")] = False,
    install: Annotated[bool, typer.Option("--install", help="Install it, in place of an earlier one for these claims.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take it away again.")] = False,
    day: Annotated[Day, typer.Option("--day", help="The day of the week.")] = Day.SUN,
    at: Annotated[
        str, typer.Option("--at", metavar="HH:MM", help="The time: UTC for systemd and CI, the machine's own for cron.")
    ] = "04:17",
    env_file: Annotated[
        Path | None, typer.Option("--env-file", metavar="FILE", help="Read keys from here (NAME=value lines); cron and systemd.")
    ] = None,
    package: Annotated[
        str | None, typer.Option("--package", metavar="SPEC", help="What pip installs in CI. Default: this version.")
    ] = None,
    lock: Annotated[
        Path | None, typer.Option("--lock", metavar="FILE", help="Requirements with hashes, installed before it in CI.")
    ] = None,
) -> None:
    """Run the refresh every week: printed, or installed where cron, systemd or CI look for it.

    Use it once, when a refresh by hand went well. Example: `claimcheck schedule --kind systemd --day mon --at 06:30 --print`.

    A week that was missed is caught up by the next run. Exit codes: 0 done, 2 wrong usage, 8 the scheduler cannot be used.
    """
    from claimcheck import wiring

    if install + remove + print_ > 1:
        raise UsageError("--print, --install and --remove exclude each other; give one")
    settings = wiring.settings(claims, {})
    made = _made(kind, settings, day, at, env_file, (package, lock))
    if remove:
        say(made.remove())
        return
    _warn(kind, settings, at)
    say(made.install()) if install else say(made.text(), nl=False)


def _made(
    kind: Kind, settings: "Settings", day: Day, at: str, env_file: Path | None, installs: tuple[str | None, Path | None]
) -> "Crontab | Timer | Workflow":
    from claimcheck import __version__
    from claimcheck.adapters.schedule import Crontab, Job, Timer, Workflow, root_of

    time = _TIME.fullmatch(at)
    if time is None:
        raise UsageError(f"--at {at!r} is not a time; write HH:MM, such as 04:17")
    keys = Path(os.path.abspath(env_file)) if env_file else None
    job = Job(_program(), Path(os.path.abspath(settings.claims)), day.value, int(time[1]), int(time[2]), keys)
    if kind is Kind.CRON:
        return Crontab(job)
    if kind is Kind.SYSTEMD:
        return Timer.of_user(job)
    package, lock = installs
    home, reports = (Path(os.path.abspath(path)) for path in (settings.home, settings.reports))
    locked = Path(os.path.abspath(lock)) if lock else None
    return Workflow(job, root_of(job.folder), home, reports, package or f"claimcheck=={__version__}", locked)


def _program() -> tuple[str, ...]:
    """Return how this program is started again from anywhere: the script beside this Python, or Python itself."""
    beside = Path(os.path.abspath(sys.executable)).parent / "claimcheck"
    if beside.exists():
        return (str(beside),)
    found = shutil.which("claimcheck")
    if found:
        return (os.path.abspath(found),)
    return (os.path.abspath(sys.executable), "-c", "from claimcheck.cli.entry import main; main()")


def _warn(kind: Kind, settings: "Settings", at: str) -> None:
    """Say what the scheduled run will lack (settings of this shell do not reach it), and when clocks may skip it."""
    from claimcheck.config import SETTINGS

    if kind is Kind.CRON and int(at.partition(":")[0]) < _CLOCKS_KEEP:
        say(
            f"claimcheck: warning: at {at} clocks may be put forward or back, which skips or doubles the run; a doubled one asks "
            f"for nothing twice, a skipped one is caught up a week later. A time from {_CLOCKS_KEEP}:00 on is never skipped",
            err=True,
        )

    if not settings.claims.exists():
        say(f"claimcheck: warning: {settings.claims} is not there yet; `claimcheck check` says what it needs", err=True)
    here = [info.variable for info in SETTINGS if os.environ.get(info.variable, "").strip() and info.name != "claims"]
    if here and kind is not Kind.CI:
        say(
            f"claimcheck: warning: the scheduled run does not see what is set in this shell ({', '.join(here)}); put keys into a "
            "file that only you can read and name it with --env-file, and the rest into claimcheck.toml",
            err=True,
        )
