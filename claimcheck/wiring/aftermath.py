"""What a run leaves behind and whom it tells."""

import os
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from claimcheck.config import Settings
from claimcheck.secrets import of_environment
from claimcheck.wiring.running import Wanted

if TYPE_CHECKING:
    from claimcheck.adapters.notify import Notifier
    from claimcheck.adapters.run_log import RunLog
    from claimcheck.adapters.told import Told


def recording(settings: Settings, wanted: Wanted, claims: int) -> "AbstractContextManager[RunLog]":
    """Return the record of a run, in home; no secret of the environment gets into it."""
    from claimcheck import __version__
    from claimcheck.adapters.run_log import recorded

    return recorded(
        settings.home / "runs",
        of_environment(os.environ),
        version=__version__,
        day=wanted.today.isoformat(),
        judge=settings.judge_kind,
        model=settings.model,
        claims=claims,
        offline=wanted.offline,
        sample=wanted.sample,
    )


def notifier(addresses: str | None) -> "Notifier | None":
    """Return who tells people at these addresses, or None where there are none."""
    from claimcheck.adapters.notify import Notifier
    from claimcheck.adapters.setting_values import BETWEEN_ADDRESSES

    given = (addresses or "").strip(" \t\r\n,")
    return Notifier(BETWEEN_ADDRESSES.split(given)) if given else None


def told(settings: Settings) -> "Told":
    """Return what was told last, in home."""
    from claimcheck.adapters.told import Told

    return Told(settings.home)
