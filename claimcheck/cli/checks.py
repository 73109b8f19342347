"""What `doctor` looks at. Each check is one function; none writes anything, but for the time of its request to arXiv.

A check that could not look says so: `unchecked` is never `ok`.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from claimcheck.errors import ClaimcheckError, Denied, Exit, Refused, StoreUnusable, UsageError

if TYPE_CHECKING:
    from claimcheck.config import Settings

_PATIENCE = 15.0  # seconds for a model server's list
_LEAST, _LITTLE = 100 * 2**20, 2**30  # bytes free on the disk
_WEEK = timedelta(days=8)


class State(StrEnum):
    """What a check came to."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    UNCHECKED = "unchecked"


@dataclass(frozen=True)
class Check:
    """One check: what was found, and what to do where it is not fine; `exit` is what a refresh would leave with."""

    name: str
    state: State
    said: str
    todo: str = ""
    exit: Exit = Exit.DONE


@dataclass(frozen=True)
class Place:
    """What the checks look at."""

    settings: "Settings"
    today: date
    offline: bool


def ok(name: str, said: str) -> Check:
    """Return a check that found nothing wrong."""
    return Check(name, State.OK, said)


def problem(name: str, wrong: ClaimcheckError) -> Check:
    """Return a check that met an error of ours, which says what to do in its last words."""
    said, _, todo = str(wrong).replace("\n", " | ").rpartition("; ")
    return Check(name, State.PROBLEM, said or todo, todo if said else "", wrong.exit)


def run(place: Place) -> Iterator[Check]:
    """Make all checks, in order."""
    for name, check in _CHECKS.items():
        try:
            yield check(name, place)
        except ClaimcheckError as wrong:
            yield problem(name, wrong)
        except OSError as wrong:
            unusable = StoreUnusable(f"{wrong.filename or name}: {wrong.strerror or wrong}; make it readable")
            yield problem(name, unusable)


def _claims(name: str, place: Place) -> Check:
    from claimcheck import wiring

    path = place.settings.claims
    try:
        file, _ = wiring.load_claims(path, place.today)
    except Refused as wrong:
        more = f" and {len(wrong.problems) - 1} more" if len(wrong.problems) > 1 else ""
        return Check(name, State.PROBLEM, f"{wrong.problems[0]}{more}", "`claimcheck check` says all that is wrong", Exit.REFUSED)
    return ok(name, f"{path}: {len(file.claims)} claims in {len(file.inquiries)} inquiries")


def _key(name: str, place: Place) -> Check:
    settings = place.settings
    if settings.judge_kind != "openai":
        return ok(name, f"none is needed: the {settings.judge_kind.partition(':')[0]} judge reads")
    if settings.api_key:
        return ok(name, "OPENAI_API_KEY is set")
    if settings.base_url:
        return ok(name, "OPENAI_API_KEY is not set; a server of your own may not need one")
    raise Denied("OPENAI_API_KEY is not set; set it, or OPENAI_BASE_URL for a server of your own")


def _model(name: str, place: Place) -> Check:
    from claimcheck import wiring

    settings = place.settings
    if settings.judge_kind != "openai":
        judge = wiring.judge(settings).name
        return ok(name, f"{judge.kind}: {judge.model}")
    where = settings.base_url or "OpenAI"
    if place.offline:
        return Check(name, State.UNCHECKED, f"{where} was not asked (--offline)")
    from claimcheck.adapters.openai import models

    listed = models(settings.api_key, settings.base_url, _PATIENCE)
    if listed is None:
        return Check(name, State.UNCHECKED, f"{where} answers, and does not list its models", "the first refresh will tell")
    wanted = settings.model or (listed[0] if len(listed) == 1 else None)
    if wanted in listed:
        return ok(name, f"{where} answers and has {wanted!r}")
    some = ", ".join(repr(model[:60]) for model in listed[:5]) or "none"
    raise Denied(f"{where} lists {len(listed)} models and not {wanted!r}; set CLAIMCHECK_MODEL to one that it has ({some})")


def _arxiv(name: str, place: Place) -> Check:
    url = place.settings.arxiv_url
    if place.offline:
        return Check(name, State.UNCHECKED, f"{url} was not asked (--offline)")
    from claimcheck import wiring

    asked = wiring.source(place.settings, place.today, tries=1)
    asked.look_up(["2505.14810"])
    return ok(name, f"{url} answers; asked once, at the pace of {place.settings.arxiv_pace:g} s")


def _library(name: str, place: Place) -> Check:
    from claimcheck.adapters.library.look import look

    found = look(place.settings.home / "library")
    if found is None:
        return ok(name, "none yet; the first refresh makes it")
    harvest = f"harvested up to {found.harvested}" if found.harvested else "never harvested"
    return ok(name, f"{found.papers:,} papers, {harvest}")


