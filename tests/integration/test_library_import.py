"""Importing JSON Lines: what can be used is kept, what cannot is set aside by line, and doing it again goes on."""

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimcheck.adapters.library import ImportReport, LocalLibrary, importer, rows
from claimcheck.adapters.library.records import Unusable, paper_of
from claimcheck.domain.dates import Window
from claimcheck.domain.paper import Paper, Withdrawal
from claimcheck.domain.query import Query
from claimcheck.errors import Refused

DAY = date(2026, 11, 22)
SHARED = Path(__file__).resolve().parents[3] / "shared"
OURS: dict[str, Any] = {
    "id": "2505.14810",
    "version": 2,
    "title": "A title",
    "authors": ["Ann Lee"],
    "abstract": "An abstract.",
    "categories": ["cs.CL", "cs.AI"],
    "published": "2025-05-20",
    "updated": None,
    "seen": "2025-05-21",
    "comment": "9 pages",
    "journal_ref": None,
    "doi": None,
}
SNAPSHOT: dict[str, Any] = {
    "id": "0704.0001",
    "submitter": "Ann Lee",
    "authors": "A. Lee, B. O'Neil and C. de la Cruz",
    "title": "A title\n  on two lines",
    "comments": "9 pages",
    "journal-ref": "A journal 1 (2007)",
    "doi": "10.1/x",
    "report-no": None,
    "license": None,
    "categories": "hep-ph cs.LG",
    "abstract": "  An abstract,\nwrapped.\n",
    "versions": [
        {"version": "v1", "created": "Mon, 2 Apr 2007 23:58:42 -0200"},
        {"version": "v2", "created": "Tue, 24 Jul 2007 20:10:27 GMT"},
    ],
    "update_date": "2008-11-26",
    "authors_parsed": [["Lee", "A.", ""], ["O'Neil", "B.", "Jr"], ["de la Cruz", "C.", "", "An institute"]],
}


@pytest.fixture
def library(tmp_path: Path) -> Iterator[LocalLibrary]:
    with LocalLibrary.open(tmp_path / "library") as opened:
        yield opened


def line(number: int = 14810, **fields: object) -> bytes:
    return json.dumps({**OURS, "id": f"2505.{number:05}", **fields}).encode() + b"\n"


def write(folder: Path, *lines: bytes, name: str = "papers.jsonl") -> Path:
    file = folder / name
    file.write_bytes(b"".join(lines))
    return file


def test_our_own_form_is_read_whole(library: LocalLibrary, tmp_path: Path) -> None:
    file = write(tmp_path, line(withdrawn={"version": 2, "date": "2025-06-06T23:13:39Z"}))
    assert library.import_jsonl(file, DAY) == ImportReport(1, 1, 0, (), 0)
    assert library.get("2505.14810") == Paper(
        id="2505.14810",
        title="A title",
        abstract="An abstract.",
        version=2,
        authors=("Ann Lee",),
        categories=("cs.CL", "cs.AI"),
        published=date(2025, 5, 20),
        seen=date(2025, 5, 21),
        comment="9 pages",
        withdrawal=Withdrawal(2, date(2025, 6, 6), "record"),
    )


def test_the_public_snapshots_form_is_read_whole() -> None:
    assert paper_of(SNAPSHOT) == Paper(
        id="0704.0001",
        title="A title on two lines",
        abstract="An abstract, wrapped.",
        version=2,
        authors=("A. Lee", "B. O'Neil Jr", "C. de la Cruz"),
        categories=("hep-ph", "cs.LG"),
        published=date(2007, 4, 3),
        updated=date(2007, 7, 24),
        comment="9 pages",
        journal_ref="A journal 1 (2007)",
        doi="10.1/x",
    )


def test_the_snapshots_authors_are_split_where_they_come_as_text_only() -> None:
    unparsed = {name: value for name, value in SNAPSHOT.items() if name != "authors_parsed"}
    assert paper_of(unparsed).authors == ("A. Lee", "B. O'Neil", "C. de la Cruz")


