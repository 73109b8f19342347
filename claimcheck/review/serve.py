"""Serving the page: on a loopback address only, over plain HTTP, until it is stopped."""

import ipaddress
import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn

from claimcheck.errors import UsageError
from claimcheck.review import pages
from claimcheck.review.app import build
from claimcheck.review.desk import Desk
from claimcheck.review.guard import Guard, Session


def serve(desk: Desk, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until interrupted; call `ready` with the link that opens the page once. Port 0 is any free one.

    Raise `UsageError` for an address that others could reach, or a port that is taken.
    """
    with _bound(host, port) as listening:
        desk.boards.now()  # reads the report, so that the first page does not wait for it
        pages.prepare()
        session = Session()
        names = frozenset(f"{name}:{listening.getsockname()[1]}" for name in (_shown(host), "localhost"))
        server = uvicorn.Server(_config(Guard(build(desk, session), names, session)))
        listening.listen()  # who opens the link before the server has come up waits, and is not refused
        ready(f"http://{_shown(host)}:{listening.getsockname()[1]}/open?token={session.token}")
        with suppress(KeyboardInterrupt):  # Ctrl-C is how the page is meant to end
            server.run(sockets=[listening])


def _config(app: Guard) -> uvicorn.Config:
    # h11 refuses malformed requests by itself; an access log would hold the token.
    return uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=2,
        limit_concurrency=100,
    )


def _bound(host: str, port: int) -> socket.socket:
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise UsageError(f"--host {host!r} is no address; write 127.0.0.1 or ::1") from None
    if not address.is_loopback:
        raise UsageError(f"--host {host!r} can be reached by others; the review page answers on this machine only: 127.0.0.1")
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    # Named as TCP, so that asyncio sends small answers at once: without it each waits 40 ms for the last one's receipt.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((str(address), port))
    except OSError as wrong:
        listening.close()
        raise UsageError(f"port {port} cannot be used ({wrong.strerror}); choose another with --port, or 0 for any") from None
    return listening


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else "127.0.0.1" if host == "localhost" else host
