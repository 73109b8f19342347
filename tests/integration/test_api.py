"""The Python API: what it promises to who imports it, typed and over the real stores."""

import json
import subprocess
import sys
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from claimcheck import api
from claimcheck.report import shape

TODAY = date(2026, 11, 22)
CLAIMS = """version: 1
inquiries:
  - id: chains
    question: Do chains dilute context?
    claims:
      - {id: dilute, text: Chains dilute context., asserted: 2025-05, anchors: [2505.14810]}
"""


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "CLAIMCHECK_CLAIMS"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "claims.yaml").write_text(CLAIMS, encoding="utf-8")


def lacking(value: Any, form: Any, where: str = "") -> list[str]:
    """Return the keys that a type promises and a value lacks."""
    if is_typeddict(form):
        hints = get_type_hints(form)
        missing = [f"{where}.{key}" for key in hints if key not in value]
        return missing + [m for key, of in hints.items() if key in value for m in lacking(value[key], of, f"{where}.{key}")]
    items = value if get_origin(form) is list else value.values() if get_origin(form) is dict else ()
    return [m for item in items for m in lacking(item, get_args(form)[-1], f"{where}[]")]


def test_a_refresh_returns_its_report_and_the_same_can_be_read_again(tmp_path: Path) -> None:
    done = api.refresh(sample=True, today=TODAY, only=["csp-ceiling"])
    assert done.exit in (api.Exit.DONE, api.Exit.GAPS)
    assert [(entry["id"], entry["verdict"]) for entry in done.report["claims"]] == [("csp-ceiling", "superseded")]
    assert done.path == tmp_path / "reports" / "sample" / "2026-11-22.json"
    last = api.last_report(sample=True)
    assert last == api.read_report(done.path)
    assert lacking(last, shape.Report) == []


def test_claims_are_loaded_as_values_and_a_wrong_file_is_refused(tmp_path: Path) -> None:
    file = api.load_claims("claims.yaml", today=TODAY)
    assert [(claim.id, claim.anchors) for claim in file.claims] == [("dilute", (api.Anchor("2505.14810"),))]
    (tmp_path / "claims.yaml").write_text("version: 2\n", encoding="utf-8")
    with pytest.raises(api.Refused):
        api.load_claims(today=TODAY)


def test_before_the_first_refresh_there_is_no_report_and_an_empty_library(tmp_path: Path) -> None:
    assert api.last_report() is None
    assert api.search_library("chains") == []
    assert api.library_reach() is None
    done = api.refresh(offline=True, today=TODAY)
    assert [entry["verdict"] for entry in done.report["claims"]] == ["unknown"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema_version": 1}', "[" * 100_000])
def test_what_is_no_report_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text, encoding="utf-8")
    with pytest.raises(api.Refused, match="is not the JSON twin of a report"):
        api.read_report("r.json")


def test_a_report_of_another_schema_is_refused(tmp_path: Path) -> None:
    twin = dict.fromkeys(
        ("generated", "judge", "claims", "changes", "strongest", "ungrounded", "questions", "gaps", "cost", "runs")
    )
    (tmp_path / "r.json").write_text(json.dumps({**twin, "schema_version": 2}), encoding="utf-8")
    with pytest.raises(api.Refused, match="update claimcheck"):
        api.read_report("r.json")


def test_citations_and_notes_are_checked_and_drafted_without_writing(tmp_path: Path) -> None:
    (tmp_path / "n.md").write_text("- Chains dilute context (2025-05, arXiv:2505.14810; arXiv:2513.00001).\n", encoding="utf-8")
    found = api.audit(["n.md"], offline=True, today=TODAY)
    assert [(f.citation.line, f.grounding) for f in found.findings] == [
        (1, api.Grounding.UNCHECKED),
        (1, api.Grounding.MALFORMED),
    ]
    one = api.ground_citation("2505.14810", "Chains dilute context.", offline=True, today=TODAY)
    assert one.grounding is api.Grounding.UNCHECKED
    assert "- id: 2505.14810" in api.draft_claims("n.md", today=TODAY)
    assert not (tmp_path / "reports").exists()


def test_the_package_tells_type_checkers_that_it_is_typed_and_imports_nothing_heavy() -> None:
    assert (resources.files("claimcheck") / "py.typed").is_file()
    heavy = "[m for m in ('langgraph', 'sqlmodel', 'openai', 'arxiv', 'onnxruntime', 'mcp') if m in sys.modules]"
    told = subprocess.run(
        [sys.executable, "-c", f"import sys; import claimcheck.api; print({heavy})"], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"


def test_all_that_is_promised_is_there() -> None:
    assert all(hasattr(api, name) for name in api.__all__)
