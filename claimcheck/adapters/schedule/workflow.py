"""A GitHub Actions workflow: the file `weekly.yml` beside this module, with what differs between repositories put in."""

import json
import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from claimcheck.adapters.schedule.job import DAYS, Job
from claimcheck.errors import StoreUnusable, UsageError

PLACE = Path(".github") / "workflows" / "weekly.yml"
_MARK = "# Written by `claimcheck schedule"
_HOLE = re.compile(r"@\{(\w+)\}")


@dataclass(frozen=True)
class Workflow:
    """A job as the workflow of the repository at `root`; pip installs `package`, after what `lock` lists with hashes."""

    job: Job
    root: Path
    home: Path
    reports: Path
    package: str
    lock: Path | None = None

    def text(self) -> str:
        """Return the workflow."""
        values = {
            "cron": f"{self.job.minute} {self.job.hour} * * {DAYS.index(self.job.day)}",
            "claims": self._inside(self.job.claims),
            "home": self._inside(self.home),
            "reports": self._inside(self.reports),
            "package": self.package,
            "lock": self._inside(self.lock) if self.lock else "",
        }
        template = (resources.files("claimcheck.adapters.schedule") / "weekly.yml").read_text(encoding="utf-8")
        return _HOLE.sub(lambda hole: _scalar(values[hole[1]]), template)

    def install(self) -> str:
        """Write the workflow, in place of one that was written so before; return what was done."""
        path, text = self.root / PLACE, self.text()
        self._refuse_foreign()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as wrong:
            raise StoreUnusable(f"{str(path)!r} cannot be written ({wrong.strerror}); make it writable") from None
        return f"{path} is written; commit and push it to the default branch"

    def remove(self) -> str:
        """Delete the workflow, if it is ours; return what was done."""
        path = self.root / PLACE
        if not path.exists():
            return f"{path} is not there; nothing was changed"
        self._refuse_foreign()
        try:
            path.unlink()
        except OSError as wrong:
            raise StoreUnusable(f"{str(path)!r} cannot be deleted ({wrong.strerror}); make its folder writable") from None
        return f"{path} is deleted; commit and push that to the default branch"

    def installed(self) -> bool:
        """Tell whether the workflow is there, and ours."""
        path = self.root / PLACE
        return path.exists() and path.read_text(encoding="utf-8", errors="replace").startswith(_MARK)

    def _refuse_foreign(self) -> None:
        if (self.root / PLACE).exists() and not self.installed():
            raise UsageError(f"{str(self.root / PLACE)!r} was not written by claimcheck; move it away first. Nothing was changed")

    def _inside(self, path: Path) -> str:
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            raise UsageError(f"{str(path)!r} lies outside of the repository {str(self.root)!r}, where CI has nothing") from None


def root_of(folder: Path) -> Path:
    """Return the top of the repository that a folder lies in; raise `UsageError` when it lies in none."""
    for place in (folder, *folder.parents):
        if (place / ".git").exists():
            return place
    raise UsageError(f"{str(folder)!r} lies in no git repository; a workflow belongs into one (git init)")


def _scalar(value: str) -> str:
    """Write a value as a YAML scalar; what GitHub would evaluate is refused."""
    if "${{" in value:
        raise UsageError(f"{value!r} holds '${{{{', which GitHub evaluates; rename it")
    return json.dumps(value, ensure_ascii=False)
