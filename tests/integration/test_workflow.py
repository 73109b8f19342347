"""The scripts of the CI workflow, run by bash: real git and tar, a stand-in for GitHub's `gh` and one for claimcheck.

What must hold: ledger and library survive from run to run; that they could not be fetched ends the run before anything is
written; and the pull request carries all reports that wait.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from claimcheck.adapters.schedule import Job, Workflow

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="needs git")
GH = """#!/bin/bash
echo "$*" >> "$FAKE/gh.log"
case "$1 $2" in
  "api --paginate") [ -e "$FAKE/down" ] && { echo "HTTP 502" >&2; exit 1; }; ls "$FAKE/assets" ;;
  "release download") cp "$FAKE/assets/$7" "$9.part"; mkdir -p "$9"; mv "$9.part" "$9/$7" ;;
  "release view") [ -e "$FAKE/release" ] || exit 1; case "$*" in *assets*) ls "$FAKE/assets" ;; esac ;;
  "release create") touch "$FAKE/release" ;;
  "release upload") cp "$4" "$FAKE/assets/" ;;
  "release delete-asset") rm "$FAKE/assets/$4" ;;
  "pr list") cat "$FAKE/open" 2> /dev/null || true ;;
  "pr create") echo 7 > "$FAKE/open" ;;
