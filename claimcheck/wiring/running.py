"""Opens what the use cases run in, each with its own ledger or the user's."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from claimcheck.config import Settings
from claimcheck.deadline import Deadline
from claimcheck.domain.paper import Paper
from claimcheck.ports import Progress
from claimcheck.wiring.cluster import cluster, under_way
from claimcheck.wiring.files import sample_file
from claimcheck.wiring.judges import batching, embedded, judge, together
from claimcheck.wiring.sources import citation_sources, full_texts, source
from claimcheck.wiring.stores import only_one_run, open_ledger, open_ledger_to_look, open_library

if TYPE_CHECKING:
    from claimcheck.adapters.library import LocalLibrary
    from claimcheck.agent.state import Context, Recorder


@dataclass(frozen=True)
class Wanted:
    """What the options of one refresh ask for, beside the settings."""

    today: date
    offline: bool = False
    sample: bool = False
    since: date | None = None
    record: Path | None = None
    deadline: Deadline = field(default_factory=Deadline)


@contextmanager
def refreshing(settings: Settings, wanted: Wanted, claims_hash: str, progress: Progress) -> "Iterator[Context]":
    """Open everything that a refresh needs, the ledger first: where nothing can be kept, nothing is asked."""
    from claimcheck.adapters.ledger.account import Account
    from claimcheck.adapters.recorded import RecordingWriter
    from claimcheck.agent.state import Context

    with ExitStack() as stack:
        stack.enter_context(only_one_run(settings))
        ledger = stack.enter_context(open_ledger(settings))
        stack.enter_context(ledger.alone("refresh"))
        account = Account(ledger, wanted.today)
        over = stack.enter_context(cluster(settings, progress, wanted.deadline))
        reader = judge(settings, account, wanted.deadline, over)
        library = stack.enter_context(_library(settings, wanted))
        recorder: Recorder | None = None
        if wanted.record:
            writer = RecordingWriter(wanted.record, reader.name)
            stack.callback(writer.close)
            recorder = writer
        asked = None if wanted.offline or wanted.sample else source(settings, wanted.today, wanted.deadline)
        run_id = ledger.start_run(wanted.today, reader.name, claims_hash)
        account.open(run_id)
        yield Context(
            library=library,
            judge=reader,
            ledger=ledger,
            progress=progress,
            today=wanted.today,
            run_id=run_id,
            source=asked,
            full_texts=full_texts(settings, asked, wanted.deadline) if settings.full_text and not wanted.sample else None,
            concurrency=under_way(over, settings, reader),
            recorder=recorder,
            second=embedded(None) if reader.name.kind == "openai" else None,
            citations=() if wanted.sample else citation_sources(settings, wanted.deadline),
            batching=batching(settings, reader, ledger),
            together=together(reader),
            deadline=wanted.deadline,
            **_amounts(settings, wanted),
        )


@contextmanager
def previewing(settings: Settings, wanted: Wanted, progress: Progress) -> "Iterator[Context]":
    """Open what a dry run looks at. Where there is no store yet, a passing one takes its place, so that nothing is written."""
    from claimcheck.agent.state import Context

    with ExitStack() as stack:
        passing = Path(stack.enter_context(TemporaryDirectory(prefix="claimcheck-")))
        looked_at = settings if settings.home.exists() else replace(settings, home=passing)
        reader = judge(settings)
        library = stack.enter_context(_library(looked_at, wanted))
        ledger = stack.enter_context(open_ledger_to_look(looked_at, passing))
        yield Context(
            library=library,
            judge=reader,
            ledger=ledger,
            progress=progress,
            today=wanted.today,
            run_id=0,
            source=None if wanted.offline or wanted.sample else source(settings, wanted.today),
            full_texts=full_texts(looked_at, None) if settings.full_text and not wanted.sample else None,
            citations=() if wanted.sample else citation_sources(settings),
            batching=batching(settings, reader, ledger),
            **_amounts(settings, wanted),
        )


def _amounts(settings: Settings, wanted: Wanted) -> dict[str, Any]:
    """How much is looked at: the same in a refresh and in the dry run that foretells it."""
    return {
        "since": wanted.since,
        "candidates": settings.candidates,
        "results": settings.arxiv_results,
        "full_text": settings.full_text,
    }


@contextmanager
def evaluating(
    settings: Settings, today: date, progress: Progress, *, papers: Iterable[Paper] | None = None, library: Path | None = None
) -> "Iterator[Context]":
    """Open what an evaluation needs: the judge, a ledger of its own in home, and a library.

    The library is the one in the folder `library`, by default the user's; with `papers`, a passing one that holds just these.
    """
    from claimcheck.adapters.ledger import SqlLedger
    from claimcheck.adapters.library import LocalLibrary
    from claimcheck.agent.state import Context

    with ExitStack() as stack:
        reader = judge(settings)
        folder = library or settings.home / "library"
        if papers is not None:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="claimcheck-")))
        store = stack.enter_context(LocalLibrary.open(folder))
        if papers is not None:
            store.add(papers, today)
        ledger = stack.enter_context(SqlLedger.open(None, settings.home / "eval"))
        yield Context(
            library=store,
            judge=reader,
            ledger=ledger,
            progress=progress,
            today=today,
            run_id=ledger.start_run(today, reader.name, "evaluation"),
            concurrency=under_way(None, settings, reader),
            together=together(reader),
        )


@contextmanager
def auditing(settings: Settings, wanted: Wanted, progress: Progress) -> "Iterator[Context]":
    """Open what the check of citations needs: arXiv unless offline, the library, the judge, and a ledger of its own in home."""
    from claimcheck.adapters.ledger import SqlLedger
    from claimcheck.agent.state import Context

    with ExitStack() as stack:
        reader = judge(settings)
        library = stack.enter_context(_library(settings, wanted))
        ledger = stack.enter_context(SqlLedger.open(None, settings.home / "audit"))
        yield Context(
            library=library,
            judge=reader,
            ledger=ledger,
            progress=progress,
            today=wanted.today,
            run_id=ledger.start_run(wanted.today, reader.name, "audit"),
            source=None if wanted.offline or wanted.sample else source(settings, wanted.today),
            concurrency=settings.concurrency,
        )


@contextmanager
def _library(settings: Settings, wanted: Wanted) -> "Iterator[LocalLibrary]":
    """Open the library; the sample's papers are put into its own."""
    with open_library(settings) as library:
        if wanted.sample:
            library.import_jsonl(sample_file("papers.jsonl"), wanted.today)
        yield library
