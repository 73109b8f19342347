"""Notifications through Apprise: mail, chat, webhooks, by addresses that are secrets.

Apprise and the HTTP library beneath it log what they send and to whom; while they work, nothing is logged. What went wrong is
told by an address's number and kind, never by the address. All addresses are tried side by side, and together they get half a
minute: a server that drips may cost a run that long, and no longer.
"""

import logging
import re
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apprise import Apprise

_KIND = re.compile(r"([A-Za-z0-9]{1,20})://")
PATIENCE = 30.0  # seconds for all addresses together


class Notifier:
    """Sends plain text to all of its addresses."""

    def __init__(self, addresses: Sequence[str], patience: float = PATIENCE) -> None:
        """Keep the addresses; nothing is asked yet."""
        self._addresses = tuple(addresses)
        self._patience = patience

    def __len__(self) -> int:
        """Return how many addresses there are."""
        return len(self._addresses)

    def unknown(self) -> tuple[str, ...]:
        """Return what is wrong with the addresses, as far as that can be told without sending."""
        with _silence():
            known = [_channel(address) is not None for address in self._addresses]
        return tuple(f"{self._named(at)} is none that Apprise knows" for at, fits in enumerate(known) if not fits)

    def send(self, title: str, body: str) -> tuple[str, ...]:
        """Send to all addresses; return what went wrong, a line each, without the addresses."""
        outcome: dict[int, str] = {}
        threads = [threading.Thread(target=self._send, args=(at, title, body, outcome), daemon=True) for at in self._numbers]
        with _silence():
            for thread in threads:
                thread.start()
            until = time.monotonic() + self._patience
            for thread in threads:
                thread.join(max(0.0, until - time.monotonic()))
        said = {at: outcome.get(at, f"did not answer in {self._patience:g} seconds") for at in self._numbers}
        return tuple(f"{self._named(at)} {why}" for at, why in said.items() if why)

    @property
    def _numbers(self) -> range:
        return range(len(self._addresses))

    def _named(self, at: int) -> str:
        kind = _KIND.match(self._addresses[at])
        return f"address {at + 1} of {len(self._addresses)} ({kind[1].lower() if kind else 'no address'})"

    def _send(self, at: int, title: str, body: str, outcome: dict[int, str]) -> None:
        try:
            channel = _channel(self._addresses[at])
            if channel is None:
                outcome[at] = "is none that Apprise knows"
            else:
                outcome[at] = "" if channel.notify(body=body, title=title, body_format="text") else "did not take it"
        except Exception as wrong:  # noqa: BLE001 (a hundred plugins of others: whatever one raises is that it failed)
            outcome[at] = f"failed ({type(wrong).__name__})"


def _channel(address: str) -> "Apprise | None":
    from apprise import Apprise, AppriseAsset

    asset = AppriseAsset(
        app_id="claimcheck",
        app_desc="claimcheck",
        storage_mode="memory",
        secure_logging=True,
        interpret_escapes=False,
        interpret_emojis=False,
        plugin_paths=[],
    )
    channel = Apprise(asset=asset)
    return channel if channel.add(address) and len(channel) == 1 else None


@contextmanager
def _silence() -> Iterator[None]:
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
