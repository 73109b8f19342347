"""Installing the weekly run with stand-ins for crontab and systemctl: what they are told, and what they never lose."""

import os
from pathlib import Path

import pytest

from claimcheck.adapters.schedule import Crontab, Job, Timer
from claimcheck.errors import StoreUnusable

CRONTAB = """#!/bin/sh
file="$FAKE/crontab"
case "$1" in
  -l) [ -n "$FAKE_BROKEN" ] && { echo "crontab: permission denied" >&2; exit 1; }
      [ -e "$file" ] || { echo "no crontab for someone" >&2; exit 1; }
      cat "$file" ;;
  -) [ -n "$FAKE_FULL" ] && { echo "crontab: no space left" >&2; exit 1; }
     cat > "$file" ;;
esac
"""
SYSTEMCTL = """#!/bin/sh
echo "$@" >> "$FAKE/systemctl"
[ -n "$FAKE_BROKEN" ] && { echo "Failed to connect to bus: No medium found" >&2; exit 1; }
exit 0
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (("crontab", CRONTAB), ("systemctl", SYSTEMCTL)):
        (programs / name).write_text(text, encoding="utf-8")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("FAKE", str(tmp_path))
    return tmp_path


def job(at: str = "/srv/my claims") -> Job:
    return Job(("/opt/claimcheck",), Path(at) / "claims.yaml")


OTHERS = [
    b"",
    b"# mine\n\n*/5 * * * * date +\\%F >> /tmp/x\n",
    b"MAILTO=me\r\n0 0 * * * caf\xe9 \xff\n\n\n",
    b"0 0 * * * no line end",
]


@pytest.mark.parametrize("others", OTHERS)
def test_other_lines_of_the_crontab_stay_byte_for_byte(fake: Path, others: bytes) -> None:
    table = fake / "crontab"
    if others:
        table.write_bytes(others)
    Crontab(job()).install()
    begun = others if not others or others.endswith(b"\n") else others + b"\n"
    assert table.read_bytes() == begun + Crontab(job()).text().encode()
    table.write_bytes(table.read_bytes() + b"1 1 1 1 1 after\n")
    Crontab(Job(("/opt/other",), job().claims, "mon")).install()  # in place of the first
    assert table.read_bytes().count(b"begin") == 1
    assert table.read_bytes().endswith(b" end\n1 1 1 1 1 after\n")
    assert b"/opt/other" in table.read_bytes()
    Crontab(job("/srv/others")).install()
    Crontab(job()).remove()
    assert table.read_bytes() == begun + b"1 1 1 1 1 after\n" + Crontab(job("/srv/others")).text().encode()


def test_a_crontab_that_cannot_be_read_is_not_written(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (fake / "crontab").write_bytes(b"0 0 * * * mine\n")
    monkeypatch.setenv("FAKE_BROKEN", "1")
    for act in (Crontab(job()).install, Crontab(job()).remove):
        with pytest.raises(StoreUnusable, match=r"cannot be read .*permission denied"):
            act()
    assert (fake / "crontab").read_bytes() == b"0 0 * * * mine\n"


def test_a_crontab_that_cannot_be_written_is_said_to_be(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_FULL", "1")
    with pytest.raises(StoreUnusable, match=r"not written .*no space left"):
        Crontab(job()).install()


def test_marks_that_do_not_fit_are_left_to_a_person(fake: Path) -> None:
    text = Crontab(job()).text().encode()
    begin, _, end = text.splitlines(keepends=True)
    for damaged in (begin + b"x\n", end, end + begin, text + text):
        (fake / "crontab").write_bytes(damaged)
        with pytest.raises(StoreUnusable, match="Nothing was changed"):
            Crontab(job()).install()
        assert (fake / "crontab").read_bytes() == damaged


def test_nothing_to_remove_changes_nothing(fake: Path) -> None:
    assert "nothing was changed" in Crontab(job()).remove()
    assert "nothing was changed" in Timer(job(), fake / "user").remove()
    assert not (fake / "crontab").exists()
    assert not (fake / "systemctl").exists()


def test_a_machine_without_cron_is_told_what_else_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreUnusable, match="no 'crontab' on this machine; install cron, or use"):
        Crontab(job()).install()
    with pytest.raises(StoreUnusable, match="no 'systemctl' on this machine; use"):
        Timer(job(), tmp_path / "user").install()
    assert not (tmp_path / "user").exists()


def test_a_timer_is_written_enabled_and_taken_away(fake: Path) -> None:
    timer = Timer(job(), fake / "user")
    timer.install()
    assert timer.installed()
    assert {path.name: path.read_text(encoding="utf-8") for path in (fake / "user").iterdir()} == timer.files()
    unit = f"{job().name}.timer"
    asked = (fake / "systemctl").read_text(encoding="utf-8").splitlines()
    assert asked == ["--user show-environment", "--user daemon-reload", f"--user enable --now {unit}"]
    timer.remove()
    assert list((fake / "user").iterdir()) == []
    assert f"--user disable --now {unit}" in (fake / "systemctl").read_text(encoding="utf-8")


def test_without_a_users_systemd_nothing_is_written(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_BROKEN", "1")
    with pytest.raises(StoreUnusable, match=r"No medium found.*enable-linger"):
        Timer(job(), fake / "user").install()
    assert not (fake / "user").exists()
