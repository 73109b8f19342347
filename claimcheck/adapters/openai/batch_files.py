"""The files of a batch: requests as JSON Lines within the server's limits, and answers read line by line, however they arrive.

A line of an answer file that is no JSON object, that names no request of ours or one that was answered already, is passed over;
the request it may have been for is then unanswered. A last line that breaks off means that the file is not whole.
"""

import json
from collections.abc import Iterator
from typing import IO, Any

from claimcheck.ports import BatchLine

MOST_LINES = 50_000
MOST_BYTES = 200_000_000
_LONGEST_LINE = 2_000_000
_URL = "/v1/chat/completions"


def request_line(id: str, body: dict[str, Any]) -> bytes:
    """Return one request as a line."""
    told = {"custom_id": id, "method": "POST", "url": _URL, "body": body}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


class AnswerFile:
    """Answers to some lines; `cut` tells after reading whether the file breaks off."""

    def __init__(self, content: IO[bytes], lines: dict[str, BatchLine]) -> None:
        """Read from the start of `content`; each line that is found is taken out of `lines`."""
        self._content, self._lines = content, lines
        self.cut = False

    def __iter__(self) -> Iterator[tuple[BatchLine, dict[str, Any]]]:
        """Return each answer with the line that it belongs to."""
        self._content.seek(0)
        while text := self._content.readline(_LONGEST_LINE):
            row = _row(text)
            if row is None:
                self.cut = not text.endswith(b"\n") and not self._content.read(1)
                continue
            line = self._lines.pop(str(row.get("custom_id")), None)
            if line:
                yield line, row


def _row(text: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
