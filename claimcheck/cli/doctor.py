"""`doctor`: what works here and what does not, and what to do about it."""

from pathlib import Path
from typing import Annotated

import typer

from claimcheck.cli.checks import Check, Place, State, ok, problem, run
from claimcheck.cli.options import ClaimsOption, JsonOption, TodayOption, today
from claimcheck.cli.output import say, say_json
from claimcheck.errors import ClaimcheckError, worst


def doctor(
    claims: ClaimsOption = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask neither arXiv nor the model server.")] = False,
    now: TodayOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what works here (settings, key, model server, arXiv, stores, lock, schedule, disk) and what to do where it does not.

    Use it before the first refresh, and when one failed. Example: `claimcheck doctor --offline`.

    Nothing is written or paid.

    Exit codes: 0 no problem, else what a refresh would leave with: 3 claims or settings, 5 arXiv or the model did not answer,
    8 a store, 9 key or model name.
    """
    checks = list(_checks(claims, offline, now))
    code = worst(check.exit for check in checks if check.state is State.PROBLEM)
    if as_json:
        rows = [{"check": c.name, "state": c.state, "said": c.said, "todo": c.todo} for c in checks]
        say_json({"checks": rows, "exit": int(code)})
    else:
        for check in checks:
            say(_line(check))
    raise typer.Exit(int(code))


def _checks(claims: Path | None, offline: bool, now: str | None) -> list[Check]:
    from claimcheck import wiring

    day = today(now)
    try:
        settings = wiring.settings(claims, {})
    except ClaimcheckError as wrong:
        rest = Check("the rest", State.UNCHECKED, "it depends on the settings")
        return [problem("settings", wrong), rest]
    return [ok("settings", f"home is {settings.home}, reports go to {settings.reports}"), *run(Place(settings, day, offline))]


def _line(check: Check) -> str:
    todo = f"\n{'':>20} -> {check.todo}" if check.todo else ""
    return f"{check.state:<9}  {check.name:<9} {check.said}{todo}"
