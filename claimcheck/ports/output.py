"""Where reports go, and who is shown how far a run is."""

from datetime import date
from pathlib import Path
from typing import Protocol

from claimcheck.domain.claim import Anchor

# The first line of an index of reports, by which it is told from a README that somebody wrote.
INDEX_MARK = "<!-- claimcheck's index of reports: written anew with each report -->"


class Reports(Protocol):
    """Where reports are written. Raises `StoreUnusable`; an old report is never left half written."""

    def write(
        self, day: date, twin: dict[str, object], markdown: str, html: str | None = None, index: str | None = None
    ) -> tuple[Path, Path]:
        """Write a day's report and its JSON twin, and both as the latest, with the page and the index given; return where."""

    def days(self) -> tuple[date, ...]:
        """Return the days of which there is a twin, oldest first."""

    def read(self, day: date) -> dict[str, object] | None:
        """Return a day's twin, or None when it cannot be read."""

    def index(self) -> str:
        """Return the index page as it is, or nothing when there is none yet."""

    def write_feed(self, xml: str) -> Path:
        """Write the feed of verdict changes beside the reports; return where it is."""


class ClaimsText(Protocol):
    """The claims file as text that may be edited in place. Raises `Refused`, and `Stale` when it is not what was seen."""

    def digest(self) -> str:
        """Return a hash of the file as it is now."""

    def repair(self, claim_id: str, old: str, new: Anchor, digest: str) -> None:
        """Put an anchor in the place of the one that a claim cites as `old`, if the file still has that digest."""


class Progress(Protocol):
    """Shows how far a stage is."""

    def stage(self, name: str, total: int) -> None:
        """Begin a stage of `total` steps."""

    def step(self, count: int = 1) -> None:
        """Tell that steps of the current stage are done."""
