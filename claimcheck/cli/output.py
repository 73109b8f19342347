"""What is printed: nothing that steers a terminal, turns the direction of writing or hides in a line, whoever wrote it.

Reports are inert already; this is for all else that goes to a terminal, and for JSON, where an escape says the same.
"""

import json
import re

import typer

# Controls but for the ends of lines and tabs, what has no width (joiners, which spell words, aside), what turns the direction,
# other ends of lines, tags, lone surrogates.
_STEERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)


def inert(text: str) -> str:
    """Return a text with such characters spelled out, as JSON spells them."""
    return _STEERS.sub(lambda found: json.dumps(found[0])[1:-1], text)


def say(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print a text for people."""
    typer.echo(inert(text), err=err, nl=nl)


def say_json(value: object) -> None:
    """Print a value as JSON. What is spelled out in it reads back as it was."""
    typer.echo(inert(json.dumps(value, indent=1, ensure_ascii=False)))
