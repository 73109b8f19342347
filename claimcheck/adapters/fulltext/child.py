"""A parser in a process of its own: what hangs is ended, what wants too much memory gets none, what crashes crashes alone.

The file goes in on stdin, the parsed text comes out on stdout as JSON. The child limits itself before it reads anything, and has
an alarm of its own, so that it ends also when nobody waits for it any more.
"""

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from claimcheck.adapters.fulltext.parsed import Parsed, Unreadable, dumps, from_json, to_json
from claimcheck.deadline import Deadline
from claimcheck.domain.fulltext import Form

SECONDS = 20.0
MEGABYTES = 256  # of address space, libraries included; Python and the parsers take about 70
_ALARM_AFTER = 5  # seconds beyond the limit, for the alarm of an orphan
_NO_MEMORY = 3


@dataclass(frozen=True)
class Limits:
    """How long a parser may take, and how much address space."""

    seconds: float = SECONDS
    megabytes: int = MEGABYTES


def parse(form: Form, body: bytes, limits: Limits = Limits(), module: str = __name__) -> Parsed:
    """Parse a file in a child; raise `Unreadable`, whatever became of the child."""
    command = [sys.executable, "-P", "-m", module, form.value, f"{limits.seconds:g}", str(limits.megabytes)]
    with subprocess.Popen(  # noqa: S603 - as above
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as child:
        try:
            answer, _ = child.communicate(body, timeout=limits.seconds)
        except subprocess.TimeoutExpired:
            raise Unreadable(f"reading it took more than {limits.seconds:g} seconds") from None
        finally:
            child.kill()
    return _answered(answer, child.returncode, limits)


def parser(run: Deadline) -> Callable[[Form, bytes], Parsed]:
    """Return a parser that takes no longer than the run has time for; it raises `TimeUp` when that is what ended it."""

    def parse_in_time(form: Form, body: bytes) -> Parsed:
        try:
            return parse(form, body, Limits(run.within(SECONDS)))
        except Unreadable:
            run.check()
            raise

    return parse_in_time


def _answered(answer: bytes, code: int, limits: Limits) -> Parsed:
    if code == _NO_MEMORY:
        raise Unreadable(f"reading it took more than {limits.megabytes} MB of memory")
    if code < 0:
        raise Unreadable(f"the reader crashed on it ({_signal(-code)})")
    try:
        row = json.loads(answer)
        if "unreadable" in row:
            raise Unreadable(str(row["unreadable"]))
        return from_json(row)
    except (ValueError, TypeError) as wrong:
        raise Unreadable(f"the reader ended without a text (code {code})") from wrong


def _signal(number: int) -> str:
    with contextlib.suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"


def serve(parsers: Callable[[Form], Callable[[bytes], Parsed]]) -> int:
    """Be the child: parse stdin as the arguments say; return the exit code."""
    form, seconds, megabytes = Form(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    _limit(seconds, megabytes)
    try:
        body = sys.stdin.buffer.read()
        try:
            answer = dumps(to_json(parsers(form)(body)))
        except Unreadable as why:
            answer = dumps({"unreadable": str(why)})
        sys.stdout.buffer.write(answer)
        sys.stdout.buffer.flush()
    except MemoryError:
        return _NO_MEMORY
    return 0


def _limit(seconds: float, megabytes: int) -> None:
    """Limit this process, where the system can: address space, and processor and wall time as a last resort."""
    try:
        import resource
    except ImportError:  # Windows
        return
    most = megabytes * 1_000_000
    for kind, amount in (
        (resource.RLIMIT_AS, most),
        (resource.RLIMIT_CPU, int(seconds) + _ALARM_AFTER),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # a lower limit is set already
            resource.setrlimit(kind, (amount, amount))
    signal.alarm(int(seconds) + _ALARM_AFTER)


def _parser(form: Form) -> Callable[[bytes], Parsed]:
    if form is Form.HTML:
        from claimcheck.adapters.fulltext import html

        return html.parse
    from claimcheck.adapters.fulltext import pdf

    return pdf.parse


if __name__ == "__main__":
    sys.exit(serve(_parser))