def test_a_date_that_is_not_known_is_not_known() -> None:
    bare = paper_of({**OURS, "version": None, "published": None, "seen": None})
    assert (bare.version, bare.published, bare.updated, bare.seen, str(bare.when)) == (None, None, None, None, "2025-05")
    without_versions = paper_of({**SNAPSHOT, "versions": []})
    assert (without_versions.version, without_versions.published, without_versions.updated) == (None, None, None)
    later_only = paper_of({**SNAPSHOT, "versions": SNAPSHOT["versions"][1:]})
    assert (later_only.version, later_only.published, later_only.updated) == (2, None, date(2007, 7, 24))


def test_both_forms_may_stand_in_one_file(library: LocalLibrary, tmp_path: Path) -> None:
    file = write(tmp_path, line(), json.dumps(SNAPSHOT).encode() + b"\n")
    assert library.import_jsonl(file, DAY).added == 2
    assert set(library.get_many(["2505.14810", "0704.0001"])) == {"2505.14810", "0704.0001"}


@pytest.mark.parametrize(
    ("written", "id", "version"),
    [
        ("arXiv:2505.14810v3", "2505.14810", 3),
        ("math.GT/0309136", "math/0309136", None),
        (" hep-th/9901001v1", "hep-th/9901001", 1),
    ],
)
def test_ids_are_kept_in_one_form(written: str, id: str, version: int | None) -> None:
    paper = paper_of({**OURS, "id": written, "version": None})
    assert (paper.id, paper.version) == (id, version)


@pytest.mark.parametrize(
    "text",
    ["two\n lines\t of  it ", "caf\u00e9 \u200b", "a\x00b", "ctrl\x1c\x07", "\ud800", "plain", "\ufeffmark", "ignore\u202e it"],
)
def test_texts_are_cleaned_as_everywhere(text: str) -> None:
    from claimcheck.domain.text import clean

    paper = paper_of({**OURS, "abstract": f"Text {text} end."})
    assert (paper.abstract, paper.flags) == clean(f"Text {text} end.")


BAD: list[tuple[bytes, str]] = [
    (b"{not json}\n", "is not JSON"),
    (b"\xff\xfe\n", "is not UTF-8"),
    (b"[" * 100_000 + b"\n", "is not JSON"),
    (b'["a", "list"]\n', "is not a JSON object"),
    (b"null\n", "is not a JSON object"),
    (json.dumps({**OURS, "id": None}).encode() + b"\n", "has no id"),
    (json.dumps({**OURS, "id": 2505.1481}).encode() + b"\n", "its id is 2505.1481, not text"),
    (json.dumps({**OURS, "id": "2513.00001"}).encode() + b"\n", "names month 13"),
    (line(title=None), "has no title"),
    (line(title=["A"]), "its title is ['A'], not text"),
    (line(abstract=" \n"), "has no abstract"),
    (line(authors={"a": 1}), "its authors are"),
    (line(authors=[1, 2]), "its authors are [1, 2]"),
    (line(categories="cs.CL"), "its categories are 'cs.CL'"),
    (line(version="2"), "its version is '2'"),
    (line(version=True), "its version is True"),
    (line(version=0), "its version is 0"),
    (line(version=10**40), "its version is 1000000"),
    (line(published="2025-02-30"), "its published is '2025-02-30', not a day"),
    (line(published="2025-05"), "its published is '2025-05', not a day"),
    (line(seen=20250520), "its seen is 20250520, not a day"),
    (line(withdrawn="yes"), "its withdrawn is 'yes'"),
    (line(withdrawn={"version": 1, "date": "long ago"}), "its withdrawn is 'long ago'"),
    (line(versions=[{"version": "2"}]), "its versions name '2'"),
    (line(versions=[{"version": "v1", "created": "soon"}]), "its versions name the date 'soon'"),
    (line(versions="v1"), "its versions are 'v1'"),
    (line(authors_parsed=[["Lee", 7]]), "its authors_parsed are"),
]


