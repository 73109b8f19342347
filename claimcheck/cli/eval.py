"""`eval`: score the judge, the search and the check of anchors on labelled data."""

import json
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from claimcheck.cli.options import JsonOption, QuietOption, TodayOption, today
from claimcheck.cli.output import say
from claimcheck.errors import Exit, StoreUnusable, UsageError

if TYPE_CHECKING:
    from claimcheck.domain.paper import Paper
    from claimcheck.evaluation.reading import Watch

app = typer.Typer(
    help="Score the judge and the search on labelled data. Answers are kept: no pair is paid for twice.", no_args_is_help=True
)

JudgeOption = Annotated[str | None, typer.Option("--judge", metavar="KIND", help="openai, embedded, or recorded:FILE.")]
LimitOption = Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="Only the first N claims, pairs or cases.")]
LibraryOption = Annotated[
    Path | None,
    typer.Option("--library", metavar="DIR", exists=True, file_okay=False, help="This library instead of your own."),
]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="JSON Lines; .gz is read as it is.")]
Run = Callable[["Watch"], Coroutine[Any, Any, tuple[dict[str, Any], Exit]]]
_FIRST = 3  # documents that published systems judge


@app.command()
def scifact(
    claims: Annotated[Path, typer.Option("--claims", metavar="FILE", help="Claims in SciFact's form.")],
    corpus: Annotated[Path | None, typer.Option("--corpus", metavar="FILE", help="The documents, in SciFact's form.")] = None,
    oracle: Annotated[bool, typer.Option("--oracle", help="Judge the documents that each claim cites.")] = False,
    retrieve: Annotated[
        int | None, typer.Option("--retrieve", metavar="K", min=1, help="Judge the first K that the search finds. Default: 3.")
    ] = None,
    predictions: Annotated[
        Path | None, typer.Option("--predictions", metavar="FILE", help="Score these predictions; nothing is judged.")
    ] = None,
    judge: JudgeOption = None,
    limit: LimitOption = None,
    now: TodayOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Verify scientific claims against abstracts: SciFact's official metric, and how good the search is."""
    from claimcheck.evaluation import scifact_files, scifact_run

    if oracle + (retrieve is not None) + (predictions is not None) > 1:
        raise UsageError("--oracle, --retrieve and --predictions exclude each other; give one")
    if corpus is None and predictions is None:
        raise UsageError("--corpus is missing; only --predictions can be scored without the documents")
    documents = scifact_files.load_corpus(corpus) if corpus else None
    chosen = scifact_files.load_claims(claims, documents)
    if predictions:
        guesses = scifact_files.load_predictions(predictions, chosen, documents)
        _end("scifact", scifact_run.score(chosen[:limit], guesses), Exit.DONE, as_json)
    assert documents is not None
    depth = None if oracle else retrieve or _FIRST
    result, code = _measured(
        lambda watch: scifact_run.run(watch, chosen[:limit], documents, depth),
        _Options(judge, now, quiet),
        papers=[document.paper for document in documents.values()],
    )
    _end("scifact", result, code, as_json)


@app.command()
def pairs(
    file: FileArgument,
    picture: Annotated[Path | None, typer.Option("--picture", metavar="FILE", help="Draw the reliability as SVG.")] = None,
    judge: JudgeOption = None,
    limit: LimitOption = None,
    now: TodayOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Judge labelled pairs of claim and document, or of premise and hypothesis: how often it is right, and how sure it may be."""
    from claimcheck.evaluation import pair_files, tables
    from claimcheck.evaluation import pairs as kind

    labelled = pair_files.load(file)[:limit]
    result, code = _measured(lambda watch: kind.run(watch, labelled), _Options(judge, now, quiet), papers=())
    if picture:
        _write(picture, tables.picture(result))
    _end("pairs", result, code, as_json)


@app.command()
def retest(
    claims: Annotated[Path, typer.Option("--claims", metavar="FILE", help="Dated claims with their search phrases.")],
    pairs: Annotated[Path, typer.Option("--pairs", metavar="FILE", help="Newer papers with their stance towards the claims.")],
    library: LibraryOption = None,
    no_judge: Annotated[bool, typer.Option("--no-judge", help="Measure the search only.")] = False,
    judge: JudgeOption = None,
    limit: LimitOption = None,
    now: TodayOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Re-test dated claims against a library: does the search find the papers that bear on them, and is their stance right?"""
    from claimcheck.evaluation import retest as kind
    from claimcheck.evaluation import retest_files

    if no_judge and judge:
        raise UsageError("--no-judge and --judge exclude each other; give one")
    listed = retest_files.load_claims(claims)
    labelled = retest_files.load_pairs(pairs, listed)
    chosen = {claim.id for claim in listed[:limit]}
    kept = [item for item in labelled if item.claim_id in chosen]
    # The lexical judge has no search phrases of its own and costs nothing to have at hand.
    options = _Options("lexical" if no_judge else judge, now, quiet)
    result, code = _measured(lambda watch: kind.run(watch, listed[:limit], kept, not no_judge), options, library=library)
    _end("retest", result, code, as_json)


@app.command()
def grounding(
    file: FileArgument,
    claims: Annotated[
        Path | None, typer.Option("--claims", metavar="FILE", help="The claims of `eval retest`: they say when each was made.")
    ] = None,
    library: LibraryOption = None,
    judge: JudgeOption = None,
    limit: LimitOption = None,
    now: TodayOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Check citations of which the right answer is known. The library stands for arXiv: what it does not have does not exist."""
    from claimcheck.evaluation import grounding as kind
    from claimcheck.evaluation import retest_files

    cases = kind.load(file)[:limit]
    stated = {claim.id: claim.asserted for claim in retest_files.load_claims(claims)} if claims else {}
    result, code = _measured(lambda watch: kind.run(watch, cases, stated), _Options(judge, now, quiet), library=library)
    _end("grounding", result, code, as_json)


@dataclass(frozen=True)
class _Options:
    judge: str | None
    now: str | None
    quiet: bool


def _measured(
    run: Run, options: _Options, papers: "Iterable[Paper] | None" = None, library: Path | None = None
) -> tuple[dict[str, Any], Exit]:
    import asyncio

    from claimcheck import wiring
    from claimcheck.cli.progress import Bars
    from claimcheck.evaluation.reading import Watch

    settings = wiring.settings(None, {"judge": options.judge} if options.judge else {})
    with (
        Bars(options.quiet) as bars,
        wiring.evaluating(settings, today(options.now), bars, papers=papers, library=library) as context,
    ):
        watch = Watch(context)
        result, code = asyncio.run(run(watch))
    return {"judge": asdict(watch.name), **result}, code


def _end(kind: str, result: dict[str, Any], code: Exit, as_json: bool) -> NoReturn:
    from claimcheck.evaluation import tables

    say(json.dumps(result, indent=1, ensure_ascii=False) if as_json else tables.text(kind, result))
    raise typer.Exit(int(code))


def _write(path: Path, content: str) -> None:
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as wrong:
        raise StoreUnusable(f"{path}: the picture cannot be written ({wrong.strerror or wrong})") from None
