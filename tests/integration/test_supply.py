"""What is shipped with it: the lock can be audited, and its bill of materials names no registry and no machine."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LOCKED = re.findall(r"^([A-Za-z0-9_.-]+)==([^\s\\]+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)


def bill(path: Path) -> tuple[dict[str, Any], str]:
    subprocess.run([sys.executable, ".ci/sbom.py", str(path)], cwd=ROOT, check=True)
    text = path.read_text(encoding="utf-8")
    return json.loads(text), text


def test_the_bill_lists_what_is_locked_and_no_address(tmp_path: Path) -> None:
    made, text = bill(tmp_path / "new" / "sbom.json")
    assert sorted((part["name"], part["version"]) for part in made["components"]) == sorted(LOCKED)
    root = made["metadata"]["component"]
    assert (root["name"], bool(re.fullmatch(r"\d+\.\d+\.\d+.*", root["version"]))) == ("claimcheck", True)
    names = {part["bom-ref"]: part["name"] for part in made["components"]}
    (asked,) = [row["dependsOn"] for row in made["dependencies"] if row["ref"] == root["bom-ref"]]
    assert {"arxiv", "langgraph", "fastapi", "psycopg"} <= {names[ref] for ref in asked}
    assert re.findall(r"\w+://[^\s\"]+", text) == ["http://cyclonedx.org/schema/bom-1.6.schema.json"]
    assert str(ROOT) not in text
    assert str(Path.home()) not in text


def test_a_package_that_could_not_be_looked_up_fails_the_audit() -> None:
    """Without `--strict`, pip-audit says "no known vulnerabilities" of packages that it could not ask for."""
    assert "pip-audit --strict " in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_audit_reads_the_whole_lock() -> None:
    """Collecting works without a network; `make audit` then asks for each."""
    words = ["--dry-run", "--disable-pip", "--require-hashes", "--requirement", "requirements.lock", "--progress-spinner", "off"]
    done = subprocess.run([sys.executable, "-m", "pip_audit", *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = re.search(r"would have audited (\d+) packages", done.stderr)
    assert found
    # packages that are locked for other systems only are left out, and names come once
    assert 0.9 * len({name for name, _ in LOCKED}) <= int(found[1]) <= len(LOCKED)