esac
"""
CLAIMCHECK = """#!/bin/bash
mkdir -p .claimcheck/fulltext reports
echo run >> .claimcheck/ledger.sqlite
touch .claimcheck/fulltext/paper .claimcheck/refresh.lock
for name in "$TODAY" latest; do cp .claimcheck/ledger.sqlite "reports/$name.json"; done
echo "     holds  tradeoff"
exit "${FAKE_CODE:-0}"
"""


class Runner:
    """Runs the steps of the workflow's main job as GitHub does, but for checking out and installing."""

    def __init__(self, folder: Path) -> None:
        self.fake, self.origin, self.work = folder / "fake", folder / "origin.git", folder / "work"
        for made in (self.fake / "assets", self.fake / "bin", folder / "temp" / "venv" / "bin"):
            made.mkdir(parents=True)
        _program(self.fake / "bin" / "gh", GH)
        _program(folder / "temp" / "venv" / "bin" / "claimcheck", CLAIMCHECK)
        self.temp = folder / "temp"
        self.git("init", "--quiet", "--bare", "--initial-branch=main", str(self.origin), cwd=folder)
        seed = folder / "seed"
        self.git("clone", "--quiet", str(self.origin), str(seed), cwd=folder)
        (seed / "claims.yaml").write_text("version: 1\n", encoding="utf-8")
        self.git("add", ".", cwd=seed)
        self.git("commit", "--quiet", "-m", "begin", cwd=seed)
        self.git("push", "--quiet", "origin", "HEAD:main", cwd=seed)
        job = Job(("claimcheck",), self.work / "claims.yaml")
        text = Workflow(job, self.work, self.work / ".claimcheck", self.work / "reports", "claimcheck").text()
        self.workflow: dict[str, Any] = yaml.load(text, yaml.BaseLoader)

    def git(self, *words: str, cwd: Path) -> str:
        who = {f"GIT_{role}_{what}": "a@b.example" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        env = {"PATH": os.environ["PATH"], "HOME": str(cwd), "GIT_CONFIG_NOSYSTEM": "1", **who}
        return subprocess.run(["git", *words], cwd=cwd, env=env, check=True, capture_output=True, text=True).stdout

    def run(self, today: str, **more: str) -> dict[str, int]:
        """Run the job in a fresh checkout; return the exit status of each step that ran, by id or name."""
        shutil.rmtree(self.work, ignore_errors=True)
        self.git("clone", "--quiet", "--depth=1", f"file://{self.origin}", str(self.work), cwd=self.fake)
        outputs, done = self.temp / "outputs", dict[str, int]()
        outputs.write_text("", encoding="utf-8")
        env = {"PATH": f"{self.fake / 'bin'}:{os.environ['PATH']}", "HOME": str(self.temp), "FAKE": str(self.fake)}
        env |= {"GITHUB_OUTPUT": str(outputs), "GITHUB_STEP_SUMMARY": str(self.temp / "summary.md"), "TODAY": today}
        env |= {"RUNNER_TEMP": str(self.temp), "GITHUB_REPOSITORY": "a/b", **self.workflow["env"], **more}
        for step in self.workflow["jobs"]["refresh"]["steps"][2:]:
            said = dict(row.split("=", 1) for row in outputs.read_text(encoding="utf-8").split())
            if not _applies(step, done, said):
                continue
            own = {"NUMBER": said.get("number", ""), "CODE": said.get("code", "")}
            shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
            ended = subprocess.run(shell, cwd=self.work, env=env | own, capture_output=True, text=True)
            done[step.get("id", step["name"])] = ended.returncode
            self.said = ended.stdout + ended.stderr
        return done

    def asset_names(self) -> list[str]:
        return sorted(path.name for path in (self.fake / "assets").iterdir())

    def on_branch(self) -> list[str]:
        return self.git("ls-tree", "-r", "--name-only", "claimcheck-report", cwd=self.origin).split()


def _program(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def _applies(step: dict[str, Any], done: dict[str, int], said: dict[str, str]) -> bool:
    """Decide a step's `if`, of which the workflow has these three."""
    condition = step.get("if", "")
    if not condition:
        return not any(done.values())
    if "steps.restore.outcome" in condition:
        return done.get("restore") == 0
    assert "fromJSON" in condition
    return said.get("code", "") in json.loads(condition.split("'")[1])


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def ledger(runner: Runner) -> list[str]:
    return (runner.work / ".claimcheck" / "ledger.sqlite").read_text(encoding="utf-8").split()


def test_the_ledger_survives_and_the_pull_request_carries_all_reports_that_wait(runner: Runner) -> None:
    assert set(runner.run("2026-11-01").values()) == {0}, runner.said
    assert ledger(runner) == ["run"]
    assert runner.on_branch() == ["claims.yaml", "reports/2026-11-01.json", "reports/latest.json"]
    assert set(runner.run("2026-11-08").values()) == {0}, runner.said
    assert ledger(runner) == ["run", "run"]
    assert runner.on_branch()[1:] == ["reports/2026-11-01.json", "reports/2026-11-08.json", "reports/latest.json"]
    log = (runner.fake / "gh.log").read_text(encoding="utf-8")
    assert (log.count("pr create"), log.count("pr edit 7")) == (1, 1)
    assert (runner.temp / "body.md").read_text(encoding="utf-8") == "```\n     holds  tradeoff\n```\n"
    (asset,) = {name for name in runner.asset_names() if name.startswith("state-")} - set(runner.asset_names()[:-1])
    packed = subprocess.run(["tar", "-tzf", runner.fake / "assets" / asset], capture_output=True, text=True).stdout.split()
    assert ".claimcheck/ledger.sqlite" in packed
    assert not any("fulltext" in name or name.endswith(".lock") for name in packed)


def test_a_ledger_that_could_not_be_fetched_ends_the_run_and_is_not_written_over(runner: Runner) -> None:
    runner.run("2026-11-01")
    before = runner.asset_names()
    (runner.fake / "down").touch()
    done = runner.run("2026-11-08")
    assert done["restore"] != 0
    assert "refresh" not in done
    assert runner.asset_names() == before
    assert not (runner.work / ".claimcheck").exists()
    (runner.fake / "down").unlink()
    damaged = runner.fake / "assets" / before[-1]
    damaged.write_bytes(damaged.read_bytes()[:40])
    assert runner.run("2026-11-08").keys() == {"restore"}


def test_reports_without_their_ledger_are_no_beginning_unless_a_person_says_so(runner: Runner) -> None:
    runner.run("2026-11-01")
    branch = "refs/heads/claimcheck-report"
    runner.git("push", "--quiet", str(runner.origin), f"+{branch}:refs/heads/main", cwd=runner.origin)  # merged
    for name in runner.asset_names():
        (runner.fake / "assets" / name).unlink()
    assert runner.run("2026-11-08").keys() == {"restore"}
    assert "the ledger they came from is gone" in runner.said
    assert set(runner.run("2026-11-08", BEGIN_ANEW="true").values()) == {0}
    assert ledger(runner) == ["run"]


@pytest.mark.parametrize(("code", "red", "report"), [("4", False, True), ("5", True, True), ("8", True, False)])
def test_a_run_that_failed_is_red_and_keeps_what_it_has(runner: Runner, code: str, red: bool, report: bool) -> None:
    done = runner.run("2026-11-01", FAKE_CODE=code)
    assert done["Say how it went"] == (int(code) if red else 0)
    assert ("Open or renew the pull request" in done) is report
    assert len(runner.asset_names()) == 1


def test_the_last_four_states_stay(runner: Runner) -> None:
    for day in range(1, 6):
        (runner.fake / "assets" / f"state-2026-10-0{day}T00-00-00Z.tar.gz").touch()
    (runner.fake / "release").touch()
    assert runner.run("2026-11-01", BEGIN_ANEW="true")["Keep ledger and library"] == 0
    names = runner.asset_names()
    assert len(names) == 4
    assert names[0].startswith("state-2026-10-03")
