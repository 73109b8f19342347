"""claims.yaml repaired in place: one value changes and not a byte elsewhere, or nothing is written."""

import hashlib
import os
import stat
from datetime import date
from pathlib import Path

import pytest

from claimcheck.adapters.claims_yaml import digest, load, repair_anchor
from claimcheck.domain.claim import Anchor
from claimcheck.domain.dates import PartialDate
from claimcheck.errors import Refused, Stale

TODAY = date(2026, 11, 22)
NEW = Anchor("2502.17848", 'LR\u00b2Bench: "hard" problems', PartialDate.parse("2025-02"))
FILE = """\
# yaml-language-server: $schema=claims.schema.json
version: 1   # the form
inquiries:
  - id: q
    question: "Does it hold?"
    claims:
      # the first
      - id: ceiling
        text: Few problems are solved.
        asserted: 2025-06
        anchors:   # both by hand
          - 2506.02878
          - {}   # copied from a talk

      - {{id: other, text: 'It holds.', asserted: 2025-08, anchors: 2508.01191}}
"""


def place(folder: Path, anchor: str = "2508.01191", text: str = FILE, **how: str) -> Path:
    path = folder / "claims.yaml"
    path.write_bytes(text.format(anchor).replace("\n", how.get("ends", "\n")).encode(how.get("encoding", "utf-8")))
    return path


def repair(path: Path, old: str = "2508.01191", new: Anchor = NEW, claim: str = "ceiling") -> str:
    return repair_anchor(path, claim, old, new, digest(path), TODAY)


@pytest.mark.parametrize(
    ("before", "after", "old"),
    [
        ("2508.01191", "2502.17848", "2508.01191"),
        ("'2508.01191'", "'2502.17848'", "2508.01191"),
        ('"2508.01191v2"', '"2502.17848"', "2508.01191v2"),
        ("https://arxiv.org/abs/2508.01191", "2502.17848", "2508.01191"),
        ("id: 2508.01191", "id: 2502.17848", "2508.01191"),
        ("{id: 2508.01191, date: '2025-08'}", "{id: 2502.17848, date: '2025-02'}", "2508.01191"),
        (
            "id: 2508.01191\n            title: CSP Bench  # as cited\n            date: 2025-08",
            'id: 2502.17848\n            title: "LR\u00b2Bench: \\"hard\\" problems"  # as cited\n            date: 2025-02',
            "2508.01191",
        ),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_one_anchor_changes_and_nothing_else(tmp_path: Path, before: str, after: str, old: str, ends: str, encoding: str) -> None:
    path = place(tmp_path, before, ends=ends, encoding=encoding)
    told = repair(path, old)
    expected = FILE.format(after).replace("\n", ends).encode(encoding)
    assert path.read_bytes() == expected
    assert told == hashlib.sha256(expected).hexdigest()
    assert [a.id for a in load(path, TODAY).claims[0].anchors] == ["2506.02878", "2502.17848"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_single_anchor_in_one_line_is_found_too(tmp_path: Path) -> None:
    path = place(tmp_path)
    repair(path, claim="other")
    assert "anchors: 2502.17848}" in path.read_text()
    assert "- 2508.01191   # copied" in path.read_text()


def test_a_file_that_was_edited_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = place(tmp_path)
    seen = digest(path)
    path.write_text(path.read_text() + "# a note\n")
    kept = path.read_bytes()
    with pytest.raises(Stale, match="changed since this page was made; nothing was written"):
        repair_anchor(path, "ceiling", "2508.01191", NEW, seen, TODAY)
    assert path.read_bytes() == kept


@pytest.mark.parametrize(
    ("anchor", "old", "new", "why"),
    [
        ("2508.01191", "2401.00001", NEW, "has no anchor '2401.00001'"),
        ("2508.01191", "2508.01191", Anchor("2506.02878"), "rests on 2506.02878 already"),
        ("2508.01191", "2508.01191", Anchor("no id"), "copy the id from"),
        ("2508.01191", "2508.01191", Anchor("2502.17848 # or not\n          - 2401.00001"), "."),
        ("id: >-\n              2508.01191\n#", "2508.01191", NEW, "change it by hand"),
        ("{id: 2508.01191, title: T}", "2508.01191", Anchor("2502.17848"), "title is not known"),
    ],
)
def test_what_cannot_be_done_in_place_is_refused_and_nothing_written(
    tmp_path: Path, anchor: str, old: str, new: Anchor, why: str
) -> None:
    path = place(tmp_path, anchor)
    kept = path.read_bytes()
    with pytest.raises(Refused, match=why):
        repair(path, old, new)
    assert path.read_bytes() == kept
    assert list(tmp_path.iterdir()) == [path]


def test_permissions_and_a_link_to_the_file_stay(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    path = place(tmp_path / "real")
    path.chmod(0o640)
    link = tmp_path / "claims.yaml"
    link.symlink_to(path)
    repair(link)
    assert link.is_symlink()
    assert os.readlink(link) == str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert "2502.17848" in path.read_text()
