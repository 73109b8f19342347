"""A run that is killed at a commit, a rename, a node's edge or a paid answer goes on: a few of the moments of `kill_points`."""

import subprocess
import sys
from pathlib import Path


def test_a_run_killed_at_a_few_moments_loses_nothing_and_pays_at_most_one_call_twice() -> None:
    command = [sys.executable, "-m", "tests.bench.kill_points", "--every", "55", "--random", "1", "--candidates", "2"]
    done = subprocess.run(command, cwd=Path(__file__).resolve().parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "at random moments: 1 kills, 0 with a broken promise" in done.stdout
