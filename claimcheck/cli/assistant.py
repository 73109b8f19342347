"""`mcp`: let a person's assistant ask."""

from pathlib import Path
from typing import Annotated

import typer

from claimcheck.cli.options import ClaimsOption, SampleOption, TodayOption, day
from claimcheck.errors import UsageError


def mcp(
    claims: ClaimsOption = None,
    sample: SampleOption = False,
    offline: Annotated[bool, typer.Option("--offline", help="Check citations by the library only, not by arXiv.")] = False,
    judge: Annotated[
        str, typer.Option("--judge", metavar="KIND", help="Who reads for ground_citation; openai costs what its calls cost.")
    ] = "embedded",
    now: TodayOption = None,
) -> None:
    """Serve an assistant over stdio (Model Context Protocol): list claims, show one, search the library, check a citation.

    An assistant's program starts it; you need not. Example: `claimcheck mcp --claims claims.yaml --offline`.

    The tools only read. Add it to an assistant with the command `claimcheck mcp --claims /where/it/is/claims.yaml`.
    """
    from claimcheck import wiring

    try:
        from claimcheck.assistant.server import Desk, serve
    except ModuleNotFoundError as wrong:
        if (wrong.name or "").partition(".")[0] not in ("mcp", "mcp_types"):
            raise
        raise UsageError("the MCP server is not installed; run: pip install 'claimcheck[mcp]'") from None
    chosen = wiring.settings(claims, {"judge": judge}, sample=sample).claims
    serve(Desk(chosen if not sample else claims or Path("claims.yaml"), sample, offline, judge, day(now, "--today")))
