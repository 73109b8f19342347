"""Claims files for tests: a good claim whose fields can be changed, and what the loader says of the outcome."""

from datetime import date

import pytest

from claimcheck.adapters import claims_yaml
from claimcheck.domain.claim import ClaimsFile
from claimcheck.errors import Refused

TODAY = date(2026, 11, 22)
FIELDS = {"id": "ok-1", "text": '"Prompts with worked steps help."', "asserted": "2024-03-01", "anchors": '["2201.11903"]'}
HEAD = 'version: 1\ninquiries:\n  - id: q\n    question: "Does it hold?"\n    claims:\n'


def claim(**changes: str | None) -> str:
    """Return a claim, from line 6 on when it is the first; a field that is None is left out."""
    fields = {key: value for key, value in (FIELDS | changes).items() if value is not None}
    return "      - " + "\n        ".join(f"{key}: {value}" for key, value in fields.items()) + "\n"


def one(**changes: str | None) -> str:
    return HEAD + claim(**changes)


def read(source: str | bytes) -> ClaimsFile:
    return claims_yaml.parse(source if isinstance(source, bytes) else source.encode(), "claims.yaml", TODAY)


def problems(source: str | bytes) -> tuple[str, ...]:
    with pytest.raises(Refused) as refused:
        read(source)
    return refused.value.problems


def only_problem(source: str | bytes) -> str:
    (problem,) = problems(source)
    return problem
