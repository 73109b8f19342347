"""Text from servers inside our messages: one line, not long, and nothing in it that a terminal would obey."""

_MOST = 160


def shown(text: str, most: int = _MOST) -> str:
    """Return the text quoted on one line, cut at `most` characters, with control and invisible characters escaped."""
    line = " ".join(text[: 4 * most].split())
    return repr(line[:most] + ("…" if len(line) > most or len(text) > 4 * most else ""))