def _index(name: str, place: Place) -> Check:
    from claimcheck.adapters.library.look import look

    found = look(place.settings.home / "library")
    if found is None:
        return ok(name, "none yet")
    if found.index and found.papers:
        return Check(name, State.WARNING, found.index, "nothing: the next search builds it anew")
    waiting = f"; {found.unindexed:,} papers wait for the next search" if found.unindexed else ""
    return ok(name, f"fits the library{waiting}")


def _ledger(name: str, place: Place) -> Check:
    from claimcheck.adapters.ledger.look import look

    settings = place.settings
    found = look(settings.ledger, settings.home)
    if found is None:
        return ok(name, "none yet; the first refresh makes it")
    said = f"{found.retests:,} retests"
    said = f"{found.place}: {said}" if settings.ledger else said
    said += f", newest run of {found.newest[0]} (exit {found.newest[1]})" if found.newest else ", no run ended yet"
    if found.old:
        return Check(
            name,
            State.WARNING,
            f"{said}; of an older claimcheck",
            "nothing: the next run migrates it (a file is backed up before)",
        )
    return ok(name, said)


def _lock(name: str, place: Place) -> Check:
    from claimcheck.adapters.lock_state import held

    holder = held(place.settings.home) or _holder_on_server(place.settings.ledger)
    return ok(name, f"a refresh is running ({holder})" if holder else "free")


def _holder_on_server(ledger: str | None) -> str | None:
    from claimcheck.adapters.database_address import is_postgres

    if not ledger or not is_postgres(ledger):
        return None
    from claimcheck.adapters.ledger import postgres_look

    return postgres_look.holder(ledger)


def _schedule(name: str, place: Place) -> Check:
    from claimcheck.adapters.ledger.look import look
    from claimcheck.adapters.schedule import Crontab, Job, Timer, Workflow, root_of

    settings = place.settings
    job = Job(("claimcheck",), Path(os.path.abspath(settings.claims)))
    found, unread = [], []
    try:
        found += ["the crontab"] if shutil.which("crontab") and Crontab(job).installed() else []
    except StoreUnusable as wrong:
        unread.append(str(wrong))
    found += ["a systemd timer"] if Timer.of_user(job).installed() else []
    with suppress(UsageError):  # in no repository, so there is no workflow
        found += ["a CI workflow"] if Workflow(job, root_of(job.folder), settings.home, settings.reports, "").installed() else []
    if not found:
        if unread:
            return Check(name, State.UNCHECKED, unread[0])
        return Check(name, State.WARNING, "nothing runs the refresh every week", "`claimcheck schedule --kind cron --install`")
    said = f"weekly by {' and '.join(found)}"
    ledger = look(settings.ledger, settings.home)
    if ledger and ledger.newest and place.today - ledger.newest[0] > _WEEK and found != ["a CI workflow"]:
        return Check(
            name, State.WARNING, f"{said}, but the newest run is of {ledger.newest[0]}", "see cron's mail or the journal"
        )
    return ok(name, said)


def _disk(name: str, place: Place) -> Check:
    settings = place.settings
    for folder in (settings.home, settings.reports):
        there = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
        if not os.access(there, os.W_OK | os.X_OK):
            raise StoreUnusable(f"{str(there)!r} cannot be written to; make it writable, or name another folder")
        free = shutil.disk_usage(there).free
        if free < _LEAST:
            raise StoreUnusable(f"only {free / 2**20:,.0f} MB are free for {str(folder)!r}; make room")
        if free < _LITTLE:
            return Check(name, State.WARNING, f"only {free / 2**20:,.0f} MB are free for {str(folder)!r}", "make room")
    return ok(name, f"{shutil.disk_usage(there).free / 2**30:,.1f} GB free")


def _notify(name: str, place: Place) -> Check:
    from claimcheck import wiring

    notifier = wiring.notifier(place.settings.notify)
    if notifier is None:
        return ok(name, "nobody is told; set CLAIMCHECK_NOTIFY for mail, chat or a webhook")
    unknown = notifier.unknown()
    if unknown:
        return Check(name, State.WARNING, "; ".join(unknown), "correct CLAIMCHECK_NOTIFY, then `claimcheck notify --test`")
    return ok(name, f"{len(notifier)} addresses; `claimcheck notify --test` tries them")


_CHECKS: dict[str, Callable[[str, Place], Check]] = {
    "claims": _claims,
    "key": _key,
    "model": _model,
    "arxiv": _arxiv,
    "library": _library,
    "index": _index,
    "ledger": _ledger,
    "lock": _lock,
    "schedule": _schedule,
    "disk": _disk,
    "notify": _notify,
}
