"""Chooses the real adapters; the only module that knows them all. Each is imported when it is wanted, not before."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from claimcheck.adapters.setting_values import is_loopback
from claimcheck.config import Settings, load_settings
from claimcheck.domain.claim import ClaimsFile
from claimcheck.domain.dates import Window
from claimcheck.domain.paper import Paper
from claimcheck.domain.query import Query
from claimcheck.domain.review import LONGEST_NAME, Review
from claimcheck.domain.text import content_words, words
from claimcheck.errors import Denied, Refused, UsageError
from claimcheck.ports import CitationSource, FullTexts, Judge, Progress

if TYPE_CHECKING:
    from claimcheck.adapters.arxiv import Arxiv
    from claimcheck.adapters.ledger import SqlLedger
    from claimcheck.adapters.library import LocalLibrary
    from claimcheck.adapters.report_files import ReportFiles
    from claimcheck.agent.harvest import Harvested
    from claimcheck.agent.state import Context, Recorder
    from claimcheck.review.desk import Desk

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


@dataclass(frozen=True)
class Wanted:
    """What the options of one refresh ask for, beside the settings."""

    today: date
    offline: bool = False
    sample: bool = False
    since: date | None = None
    record: Path | None = None


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


def update_library(settings: Settings, categories: Iterable[str], today: date, since: date | None) -> "Iterator[Harvested]":
    """Harvest what is new in each category, from `since` or where the last harvest ended, and yield how each went."""
    from claimcheck.agent.harvest import harvest

    arxiv = source(settings, today)
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


def only_one_run(settings: Settings) -> "AbstractContextManager[None]":
    """Return the lock under which only one process refreshes or writes reports; raise `AlreadyRunning` on entering."""
    from claimcheck.adapters.run_lock import run_lock

    return run_lock(settings.home)


def report_files(settings: Settings) -> "ReportFiles":
    """Return the folder that reports are written to."""
    from claimcheck.adapters.report_files import ReportFiles

    return ReportFiles(settings.reports)


def source(settings: Settings, today: date) -> "Arxiv":
    """Return arXiv, with the pace that is one for all of this machine's processes."""
    from platformdirs import user_cache_path

    from claimcheck.adapters.arxiv import Arxiv

    return Arxiv(
        settings.arxiv_url,
        pace=settings.arxiv_pace,
        pace_file=user_cache_path("claimcheck") / "arxiv.pace",
        today=today,
        contact=settings.contact or "",
    )


def citation_sources(settings: Settings) -> tuple[CitationSource, ...]:
    """Return the services that are asked who cites an anchor: none unless the settings name them."""
    if settings.citations == "none":
        return ()
    from platformdirs import user_cache_path

    from claimcheck.adapters.citations import OpenAlex, SemanticScholar

    services = (
        ("semantic_scholar", SemanticScholar, settings.semantic_scholar_url, settings.semantic_scholar_api_key),
        ("openalex", OpenAlex, settings.openalex_url, settings.openalex_api_key),
    )
    return tuple(
        service(
            url,
            pace_file=user_cache_path("claimcheck") / f"{name}.pace",
            key=key,
            pace=0.0 if is_loopback(url) else service.pace,
            contact=settings.contact or "",
            use_proxies=not is_loopback(url),
        )
        for name, service, url, key in services
        if settings.asks(name)
    )


def full_texts(settings: Settings, asked: "Arxiv | None") -> FullTexts:
    """Return the full texts that are kept in home, and arXiv's, over the line that searches use, where that is asked."""
    from claimcheck.adapters.fulltext import ArxivFullTexts, KeptFullTexts

    elsewhere = ArxivFullTexts(asked.line, asked.site) if asked else None
    return KeptFullTexts(settings.home / "fulltext", elsewhere)


def judge(settings: Settings) -> Judge:
    """Return the judge that the settings name."""
    kind, _, file = settings.judge_kind.partition(":")
    if kind == "recorded":
        from claimcheck.adapters.recorded import RecordedJudge

        return RecordedJudge(Path(file))
    if kind == "embedded":
        return _embedded(Path(file) if file else None)
    if kind == "lexical":
        from claimcheck.adapters.embedded.lexical import LexicalJudge

        return LexicalJudge()
    return _model(settings)


