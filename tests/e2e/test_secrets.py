"""No key of the environment is in anything that is written: against servers that echo it, crashes and `-vv` included."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness import PAIR, TODAY, Workplace, workplace
from tests.servers import ModelHandler, Server

KEY = "sk-canary-7f3a9c2e1b"
PASSWORD = "pw-canary-5d8e2f"
ENVIRONMENT: dict[str, Any] = {
    "OPENAI_API_KEY": KEY,
    "SEMANTIC_SCHOLAR_API_KEY": f"{KEY}-s2",
    "OPENALEX_API_KEY": f"{KEY}-oa",
    "CLAIMCHECK_NOTIFY": f"json://me:{PASSWORD}@127.0.0.1:9/{KEY}",  # nobody is there: it is said, without the address
}


class Echo(ModelHandler):
    """Says in its answers what it was sent to prove who we are: as it is, or spelled with escapes, of JSON or of JSON in JSON."""

    def say(self, status: int, body: str | bytes, kind: str = "application/json", **headers: str) -> None:
        sent = self.headers.get("Authorization", "nothing")
        spelling = ("{}", "\\u{:04x}", "\\\\u{:04x}")[len(self.server.log) % 3]
        spelled = sent if spelling == "{}" else "".join(spelling.format(ord(c)) for c in sent)
        told = body.decode() if isinstance(body, bytes) else body
        super().say(status, told.replace("By rule.", f"Sent with {spelled}."), kind, X_Echo=sent, **headers)


def leaks(place: Workplace, *said: str) -> list[str]:
    """Return where a canary stands: the files below the workplace, byte by byte, and what was printed."""
    files = {str(p.relative_to(place.folder)): p.read_bytes() for p in place.folder.rglob("*") if p.is_file()}
    told = files | {f"printed {n}": text.encode() for n, text in enumerate(said)}
    canaries = (KEY.encode(), PASSWORD.encode())
    return [name for name, text in told.items() if any(canary in text for canary in canaries)]


def test_a_model_that_says_the_key_in_its_answers_is_not_repeated(tmp_path: Path, arxiv: Server) -> None:
    with Server("model") as model:
        model.RequestHandlerClass = Echo
        place = workplace(tmp_path / "w", arxiv.url, model.url, PAIR)
        done = place.run("-vv", "refresh", "--today", TODAY, "--json", "--record", "readings.jsonl", **ENVIRONMENT)
        assert done.returncode in (0, 4), done.stderr
        again = place.run("-vv", "report", **ENVIRONMENT)
    reasons = [piece["reason"] for claim in place.twin()["claims"] for piece in claim["evidence"]]
    assert "Sent with Bearer [key]." in reasons
    assert "not told" in done.stderr
    assert any((place.folder / ".claimcheck" / "runs").iterdir()), "the record of the run is among the files looked at"
    assert leaks(place, done.stdout, done.stderr, again.stdout, again.stderr) == []


def test_a_refusal_that_repeats_the_key_is_not_repeated(tmp_path: Path, arxiv: Server) -> None:
    with Server("model", faults=[("401", 1)]) as denied:
        place = workplace(tmp_path / "w", arxiv.url, denied.url, PAIR)
        done = place.run("-vv", "refresh", "--today", TODAY, **ENVIRONMENT)
    assert done.returncode == 9, done.stderr
    assert leaks(place, done.stdout, done.stderr) == []


@pytest.mark.parametrize(
    "more",
    [
        {"OPENAI_BASE_URL": f"ftp://me:{PASSWORD}@example.org"},
        {"OPENAI_BASE_URL": f"http://me:{PASSWORD}@"},
        {"OPENAI_API_KEY": f"{KEY}\u00e9"},
        {"CLAIMCHECK_LEDGER": f"postgresql+psycopg://me:{PASSWORD}@127.0.0.1:1/claims"},
        {"CLAIMCHECK_LEDGER": f"nonsense://me:{PASSWORD}@127.0.0.1:1/claims"},
        {"CLAIMCHECK_NOTIFY": f"nonsense://{KEY}/{PASSWORD}"},
        {"CLAIMCHECK_MAX_COST": KEY, "OPENAI_API_KEY": KEY},
    ],
    ids=lambda more: "-".join(more),
)
def test_a_setting_that_is_refused_does_not_show_what_it_holds(tmp_path: Path, arxiv: Server, more: dict[str, str]) -> None:
    place = workplace(tmp_path / "w", arxiv.url, "http://127.0.0.1:9", PAIR)
    done = place.run("-vv", "refresh", "--today", TODAY, "--offline", timeout=120, **{**ENVIRONMENT, **more})
    assert done.returncode != 1, done.stderr
    assert leaks(place, done.stdout, done.stderr) == []


CRASH = """
import sys, threading
from claimcheck.cli import entry
def crash(*_, **__):
    import logging, os, warnings
    key = os.environ["OPENAI_API_KEY"]
    logging.getLogger("any").error("sent %s", key)
    warnings.warn(key)
    thread = threading.Thread(target=lambda: 1 / (key and 0))
    thread.start()
    thread.join()
    try:
        raise KeyError(key)
    except KeyError as first:
        raise RuntimeError(f"sent {key}") from first
import claimcheck.wiring
claimcheck.wiring.settings = crash
sys.argv = ["claimcheck", "-vv", "refresh"]
entry.main()
"""


def test_a_bug_keeps_its_traceback_and_loses_the_key(tmp_path: Path) -> None:
    place = workplace(tmp_path / "w", claims=PAIR)
    env = place.environment(**ENVIRONMENT)
    done = subprocess.run([sys.executable, "-c", CRASH], cwd=place.folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "RuntimeError" in done.stderr
    assert "KeyError" in done.stderr
    assert leaks(place, done.stdout, done.stderr) == []
