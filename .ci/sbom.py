"""Write the software bill of materials from the lock file: dist/sbom.json, CycloneDX, the same bytes on every machine.

cyclonedx-py reads the lock. What it adds of its own is taken out or filled in here: the addresses that it assumes for packages
(the lock names none, and where you install from is nobody's business), and which of them claimcheck asks for itself.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_VERSION = re.compile(r'__version__ = "(.+)"')


def main() -> None:
    """Write the bill to the path given, or to dist/sbom.json."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist" / "sbom.json"
    bill = _made()
    _without_addresses(bill)
    root = bill["metadata"]["component"]
    found = _VERSION.search((ROOT / "claimcheck" / "__init__.py").read_text(encoding="utf-8"))
    root["version"] = found[1] if found else "unknown"
    asked = {part["bom-ref"] for part in bill["components"] if _plain(part["name"]) in set(_asked_for())}
    rows = {row["ref"]: row for row in bill["dependencies"]}
    rows.setdefault(root["bom-ref"], {"ref": root["bom-ref"]})["dependsOn"] = sorted(asked)
    bill["dependencies"] = [rows[ref] for ref in sorted(rows)]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(bill, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _made() -> dict[str, Any]:
    words = [
        "-W",
        "ignore",
        "-m",
        "cyclonedx_py",
        "requirements",
        "--pyproject",
        "pyproject.toml",
        "--no-validate",
        "--output-reproducible",
    ]
    done = subprocess.run([sys.executable, *words, "requirements.lock"], cwd=ROOT, check=True, stdout=subprocess.PIPE)  # noqa: S603
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def _without_addresses(value: Any) -> None:
    if isinstance(value, dict):
        value.pop("externalReferences", None)
        for inner in value.values():
            _without_addresses(inner)
    elif isinstance(value, list):
        for inner in value:
            _without_addresses(inner)


def _asked_for() -> Iterator[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = [project["project"]["dependencies"], *project["project"]["optional-dependencies"].values()]
    for requirement in (requirement for group in groups for requirement in group):
        yield _plain(re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0])


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main()
