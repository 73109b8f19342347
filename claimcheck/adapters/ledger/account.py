"""The account of a run: what counts against its limits from before, and what each call may cost, kept before it is made."""

from datetime import date

from claimcheck.domain.evidence import Usage
from claimcheck.ports import Ledger


class Account:
    """Remembers calls in a ledger. A run that was cut off and the one that goes on with it count as one."""

    def __init__(self, ledger: Ledger, day: date) -> None:
        """Read what the runs that came to no end took."""
        self._ledger, self._day = ledger, day
        self._run_id: int | None = None
        self.spent = ledger.unfinished()

    def open(self, run_id: int) -> None:
        """Write the calls from now on to a run."""
        self._run_id = run_id

    def note(self, highest: Usage) -> None:
        """Keep what a call may cost; raise `StoreUnusable` where that cannot be, before anything is paid."""
        assert self._run_id is not None
        self._ledger.keep_call(self._run_id, self._day, highest)
