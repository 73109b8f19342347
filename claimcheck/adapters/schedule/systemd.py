"""A systemd timer of the user: a service that refreshes, and a timer that starts it, in UTC and late rather than never."""

import os
from dataclasses import dataclass
from pathlib import Path

from claimcheck.adapters.schedule.job import Job
from claimcheck.adapters.schedule.run import run
from claimcheck.errors import StoreUnusable

_MISSING = "use `--kind cron` or `--kind ci`"
_MARK = "# Written by `claimcheck schedule`; edit it by running that again."


@dataclass(frozen=True)
class Timer:
    """A job as two user units in `folder`."""

    job: Job
    folder: Path

    @classmethod
    def of_user(cls, job: Job) -> "Timer":
        """Return the job's units where systemd looks for the user's."""
        config = os.environ.get("XDG_CONFIG_HOME", "")
        home = Path(config) if os.path.isabs(config) else Path.home() / ".config"
        return cls(job, home / "systemd" / "user")

    def files(self) -> dict[str, str]:
        """Return the units by their names."""
        return {f"{self.job.name}.service": _service(self.job), f"{self.job.name}.timer": _timer(self.job)}

    def text(self) -> str:
        """Return both units, each under its path."""
        return "\n".join(f"# {self.folder / name}\n{text}" for name, text in self.files().items())

    def install(self) -> str:
        """Write the units and start the timer; return what was done. Nothing is written where systemd cannot be asked."""
        _control("show-environment")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for name, text in self.files().items():
                _replace(self.folder / name, text)
        except OSError as wrong:
            raise StoreUnusable(f"units cannot be written to {str(self.folder)!r} ({wrong.strerror}); make it writable") from None
        _control("daemon-reload")
        _control("enable", "--now", f"{self.job.name}.timer")
        return (
            f"{self.job.name}.timer is enabled; see `systemctl --user list-timers`. It runs while you are logged in; to have it "
            "run always: loginctl enable-linger"
        )

    def remove(self) -> str:
        """Stop the timer and delete the units; return what was done."""
        there = [path for path in (self.folder / name for name in self.files()) if path.exists()]
        if not there:
            return "no timer of this claims file is installed; nothing was changed"
        _control("disable", "--now", f"{self.job.name}.timer")
        try:
            for path in there:
                path.unlink(missing_ok=True)
        except OSError as wrong:
            raise StoreUnusable(f"units cannot be deleted in {str(self.folder)!r} ({wrong.strerror}); delete them") from None
        _control("daemon-reload")
        return f"{self.job.name}.timer is disabled and its units are deleted"

    def installed(self) -> bool:
        """Tell whether the units are there."""
        return all((self.folder / name).exists() for name in self.files())


def _service(job: Job) -> str:
    keys = f"EnvironmentFile={_path(job.env_file)}\n" if job.env_file else ""
    return f"""{_MARK}
[Unit]
Description=Re-test the claims of {_path(job.claims)}

[Service]
Type=oneshot
WorkingDirectory={_path(job.folder)}
{keys}ExecStart={" ".join(map(_word, job.command))}
# Done with gaps, or with verdicts that --fail-on names: claimcheck tells of these itself.
SuccessExitStatus=4 10
TimeoutStartSec=1d
"""


def _timer(job: Job) -> str:
    return f"""{_MARK}
[Unit]
Description=Every week: re-test the claims of {_path(job.claims)}

[Timer]
OnCalendar={job.day.capitalize()} *-*-* {job.hour:02}:{job.minute:02}:00 UTC
# A run that was missed while the machine was off is made up for when it is on again.
Persistent=true
RandomizedDelaySec=10m

[Install]
WantedBy=timers.target
"""


def _path(path: Path) -> str:
    return str(path).replace("%", "%%")


def _word(word: str) -> str:
    """Quote a word of a command for systemd, which knows specifiers (%) and variables ($)."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def _replace(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.tmp")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def _control(*words: str) -> None:
    done = run(["systemctl", "--user", *words], missing=_MISSING)
    if done.code:
        raise StoreUnusable(
            f"`systemctl --user {' '.join(words)}` failed ({done.error or f'exit {done.code}'}); log in as this user "
            f"(not by su or sudo) or run `loginctl enable-linger`, then try again, or {_MISSING}"
        )
