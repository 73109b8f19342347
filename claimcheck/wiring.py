"""Chooses the real adapters; the only module that knows them all. Each is imported when it is wanted, not before."""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import TYPE_CHECKING, Any

from claimcheck.adapters.database_address import is_postgres
from claimcheck.adapters.setting_values import is_loopback
from claimcheck.config import FILE, KEYS, SECRET_VARIABLES, SETTINGS, Settings, load_settings
from claimcheck.deadline import Deadline
from claimcheck.domain.claim import ClaimsFile
from claimcheck.domain.dates import Window
from claimcheck.domain.paper import Paper
from claimcheck.domain.query import Query
from claimcheck.domain.text import content_words, words
from claimcheck.errors import Denied, Refused, UsageError
from claimcheck.ports import CitationSource, FullTexts, Judge, Progress

if TYPE_CHECKING:
    from claimcheck.adapters.arxiv import Arxiv
    from claimcheck.adapters.ledger import SqlLedger
    from claimcheck.adapters.ledger.account import Account
    from claimcheck.adapters.ledger.backups import Backup
    from claimcheck.adapters.ledger.copying import Counted
    from claimcheck.adapters.library import LocalLibrary
    from claimcheck.adapters.notify import Notifier
    from claimcheck.adapters.openai.pointer import OpenAIPointer
    from claimcheck.adapters.report_files import ReportFiles
    from claimcheck.adapters.run_log import RunLog
    from claimcheck.adapters.told import Told
    from claimcheck.agent.harvest import Harvested
    from claimcheck.agent.state import Batching, Context, Recorder
    from claimcheck.audit.finding import Audit, Finding
    from claimcheck.domain.grounding import Grounding
    from claimcheck.importing.run import Imported

SAMPLE_NOTE = (
    "Sample library: the papers are real, but every quote is from a summary written for the sample, not from the paper itself."
)
RECORDED_NOTE = "Recorded readings: the stances were recorded beforehand and are replayed; no model was asked."
LEXICAL_NOTE = (
    "Lexical reading, no language model: papers are matched by their words. It says which papers bear on a claim and shows their "
    "sentences; a stance is counted only where the wording is explicit. `unjudged` means that a person or a model must read."
)
EMBEDDED_NOTE = (
    "Embedded reading, no language model: a small network in the package finds the papers that bear on a claim and points at "
    "their sentences. Its stance counts only where it was measured to be right; below that a paper leans one way or may be in "
    "conflict, and the verdict is `unjudged`: a person or a model must read."
)
_JUDGE_NOTES = {"recorded": RECORDED_NOTE, "embedded": EMBEDDED_NOTE, "lexical": LEXICAL_NOTE}
OFFLINE_NOTE = "Library only: arXiv was not asked. Each claim is searched as far as the library reaches (see its window)."


_LONGEST_NOTES = 1_000_000  # bytes


@dataclass(frozen=True)
class Wanted:
    """What the options of one refresh ask for, beside the settings."""

    today: date
    offline: bool = False
    sample: bool = False
    since: date | None = None
    record: Path | None = None
    deadline: Deadline = field(default_factory=Deadline)


def settings(claims: Path | None, options: Mapping[str, object], *, sample: bool = False) -> Settings:
    """Read the settings that apply to a claims file; the sample has its own claims, store and reports.

    Raise `UsageError` when only options are wrong, `Refused` for anything else.
    """
    chosen = claims or (None if sample else _from_environment("CLAIMCHECK_CLAIMS"))
    path = chosen or (sample_claims() if sample else Path("claims.yaml"))
    folder = Path.cwd() if sample and claims is None else path.parent
    try:
        found = load_settings(folder, os.environ, {**options, "claims": path})
    except Refused as wrong:
        if all(problem.startswith("--") for problem in wrong.problems):
            raise UsageError("\n".join(wrong.problems)) from None
        raise
    if not sample:
        return found
    kind = found.judge if found.judge != "auto" or found.judge_kind == "openai" else f"recorded:{_sample_file('readings.jsonl')}"
    return replace(found, home=found.home / "sample", reports=found.reports / "sample", judge=kind, ledger=None)


def sample_claims() -> Path:
    """Return the claims of the sample: beside its papers when installed, at the top of the repository in a checkout."""
    shipped = _sample_file("claims.yaml")
    return shipped if shipped.exists() else Path(str(resources.files("claimcheck"))).parent / "claims.yaml"


