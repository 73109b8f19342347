"""What papers, models and servers write never steers the terminal that it is printed on, as text or as JSON."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness import CLAIMCHECK, PAIR, TODAY, Workplace, workplace
from tests.servers import SAMPLE, ModelHandler, Server, read_papers

COLLECTED = Path(__file__).resolve().parents[3] / "shared" / "bad_inputs" / "render_strings.jsonl"
OWN = [
    "\x1b[2J\x1b[1;1H",
    "\x1b]8;;http://evil\x07ok",
    "\x9b31m red",
    "\u202eDETROPPUS\u202c",
    "sup\u200bported",
    "\rOK: all is well",
    "a\u2028b",
]
STEERING = {
    chr(c) for c in (*range(0x20), *range(0x7F, 0xA0), 0x200B, *range(0x200E, 0x2010), *range(0x2028, 0x202F), 0xFEFF)
} - {"\n"}


def hostile() -> str:
    rows = COLLECTED.read_text(encoding="utf-8").splitlines() if COLLECTED.exists() else []
    return " ; ".join([*OWN, *(json.loads(row)["value"] for row in rows)])


class Hostile(ModelHandler):
    """Puts the strings into everything that a model may say freely."""

    def say(self, status: int, body: str | bytes, kind: str = "application/json", **headers: str) -> None:
        told = body.decode() if isinstance(body, bytes) else body
        if status == 200 and "By rule." in told:
            answer = json.loads(told)
            reading = json.loads(answer["choices"][0]["message"]["content"])
            answer["choices"][0]["message"]["content"] = json.dumps(reading | {"reason": hostile()})
            told = json.dumps(answer | {"model": hostile()})
        super().say(status, told, kind, **headers)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A workplace with a report on papers whose titles and abstracts hold the strings, by a model that says them."""
    folder = tmp_path_factory.mktemp("terminal")
    papers = [
        {**p, "title": f"{p['title']} {hostile()}", "abstract": f"{p['abstract']} {hostile()}"} for p in read_papers(SAMPLE)
    ]
    data = folder / "papers.jsonl"
    data.write_text("".join(json.dumps(p) + "\n" for p in papers), encoding="utf-8")
    with Server("arxiv") as arxiv, Server("model") as model:
        model.RequestHandlerClass = Hostile
        made = workplace(folder / "w", arxiv.url, model.url, PAIR)
        assert made.run("library", "import", str(data), "--today", TODAY).returncode in (0, 4)
        made.run("refresh", "--today", TODAY, "--offline", "--quiet", CLAIMCHECK_CANDIDATES="5")
        yield made


COMMANDS = [
    ("refresh", "--offline", "--today", TODAY, "--json"),
    ("report",),
    ("report", "--format", "json"),
    ("show", "tradeoff"),
    ("show", "tradeoff", "--json"),
    ("history", "tradeoff"),
    ("history", "tradeoff", "--json"),
    ("library", "search", "reasoning"),
    ("library", "search", "reasoning", "--json"),
    ("-vv", "show", "\x1b[2J\x9b31m\u202e"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command).encode("unicode_escape").decode())
def test_no_command_prints_what_steers_a_terminal(place: Workplace, command: tuple[str, ...]) -> None:
    done = place.run(*command, CLAIMCHECK_CANDIDATES="5")
    assert done.returncode in (0, 2, 4), done.stderr
    assert len(done.stdout + done.stderr) > 20
    assert STEERING & set(done.stdout + done.stderr) == set()
    assert "Traceback" not in done.stderr


def test_json_that_is_printed_says_what_the_twin_says(place: Workplace) -> None:
    printed: dict[str, Any] = json.loads(place.run("report", "--format", "json").stdout)
    assert printed == place.twin()
    reasons = [piece["reason"] for claim in printed["claims"] for piece in claim["evidence"]]
    assert any("supported" in reason for reason in reasons), "the strings came as far as the report"


def test_progress_on_a_terminal_shows_no_text_of_others(place: Workplace) -> None:
    """The bars themselves move the cursor: by what `rich` writes, and by nothing else."""
    command = f"import pty,sys; sys.exit(pty.spawn({[str(CLAIMCHECK), 'refresh', '--offline', '--today', TODAY]!r}) >> 8)"
    env = place.environment(CLAIMCHECK_CANDIDATES="5", TERM="xterm")
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=place.folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    seen = done.stdout.decode("utf-8", "replace")
    assert not {"\x9b", "\u202e", "\u200b", "\x07"} & set(seen)
    assert "[2J" not in seen
    assert "]8;;" not in seen
