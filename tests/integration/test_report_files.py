"""Report files: whole or not at all, and the old ones stay when the new ones cannot be written."""

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from claimcheck.adapters.report_files import ReportFiles
from claimcheck.errors import StoreUnusable
from claimcheck.ports import INDEX_MARK, JudgeName, Reports, RunSummary
from claimcheck.refresh import publish
from claimcheck.report import twin as twins

DAY = date(2026, 11, 22)


def a_twin(note: str = "first") -> dict[str, Any]:
    return twins.build(RunSummary(DAY, JudgeName("openai", "some-model", "abc"), "def", notes=(note,)), [])


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


@pytest.fixture
def written(tmp_path: Path) -> ReportFiles:
    files = ReportFiles(tmp_path / "reports")
    files.write(DAY, a_twin("old"), "old\n")
    return files


def unchanged(files: ReportFiles) -> bool:
    texts = {(files.folder / name).read_text() for name in (f"{DAY}.md", "latest.md")}
    latest = files.read_latest()
    return (
        names(files.folder) == [f"{DAY}.json", f"{DAY}.md", "latest.json", "latest.md"]
        and texts == {"old\n"}
        and latest is not None
        and latest["notes"] == ["old"]
    )


def test_keeps_the_port() -> None:
    port: Reports = ReportFiles(Path("reports"))
    assert port


def test_the_feed_is_written_beside_the_reports_whole_or_not_at_all(written: ReportFiles) -> None:
    path = written.write_feed("<feed>first</feed>\n")
    assert (path.name, path.read_text()) == ("feed.xml", "<feed>first</feed>\n")
    path.chmod(0o444)
    with pytest.raises(StoreUnusable, match="read-only"):
        written.write_feed("<feed>second</feed>\n")
    assert path.read_text() == "<feed>first</feed>\n"
    assert names(written.folder) == [f"{DAY}.json", f"{DAY}.md", "feed.xml", "latest.json", "latest.md"]


def test_report_and_twin_are_written_under_their_day_and_as_the_latest(tmp_path: Path) -> None:
    files = ReportFiles(tmp_path / "deep" / "reports")
    markdown, twin = files.write(DAY, a_twin("déjà vu"), "# Report ✓\n")
    assert (markdown.name, twin.name) == ("2026-11-22.md", "2026-11-22.json")
    assert names(files.folder) == ["2026-11-22.json", "2026-11-22.md", "latest.json", "latest.md"]
    assert markdown.read_bytes() == (files.folder / "latest.md").read_bytes() == "# Report ✓\n".encode()
    assert twin.read_bytes() == (files.folder / "latest.json").read_bytes()
    assert twin.read_text(encoding="utf-8").endswith("}\n")
    assert "déjà vu" in twin.read_text(encoding="utf-8")
    assert json.loads(twin.read_bytes()) == files.read_latest() == a_twin("déjà vu")


def test_the_users_umask_decides_who_may_read(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        markdown, _ = ReportFiles(tmp_path).write(DAY, a_twin(), "text")
    finally:
        os.umask(before)
    assert stat.S_IMODE(markdown.stat().st_mode) == 0o640


def test_a_later_report_replaces_the_latest_and_leaves_the_earlier_day(written: ReportFiles) -> None:
    written.write(date(2026, 11, 29), a_twin("new"), "new\n")
    assert (written.folder / "2026-11-22.md").read_text() == "old\n"
    assert (written.folder / "latest.md").read_text() == "new\n"


def test_no_report_yet_is_none(tmp_path: Path) -> None:
    assert ReportFiles(tmp_path / "none").read_latest() is None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'{"schema_version": 1, "cla', "is damaged"),
        (b"", "is damaged"),
        (b"\xff\xfe", "is damaged"),
        (b"[" * 100_000, "is damaged"),
        (b"[1]", "is not a claimcheck report"),
        (b'{"schema_version": 1}', "is not a claimcheck report"),
        (b'{"schema_version": 2}', "written by a newer claimcheck"),
    ],
)
def test_a_latest_report_that_cannot_be_read_is_not_no_report(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "latest.json").write_bytes(content)
    with pytest.raises(StoreUnusable, match=why):
        ReportFiles(tmp_path).read_latest()