@pytest.mark.parametrize(("bad", "why"), BAD)
def test_a_bad_line_is_set_aside_with_its_number_and_the_others_are_kept(
    library: LocalLibrary, tmp_path: Path, bad: bytes, why: str
) -> None:
    report = library.import_jsonl(write(tmp_path, line(1), b"\n", bad, line(2)), DAY)
    assert (report.read, report.added, report.unusable_count) == (3, 2, 1)
    (said,) = report.unusable
    assert said.startswith("line 3: ")
    assert why in said
    assert len(said) < 200
    assert said.isprintable()
    assert set(library.get_many(["2505.00001", "2505.00002"])) == {"2505.00001", "2505.00002"}


def test_a_line_too_long_to_be_a_record_is_set_aside_unread(
    library: LocalLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "_LONGEST", 1000)
    report = library.import_jsonl(write(tmp_path, line(1), line(2, abstract="x" * 5000), line(3)), DAY)
    assert (report.added, report.unusable) == (2, ("line 2: is longer than 1,000 bytes",))


def test_the_first_bad_lines_are_told_and_all_are_counted(library: LocalLibrary, tmp_path: Path) -> None:
    report = library.import_jsonl(write(tmp_path, line(1), *[b"bad\n"] * 50), DAY)
    assert (report.read, len(report.unusable), report.unusable_count) == (51, 20, 50)


def test_a_mark_at_the_start_and_a_last_line_without_an_end_do_no_harm(library: LocalLibrary, tmp_path: Path) -> None:
    assert library.import_jsonl(write(tmp_path, b"\xef\xbb\xbf", line(1), line(2).strip()), DAY).added == 2


@pytest.mark.parametrize("name", ["papers.jsonl.gz", "papers.jsonl", "papers"])
def test_a_packed_file_is_known_by_what_it_holds(library: LocalLibrary, tmp_path: Path, name: str) -> None:
    assert library.import_jsonl(write(tmp_path, gzip.compress(line(1) + line(2)), name=name), DAY).added == 2


def test_the_same_file_again_changes_nothing(library: LocalLibrary, tmp_path: Path) -> None:
    file = write(tmp_path, line(1), line(2), line(1), line(1, version=1, title="Older"))
    assert library.import_jsonl(file, DAY) == ImportReport(4, 2, 1, (), 0)
    kept = library.get("2505.00001")
    assert kept
    assert (kept.title, kept.older_titles) == ("A title", ("Older",))
    assert library.import_jsonl(file, DAY) == ImportReport(4, 0, 0, (), 0)


def test_progress_tells_the_lines_read_so_far(library: LocalLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importer, "BATCH", 2)
    told: list[int] = []
    library.import_jsonl(write(tmp_path, line(1), line(2), b"bad\n", line(3), line(4), line(5)), DAY, told.append)
    assert told == [2, 5, 6]


def test_an_interrupted_import_is_taken_up_again_by_running_it_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importer, "BATCH", 2)
    file = write(tmp_path, *[line(n, title=f"Zebra {n}") for n in range(1, 8)])

    def stop(count: int) -> None:
        if count == 4:
            raise KeyboardInterrupt

    with LocalLibrary.open(tmp_path / "library") as library, pytest.raises(KeyboardInterrupt):
        library.import_jsonl(file, DAY, stop)
    with LocalLibrary.open(tmp_path / "library") as library:
        assert len(library.search(Query(("zebra",)), None, 10)) == 4
        assert library.import_jsonl(file, DAY) == ImportReport(7, 3, 0, (), 0)
        assert len(library.search(Query(("zebra",)), None, 10)) == 7