@contextmanager
def refreshing(settings: Settings, wanted: Wanted, claims_hash: str, progress: Progress) -> "Iterator[Context]":
    """Open everything that a refresh needs, under the lock that lets only one run."""
    from claimcheck.adapters.recorded import RecordingWriter
    from claimcheck.agent.state import Context

    with ExitStack() as stack:
        stack.enter_context(only_one_run(settings))
        reader = judge(settings)
        library = stack.enter_context(open_library(settings))
        if wanted.sample:
            library.import_jsonl(_sample_file("papers.jsonl"), wanted.today)
        ledger = stack.enter_context(open_ledger(settings))
        recorder: Recorder | None = None
        if wanted.record:
            writer = RecordingWriter(wanted.record, reader.name)
            stack.callback(writer.close)
            recorder = writer
        asked = None if wanted.offline or wanted.sample else source(settings, wanted.today)
        yield Context(
            library=library,
            judge=reader,
            ledger=ledger,
            progress=progress,
            today=wanted.today,
            run_id=ledger.start_run(wanted.today, reader.name, claims_hash),
            source=asked,
            full_texts=full_texts(settings, asked) if settings.full_text and not wanted.sample else None,
            full_text=settings.full_text,
            since=wanted.since,
            candidates=settings.candidates,
            results=settings.arxiv_results,
            concurrency=settings.concurrency,
            recorder=recorder,
            second=_embedded(None) if reader.name.kind == "openai" else None,
            citations=() if wanted.sample else citation_sources(settings),
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
        yield Context(
            library=library,
            judge=reader,
            ledger=stack.enter_context(open_ledger(looked_at)),
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


@contextmanager
def reviewing(settings: Settings, today: date, *, editable: bool) -> "Iterator[Desk]":
    """Open what the review page needs: what was found, and, where it is `editable`, claims.yaml."""
    from claimcheck.adapters.claims_yaml import EditableClaims
    from claimcheck.review.board import Boards
    from claimcheck.review.desk import Desk
    from claimcheck.review.texts import Texts

    with open_library(settings) as library, open_ledger(settings) as ledger:
        yield Desk(
            ledger=ledger,
            library=library,
            boards=Boards(ledger, today),
            texts=Texts(library, full_texts(settings, None)),
            reviewer=settings.reviewer or _login(settings.claims.parent),
            today=today,
            claims=EditableClaims(settings.claims, today) if editable else None,
        )


def reviews_as_yaml(reviews: Iterable[Review]) -> str:
    """Return reviews as a file for change requests."""
    from claimcheck.adapters import review_yaml

    return review_yaml.written(reviews)


def reviews_from_yaml(file: Path) -> tuple[Review, ...]:
    """Read a file of reviews; raise `Refused`."""
    from claimcheck.adapters import review_yaml

    return review_yaml.read(file)


def notes(settings: Settings, wanted: Wanted) -> tuple[str, ...]:
    """Return what stands on top of the report for this choice of judge and library."""
    kind = settings.judge_kind.partition(":")[0]
    given = ((wanted.sample, SAMPLE_NOTE), *((kind == of, note) for of, note in _JUDGE_NOTES.items()))
    return tuple(note for applies, note in (*given, (wanted.offline and not wanted.sample, OFFLINE_NOTE)) if applies)


def _embedded(folder: Path | None) -> Judge:
    from claimcheck.adapters.embedded.judge import EmbeddedJudge
    from claimcheck.adapters.embedded.network import Network, shipped

    return EmbeddedJudge(Network.load(folder) if folder else shipped())


def _model(settings: Settings) -> Judge:
    from claimcheck.adapters.openai import OpenAIJudge, Prompts, only_model

    if not settings.api_key and not settings.base_url:
        raise Denied("no key and no model server; set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own")
    model = settings.model or only_model(settings.api_key, settings.base_url, settings.judge_timeout)
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
    )


def _login(folder: Path) -> str:
    """Return the name that git knows the user by, else the name of the login."""
    import getpass
    import subprocess

    asked = ["git", "config", "user.name"]
    try:
        told = subprocess.run(asked, cwd=folder, capture_output=True, text=True, timeout=5, check=False)  # noqa: S603
        name = " ".join(told.stdout.split())
    except (OSError, subprocess.TimeoutExpired):
        name = ""
    try:
        return name[:LONGEST_NAME] or getpass.getuser()
    except (OSError, KeyError):
        raise UsageError("your name is not known; give it with --reviewer or CLAIMCHECK_REVIEWER") from None


def _sample_file(name: str) -> Path:
    return Path(str(resources.files("claimcheck") / "sample" / name))


def _from_environment(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value) if value else None
