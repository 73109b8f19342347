"""The guard: what is asked of the page before anything else looks at it. A pure ASGI layer, so that nothing gets around it.

    one Host header, and exactly one of ours              else 400, 403     (a name of an attacker's that resolves to us)
    no Transfer-Encoding beside Content-Length            else 400          (two readers that disagree where a request ends)
    an address of at most 2,048 bytes                     else 414
    a POST of our own origin, by its Origin header        else 403          (another page, also one on another local port)
    and not from elsewhere by Sec-Fetch-Site              else 403
    with the session's cookie                             else 403
    a form of at most 64 KiB                              else 413, 415

Pages are asked for by GET, which changes nothing but who is signed in: the token in the printed link works once, and makes way
for a cookie that no script reads and no other site sends. Every answer carries the headers below.
"""

import hmac
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "claimcheck_session"
_LONGEST_ADDRESS = 2048
_LARGEST_BODY = 64 * 1024
_FORM = "application/x-www-form-urlencoded"
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # With `no-referrer` a browser sends `Origin: null` with our own forms, and the check of origins could not be strict.
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass
class Session:
    """Who may use the page: whoever opened the printed link first."""

    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    used: bool = False

    def enter(self, token: str) -> bool:
        """Tell whether a token opens the page; it does so once."""
        right = not self.used and hmac.compare_digest(token.encode(), self.token.encode())
        self.used = self.used or right
        return right

    def holds(self, cookies: list[bytes]) -> bool:
        """Tell whether a request carries the session's cookie."""
        wanted = f"{COOKIE}={self.cookie}".encode()
        crumbs = [crumb.strip() for header in cookies for crumb in header.split(b";")]
        return any(hmac.compare_digest(crumb, wanted) for crumb in crumbs)


@dataclass
class Guard:
    """Lets through what may pass to the application; see the module's docstring. `hosts` are names with the port."""

    app: App
    hosts: frozenset[str]
    session: Session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # a web socket, which nobody here speaks
            return
        headers = _Headers(scope["headers"])
        signed_in = self.session.holds(headers.all("cookie"))
        refusal = self._refusal(scope, headers, signed_in)
        if refusal:
            await _refuse(*refusal, send)
            return
        scope.setdefault("state", {})["signed_in"] = signed_in
        try:
            await self.app(scope, _limited(receive), _with_headers(send))
        except _TooLarge:
            await _refuse(413, "this form is too large", send)

    def _refusal(self, scope: Scope, headers: "_Headers", signed_in: bool) -> tuple[int, str] | None:
        host = headers.all("host")
        if len(host) != 1:
            return 400, "a request names one host"
        if headers.all("transfer-encoding") and headers.all("content-length"):
            return 400, "a request has one length"
        if host[0].decode("latin-1") not in self.hosts:
            return 403, "this page answers under its own name only"
        if len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"") > _LONGEST_ADDRESS:
            return 414, "this address is too long"
        return self._refused_post(headers, host[0], signed_in) if scope["method"] == "POST" else None

    def _refused_post(self, headers: "_Headers", host: bytes, signed_in: bool) -> tuple[int, str] | None:
        site = headers.all("sec-fetch-site")
        if headers.all("origin") != [b"http://" + host] or site not in ([], [b"same-origin"]):
            return 403, "only this page itself may change anything"
        if not signed_in:
            return 403, "open the link that claimcheck printed first"
        length = headers.all("content-length")
        if length and not (length[0].isdigit() and int(length[0]) <= _LARGEST_BODY):
            return 413, "this form is too large"
        if [kind.split(b";")[0].strip().lower() for kind in headers.all("content-type")] != [_FORM.encode()]:
            return 415, "only forms are read here"
        return None


class _TooLarge(Exception):
    """The body went over the limit while it was read."""


@dataclass(frozen=True)
class _Headers:
    pairs: list[tuple[bytes, bytes]]

    def all(self, name: str) -> list[bytes]:
        return [value for key, value in self.pairs if key.lower() == name.encode()]


def _limited(receive: Receive) -> Receive:
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body") or b"")
        if taken > _LARGEST_BODY:
            raise _TooLarge
        return message

    return limited


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *_raw()]
        await send(message)

    return sending


def _raw() -> list[tuple[bytes, bytes]]:
    return [(key.encode(), value.encode()) for key, value in _HEADERS.items()]


async def _refuse(status: int, why: str, send: Send) -> None:
    body = f"{why}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode()), *_raw()]
    headers.append((b"connection", b"close"))  # what is left of the body is not read
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