def _cut(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


def _flipped(data: bytes) -> bytes:
    return data[: len(data) // 2] + bytes(byte ^ 0x55 for byte in data[len(data) // 2 :])


@pytest.mark.parametrize("harm", [_cut, _flipped])
def test_a_packed_file_that_is_cut_or_damaged_is_refused_and_what_was_read_stays(
    library: LocalLibrary, tmp_path: Path, harm: Callable[[bytes], bytes]
) -> None:
    import random

    chance = random.Random(4)
    lines = [line(n, abstract="Zebra " + "".join(chance.choices("abcdefghij ", k=900))) for n in range(1, 3001)]
    packed = gzip.compress(b"".join(lines), 1)
    with pytest.raises(Refused, match=r"cut off or damaged after [\d,]+ records .* import it again, which goes on from there"):
        library.import_jsonl(write(tmp_path, harm(packed), name="papers.jsonl.gz"), DAY)
    kept = library.stats().papers
    assert 1000 < kept < 3000
    assert len(library.search(Query(("zebra",)), None, 3000)) == kept
    report = library.import_jsonl(write(tmp_path, packed, name="papers.jsonl.gz"), DAY)
    assert (report.read, report.added) == (3000, 3000 - kept)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "holds no paper that can be used"),
        (b"\n\n", "holds no paper that can be used"),
        (b"a,csv,file\n", "line 1: is not JSON"),
        (b"\x89PNG\r\n\x1a\n\x00", "line 1: is not UTF-8"),
        (gzip.compress(b""), "holds no paper that can be used"),
        (b"\x1f\x8bnot really packed", "cut off or damaged after 0 records"),
    ],
)
def test_a_file_without_one_usable_paper_is_refused(library: LocalLibrary, tmp_path: Path, content: bytes, why: str) -> None:
    file = write(tmp_path, content)
    with pytest.raises(Refused) as error:
        library.import_jsonl(file, DAY)
    assert str(file) in str(error.value)
    assert why in str(error.value)
    assert library.stats().papers == 0


def test_a_file_that_is_not_there_and_a_folder_are_refused(library: LocalLibrary, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="there is no such file"):
        library.import_jsonl(tmp_path / "absent.jsonl", DAY)
    with pytest.raises(Refused, match="is not a file"):
        library.import_jsonl(tmp_path, DAY)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["v1", "2025-05-20T24:00", "2007", "cs.CL"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["version", "created", "date"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(
    base=st.sampled_from([OURS, SNAPSHOT]),
    odd=st.dictionaries(st.sampled_from(sorted({*OURS, *SNAPSHOT, "withdrawn"})), ANYTHING),
)
def test_any_record_is_a_paper_that_can_be_kept_or_is_set_aside(base: dict[str, Any], odd: dict[str, Any]) -> None:
    try:
        paper = paper_of({**base, **odd})
    except Unusable:
        return
    assert rows.from_row(rows.to_row(paper, b"")) == paper
    assert repr(paper).encode()


@pytest.mark.skipif(not (SHARED / "data" / "arxiv.jsonl.gz").exists(), reason="needs the shared data beside the repository")
def test_real_records_are_all_usable_and_found_by_their_titles(library: LocalLibrary, tmp_path: Path) -> None:
    with gzip.open(SHARED / "data" / "arxiv.jsonl.gz") as packed:
        lines = [packed.readline() for _ in range(1500)]
    report = library.import_jsonl(write(tmp_path, *lines), DAY)
    assert (report.read, report.added, report.unusable_count) == (1500, 1500, 0)
    everything = Window(date(2020, 1, 1), date(2027, 1, 1))
    for raw in lines[::100]:
        record = json.loads(raw)
        assert record["id"] in library.search(Query(tuple(record["title"].split())), everything, 3)


def test_what_a_record_lacks_is_named_not_guessed() -> None:
    with pytest.raises(Unusable, match="has no title"):
        paper_of({"id": "2505.14810", "abstract": "An abstract."})
    least = paper_of({"id": "2505.14810", "title": "A title", "abstract": "An abstract."})
    assert least == Paper("2505.14810", "A title", "An abstract.")
