"""What is run every week, and when.

A refresh looks at all days since the last complete harvest, so a week that was missed is caught up by the next run, and a run
that comes twice asks for nothing twice. Days are counted in UTC wherever the scheduler can be told so.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from claimcheck.errors import UsageError

DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


@dataclass(frozen=True)
class Job:
    """The refresh of a claims file by a program (its words), on a day of the week at a time; all paths absolute.

    `env_file` holds the keys, as NAME=value lines; it is named and never read here.
    """

    program: tuple[str, ...]
    claims: Path
    day: str = "sun"
    hour: int = 4
    minute: int = 17
    env_file: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what no scheduler can be told: a line end in a path would begin a line of its own."""
        for text in (*self.program, str(self.claims), str(self.env_file or "")):
            if any(not char.isprintable() for char in text):
                raise UsageError(f"{text!r} holds a line end or control character, which no scheduler takes; rename it")

    @property
    def folder(self) -> Path:
        """Where it runs."""
        return self.claims.parent

    @property
    def command(self) -> tuple[str, ...]:
        """The words of the command: quiet, so that only what is wrong reaches cron's mail or the journal."""
        return (*self.program, "refresh", "--quiet", "--claims", str(self.claims))

    @property
    def name(self) -> str:
        """A name that is this claims file's and no other's."""
        return f"claimcheck-{hashlib.sha256(str(self.claims).encode()).hexdigest()[:8]}"
