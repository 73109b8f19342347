"""claimcheck from Python: load claims, refresh them, read reports, search the library, check citations.

    from claimcheck import api

    for claim in api.load_claims("claims.yaml").claims:
        print(claim.id, claim.asserted)

    done = api.refresh("claims.yaml", offline=True)
    for entry in done.report["claims"]:
        print(entry["id"], entry["verdict"], [piece["paper_id"] for piece in entry["evidence"] if piece["counted"]])

Settings come from the environment and the claimcheck.toml beside the claims file, as they do for the command line; arguments here
come first. What a user can do something about is raised as a `ClaimcheckError` (`claimcheck.errors`), each with its exit code.
The functions block; call them from a thread where an event loop runs. This module stays stable; what lies below it may change.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from os import PathLike
from pathlib import Path
from typing import cast

from claimcheck import wiring
from claimcheck.audit.finding import Audit, Finding
from claimcheck.config import Settings
from claimcheck.domain.claim import Anchor, Claim, ClaimsFile, Inquiry
from claimcheck.domain.grounding import Grounding
from claimcheck.domain.paper import Paper
from claimcheck.errors import ClaimcheckError, Exit, Refused, UsageError
from claimcheck.report.shape import ClaimShape, EvidenceShape, Report

__all__ = [
    "Anchor",
    "Audit",
    "Claim",
    "ClaimShape",
    "ClaimcheckError",
    "ClaimsFile",
    "EvidenceShape",
    "Exit",
    "Finding",
    "Grounding",
    "Inquiry",
    "Paper",
    "Refreshed",
    "Refused",
    "Report",
    "UsageError",
    "audit",
    "draft_claims",
    "ground_citation",
    "last_report",
    "library_reach",
    "load_claims",
    "read_report",
    "refresh",
    "sample_claims",
    "search_library",
]

File = str | PathLike[str]


@dataclass(frozen=True)
class Refreshed:
    """What a refresh came to: the report, where it was written, and how the command line would have ended.

    `exit` is `Exit.DONE` for a complete run, `Exit.GAPS` and others where something was not looked at (see the README).
    """

    report: Report
    exit: Exit
    path: Path


def load_claims(claims: File = "claims.yaml", *, today: date | None = None) -> ClaimsFile:
    """Read a claims file; raise `Refused` with all that is wrong with it.

    >>> load_claims("claims.yaml").claims[0].anchors[0].id  # doctest: +SKIP
    '2505.14810'
    """
    return wiring.load_claims(Path(claims), _day(today))[0]


def refresh(
    claims: File = "claims.yaml",
    *,
    only: Iterable[str] = (),
    since: date | None = None,
    offline: bool = False,
    sample: bool = False,
    judge: str | None = None,
    max_cost: float | None = None,
    max_calls: int | None = None,
    today: date | None = None,
) -> Refreshed:
    """Re-test claims and write the report, as `claimcheck refresh` does; with `sample`, the bundled sample's.

    >>> refresh("claims.yaml", sample=True).report["complete"]  # doctest: +SKIP
    True
    """
    import asyncio

    from claimcheck.refresh import Request
    from claimcheck.refresh import refresh as run

    settings = _settings(claims, sample, judge=judge, max_cost=max_cost, max_calls=max_calls)
    wanted = wiring.Wanted(_day(today), offline, sample, since)
    file, digest = wiring.load_claims(settings.claims, wanted.today)
    request = Request(file, digest, tuple(only), wiring.notes(settings, wanted))
    reports = wiring.report_files(settings)
    with wiring.refreshing(settings, wanted, digest, _Silent()) as context:
        outcome = asyncio.run(run(request, context, reports))
    return Refreshed(cast(Report, outcome.twin), outcome.exit, settings.reports / f"{wanted.today}.json")


def last_report(claims: File = "claims.yaml", *, sample: bool = False) -> Report | None:
    """Return the report of the last finished refresh, computed again from the ledger; None when there is none."""
    from claimcheck import refresh as use_case

    with wiring.open_ledger(_settings(claims, sample)) as ledger:
        return cast("Report | None", use_case.last_report(ledger))


def read_report(file: File) -> Report:
    """Read a report's JSON twin, such as reports/latest.json; raise `Refused` when it is none."""
    return cast(Report, wiring.read_report(Path(file)))


def search_library(
    query: str,
    claims: File = "claims.yaml",
    *,
    since: date | None = None,
    until: date | None = None,
    limit: int = 20,
    sample: bool = False,
) -> list[Paper]:
    """Return the best papers of the local library for some words, best first. Nothing but the library is asked."""
    return wiring.search_library(_settings(claims, sample), query, since, until, limit)


def library_reach(claims: File = "claims.yaml", *, sample: bool = False) -> date | None:
    """Return the newest day of a paper in the library; None when it is empty, and a search of it tells nothing."""
    return wiring.library_reach(_settings(claims, sample))


def sample_claims() -> Path:
    """Return where the bundled sample's claims lie."""
    return wiring.sample_claims()


def draft_claims(notes: File, *, judge: str | None = None, today: date | None = None) -> str:
    """Return a draft of a claims file made of notes, as `claimcheck import` writes it. Nothing is written."""
    return wiring.import_notes(wiring.settings(None, _given(judge=judge)), Path(notes), _day(today)).text


def audit(
    files: Iterable[File],
    claims: File | None = None,
    *,
    offline: bool = False,
    judge: str | None = None,
    fail_on: Collection[Grounding] = (),
    today: date | None = None,
) -> Audit:
    """Check the arXiv citations of documents, as `claimcheck audit` does. `claims` tells where settings and library lie.

    >>> [f.grounding for f in audit(["paper.tex", "refs.bib"]).findings]  # doctest: +SKIP
    [<Grounding.GROUNDED: 'grounded'>, <Grounding.WITHDRAWN: 'withdrawn'>]
    """
    settings = wiring.settings(Path(claims) if claims else None, _given(judge=judge))
    return wiring.audit(settings, [Path(file) for file in files], wiring.Wanted(_day(today), offline), _Silent(), fail_on)


def ground_citation(
    id: str,
    statement: str = "",
    claims: File | None = None,
    *,
    title: str | None = None,
    published: str | None = None,
    offline: bool = False,
    sample: bool = False,
    judge: str | None = None,
    today: date | None = None,
) -> Finding:
    """Check one citation: does the paper exist, is it the one described, was it withdrawn, and does it state this?

    `published` is a date as claims.yaml writes it. Raise `UsageError` for one that is none.
    """
    path = Path(claims) if claims and not sample else None
    settings = wiring.settings(path, _given(judge=judge), sample=sample)
    wanted = wiring.Wanted(_day(today), offline, sample)
    return wiring.ground_citation(settings, wanted, _Silent(), id, statement, title, published)


class _Silent:
    """Shows no progress."""

    def stage(self, name: str, total: int) -> None:
        """Show nothing."""

    def step(self, count: int = 1) -> None:
        """Show nothing."""


def _settings(claims: File, sample: bool, **options: object) -> Settings:
    path = None if sample and str(claims) == "claims.yaml" else Path(claims)
    return wiring.settings(path, _given(**options), sample=sample)


def _given(**options: object) -> Mapping[str, object]:
    return {name: value for name, value in options.items() if value is not None}


def _day(today: date | None) -> date:
    return today or datetime.now(UTC).date()
