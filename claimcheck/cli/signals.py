"""SIGINT and SIGTERM: the first lets what is under way be kept, for a few seconds; the second leaves at once.

A thread of its own waits for them, through the pipe that Python's C handler writes to, because the main thread may be deep in a
database's wait or a long computation and would hear of them late.
"""

import os
import select
import signal
import socket
import sys
import threading
import time
from typing import NoReturn

from claimcheck.deadline import Deadline
from claimcheck.errors import Exit

GRACE = 4.0  # seconds for what is under way
_CODES = {signal.SIGINT: ("interrupted", Exit.INTERRUPTED), signal.SIGTERM: ("terminated", Exit.TERMINATED)}
_STEP = 0.02


def watch(work: Deadline) -> None:
    """From now on stop `work` and leave when a signal comes. Call in the main thread."""
    receive, send = socket.socketpair()
    send.setblocking(False)
    for number in _CODES:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(send.detach(), warn_on_full_buffer=False)
    threading.Thread(target=_wait, args=(receive, work), daemon=True).start()


def _wait(receive: socket.socket, work: Deadline) -> None:
    while (first := _heard(receive, None)) is None:
        pass
    work.stop()
    end = time.monotonic() + GRACE
    while work.under_way and time.monotonic() < end:
        if _heard(receive, _STEP):
            break
    _leave(first)


def _heard(receive: socket.socket, seconds: float | None) -> signal.Signals | None:
    """Return a signal that is ours, or None when there is none in so many seconds."""
    if not select.select([receive], [], [], seconds)[0]:
        return None
    numbers = receive.recv(64)
    return next((number for number in _CODES if number in numbers), None)


def _leave(number: signal.Signals) -> NoReturn:
    name, code = _CODES[number]
    line = f"claimcheck: {name}; all finished work is kept, run again to go on\n"
    try:
        os.write(sys.stderr.fileno(), line.encode())
    except (OSError, ValueError, AttributeError):  # nobody listens
        pass
    finally:
        os._exit(int(code))


def leaving() -> NoReturn:
    """Wait for the thread that was told to leave: it says why, and with which exit code."""
    threading.Event().wait(GRACE + 1)
    os._exit(int(Exit.INTERRUPTED))