def test_a_latest_report_that_may_not_be_read_is_not_no_report(tmp_path: Path) -> None:
    (tmp_path / "latest.json").mkdir()
    with pytest.raises(StoreUnusable, match="cannot be used: Is a directory"):
        ReportFiles(tmp_path).read_latest()


def test_what_a_killed_run_left_is_taken_away_and_nothing_else(written: ReportFiles) -> None:
    (written.folder / ".claimcheck-latest.md.tmp").write_text("half a rep")
    (written.folder / ".claimcheck-2026-11-15.json.tmp").write_text("{")
    (written.folder / "mine.tmp").write_text("mine")
    written.write(DAY, a_twin("new"), "new\n")
    assert names(written.folder) == ["2026-11-22.json", "2026-11-22.md", "latest.json", "latest.md", "mine.tmp"]


def test_a_page_and_the_index_are_written_with_the_report(written: ReportFiles) -> None:
    written.write(DAY, a_twin("new"), "new\n", "<!doctype html>", f"{INDEX_MARK}\n# Reports\n")
    assert (written.folder / f"{DAY}.html").read_text() == "<!doctype html>"
    assert written.index() == f"{INDEX_MARK}\n# Reports\n" == (written.folder / "README.md").read_text()
    assert written.days() == (DAY,)
    assert written.read(DAY) == a_twin("new")


def test_a_readme_that_somebody_wrote_is_left_alone(written: ReportFiles) -> None:
    (written.folder / "README.md").write_text("# Our reports\n")
    written.write(DAY, a_twin("new"), "new\n", index=f"{INDEX_MARK}\n")
    assert (written.folder / "README.md").read_text() == "# Our reports\n"
    assert written.index() == ""


def test_a_page_that_its_report_has_left_behind_is_taken_away(written: ReportFiles) -> None:
    written.write(DAY, a_twin("old"), "old\n", "<!doctype html>")
    written.write(DAY, a_twin("old"), "old\n")
    assert (written.folder / f"{DAY}.html").exists()
    written.write(DAY, a_twin("new"), "new\n")
    assert not (written.folder / f"{DAY}.html").exists()


