"""The judge that the settings name, and what a report says of it."""

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from claimcheck.config import Settings
from claimcheck.deadline import Deadline
from claimcheck.errors import Denied
from claimcheck.ports import Judge, Together
from claimcheck.wiring.cluster import over_cluster, wire

if TYPE_CHECKING:
    from claimcheck.adapters.cluster import Cluster
    from claimcheck.adapters.ledger import SqlLedger
    from claimcheck.adapters.ledger.account import Account
    from claimcheck.adapters.openai.pointer import OpenAIPointer
    from claimcheck.agent.state import Batching
    from claimcheck.wiring.running import Wanted

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
TOGETHER_NOTE = "Several claims in a call: an abstract that may bear on several claims was read for up to {most} of them at once."
_JUDGE_NOTES = {"recorded": RECORDED_NOTE, "embedded": EMBEDDED_NOTE, "lexical": LEXICAL_NOTE}
OFFLINE_NOTE = "Library only: arXiv was not asked. Each claim is searched as far as the library reaches (see its window)."


def judge(
    settings: Settings, account: "Account | None" = None, run: Deadline | None = None, over: "Cluster | None" = None
) -> Judge:
    """Return the judge that the settings name. What its calls cost counts on an account; none is made beyond the run's end.

    Where there is a cluster, its workers read.
    """
    if over is not None and settings.judge_kind != "openai":
        return over_cluster(over, judge(settings), settings.judge_kind)
    kind, _, file = settings.judge_kind.partition(":")
    if kind == "recorded":
        from claimcheck.adapters.recorded import RecordedJudge

        return RecordedJudge(Path(file))
    if kind == "embedded":
        return embedded(Path(file) if file else None)
    if kind == "lexical":
        from claimcheck.adapters.embedded.lexical import LexicalJudge

        return LexicalJudge()
    return _model(settings, account, run or Deadline(), over)


def batching(settings: Settings, reader: Judge, ledger: "SqlLedger") -> "Batching | None":
    """Return how a language model reads in batches; what was handed in is collected also when no more is to be."""
    if reader.name.kind != "openai":
        return None
    from claimcheck.adapters.openai import OpenAIJudge, TogetherJudge
    from claimcheck.agent.state import Batching

    alone = reader.alone if isinstance(reader, TogetherJudge) else reader
    assert isinstance(alone, OpenAIJudge)
    return Batching(alone.batches(settings.batch_price), ledger.batches, settings.batch, 60 * settings.batch_wait)


def embedded(folder: Path | None) -> Judge:
    """Return the network of the package, or the one in a folder, as a judge."""
    from claimcheck.adapters.embedded.judge import EmbeddedJudge
    from claimcheck.adapters.embedded.network import Network, shipped

    return EmbeddedJudge(Network.load(folder) if folder else shipped())


def _model(settings: Settings, account: "Account | None", run: Deadline, over: "Cluster | None") -> Judge:
    from claimcheck.adapters.openai import OpenAIJudge, Prompts, TogetherJudge

    texts = {name: _prompt(name) for name in ("read", "phrases", "questions", "several")}
    model = _model_name(settings, run.within(settings.judge_timeout))
    alone = OpenAIJudge(
        model=model,
        api_key=settings.api_key,
        base_url=settings.base_url,
        prompts=Prompts(**texts),
        timeout=settings.judge_timeout,
        concurrency=settings.concurrency,
        price_prompt=settings.price_prompt,
        price_completion=settings.price_completion,
        price_cached=settings.price_cached,
        max_cost=settings.max_cost,
        max_calls=settings.max_calls,
        spent=account.spent if account else None,
        note=account.note if account else None,
        run=run,
        wire=wire(over, settings, model),
    )
    return TogetherJudge(alone, settings.claims_per_call) if settings.claims_per_call > 1 else alone


def together(reader: Judge) -> Together | None:
    """Return the judge as one that reads a paper for several claims at once; None where it is none."""
    if reader.name.kind != "openai":
        return None
    from claimcheck.adapters.openai import TogetherJudge

    return reader if isinstance(reader, TogetherJudge) else None


def pointer(settings: Settings) -> "OpenAIPointer":
    """Return the model that points at lines of notes."""
    from claimcheck.adapters.openai.budget import Budget
    from claimcheck.adapters.openai.pointer import OpenAIPointer
    from claimcheck.adapters.openai.wire import Wire

    model = _model_name(settings, settings.judge_timeout)
    wire = Wire(model=model, api_key=settings.api_key, base_url=settings.base_url, timeout=settings.judge_timeout)
    budget = Budget(
        settings.price_prompt,
        settings.price_completion,
        settings.max_cost,
        settings.max_calls,
        price_cached=settings.price_cached,
    )
    return OpenAIPointer(wire, model, _prompt("point"), budget)


def _model_name(settings: Settings, seconds: float) -> str:
    """Return the model that the settings name, else the server's only one. Raise `Denied` without a key or a server."""
    from claimcheck.adapters.openai import only_model

    if not settings.api_key and not settings.base_url:
        raise Denied("no key and no model server; set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own")
    return settings.model or only_model(settings.api_key, settings.base_url, seconds)


def _prompt(name: str) -> str:
    return (resources.files("claimcheck.agent") / "prompts" / f"{name}.md").read_text(encoding="utf-8")


def notes(settings: Settings, wanted: "Wanted") -> tuple[str, ...]:
    """Return what stands on top of the report for this choice of judge and library."""
    kind = settings.judge_kind.partition(":")[0]
    given = ((wanted.sample, SAMPLE_NOTE), *((kind == of, note) for of, note in _JUDGE_NOTES.items()))
    together = kind == "openai" and settings.claims_per_call > 1
    told = ((together, TOGETHER_NOTE.format(most=settings.claims_per_call)), (wanted.offline and not wanted.sample, OFFLINE_NOTE))
    return tuple(note for applies, note in (*given, *told) if applies)