def load_claims(path: Path, today: date) -> tuple[ClaimsFile, str]:
    """Read claims.yaml; return what it says and the hash of its bytes. Raise `Refused` with all that is wrong."""
    from claimcheck.adapters import claims_yaml

    return claims_yaml.load_with_digest(path, today)


def digest_of(path: Path) -> str | None:
    """Return the hash of a claims file's bytes as they are now, or None where it cannot be read any more."""
    from claimcheck.adapters.claims_yaml import loader

    try:
        return loader.digest(path)
    except Refused:
        return None


def import_notes(settings: Settings, notes: Path, today: date) -> "Imported":
    """Draft a claims file from a file of notes: with the model where one judges, else by rule."""
    import asyncio

    from claimcheck.adapters import claims_yaml, text_file
    from claimcheck.importing.run import draft_claims

    text = text_file.decode(text_file.read(notes, _LONGEST_NOTES), str(notes))
    pointer = _pointer(settings) if settings.judge_kind == "openai" else None
    return asyncio.run(draft_claims(text, today, lambda made: claims_yaml.parse(made.encode(), "draft", today), pointer))


def write_new(files: Mapping[Path, str], *, force: bool = False) -> None:
    """Write new files; raise `UsageError`, and write none, where one is there and `force` is not given."""
    from claimcheck.adapters import new_file

    new_file.write_all(files, force=force)


def write_start(folder: Path, *, force: bool = False) -> tuple[Path, ...]:
    """Write a commented claims.yaml and claimcheck.toml into a folder; return where they are."""
    from claimcheck.importing import start

    files = {folder / "claims.yaml": start.CLAIMS, folder / FILE: start.settings_text(SETTINGS, without={*KEYS, "claims"})}
    write_new(files, force=force)
    return tuple(files)


def audit(
    settings: Settings, files: Sequence[Path], wanted: Wanted, progress: Progress, fail_on: "Collection[Grounding]" = ()
) -> "Audit":
    """Check the citations of documents. What was read is remembered apart from the ledger: no claim was retested."""
    import asyncio

    from claimcheck.adapters import text_file
    from claimcheck.audit import reading
    from claimcheck.audit import run as use_case
    from claimcheck.audit.citation import Document

    def document(path: Path) -> Document:
        return Document(str(path), text_file.decode(text_file.read(path), str(path)))

    def beside(of: str, name: str) -> Document | None:
        path = Path(of).parent / name
        return document(path) if path.is_file() else None

    cited = reading.read([document(path) for path in files], wanted.today, beside)
    with auditing(settings, wanted, progress) as context:
        return asyncio.run(use_case.audit(context, [str(path) for path in files], cited, fail_on))


def ground_citation(
    settings: Settings, wanted: Wanted, progress: Progress, id: str, statement: str, title: str | None, published: str | None
) -> "Finding":
    """Check one citation as `audit` does. Raise `UsageError` for a date that is none."""
    import asyncio

    from claimcheck.audit import run as use_case
    from claimcheck.audit.citation import given
    from claimcheck.audit.reading import Cited

    one = given(id, wanted.today, statement, title, published)
    with auditing(settings, wanted, progress) as context:
        return asyncio.run(use_case.audit(context, [one.file], Cited((one,)))).findings[0]


def read_report(path: Path) -> dict[str, object]:
    """Read a report's JSON twin from a file; raise `Refused` when it is none."""
    from claimcheck.adapters import report_files

    return report_files.read_given_twin(path)


def library_reach(settings: Settings) -> date | None:
    """Return the newest day of a paper in the library."""
    with open_library(settings) as library:
        return library.reach()


@contextmanager
def auditing(settings: Settings, wanted: Wanted, progress: Progress) -> "Iterator[Context]":
    """Open what the check of citations needs: arXiv unless offline, the library, the judge, and a ledger of its own in home."""
    from claimcheck.adapters.ledger import SqlLedger
    from claimcheck.agent.state import Context

    with ExitStack() as stack:
        reader = judge(settings)
        library = stack.enter_context(open_library(settings))
        if wanted.sample:
            library.import_jsonl(_sample_file("papers.jsonl"), wanted.today)
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


def library_is_empty(settings: Settings) -> bool:
    """Tell whether there is nothing to search."""
    with open_library(settings) as library:
        return library.reach() is None


