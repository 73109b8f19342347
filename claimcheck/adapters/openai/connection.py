"""A connection to an OpenAI-compatible server, and what an error on it means. Bodies are bounded; nothing is tried again here."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx2
import openai

from claimcheck.adapters.openai.failure import Failure, Kind, of_status, one_line, seconds_to_wait
from claimcheck.errors import Denied, Refused
from claimcheck.secrets import of_address, strike

_MAX_BODY = 2_000_000
_MAX_PACKED_BODY = 64_000  # unpacks to at most a thousand times as much


def usable_key(api_key: str | None) -> str:
    """Return a key as it is sent; raise `Denied` for one that no server can have given."""
    key = (api_key or "").strip()
    if not key.isascii() or not key.isprintable():
        raise Denied("the key for the model server holds characters that no key has; check OPENAI_API_KEY")
    return key


def secrets_of(key: str, base_url: str | None) -> tuple[str, ...]:
    """Return what may not be shown of a key and an address."""
    return tuple(secret for secret in (key, *of_address(base_url)) if secret)


def connect(key: str, base_url: str | None, timeout: float, longest: int = _MAX_BODY) -> openai.AsyncOpenAI:
    """Return a client that retries nothing, follows no redirect and takes no body longer than this; raise `Refused`."""
    try:
        client = openai.AsyncOpenAI(
            api_key=key or "none",
            base_url=base_url,
            timeout=openai.Timeout(timeout, connect=min(timeout, 15.0)),
            max_retries=0,
            default_headers={"Accept-Encoding": "identity"},
            http_client=openai.DefaultAsyncHttpxClient(follow_redirects=False, event_hooks={"response": [_bound(longest)]}),
        )
    except (httpx2.InvalidURL, ValueError):
        client = None
    if client is None or client.base_url.scheme not in ("http", "https") or not client.base_url.host:
        shown = strike(repr(base_url), secrets_of(key, base_url))
        raise Refused([f"the address of the model server, {shown}, is none; check OPENAI_BASE_URL"])
    return client


def place_of(client: openai.AsyncOpenAI) -> str:
    """Return a server's address without path, as it may be shown."""
    address = client.base_url
    return f"{address.scheme}://{address.host}{f':{address.port}' if address.port else ''}"


def status_failure(wrong: openai.APIStatusError, secrets: tuple[str, ...]) -> Failure:
    """Tell what an error status means."""
    message = told(wrong)
    shown = one_line(message, secrets)
    return of_status(wrong.status_code, (wrong.code, wrong.type), shown, seconds_to_wait(wrong.response.headers))


def told(wrong: openai.APIStatusError) -> str:
    """Return a server's own words for an error."""
    said = wrong.body.get("message") if isinstance(wrong.body, dict) else wrong.body
    return said if isinstance(said, str) else wrong.message


def failure_of(wrong: openai.OpenAIError | TimeoutError, secrets: tuple[str, ...], timeout: float) -> Failure:
    """Tell what an error means; `billed` when the request may have been worked on all the same."""
    if isinstance(wrong, openai.APIStatusError):
        return status_failure(wrong, secrets)
    if isinstance(wrong, TimeoutError | openai.APITimeoutError):
        return Failure(Kind.AGAIN, f"no answer within {timeout:g} s", billed=True)
    if isinstance(wrong, openai.APIConnectionError):
        cause = wrong.__cause__
        why = one_line(f"{type(cause).__name__}: {cause}" if cause else str(wrong), secrets)
        return Failure(Kind.AGAIN, f"no connection, or one that broke ({why})", billed=not isinstance(cause, httpx2.ConnectError))
    return Failure(Kind.UNREACHABLE, one_line(str(wrong), secrets))


def _bound(longest: int) -> Callable[[httpx2.Response], Awaitable[None]]:
    """Let no body grow beyond all bounds, packed ones least: 194 KB of them once took 388 MB."""

    async def bound(response: httpx2.Response) -> None:
        packed = response.headers.get("content-encoding", "identity") not in ("", "identity")
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _Bounded(response.stream, _MAX_PACKED_BODY if packed else longest)

    return bound


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, limit: int) -> None:
        self._stream, self._left = stream, limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._left -= len(chunk)
            if self._left < 0:
                raise httpx2.ReadError("the answer is too long to be one")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
