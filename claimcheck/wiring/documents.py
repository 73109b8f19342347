"""Documents that a person wrote: notes that become a draft, and citations to check."""

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from claimcheck.config import Settings
from claimcheck.ports import Progress
from claimcheck.wiring.judges import pointer
from claimcheck.wiring.running import Wanted, auditing

if TYPE_CHECKING:
    from claimcheck.audit.finding import Audit, Finding
    from claimcheck.domain.grounding import Grounding
    from claimcheck.importing.run import Imported

_LONGEST_NOTES = 1_000_000  # bytes


def import_notes(settings: Settings, notes: Path, today: date) -> "Imported":
    """Draft a claims file from a file of notes: with the model where one judges, else by rule."""
    import asyncio

    from claimcheck.adapters import claims_yaml, text_file
    from claimcheck.importing.run import draft_claims

    text = text_file.decode(text_file.read(notes, _LONGEST_NOTES), str(notes))
    model = pointer(settings) if settings.judge_kind == "openai" else None
    return asyncio.run(draft_claims(text, today, lambda made: claims_yaml.parse(made.encode(), "draft", today), model))


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
