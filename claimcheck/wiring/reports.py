"""Where reports are written, and how they are found again."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claimcheck.config import Settings
from claimcheck.errors import UsageError
from claimcheck.wiring.stores import open_ledger, open_library

if TYPE_CHECKING:
    from claimcheck.adapters.report_files import ReportFiles


def report_files(settings: Settings) -> "ReportFiles":
    """Return the folder that reports are written to."""
    from claimcheck.adapters.report_files import ReportFiles

    return ReportFiles(settings.reports)


def html_report(settings: Settings, twin: Mapping[str, Any]) -> str:
    """Return a report as a page for browsers, with what the library and the ledger know beside it."""
    from claimcheck.refresh import html_page

    with open_library(settings) as library, open_ledger(settings) as ledger:
        return html_page(library, ledger, twin)


def two_reports(settings: Settings, earlier: str | None, later: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the reports that two days or files name, by default the last two days that have one.

    Raise `UsageError` when there are none, `StoreUnusable` for a file that is no report.
    """
    from claimcheck.refresh import last_two_days

    if earlier is None:
        with open_ledger(settings) as ledger:
            days = last_two_days(ledger)
        if len(days) < 2:
            had = f"there is one report only, of {days[0]}" if days else "there is no report yet"
            raise UsageError(
                f"{had}; run `claimcheck refresh` on another day, or name two reports: `claimcheck diff A.json B.json`"
            )
        return _named_report(settings, str(days[0])), _named_report(settings, str(days[1]))
    return _named_report(settings, earlier), _named_report(settings, later)


def _named_report(settings: Settings, name: str | None) -> dict[str, Any]:
    """Return the report of a day (or the last before it), of a JSON twin's file, or the last one for None."""
    from claimcheck.adapters.report_files import read_twin
    from claimcheck.refresh import last_two_days, report_on

    if name is not None and Path(name).is_file():
        return read_twin(Path(name))
    with open_ledger(settings) as ledger:
        known = last_two_days(ledger)
        try:
            day = date.fromisoformat(name) if name else max(known, default=date.min)
        except ValueError:
            raise UsageError(f"{name!r} is neither a day (YYYY-MM-DD) nor the file of a JSON twin") from None
        found = report_on(ledger, day)
    if found is None:
        raise UsageError(
            f"there is no report of {day} or before; " + (f"the last is of {known[-1]}" if known else "there is none yet")
        )
    return found