def schema_text() -> str:
    """Return the JSON Schema of claims.yaml."""
    from claimcheck.adapters import claims_yaml

    return claims_yaml.schema_text()


@contextmanager
def open_library(settings: Settings) -> "Iterator[LocalLibrary]":
    """Open the local library."""
    from claimcheck.adapters.library import LocalLibrary

    with LocalLibrary.open(settings.home / "library") as library:
        yield library


def update_library(
    settings: Settings, categories: Iterable[str], today: date, since: date | None, run: Deadline | None = None
) -> "Iterator[Harvested]":
    """Harvest what is new in each category, from `since` or where the last harvest ended, and yield how each went."""
    from claimcheck.agent.harvest import harvest

    arxiv = source(settings, today, run)
    with open_library(settings) as library:
        for category in categories:
            yield harvest(library, arxiv, category, today, since)


def search_library(settings: Settings, text: str, since: date | None, until: date | None, limit: int) -> list[Paper]:
    """Return the best papers for a person's words, best first."""
    window = Window(since or date.min, until or date.max) if since or until else None
    with open_library(settings) as library:
        ids = library.search(Query(content_words(text) or words(text), origin="person"), window, limit)
        found = library.get_many(ids)
    return [found[id] for id in ids if id in found]


@contextmanager
def open_ledger(settings: Settings) -> "Iterator[SqlLedger]":
    """Open the ledger."""
    from claimcheck.adapters.ledger import SqlLedger

    with SqlLedger.open(settings.ledger, settings.home) as ledger:
        yield ledger


def only_one_run(settings: Settings, command: str = "refresh") -> "AbstractContextManager[None]":
    """Return the lock under which one process refreshes, fills the library or writes reports; it raises `AlreadyRunning`."""
    from claimcheck.adapters.run_lock import run_lock

    return run_lock(settings.home, command)


def refuse_second_run(settings: Settings) -> None:
    """Raise `AlreadyRunning` when another process holds the lock; what takes the lock in earnest comes later."""
    from claimcheck.adapters.run_lock import refuse_second

    refuse_second(settings.home)
    if _on_server(settings):
        from claimcheck.adapters.database_address import shown
        from claimcheck.adapters.ledger import postgres_lock

        postgres_lock.refuse_second(str(settings.ledger), shown(str(settings.ledger)))


def back_up(settings: Settings, target: Path | None) -> "Backup":
    """Copy the ledger to a new file and check the copy."""
    from claimcheck.adapters.database_address import shown
    from claimcheck.adapters.ledger.backups import backup_ledger
    from claimcheck.adapters.ledger.engine import path_of

    if _on_server(settings):
        raise UsageError(
            f"the ledger {shown(str(settings.ledger))!r} is on a server: back it up with pg_dump, or make a SQLite copy with "
            "`claimcheck ledger copy ADDRESS FILE`"
        )

    return backup_ledger(path_of(settings.ledger, settings.home), target)


def copy_ledger(settings: Settings, source: str, target: str) -> "Mapping[str, Counted]":
    """Copy a whole ledger from one address to another, and compare every row."""
    from claimcheck.adapters.ledger.copying import copy_ledger as copied

    return copied(source, target, settings.home)


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


def recording(settings: Settings, wanted: Wanted, claims: int) -> "AbstractContextManager[RunLog]":
    """Return the record of a run, in home; no secret of the environment gets into it."""
    from claimcheck import __version__
    from claimcheck.adapters.run_log import recorded
    from claimcheck.adapters.secret_text import secrets_of

    return recorded(
        settings.home / "runs",
        secrets_of(os.environ, SECRET_VARIABLES),
        version=__version__,
        day=wanted.today.isoformat(),
        judge=settings.judge_kind,
        model=settings.model,
        claims=claims,
        offline=wanted.offline,
        sample=wanted.sample,
    )


def notifier(addresses: str | None) -> "Notifier | None":
    """Return who tells people at these addresses, or None where there are none."""
    from claimcheck.adapters.notify import Notifier
    from claimcheck.adapters.setting_values import BETWEEN_ADDRESSES

    given = (addresses or "").strip(" \t\r\n,")
    return Notifier(BETWEEN_ADDRESSES.split(given)) if given else None


