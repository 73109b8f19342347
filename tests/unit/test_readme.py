"""The README names every command and every setting, and stays short."""

from pathlib import Path

import pytest
from typer.main import get_command

from claimcheck.cli.app import app
from claimcheck.config import SETTINGS
from claimcheck.errors import Exit

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command: str) -> None:
    assert f"`claimcheck {command}" in README or f"· `{command}" in README


@pytest.mark.parametrize("variable", [info.variable for info in SETTINGS])
def test_every_setting_is_documented(variable: str) -> None:
    assert f"`{variable}`" in README


@pytest.mark.parametrize("code", [code for code in Exit if code is not Exit.DONE])
def test_every_exit_code_is_documented(code: Exit) -> None:
    assert f"| {int(code)} |" in README or f"{int(code)}, " in README or f", {int(code)} |" in README


def test_readme_is_short() -> None:
    assert len(README.splitlines()) < 200


def test_what_the_readme_says_of_the_sample_is_in_its_report() -> None:
    report = (Path(__file__).resolve().parents[2] / "reports" / "sample" / "latest.md").read_text(encoding="utf-8")
    assert "3 newer papers refute, 2 supersede, 9 relax, 2 support" in README
    assert "3 newer papers refute, 2 supersede, 9 relax, 2 support" in report
    for anchor, suggested in (("2508.01191", "2502.17848"), ("2504.09858", "2305.05364")):
        assert f"anchor {anchor}: miscited; suggested instead: {suggested}" in README
        assert f"{anchor}: miscited" in report
        assert suggested in report
