"""HTMX, served from our own origin: the copy that the package django-htmx ships, found without importing it or Django."""

from functools import cache
from importlib.metadata import PackageNotFoundError, files

from claimcheck.errors import UsageError

_NAME = "htmx-2.min.js"
_MISSING = "the review page needs more packages; install them with: pip install 'claimcheck[review]'"


@cache
def script() -> bytes:
    """Return the script; raise `UsageError` where the package is not installed or has no such file."""
    try:
        shipped = files("django-htmx") or []
    except PackageNotFoundError:
        raise UsageError(_MISSING) from None
    for file in shipped:
        if file.name == _NAME:
            return file.read_binary()
    raise UsageError(f"the installed django-htmx has no {_NAME}; {_MISSING}")
