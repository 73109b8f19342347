"""The entry of the command line: the only place where errors are caught, turned into one line on stderr and an exit code.

Heavy libraries are imported inside the command that needs them, so that `claimcheck --help` answers at once.
"""

import errno
import io
import os
import sys
import traceback
from contextlib import suppress
from typing import TextIO, cast

from claimcheck import secrets
from claimcheck.errors import ClaimcheckError, Exit

_STDOUT, _STDERR = 1, 2
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


def main() -> None:
    """Run the command line and leave with one of the documented exit codes."""
    open_streams()
    guard(secrets.of_environment(os.environ))
    from claimcheck.cli.app import app

    _speak_whatever_the_locale()
    try:
        app(prog_name="claimcheck")
    except ClaimcheckError as wrong:
        _say(str(wrong) or type(wrong).__name__)
        code = int(wrong.exit)
    except KeyboardInterrupt:
        _say("interrupted; all finished work is kept, run again to go on")
        code = int(Exit.INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has had enough. Nothing more can be written, also not at interpreter exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = int(Exit.DONE)
    except OSError as wrong:
        if wrong.errno not in _NO_SPACE:
            raise
        # The stores say so themselves; this was anything else, or where our output goes to.
        _say(f"the disk is full ({wrong.filename or 'standard output'}); make room and run again to go on")
        code = int(Exit.STORE)
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(Exit.DONE if leaving.code is None else Exit.BUG)
    except Exception:  # noqa: BLE001 - a bug; its traceback is shown, without keys, and the run ends
        traceback.print_exc()
        code = int(Exit.BUG)
    else:
        code = int(Exit.DONE)
    leave(code)


def open_streams() -> None:
    """Put nothing where the caller closed a standard stream: else a database would get its number, and our output."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free, which is this one
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", closefd=False))


def guard(known: tuple[str, ...]) -> None:
    """Let no secret pass to stderr: error lines, logs, warnings and tracebacks, those of threads too."""
    if known and sys.stderr is not None:
        sys.stderr = cast("TextIO", secrets.Guarded(sys.stderr, known))


def leave(code: int) -> None:
    """Flush and leave at once.

    A thread that still waits for a server must not hold the process: all finished work is committed by now.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:  # as it is when the caller closed it
                stream.flush()
        except (OSError, ValueError):
            continue
    os._exit(code)


def _speak_whatever_the_locale() -> None:
    """Show as an escape what an output cannot encode, rather than to end on it; what is closed leads nowhere from now on.

    Else a database would get the number of a closed output, and whatever is printed there would end up in it.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        os.set_inheritable(number, True)
    os.close(number)
    sys.stdout = sys.stdout or open(_STDOUT, "w", closefd=False)  # noqa: SIM115 - it stays open
    sys.stderr = sys.stderr or open(_STDERR, "w", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _say(message: str) -> None:
    from claimcheck.cli.output import inert

    for line in message.splitlines():
        with suppress(OSError, ValueError, AttributeError):  # nobody listens
            sys.stderr.write(f"claimcheck: {inert(line)}\n")
