"""Which claims file and settings apply, and the files that are read and written beside a refresh."""

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from importlib import resources
from pathlib import Path

from claimcheck.config import FILE, KEYS, SETTINGS, Settings, load_settings
from claimcheck.domain.claim import ClaimsFile
from claimcheck.errors import Refused, UsageError


def settings(claims: Path | None, options: Mapping[str, object], *, sample: bool = False) -> Settings:
    """Read the settings that apply to a claims file; the sample has its own claims, store and reports.

    Raise `UsageError` when only options are wrong, `Refused` for anything else.
    """
    chosen = claims or (None if sample else _from_environment("CLAIMCHECK_CLAIMS"))
    path = chosen or (sample_claims() if sample else Path("claims.yaml"))
    folder = Path.cwd() if sample and claims is None else path.parent
    try:
        found = load_settings(folder, os.environ, {**options, "claims": path})
    except Refused as wrong:
        if all(problem.startswith("--") for problem in wrong.problems):
            raise UsageError("\n".join(wrong.problems)) from None
        raise
    if not sample:
        return found
    kind = found.judge if found.judge != "auto" or found.judge_kind == "openai" else f"recorded:{sample_file('readings.jsonl')}"
    return replace(found, home=found.home / "sample", reports=found.reports / "sample", judge=kind, ledger=None)


def sample_claims() -> Path:
    """Return the claims of the sample: beside its papers when installed, at the top of the repository in a checkout."""
    shipped = sample_file("claims.yaml")
    return shipped if shipped.exists() else Path(str(resources.files("claimcheck"))).parent / "claims.yaml"


def load_claims(path: Path, today: date) -> tuple[ClaimsFile, str]:
    """Read claims.yaml; return what it says and the hash of its bytes. Raise `Refused` with all that is wrong."""
    from claimcheck.adapters import claims_yaml

    return claims_yaml.load_with_digest(path, today)


def digest_of(path: Path) -> str | None:
    """Return the hash of a claims file's bytes as they are now, or None where it cannot be read any more."""
    from claimcheck.adapters.claims_yaml import loader

    try:
        return loader.digest(path)
    except Refused:
        return None


def schema_text() -> str:
    """Return the JSON Schema of claims.yaml."""
    from claimcheck.adapters import claims_yaml

    return claims_yaml.schema_text()


def read_report(path: Path) -> dict[str, object]:
    """Read a report's JSON twin from a file; raise `Refused` when it is none."""
    from claimcheck.adapters import report_files

    return report_files.read_given_twin(path)


def write_new(files: Mapping[Path, str], *, force: bool = False) -> None:
    """Write new files; raise `UsageError`, and write none, where one is there and `force` is not given."""
    from claimcheck.adapters import new_file

    new_file.write_all(files, force=force)


def write_start(folder: Path, *, force: bool = False) -> tuple[Path, ...]:
    """Write a commented claims.yaml and claimcheck.toml into a folder; return where they are."""
    from claimcheck.importing import start

    files = {folder / "claims.yaml": start.CLAIMS, folder / FILE: start.settings_text(SETTINGS, without={*KEYS, "claims"})}
    write_new(files, force=force)
    return tuple(files)


def sample_file(name: str) -> Path:
    """Return where a file of the sample is."""
    return Path(str(resources.files("claimcheck") / "sample" / name))


def _from_environment(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value) if value else None
