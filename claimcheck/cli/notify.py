"""`notify`, and telling people after a refresh. Whatever fails here changes neither verdicts nor exit codes: one line says so."""

import functools
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimcheck.cli.options import ClaimsOption
from claimcheck.cli.output import say
from claimcheck.errors import ClaimcheckError, Exit, SourceUnavailable, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from claimcheck.adapters.notify import Notifier
    from claimcheck.config import Settings
    from claimcheck.refresh import Outcome
    from claimcheck.report.news import Message

_VARIABLE = "CLAIMCHECK_NOTIFY"


def notify(
    claims: ClaimsOption = None,
    test: Annotated[bool, typer.Option("--test", help="Send a short test message to each address.")] = False,
) -> None:
    """Say who is told when there is something to see after a refresh; with --test, send each address a message.

    Use it once after setting CLAIMCHECK_NOTIFY. Example: `claimcheck notify --test`.

    Exit codes: 0 fine, 2 nobody is to be told, 3 a setting is refused, 5 an address is none or did not take the message.
    """
    from claimcheck import wiring

    notifier = wiring.notifier(wiring.settings(claims, {}).notify)
    if notifier is None:
        raise UsageError(f"{_VARIABLE} is not set, so nobody is told; set it to addresses such as mailto://... or slack://...")
    problems = notifier.send("claimcheck: test", "This is a test message of claimcheck. Nothing happened.") if test else ()
    problems = problems or notifier.unknown()
    if problems:
        raise SourceUnavailable("\n".join(f"not told: {problem}; check {_VARIABLE}" for problem in problems))
    say(f"{len(notifier)} addresses: {'each took the test message' if test else 'all are known to Apprise'}")


def failures_told(command: Callable[..., None]) -> Callable[..., None]:
    """Wrap the refresh command so that people are told of a run that fails, be it that its settings are refused."""

    @functools.wraps(command)
    def told(**options: Any) -> None:
        try:
            command(**options)
        except Exception as wrong:
            passing = options.get("sample") or options.get("dry_run") or isinstance(wrong, BrokenPipeError | typer.Exit)
            if not passing:
                _tell_failure(wrong.exit if isinstance(wrong, ClaimcheckError) else Exit.BUG)
            raise

    return told


def tell(settings: "Settings", outcome: "Outcome", report: "Path") -> None:
    """Tell people what a refresh left to be seen, if anything, and keep what was told."""
    from claimcheck import wiring
    from claimcheck.report.news import news, seen

    notifier = wiring.notifier(settings.notify)
    if notifier is None:
        return
    told = wiring.told(settings)
    before = told.read()
    message = news(outcome.twin, before, outcome.exit, str(report.absolute()))
    if message and not _send(notifier, message):
        return  # so that the next run tells it
    try:
        told.write(seen(outcome.twin, before))
    except OSError as wrong:
        _warn(f"what was told cannot be kept ({wrong.strerror or wrong}); it may be told again")


def _tell_failure(exit: Exit) -> None:
    from claimcheck import wiring
    from claimcheck.report.news import failure

    notifier, message = wiring.notifier(os.environ.get(_VARIABLE)), failure(exit)
    if notifier and message:
        _send(notifier, message)


def _send(notifier: "Notifier", message: "Message") -> bool:
    """Send; tell whether anybody took it."""
    problems = notifier.send(message.title, message.body)
    if problems:
        _warn(f"not told: {'; '.join(problems)}; verdicts and report are not affected, try `claimcheck notify --test`")
    return len(problems) < len(notifier)


def _warn(text: str) -> None:
    say(f"claimcheck: warning: {text}", err=True)
