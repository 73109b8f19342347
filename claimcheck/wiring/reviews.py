"""What the review page and its commands need."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from claimcheck.config import Settings
from claimcheck.domain.review import LONGEST_NAME, Review
from claimcheck.errors import UsageError
from claimcheck.wiring.sources import full_texts
from claimcheck.wiring.stores import open_ledger, open_library

if TYPE_CHECKING:
    from claimcheck.review.desk import Desk


@contextmanager
def reviewing(settings: Settings, today: date, *, editable: bool) -> "Iterator[Desk]":
    """Open what the review page needs: what was found, and, where it is `editable`, claims.yaml."""
    from claimcheck.adapters.claims_yaml import EditableClaims
    from claimcheck.review.board import Boards
    from claimcheck.review.desk import Desk
    from claimcheck.review.texts import Texts

    with open_library(settings) as library, open_ledger(settings) as ledger:
        yield Desk(
            ledger=ledger,
            library=library,
            boards=Boards(ledger, today),
            texts=Texts(library, full_texts(settings, None)),
            reviewer=settings.reviewer or _login(settings.claims.parent),
            today=today,
            claims=EditableClaims(settings.claims, today) if editable else None,
        )


def reviews_as_yaml(reviews: Iterable[Review]) -> str:
    """Return reviews as a file for change requests."""
    from claimcheck.adapters import review_yaml

    return review_yaml.written(reviews)


def reviews_from_yaml(file: Path) -> tuple[Review, ...]:
    """Read a file of reviews; raise `Refused`."""
    from claimcheck.adapters import review_yaml

    return review_yaml.read(file)


def _login(folder: Path) -> str:
    """Return the name that git knows the user by, else the name of the login."""
    import getpass
    import subprocess

    asked = ["git", "config", "user.name"]
    try:
        told = subprocess.run(asked, cwd=folder, capture_output=True, text=True, timeout=5, check=False)  # noqa: S603
        name = " ".join(told.stdout.split())
    except (OSError, subprocess.TimeoutExpired):
        name = ""
    try:
        return name[:LONGEST_NAME] or getpass.getuser()
    except (OSError, KeyError):
        raise UsageError("your name is not known; give it with --reviewer or CLAIMCHECK_REVIEWER") from None
