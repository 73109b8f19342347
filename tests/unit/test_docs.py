"""Every command that README and docs show is one that there is, with options that there are; their links lead somewhere."""

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from claimcheck.cli.app import app
from claimcheck.config import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
TEXTS = {page.name: page.read_text(encoding="utf-8") for page in PAGES}
_IN_LINE, _BLOCK = re.compile(r"`(claimcheck [^`]+)`"), re.compile(r"^ {4}(claimcheck .+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_VARIABLE = re.compile(r"\b(?:CLAIMCHECK|OPENAI|OPENALEX|SEMANTIC_SCHOLAR)_[A-Z_]*[A-Z]\b")


def shown(text: str) -> list[str]:
    """Return the commands of a page, comments, choices and what may be left out taken off."""
    found = [*_IN_LINE.findall(text), *_BLOCK.findall(text)]
    return [" ".join(re.sub(r"\s{2,}#.*|\[[^\]]*\]|…|\\?\|\S*", "", line.replace("\n", " ")).split()) for line in found]


def problem(line: str) -> str | None:
    """Say what is wrong with a command line, or None."""
    command, words = get_command(app), shlex.split(line)[1:]
    while words and hasattr(command, "commands"):
        if words[0] not in command.commands:
            return f"no such command: {words[0]}" if not words[0].startswith("-") else None
        command = command.commands[words.pop(0)]
    options = {name for param in command.params for name in (*param.opts, *param.secondary_opts)} | {"-h", "--help"}
    unknown = [word for word in words if re.match(r"--?[a-z]", word) and word.split("=")[0] not in options]
    return f"no such option: {unknown[0]}" if unknown else None


@pytest.mark.parametrize("page", TEXTS)
def test_every_command_shown_exists_with_its_options(page: str) -> None:
    assert [(line, wrong) for line in shown(TEXTS[page]) if (wrong := problem(line))] == []


def test_a_command_or_option_that_is_not_there_is_found() -> None:
    assert shown("Use `claimcheck refesh`.\n\n    claimcheck refresh --dryrun   # no\n") == [
        "claimcheck refesh",
        "claimcheck refresh --dryrun",
    ]
    assert problem("claimcheck refesh") == "no such command: refesh"
    assert problem("claimcheck refresh --dryrun") == "no such option: --dryrun"
    assert problem("claimcheck library search --until 2026-01-01 'a b'") is None


def test_the_readme_shows_commands_at_all() -> None:
    assert len(shown(TEXTS["README.md"])) > 10


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    links = [link for link in _LINK.findall(TEXTS[page.name]) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", TEXTS)
def test_every_setting_shown_exists(page: str) -> None:
    assert set(_VARIABLE.findall(TEXTS[page])) <= {info.variable for info in SETTINGS}


COMMANDS = get_command(app).commands  # type: ignore[attr-defined]
WITHIN = {f"{group} {name}": leaf for group in ("library", "ledger") for name, leaf in COMMANDS[group].commands.items()}
LEAVES = {**COMMANDS, **WITHIN}


@pytest.mark.parametrize("name", sorted(LEAVES.keys() - {"library", "ledger", "eval"}))
def test_help_shows_an_example_that_works(name: str) -> None:
    examples = shown(LEAVES[name].help or "")
    assert any(line.startswith(f"claimcheck {name}") for line in examples)
    assert [problem(line) for line in examples] == [None] * len(examples)
