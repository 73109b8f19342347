"""`import` and `init`: a claims file from notes, or from nothing."""

from pathlib import Path
from typing import Annotated

import typer

from claimcheck.cli.options import TodayOption, today
from claimcheck.cli.output import say
from claimcheck.errors import Exit

ForceOption = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


def import_notes(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A research prompt or notes, in plain text or Markdown.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the draft goes; - prints it.")] = Path("claims.yaml"),
    force: ForceOption = False,
    judge: Annotated[
        str | None, typer.Option("--judge", metavar="KIND", help="openai lets the model point at findings; any other is by rule.")
    ] = None,
    now: TodayOption = None,
) -> None:
    """Draft a claims.yaml from notes: findings with their arXiv papers and dates, and research questions. Review it then.

    Use it when your findings stand in notes or in a research prompt. Example: `claimcheck import notes.md --out draft.yaml`.

    Every text, id and date is copied from the notes. What was not plain is marked `# check:`; what cannot stand is commented out.
    Exit codes: 0 done, 4 the model was wanted and did not answer well, so the draft was made by rule.
    """
    from claimcheck import wiring

    printed = str(out) == "-"
    done = wiring.import_notes(wiring.settings(None, {"judge": judge}), file, today(now))
    if printed:
        say(done.text, nl=False)
    else:
        wiring.write_new({out: done.text}, force=force)
    standing = [finding for finding in done.draft.findings if not finding.refused]
    papers = {paper.id for finding in standing for paper in finding.papers}
    refused = len(done.draft.findings) - len(standing)
    say(
        f"{'draft' if printed else out}: {len(standing)} claims on {len(papers)} papers, {len(done.draft.questions)} questions, "
        f"{done.to_check} places to check" + (f", {refused} findings commented out" if refused else ""),
        err=True,
    )
    if done.by_rule_because:
        say(f"claimcheck: warning: drafted by rule, without the model: {done.by_rule_because}", err=True)
        raise typer.Exit(int(Exit.GAPS))


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the files go; made where it is missing.")] = Path(),
    force: ForceOption = False,
) -> None:
    """Write a commented claims.yaml and claimcheck.toml to start from.

    Use it to begin in an empty folder. Example: `claimcheck init .`, then edit claims.yaml and run `claimcheck check`.
    """
    from claimcheck import wiring

    for path in wiring.write_start(folder, force=force):
        say(str(path))