def test_publishing_lists_every_day_and_tells_of_a_twin_that_cannot_be_read(tmp_path: Path) -> None:
    files = ReportFiles(tmp_path)
    for day in (date(2026, 11, 8), date(2026, 11, 15)):
        publish(files, {**a_twin(), "generated": day.isoformat()})
    (tmp_path / "README.md").unlink()
    (tmp_path / "2026-11-08.json").write_text("{")
    (tmp_path / "not-a-day.json").write_text("{}")
    publish(files, a_twin())
    rows = [line for line in files.index().splitlines() if line.startswith("| [")]
    assert [row[3:13] for row in rows] == ["2026-11-22", "2026-11-15", "2026-11-08"]
    assert "its twin cannot be read" in rows[2]
    before = files.index()
    publish(files, a_twin())
    assert files.index() == before
    (tmp_path / "2026-11-15.json").unlink()
    publish(files, a_twin())
    assert "2026-11-15" not in files.index()


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize(
    ("number", "todo"), [(errno.ENOSPC, "make room"), (errno.EROFS, "make the folder writable"), (errno.EIO, "check that folder")]
)
def test_a_failing_disk_is_told_in_one_line_and_the_old_reports_stay(
    written: ReportFiles, monkeypatch: pytest.MonkeyPatch, call: str, number: int, todo: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(StoreUnusable) as told:
        written.write(DAY, a_twin("new"), "new\n")
    assert "\n" not in str(told.value)
    assert str(written.folder) in str(told.value)
    assert os.strerror(number) in str(told.value)
    assert todo in str(told.value)
    monkeypatch.undo()
    assert unchanged(written)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs limits on the size of files")
def test_a_full_disk_in_the_middle_of_a_file_leaves_the_old_reports(written: ReportFiles) -> None:
    """The limit on a file's size is the one way to a write that fails half-way without a file system of one's own."""
    script = f"""
        import resource, sys
        from datetime import date
        from pathlib import Path
        from claimcheck.adapters.report_files import ReportFiles
        from claimcheck.errors import StoreUnusable
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
        try:
            ReportFiles(Path({str(written.folder)!r})).write(date(2026, 11, 22), {a_twin("new")!r}, "new " * 5000)
        except StoreUnusable as told:
            print(told)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True)
    assert "cannot be used: File too large; make room there" in done.stdout
    assert unchanged(written)


def test_a_folder_that_leads_outside_its_parent_is_refused(tmp_path: Path) -> None:
    outside, home = tmp_path / "outside", tmp_path / "home"
    outside.mkdir()
    home.mkdir()
    (home / "reports").symlink_to(outside)
    with pytest.raises(StoreUnusable, match="a link that leads out of its parent folder"):
        ReportFiles(home / "reports").write(DAY, a_twin(), "text")
    assert names(outside) == []


def test_a_folder_that_is_a_link_within_its_parent_is_used(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "reports").symlink_to("kept")
    ReportFiles(tmp_path / "reports").write(DAY, a_twin(), "text")
    assert "latest.md" in names(tmp_path / "kept")


@pytest.mark.parametrize("make", ["file", "loop", "nowhere"])
def test_a_folder_that_is_none_is_refused(tmp_path: Path, make: str) -> None:
    path = tmp_path / "reports"
    if make == "file":
        path.write_text("mine")
    else:
        path.symlink_to("reports" if make == "loop" else "nowhere")
    with pytest.raises(StoreUnusable, match="is not a folder"):
        ReportFiles(path).write(DAY, a_twin(), "text")


def test_a_parent_that_is_a_file_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    files = ReportFiles(tmp_path / "file" / "reports")
    with pytest.raises(StoreUnusable, match="cannot be used: Not a directory"):
        files.write(DAY, a_twin(), "text")
    with pytest.raises(StoreUnusable, match="cannot be used: Not a directory"):
        files.read_latest()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_told(written: ReportFiles) -> None:
    written.folder.chmod(0o500)
    try:
        with pytest.raises(StoreUnusable, match="cannot be used: Permission denied; make the folder writable"):
            written.write(DAY, a_twin("new"), "new\n")
    finally:
        written.folder.chmod(0o700)
    assert unchanged(written)


@pytest.mark.parametrize("name", [f"{DAY}.json", f"{DAY}.md", "latest.json", "latest.md"])
def test_a_report_that_was_made_read_only_is_respected(written: ReportFiles, name: str) -> None:
    (written.folder / name).chmod(0o444)
    with pytest.raises(StoreUnusable, match="is read-only; make it writable, or move it away"):
        written.write(DAY, a_twin("new"), "new\n")
    assert unchanged(written)


def test_a_folder_in_a_reports_place_is_refused(written: ReportFiles) -> None:
    (written.folder / "2026-11-29.md").mkdir()
    with pytest.raises(StoreUnusable, match="is a folder, where a report must go"):
        written.write(date(2026, 11, 29), a_twin("new"), "new\n")
    assert (written.folder / "latest.md").read_text() == "old\n"


def test_what_is_no_text_is_a_bug_and_writes_nothing(written: ReportFiles) -> None:
    with pytest.raises(UnicodeEncodeError):
        written.write(DAY, a_twin("\ud800"), "new\n")
    with pytest.raises(ValueError, match="not JSON compliant"):
        written.write(DAY, {**a_twin(), "seconds": float("nan")}, "new\n")
    assert unchanged(written)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_run_killed_while_it_writes_leaves_only_whole_reports(tmp_path: Path) -> None:
    script = f"""
        from datetime import date
        from pathlib import Path
        from claimcheck.adapters.report_files import ReportFiles
        files, twin = ReportFiles(Path({str(tmp_path)!r})), {a_twin()!r}
        twin["notes"] = ["x" * 200_000]
        print("ready", flush=True)
        while True:
            files.write(date(2026, 11, 22), twin, "whole " * 50_000 + "end")
    """
    for wait in (0.0, 0.013, 0.029, 0.05):
        with subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True) as run:
            assert run.stdout is not None
            assert run.stdout.readline() == "ready\n"
            time.sleep(wait)
            run.kill()
        for name in (n for n in names(tmp_path) if not n.startswith(".")):
            text = (tmp_path / name).read_text()
            assert text.endswith("end" if name.endswith(".md") else "}\n")
    ReportFiles(tmp_path).write(DAY, a_twin(), "text")
    assert not [name for name in names(tmp_path) if name.startswith(".")]
