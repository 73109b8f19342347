"""A server's batch interface: files in, a batch made, looked at and found again, files out.

What can be asked twice without harm is asked again after growing random waits. Making a batch cannot: unless the server surely
did not take the request, nobody knows whether it did, and another try might be paid for once more.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from secrets import SystemRandom
from typing import IO, Any

import httpx2
import openai

from claimcheck.adapters.openai.chat import Patience
from claimcheck.adapters.openai.connection import connect, failure_of, place_of, secrets_of, usable_key
from claimcheck.adapters.openai.failure import Failure, Kind
from claimcheck.errors import Denied, JudgeUnavailable
from claimcheck.ports import BatchRefused

LABEL = "claimcheck"  # the key of the batch's metadata that holds our token
_NO_INTERFACE = frozenset({404, 405, 501})
_LARGEST_FILE = 2**30  # bytes
_SLOWEST = 900.0  # seconds that a large file may take
_PAGES, _A_PAGE = 100, 100
_FIRST_WAIT = 1.0
_ID = re.compile(r"[\w.:-]{1,200}", re.ASCII)  # it becomes part of an address

Found = dict[str, Any]


class BatchWire:
    """Asks for one thing at a time; `timeout` is a wall-clock deadline for each request, files aside."""

    def __init__(self, *, api_key: str | None, base_url: str | None, timeout: float, patience: Patience) -> None:
        self._key, self._timeout, self._patience = usable_key(api_key), timeout, patience
        self.secrets = secrets_of(self._key, base_url)
        self._client = connect(self._key, base_url, timeout, _LARGEST_FILE)
        self.place = place_of(self._client)

    async def upload(self, name: str, content: bytes) -> str:
        """Send a file that requests stand in; return its id."""

        async def send() -> bytes:
            upload = self._client.files.with_raw_response.create
            return _content(await upload(file=(name, content), purpose="batch", timeout=_SLOWEST))

        return await self._making("take a batch's file", send, deadline=_SLOWEST)

    async def create(self, file: str, token: str) -> str:
        """Have a batch made of a file; return its id. See `Batches.create` for what may be raised."""

        async def send() -> bytes:
            create = self._client.batches.with_raw_response.create
            return _content(
                await create(
                    input_file_id=file,
                    endpoint="/v1/chat/completions",
                    completion_window="24h",
                    metadata={LABEL: token},
                )
            )

        return await self._making("make a batch", send, twice=False)

    async def retrieve(self, id: str) -> Found | None:
        """Return a batch, or None when the server has none of this id."""

        async def send() -> bytes:
            return _content(await self._client.batches.with_raw_response.retrieve(id))

        try:
            return await self._asked("tell of a batch", send)
        except _Missing:
            return None
        except BatchRefused as wrong:
            raise JudgeUnavailable(str(wrong)) from None

    async def find(self, token: str, file: str) -> str | None:
        """Return the id of the batch with our token, or of our file, or None when the whole list has none."""
        after: str | None = None
        for _ in range(_PAGES):
            found = await self._page(after)
            rows = [row for row in found.get("data") or () if isinstance(row, dict) and isinstance(row.get("id"), str)]
            for row in rows:
                label = row.get("metadata")
                if (isinstance(label, dict) and label.get(LABEL) == token) or row.get("input_file_id") == file:
                    return str(row["id"])
            if not found.get("has_more") or not rows or rows[-1]["id"] == after:
                return None
            after = rows[-1]["id"]
        raise JudgeUnavailable(f"the model server at {self.place} lists too many batches to find ours among them")

    async def download(self, id: str, target: IO[bytes]) -> str | None:
        """Write a file of answers; return why it is not whole, or None when it is."""
        failures = 0
        while True:
            target.seek(0)
            target.truncate()
            failure = await self._downloaded(id, target)
            failures += 1
            if failure is None or failure.kind is not Kind.AGAIN or failures >= self._patience.tries:
                return failure.message if failure else None
            await self._wait(failures, failure)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def _page(self, after: str | None) -> Found:
        async def send() -> bytes:
            return _content(await self._client.batches.with_raw_response.list(limit=_A_PAGE, after=after or openai.omit))

        try:
            return await self._asked("list its batches", send)
        except _Missing as wrong:
            raise Denied(_no_interface(self.place, wrong)) from None
        except BatchRefused as wrong:
            raise JudgeUnavailable(str(wrong)) from None

    async def _downloaded(self, id: str, target: IO[bytes]) -> Failure | None:
        try:
            async with (
                asyncio.timeout(_SLOWEST),
                self._client.files.with_streaming_response.content(id, timeout=_SLOWEST) as response,
            ):
                async for chunk in response.iter_bytes():
                    target.write(chunk)
        except (openai.OpenAIError, TimeoutError) as wrong:
            return failure_of(wrong, self.secrets, _SLOWEST)
        except httpx2.HTTPError as wrong:
            return Failure(Kind.AGAIN, f"the connection broke ({type(wrong).__name__})")
        return None

    async def _making(
        self, what: str, send: Callable[[], Awaitable[bytes]], *, twice: bool = True, deadline: float | None = None
    ) -> str:
        """Return the id of what a request makes."""
        try:
            found = await self._asked(what, send, twice=twice, deadline=deadline or self._timeout)
        except _Missing as wrong:
            raise Denied(_no_interface(self.place, wrong)) from None
        id = found.get("id")
        if not isinstance(id, str) or not _ID.fullmatch(id):
            raise JudgeUnavailable(f"the model server at {self.place} did not {what} (it gave it no usable id)")
        return id

    async def _asked(
        self, what: str, send: Callable[[], Awaitable[bytes]], *, twice: bool = True, deadline: float | None = None
    ) -> Found:
        """Return the object that a request is answered with; without `twice`, it is sent again only if it surely did nothing."""
        failures = 0
        while True:
            outcome, harmless = await self._tried(send, deadline or self._timeout)
            if not isinstance(outcome, Failure):
                return outcome
            failures += 1
            if outcome.kind is Kind.DENIED:
                raise Denied(
                    f"the model server at {self.place} denies us ({outcome.message}); check OPENAI_API_KEY, the account's quota "
                    "and OPENAI_BASE_URL, then run again"
                )
            if outcome.kind in (Kind.REJECTED, Kind.TOO_LONG):
                raise BatchRefused(f"the model server at {self.place} refuses to {what} ({outcome.message})")
            if outcome.kind is not Kind.AGAIN or failures >= self._patience.tries or not (twice or harmless):
                raise JudgeUnavailable(f"the model server at {self.place} did not {what} ({outcome.message}); run again to go on")
            await self._wait(failures, outcome)

    async def _tried(self, send: Callable[[], Awaitable[bytes]], deadline: float) -> tuple[Found | Failure, bool]:
        """Return what one request came to, and whether one that failed surely changed nothing."""
        try:
            async with asyncio.timeout(deadline):
                found = json.loads(await send())
        except openai.APIStatusError as wrong:
            if wrong.status_code in _NO_INTERFACE:
                raise _Missing(str(wrong.status_code)) from None
            return failure_of(wrong, self.secrets, deadline), wrong.status_code < 500
        except (openai.OpenAIError, TimeoutError) as wrong:
            failure = failure_of(wrong, self.secrets, deadline)
            return failure, not failure.billed
        except (ValueError, RecursionError):
            return Failure(Kind.AGAIN, "status 200 without a readable answer"), False
        return found if isinstance(found, dict) else Failure(Kind.AGAIN, "status 200 with something that is no answer"), False

    async def _wait(self, failures: int, failure: Failure) -> None:
        grown = _FIRST_WAIT * 2 ** (failures - 1) * SystemRandom().uniform(0.5, 1.5)
        await self._patience.sleep(min((failure.wait or 0.0) + grown, self._patience.max_wait))


class _Missing(Exception):
    """There is nothing at this address."""


def _content(raw: Any) -> bytes:
    content: bytes = raw.content
    return content


def _no_interface(place: str, status: object) -> str:
    return (
        f"the model server at {place} has no batch interface ({status}); take --batch and CLAIMCHECK_BATCH out and run again, "
        "or check OPENAI_BASE_URL"
    )