def told(settings: Settings) -> "Told":
    """Return what was told last, in home."""
    from claimcheck.adapters.told import Told

    return Told(settings.home)


def source(settings: Settings, today: date, run: Deadline | None = None, tries: int = 4) -> "Arxiv":
    """Return arXiv, with the pace that is one for all of this machine's processes, until a run must be done.

    A question is asked so often at most.
    """
    from claimcheck.adapters.arxiv import Arxiv

    return Arxiv(
        settings.arxiv_url,
        pace=settings.arxiv_pace,
        pace_file=pace_folder() / "arxiv.pace",
        tries=tries,
        today=today,
        contact=settings.contact or "",
        run=run,
    )


def pace_folder() -> Path:
    """Return the folder in which this machine's processes agree on their pace; one for passing files where there is no home."""
    from platformdirs import user_cache_path

    folder = user_cache_path("claimcheck")
    return folder if folder.is_absolute() else Path(gettempdir()) / f"claimcheck-{os.getuid()}"


def citation_sources(settings: Settings, run: Deadline | None = None) -> tuple[CitationSource, ...]:
    """Return the services that are asked who cites an anchor: none unless the settings name them."""
    if settings.citations == "none":
        return ()
    from claimcheck.adapters.citations import OpenAlex, SemanticScholar

    services = (
        ("semantic_scholar", SemanticScholar, settings.semantic_scholar_url, settings.semantic_scholar_api_key),
        ("openalex", OpenAlex, settings.openalex_url, settings.openalex_api_key),
    )
    return tuple(
        service(
            url,
            pace_file=pace_folder() / f"{name}.pace",
            key=key,
            pace=0.0 if is_loopback(url) else service.pace,
            contact=settings.contact or "",
            use_proxies=not is_loopback(url),
            run=run,
        )
        for name, service, url, key in services
        if settings.asks(name)
    )


def full_texts(settings: Settings, asked: "Arxiv | None", run: Deadline | None = None) -> FullTexts:
    """Return the full texts that are kept in home, and arXiv's, over the line that searches use, where that is asked."""
    from claimcheck.adapters.fulltext import ArxivFullTexts, KeptFullTexts, child

    elsewhere = ArxivFullTexts(asked.line, asked.site, child.parser(run or Deadline())) if asked else None
    return KeptFullTexts(settings.home / "fulltext", elsewhere)


def judge(settings: Settings, account: "Account | None" = None, run: Deadline | None = None) -> Judge:
    """Return the judge that the settings name. What its calls cost counts on an account; none is made beyond the run's end."""
    kind, _, file = settings.judge_kind.partition(":")
    if kind == "recorded":
        from claimcheck.adapters.recorded import RecordedJudge

        return RecordedJudge(Path(file))
    if kind == "embedded":
        return _embedded(Path(file) if file else None)
    if kind == "lexical":
        from claimcheck.adapters.embedded.lexical import LexicalJudge

        return LexicalJudge()
    return _model(settings, account, run or Deadline())


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
        reader = judge(settings, account, wanted.deadline)
        library = stack.enter_context(open_library(settings))
        if wanted.sample:
            library.import_jsonl(_sample_file("papers.jsonl"), wanted.today)
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
            full_text=settings.full_text,
            since=wanted.since,
            candidates=settings.candidates,
            results=settings.arxiv_results,
            concurrency=settings.concurrency,
            recorder=recorder,
            second=_embedded(None) if reader.name.kind == "openai" else None,
            citations=() if wanted.sample else citation_sources(settings, wanted.deadline),
            batching=_batching(settings, reader, ledger),
            deadline=wanted.deadline,
        )


@contextmanager
def previewing(settings: Settings, wanted: Wanted, progress: Progress) -> "Iterator[Context]":
    """Open what a dry run looks at. Where there is no store yet, a passing one takes its place, so that nothing is written."""
    from claimcheck.agent.state import Context

    with ExitStack() as stack:
        passing = Path(stack.enter_context(TemporaryDirectory(prefix="claimcheck-")))
        looked_at = settings if settings.home.exists() else replace(settings, home=passing)
        reader = judge(settings)
        library = stack.enter_context(open_library(looked_at))
        if wanted.sample:
            library.import_jsonl(_sample_file("papers.jsonl"), wanted.today)
        ledger = stack.enter_context(open_ledger(_looked_at(looked_at, passing)))
        yield Context(
            library=library,
            judge=reader,
            ledger=ledger,
            progress=progress,
            today=wanted.today,
            run_id=0,
            source=None if wanted.offline or wanted.sample else source(settings, wanted.today),
            since=wanted.since,
            candidates=settings.candidates,
            results=settings.arxiv_results,
            full_texts=full_texts(looked_at, None) if settings.full_text and not wanted.sample else None,
            full_text=settings.full_text,
            citations=() if wanted.sample else citation_sources(settings),
            batching=_batching(settings, reader, ledger),
        )


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
            concurrency=settings.concurrency,
        )


