"""Where the weekly run may find itself: no home, no language, no terminal, nobody who reads what it prints."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.harness import CLAIMCHECK, PAIR, Workplace, workplace

BARE = {"PATH": os.environ["PATH"]}


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return workplace(tmp_path / "w", claims=PAIR)


def sample(place: Workplace, env: dict[str, str], *args: str) -> "subprocess.CompletedProcess[bytes]":
    command = [str(CLAIMCHECK), "refresh", "--sample", *args]
    return subprocess.run(command, cwd=place.folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False)


@pytest.mark.parametrize(
    "more",
    [{}, {"LANG": "C", "LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"TERM": "dumb", "NO_COLOR": "1"}],
    ids=["no HOME", "LANG=C", "TERM=dumb"],
)
def test_a_bare_environment_changes_nothing(place: Workplace, more: dict[str, str]) -> None:
    done = sample(place, BARE | more)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\x1b" not in done.stdout
    twin = json.loads((place.folder / "reports" / "sample" / "latest.json").read_text(encoding="utf-8"))
    assert twin["complete"]
    assert "→" in (place.folder / "reports" / "sample" / "latest.md").read_text(encoding="utf-8")


def test_what_a_language_without_letters_cannot_print_is_no_crash(place: Workplace) -> None:
    env = BARE | {"LANG": "C", "LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    assert sample(place, env).returncode == 0
    shown = subprocess.run([str(CLAIMCHECK), "report", "--sample"], cwd=place.folder, env=env, capture_output=True, check=False)
    assert (shown.returncode, shown.stderr) == (0, b"")
    assert b"identified" in shown.stdout


@pytest.mark.parametrize("closed", ["exec >&-", "exec 2>&-", "exec <&- >&- 2>&-"])
def test_streams_that_are_closed_end_no_run(place: Workplace, closed: str) -> None:
    done = subprocess.run(
        f"{closed}; {CLAIMCHECK} refresh --sample", shell=True, cwd=place.folder, env=BARE, check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    assert (place.folder / "reports" / "sample" / "latest.md").exists()


def test_a_reader_that_has_had_enough_is_no_error(place: Workplace) -> None:
    command = f"set -o pipefail; {CLAIMCHECK} refresh --sample --json | head -c 10"
    done = subprocess.run(["bash", "-c", command], cwd=place.folder, env=BARE, capture_output=True, check=False)
    assert done.stderr == b""
    assert len(done.stdout) == 10
    assert (place.folder / "reports" / "sample" / "latest.md").exists()
