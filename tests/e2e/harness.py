"""Runs the installed command line in a folder of its own, against local servers, with nothing of the caller's environment."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CLAIMCHECK = Path(sys.executable).parent / "claimcheck"
SEED = Path(__file__).resolve().parents[2] / "claims.yaml"
PAIR = """version: 1
inquiries:
  - id: reasoning
    question: Does reasoning cost instruction adherence?
    claims:
      - id: tradeoff
        text: Reasoning training lowers the instruction adherence of language models.
        asserted: 2025-05
        anchors: [2505.14810]
      - id: ceiling
        text: Frontier reasoning models solve few constraint-satisfaction problems that need backtracking.
        asserted: 2025-06
        anchors: [2506.02878, 2508.01191]
"""
TODAY = "2026-11-22"


@dataclass
class Workplace:
    """A folder with a claims file and the addresses of the servers to use."""

    folder: Path
    arxiv: str | None = None
    model: str | None = None

    def environment(self, **more: str) -> dict[str, str]:
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "LC_ALL": "C.UTF-8",
        }
        if self.arxiv:
            env |= {"CLAIMCHECK_ARXIV_URL": f"{self.arxiv}/api/query", "CLAIMCHECK_ARXIV_PACE": "0"}
        if self.model:
            env |= {"OPENAI_BASE_URL": f"{self.model}/v1", "OPENAI_API_KEY": "sk-canary-0123456789", "CLAIMCHECK_MODEL": "local"}
        return env | more

    def run(self, *args: str, timeout: float = 120, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [CLAIMCHECK, *args],
            cwd=self.folder,
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def refresh(self, *args: str, **more: Any) -> subprocess.CompletedProcess[str]:
        return self.run("refresh", "--today", TODAY, *args, **more)

    def twin(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "reports" / "latest.json").read_text(encoding="utf-8"))
        return found

    def report(self) -> tuple[bytes, bytes]:
        reports = self.folder / "reports"
        return (reports / f"{TODAY}.md").read_bytes(), (reports / f"{TODAY}.json").read_bytes()

    def verdicts(self) -> dict[str, str]:
        return {claim["id"]: claim["verdict"] for claim in self.twin()["claims"]}


def workplace(folder: Path, arxiv: str | None = None, model: str | None = None, claims: str | None = None) -> Workplace:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "claims.yaml").write_text(claims or SEED.read_text(encoding="utf-8"), encoding="utf-8")
    return Workplace(folder, arxiv, model)


def heed_signals() -> None:
    """Hear SIGINT also where the tests run in the background, whose children have it ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def quotes_not_in_papers(twin: dict[str, Any], abstracts: dict[str, str]) -> list[str]:
    """Check on its own, without claimcheck's code, that each quote stands in its paper at its place."""
    wrong = []
    for claim in twin["claims"]:
        for item in claim["evidence"]:
            text = " ".join(abstracts[item["paper_id"]].split())
            wrong += [q["text"] for q in item["quotes"] if text[q["start"] : q["end"]] != q["text"] or not q["text"]]
    return wrong