def notes(settings: Settings, wanted: Wanted) -> tuple[str, ...]:
    """Return what stands on top of the report for this choice of judge and library."""
    kind = settings.judge_kind.partition(":")[0]
    given = ((wanted.sample, SAMPLE_NOTE), *((kind == of, note) for of, note in _JUDGE_NOTES.items()))
    return tuple(note for applies, note in (*given, (wanted.offline and not wanted.sample, OFFLINE_NOTE)) if applies)


def _batching(settings: Settings, reader: Judge, ledger: "SqlLedger") -> "Batching | None":
    """Return how a language model reads in batches; what was handed in is collected also when no more is to be."""
    if reader.name.kind != "openai":
        return None
    from claimcheck.adapters.openai import OpenAIJudge
    from claimcheck.agent.state import Batching

    assert isinstance(reader, OpenAIJudge)
    return Batching(reader.batches(settings.batch_price), ledger.batches, settings.batch, 60 * settings.batch_wait)


def _embedded(folder: Path | None) -> Judge:
    from claimcheck.adapters.embedded.judge import EmbeddedJudge
    from claimcheck.adapters.embedded.network import Network, shipped

    return EmbeddedJudge(Network.load(folder) if folder else shipped())


def _model(settings: Settings, account: "Account | None", run: Deadline) -> Judge:
    from claimcheck.adapters.openai import OpenAIJudge, Prompts, only_model

    if not settings.api_key and not settings.base_url:
        raise Denied("no key and no model server; set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own")
    model = settings.model or only_model(settings.api_key, settings.base_url, run.within(settings.judge_timeout))
    folder = resources.files("claimcheck.agent") / "prompts"
    texts = {name: (folder / f"{name}.md").read_text(encoding="utf-8") for name in ("read", "phrases", "questions")}
    return OpenAIJudge(
        model=model,
        api_key=settings.api_key,
        base_url=settings.base_url,
        prompts=Prompts(**texts),
        timeout=settings.judge_timeout,
        concurrency=settings.concurrency,
        price_prompt=settings.price_prompt,
        price_completion=settings.price_completion,
        max_cost=settings.max_cost,
        max_calls=settings.max_calls,
        spent=account.spent if account else None,
        note=account.note if account else None,
        run=run,
    )


def _pointer(settings: Settings) -> "OpenAIPointer":
    from claimcheck.adapters.openai.budget import Budget
    from claimcheck.adapters.openai.judge import only_model
    from claimcheck.adapters.openai.pointer import OpenAIPointer
    from claimcheck.adapters.openai.wire import Wire

    if not settings.api_key and not settings.base_url:
        raise Denied("no key and no model server; set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own")
    model = settings.model or only_model(settings.api_key, settings.base_url, settings.judge_timeout)
    prompt = (resources.files("claimcheck.agent") / "prompts" / "point.md").read_text(encoding="utf-8")
    wire = Wire(model=model, api_key=settings.api_key, base_url=settings.base_url, timeout=settings.judge_timeout)
    budget = Budget(settings.price_prompt, settings.price_completion, settings.max_cost, settings.max_calls)
    return OpenAIPointer(wire, model, prompt, budget)


def _sample_file(name: str) -> Path:
    return Path(str(resources.files("claimcheck") / "sample" / name))


def _on_server(settings: Settings) -> bool:
    return bool(settings.ledger) and is_postgres(str(settings.ledger))


def _looked_at(settings: Settings, passing: Path) -> Settings:
    """Return settings with a passing ledger where the server has none yet, for a dry run makes none."""
    if not _on_server(settings):
        return settings
    from claimcheck.adapters.ledger.look import look

    return settings if look(settings.ledger, settings.home) else replace(settings, ledger=None, home=passing)


def _from_environment(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value) if value else None
