"""Refresh, the main use case: re-test each claim, keep it, say what changed.

The report is a function of what is kept: a run that was interrupted and taken up again writes the same bytes as one that was not.
So verdicts are compared with the last complete retest of an earlier day, and what calls took is summed over the day.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from claimcheck.agent import graph
from claimcheck.agent.state import Context, State
from claimcheck.domain.claim import Claim, ClaimsFile
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.domain.retest import Retest
from claimcheck.domain.verdict import Verdict
from claimcheck.errors import Exit, UsageError, worst
from claimcheck.ports import Ledger, Library, Reports, RunSummary
from claimcheck.report import feed, index, render, twin


@dataclass(frozen=True)
class Request:
    """What a person asked for.

    `notes` stand on top of the report; `fail_on` are verdicts that end with exit code 10; `html` asks for the page for browsers.
    """

    file: ClaimsFile
    claims_hash: str
    only: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fail_on: frozenset[Verdict] = frozenset()
    html: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a refresh came to: the report's twin with this run's seconds, and the exit code."""

    twin: dict[str, Any]
    exit: Exit


async def refresh(request: Request, context: Context, reports: Reports) -> Outcome:
    """Re-test the claims and write the report.

    Raise `UsageError` for an unknown claim, `Denied` when the model server refuses us, `StoreUnusable` when something cannot be
    kept; what was kept before stays.
    """
    began = time.monotonic()
    claims = chosen(request.file.claims, request.only)
    state: State = {"inquiries": request.file.inquiries, "claims": claims, "reads": [], "gaps": [], "answered": 0}
    final = await graph.run(state, context)
    context.deadline.go_on()
    seconds = time.monotonic() - began
    code = worst([_exit(final, request.fail_on), Exit.BUDGET if context.deadline.refused else Exit.DONE])
    entries = [_keep(context, retest) for retest in final["retests"]]
    summary = _summary(request, context, final)
    context.ledger.finish_run(context.run_id, summary, seconds, code)
    whole = twin.build(summary, entries)
    page = html_page(context.library, context.ledger, whole) if request.html else None
    await asyncio.to_thread(publish, reports, whole, page)
    await asyncio.to_thread(lambda: reports.write_feed(feed.atom(context.ledger)))
    return Outcome(twin.build(summary, entries, seconds=round(seconds, 1)), code)


def last_report(ledger: Ledger) -> dict[str, Any] | None:
    """Return the twin of the last finished run, computed again from the ledger, or None when there is none."""
    last = ledger.last_run()
    if last is None:
        return None
    run_id, summary = last
    return twin.build(summary, [kept.entry for kept in ledger.retests(run_id)])


def publish(reports: Reports, whole: Mapping[str, Any], page: str | None = None) -> str:
    """Write a report with its twin, the page for browsers where there is one, and the index; return the Markdown."""
    day, markdown = date.fromisoformat(whole["generated"]), render.markdown(whole)
    rows = index.rows(reports.index())
    missing = [known for known in reports.days() if known.isoformat() not in rows and known != day]
    rows |= {known.isoformat(): index.row(known.isoformat(), reports.read(known)) for known in missing}
    listed = {known.isoformat() for known in reports.days()}
    kept = {known: row for known, row in rows.items() if known in listed}
    reports.write(day, dict(whole), markdown, page, index.page({**kept, day.isoformat(): index.row(day.isoformat(), whole)}))
    return markdown


def html_page(library: Library, ledger: Ledger, whole: Mapping[str, Any]) -> str:
    """Return the report as a page for browsers, with the abstracts that the library has and the course of verdicts."""
    from claimcheck.report import html  # brings matplotlib, half a second

    ids = {piece["paper_id"] for claim in whole["claims"] for piece in claim["evidence"]}
    abstracts = {id: paper.abstract for id, paper in library.get_many(sorted(ids)).items()}
    return html.page(whole, abstracts, ledger.course())


def report_on(ledger: Ledger, day: date) -> dict[str, Any] | None:
    """Return the twin of the last report of a day or, where that has none, of the last day before it that has; None for none."""
    newest = max(((of, run_id) for run_id, of in ledger.reported() if of <= day), default=None)
    return _report(ledger, newest[1]) if newest else None


def last_two_days(ledger: Ledger) -> tuple[date, ...]:
    """Return the last two days that have a report, the earlier first, or as many as there are."""
    return tuple(sorted({day for _, day in ledger.reported()})[-2:])


def _report(ledger: Ledger, run_id: int) -> dict[str, Any]:
    return twin.build(ledger.summary(run_id), [kept.entry for kept in ledger.retests(run_id)])


def chosen(claims: Sequence[Claim], only: tuple[str, ...]) -> tuple[Claim, ...]:
    """Return the claims to re-test; raise `UsageError` for one that is not there."""
    unknown = sorted(set(only) - {claim.id for claim in claims})
    if unknown:
        known = ", ".join(claim.id for claim in claims)
        raise UsageError(f"no claim {', '.join(map(repr, unknown))} in claims.yaml; it has: {known}")
    return tuple(claim for claim in claims if not only or claim.id in only)


def _keep(context: Context, retest: Retest) -> dict[str, Any]:
    claim = retest.claim
    previous = context.ledger.previous(claim.id, claim.fingerprint, context.today)
    edited = any(kept.claim_fingerprint != claim.fingerprint for kept in context.ledger.history(claim.id)) and previous is None
    entry = {**twin.entry(retest, previous, edited, context.judge.name), "retested": context.today.isoformat()}
    context.ledger.keep_retest(context.run_id, context.today, retest, entry)
    return entry


def _summary(request: Request, context: Context, final: State) -> RunSummary:
    retested = {retest.claim.id for retest in final["retests"]}
    listed = {claim.id for claim in request.file.claims}
    carried = [context.ledger.history(claim.id)[-1:] for claim in request.file.claims if claim.id not in retested]
    return RunSummary(
        day=context.today,
        judge=context.judge.name,
        claims_hash=request.claims_hash,
        notes=request.notes,
        questions=final["questions"],
        gaps=tuple(sorted({gap for gap in final["gaps"] if gap.claim_id is None}, key=_order)),
        usage=context.ledger.spent(context.today),
        cached=sum(read.cached for read in final["reads"]),
        arxiv_requests=final["answered"],
        carried=tuple(kept.entry for found in carried for kept in found),
        removed=tuple(id for id in context.ledger.claim_ids() if id not in listed),
    )


def _order(gap: Gap) -> tuple[str, str]:
    return (gap.what, gap.why)


def _exit(final: State, fail_on: Iterable[Verdict]) -> Exit:
    gaps = [*final["gaps"], *(gap for retest in final["retests"] for gap in retest.gaps)]
    kinds = {gap.kind for gap in gaps}
    codes = [Exit.GAPS] if gaps else []
    if GapKind.BUDGET in kinds:
        codes.append(Exit.BUDGET)
    # Given up for this run, or asked and never once answered. What blocks no verdict is not worth running again for.
    lacking = any(gap.kind is GapKind.SOURCE and gap.blocks for gap in gaps)
    silent_source = lacking and (final["silent"] or not final["answered"])
    silent_judge = GapKind.JUDGE in kinds and not final["reads"]
    # A batch that is under way is a model that has not answered yet: like an outage, running again is what helps.
    if kinds & {GapKind.OUTAGE, GapKind.BATCH} or silent_source or silent_judge:
        codes.append(Exit.UNAVAILABLE)
    if any(retest.verdict in frozenset(fail_on) for retest in final["retests"]):
        codes.append(Exit.FAIL_ON)
    return worst(codes)
