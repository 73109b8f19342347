"""A parser that does what its file says, for tests of the child it runs in."""

import os
import signal
import sys
import time
from collections.abc import Callable

from claimcheck.adapters.fulltext.child import serve
from claimcheck.adapters.fulltext.parsed import Parsed, Unreadable
from claimcheck.domain.fulltext import Form, Found


def _spin() -> None:
    while True:
        pass


def _deaf() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    time.sleep(600)


def _refuse() -> None:
    raise Unreadable("it is not to its taste")


def _bug() -> None:
    raise LookupError("nobody expects this")


UNRULY: dict[bytes, Callable[[], object]] = {
    b"sleep": lambda: time.sleep(600),
    b"spin": _spin,
    b"deaf": _deaf,
    b"eat": lambda: bytearray(10**10),
    b"eat slowly": lambda: [bytearray(10**6) for _ in range(10**5)],
    b"crash": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    b"exit": lambda: os._exit(0),
    b"chatter": lambda: print("not an answer", flush=True),
    b"bug": _bug,
    b"refuse": _refuse,
    b"recurse": lambda: exec("f = lambda: f()\nf()", {}),
}


def _parser(_: Form) -> Callable[[bytes], Parsed]:
    def parse(body: bytes) -> Parsed:
        if body.startswith(b"long"):
            return Parsed((Found("t", "x" * int(body[4:])),))
        if body in UNRULY:
            UNRULY[body]()
        return Parsed((Found("title", body.decode("utf-8", "replace")),), frozenset({"a flag"}))

    return parse


if __name__ == "__main__":
    sys.exit(serve(_parser))
