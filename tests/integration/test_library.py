"""The library on disk: nothing kept is ever lost or unfound, and what cannot be used is refused in one line."""

import multiprocessing
import os
import random
import resource
import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from claimcheck.adapters.library import LocalLibrary, database, index, upkeep
from claimcheck.adapters.library.store import Entry, Store
from claimcheck.domain.citing import Citations, Citing
from claimcheck.domain.dates import Window
from claimcheck.domain.paper import Paper, Withdrawal
from claimcheck.domain.query import Query
from claimcheck.errors import StoreUnusable
from claimcheck.ports import KeptCitations

DAY = date(2026, 11, 22)
WORDS = "zebra giraffe walrus heron otter badger falcon lynx marten stoat".split()
SPAWN = multiprocessing.get_context("spawn")


def paper(number: int, title: str = "A title", abstract: str = "An abstract.", **more: object) -> Paper:
    return replace(Paper(f"2505.1{number:04}", title, abstract), **more)  # type: ignore[arg-type]


def papers(numbers: Iterable[int]) -> list[Paper]:
    """Papers with words by chance, the same for the same number."""
    chance = random.Random(1)
    texts = [" ".join(chance.choices(WORDS, k=12)) for _ in range(50)]
    return [paper(n, f"Paper {texts[n % 50][:20]}", f"{texts[n * 7 % 50]}.") for n in numbers]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def library(home: Path) -> Iterator[LocalLibrary]:
    with LocalLibrary.open(home) as opened:
        yield opened


def found(library: LocalLibrary, *terms: str, limit: int = 10, **more: object) -> tuple[str, ...]:
    return library.search(replace(Query(terms), **more), None, limit)  # type: ignore[arg-type]


def found_in(home: Path, *terms: str, limit: int = 10) -> tuple[str, ...]:
    with LocalLibrary.open(home) as library:
        return found(library, *terms, limit=limit)


def index_folders(home: Path) -> list[Path]:
    return sorted(home.glob("index-*"))


# What is kept


def test_who_cites_is_there_after_reopening_and_leaves_no_trace_where_nobody_was_asked(home: Path) -> None:
    def tables() -> set[str]:
        with closing(sqlite3.connect(home / "library.sqlite")) as connection:
            return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}

    with LocalLibrary.open(home) as library:
        library.add([paper(1)], DAY)
        assert library.citations("OpenAlex", "2505.10001") is None
    assert "citing" not in tables()
    kept = KeptCitations(Citations((Citing("2506.00001", ("Wir prüfen es.",), ("result",), True),), 2), DAY)
    with LocalLibrary.open(home) as library:
        library.keep_citations("OpenAlex", "2505.10001", kept.citations, kept.day)
    with LocalLibrary.open(home) as library:
        assert library.citations("OpenAlex", "2505.10001") == kept
    assert "citing" in tables()


def test_what_was_kept_is_there_and_found_after_reopening(home: Path) -> None:
    with LocalLibrary.open(home) as library:
        library.add([paper(1, "Zebra", withdrawal_asked=DAY)], DAY)
        library.note_asked("arxiv", "q", Window(DAY, DAY), 1, ["2505.10001"])
    with LocalLibrary.open(home) as library:
        assert library.get("2505.10001") == paper(1, "Zebra", withdrawal_asked=DAY)
        assert library.asked("arxiv", "q") == [Window(DAY, DAY)]
        assert found(library, "zebra") == ("2505.10001",)


def test_an_older_version_that_comes_later_is_remembered_with_its_title(library: LocalLibrary) -> None:
    library.add([paper(1, "New", version=3)], DAY)
    assert library.add([paper(1, "First", version=1), paper(1, "Second", version=2)], DAY) == 2
    assert library.add([paper(1, "First", version=1)], DAY) == 0
    kept = library.get("2505.10001")
    assert kept == paper(1, "New", version=3, older_titles=("First", "Second"))
    assert library.stats().versions == 3


def test_records_seen_before_never_bring_an_older_state_back(library: LocalLibrary) -> None:
    dump, api = paper(1, "From the dump", comment="one"), paper(1, "From the source", comment="two")
    assert library.add([dump, api], DAY) == 2
    assert library.add([dump, api, dump], DAY) == 0
    kept = library.get("2505.10001")
    assert kept == replace(api, older_titles=("From the dump",))


def test_a_record_that_does_not_tell_its_version_never_replaces_one_that_does(library: LocalLibrary) -> None:
    library.add([paper(1, "Known", version=2, comment="of v2")], DAY)
    library.add([paper(1, "Unplaced", comment="of which?", doi="10.1/x")], DAY)
    assert library.get("2505.10001") == paper(1, "Known", version=2, comment="of v2", doi="10.1/x", older_titles=("Unplaced",))


def test_a_version_learned_for_a_known_text_is_the_same_version(library: LocalLibrary) -> None:
    library.add([paper(1)], DAY)
    assert library.add([paper(1, version=2)], DAY) == 1
    assert library.add([paper(1, comment="9 pages")], DAY) == 1
    assert library.get("2505.10001") == paper(1, version=2, comment="9 pages")
    assert library.stats().versions == 1


def test_of_two_answers_on_a_withdrawal_the_later_one_stands(library: LocalLibrary) -> None:
    library.add([paper(1, withdrawal=Withdrawal(1, None, "record"))], DAY)
    library.mark_withdrawal("2505.10001", None, DAY)
    library.mark_withdrawal("2505.10001", Withdrawal(1, None, "abs"), date(2026, 1, 1))
    kept = library.get("2505.10001")
    assert kept
    assert (kept.withdrawal, kept.withdrawal_asked) == (None, DAY)


def test_a_mark_on_a_paper_that_is_not_there_makes_none(library: LocalLibrary) -> None:
    library.mark_withdrawal("2505.10001", Withdrawal(1, None, "abs"), DAY)
    assert library.get("2505.10001") is None


def test_stats_count_what_is_there_and_nothing_when_there_is_nothing(library: LocalLibrary) -> None:
    assert replace(library.stats(), index_size_bytes=0, store_size_bytes=0) == type(library.stats())(0, 0, None, None, 0, 0, 0, 0)
    day_known = paper(1, published=date(2025, 5, 9), comment="This paper has been withdrawn by the authors.")
    library.add([day_known, paper(2), paper(1, "Newer", version=2)], DAY)
    found(library, "title")
    stats = library.stats()
    assert (stats.papers, stats.versions, stats.withdrawn, stats.dates_known) == (2, 3, 1, 1)
    assert (stats.oldest, stats.newest) == (date(2025, 5, 1), date(2025, 5, 9))
    assert stats.index_size_bytes > 0
    assert stats.store_size_bytes > 0


# Searching


def test_a_hyphenated_word_is_found_in_either_spelling_and_best_where_its_parts_stand_together(library: LocalLibrary) -> None:
    apart = paper(1, abstract="The self of a model and its correction are two things.")
    library.add([apart, paper(2, abstract="On self correction in a model, in many words."), paper(3)], DAY)
    assert found(library, "self-correction") == ("2505.10002", "2505.10001")
    assert found(library, "self-corrections", every=True) == ("2505.10002", "2505.10001")


@pytest.mark.parametrize(
    "text", ['"', "title:(", "a AND OR NOT", "*", "[1 TO", "zebra\\", "\x00", "\ud800", "é" * 500, "^2~", "(" * 2000, "+-&&||!{}"]
)
def test_no_text_is_too_odd_to_look_for(library: LocalLibrary, text: str) -> None:
    library.add([paper(1, "Zebra")], DAY)
    assert found(library, text, "zebra", cues=(text,)) == ("2505.10001",)
    assert set(found(library, text, every=True)) <= {"2505.10001"}


def test_a_word_that_says_nothing_is_looked_for_only_where_there_is_no_other(library: LocalLibrary) -> None:
    library.add([paper(1, "Out of distribution"), paper(2, "A tale of zebras")], DAY)
    assert found(library, "out-of-distribution") == ("2505.10001",)
    assert found(library, "out-of-distribution", every=True, limit=1) == ("2505.10001",)
    assert set(found(library, "of")) == {"2505.10001", "2505.10002"}


@pytest.mark.parametrize(("limit", "count"), [(-1, 0), (0, 0), (1, 1), (10**12, 3)])
def test_any_limit_is_kept(library: LocalLibrary, limit: int, count: int) -> None:
    library.add(papers(range(3)), DAY)
    assert len(found(library, "paper", limit=limit)) == count


def test_many_ties_are_all_ordered_by_id_whatever_the_limit(library: LocalLibrary) -> None:
    numbers = list(range(300))
    random.Random(2).shuffle(numbers)
    library.add([paper(n, "Zebra") for n in numbers], DAY)
    assert found(library, "zebra", limit=5) == tuple(f"2505.1{n:04}" for n in range(5))


def test_cues_that_no_paper_has_do_not_hide_the_papers_with_the_terms(library: LocalLibrary) -> None:
    library.add([paper(1, "Zebra"), paper(2, "Giraffe")], DAY)
    assert found(library, "zebra", cues=("walrus",)) == ("2505.10001",)


def test_every_falls_back_to_any_when_it_does_not_fill_the_limit(library: LocalLibrary) -> None:
    library.add([paper(1, "Zebra giraffe"), paper(2, "Zebra"), paper(3, "Zebra walrus giraffe")], DAY)
    assert set(found(library, "zebra", "giraffe", limit=2, every=True)) == {"2505.10001", "2505.10003"}
    assert set(found(library, "zebra", "giraffe", limit=3, every=True)) == {"2505.10001", "2505.10002", "2505.10003"}


def test_the_same_papers_answer_alike_however_they_came(tmp_path: Path) -> None:
    wanted = papers(range(120))
    with LocalLibrary.open(tmp_path / "at-once") as one, LocalLibrary.open(tmp_path / "bit-by-bit") as other:
        one.add(wanted, DAY)
        for at in range(120, 0, -20):
            other.add([replace(p, title="Old") for p in wanted[at - 20 : at : 2]], DAY)
            found(other, "zebra")
            other.add([replace(p, version=2) for p in wanted[at - 20 : at]], DAY)
        for terms in (("zebra",), ("heron", "otter", "lynx"), tuple(WORDS)):
            assert found(one, *terms, limit=50) == found(other, *terms, limit=50)


@pytest.fixture
def many_threads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let an index of a few papers be built as a large one is on three cores; return the numbers of threads that were used."""
    used: list[int] = []
    write = index.TextIndex.write

    def noting(self: index.TextIndex, entries: Iterable[Entry], anew: bool = False, threads: int = 1) -> None:
        used.append(threads)
        write(self, entries, anew, threads)

    monkeypatch.setattr(index, "_SHARD", 1000)
    monkeypatch.setattr(index, "_cores", lambda: 3)
    monkeypatch.setattr(index.TextIndex, "write", noting)
    return used


def test_shards_built_side_by_side_answer_as_one(
    tmp_path: Path, many_threads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = papers(range(5000))
    with LocalLibrary.open(tmp_path / "shards") as shards, LocalLibrary.open(tmp_path / "one") as one:
        shards.add(wanted, DAY)
        found(shards, "zebra")
        monkeypatch.setattr(index, "_cores", lambda: 1)
        one.add(wanted, DAY)
        for terms in (("zebra",), ("heron", "otter", "lynx"), tuple(WORDS)):
            assert found(shards, *terms, limit=300) == found(one, *terms, limit=300)
        assert many_threads == [3, 1]
        shards.add([paper(6000, "Kestrel")], DAY)
        assert found(shards, "kestrel") == ("2505.16000",)
        assert many_threads == [3, 1, 1], "what is added is one segment"


def test_few_papers_take_one_thread_and_many_as_many_as_there_are_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_cores", lambda: 4)
    assert [index.threads_for(n) for n in (0, 1, 99_999, 100_000, 199_999, 10_000_000)] == [1, 1, 1, 2, 3, 4]
    monkeypatch.setattr(index, "_cores", lambda: 64)
    assert index.threads_for(10_000_000) == 8


# Several at once


def test_what_another_process_kept_is_found_by_the_next_search(home: Path, library: LocalLibrary) -> None:
    assert found(library, "zebra") == ()
    with LocalLibrary.open(home) as other:
        other.add([paper(1, "Zebra")], DAY)
        assert found(library, "zebra") == ("2505.10001",)
        library.add([paper(2, "Zebra")], DAY)
        assert found(other, "zebra") == ("2505.10001", "2505.10002")
        other.rebuild()
        assert found(library, "zebra") == ("2505.10001", "2505.10002")


def test_threads_keep_and_search_side_by_side(library: LocalLibrary) -> None:
    def work(number: int) -> bool:
        library.add([paper(number, f"Zebra {WORDS[number % 10]}")], DAY)
        library.mark_withdrawal(f"2505.1{number:04}", None, DAY)
        return f"2505.1{number:04}" in found(library, "zebra", limit=100)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(40)))
    assert len(found(library, "zebra", limit=100)) == 40


def _add_and_search(home: Path, first: int, said: Connection) -> None:
    with LocalLibrary.open(home) as library:
        for number in range(first, first + 10):
            library.add([paper(number, "Zebra")], DAY)
            said.send(f"2505.1{number:04}" in found(library, "zebra", limit=100))


def test_processes_keep_and_search_side_by_side(home: Path) -> None:
    pipes = [SPAWN.Pipe(duplex=False) for _ in range(2)]
    workers = [SPAWN.Process(target=_add_and_search, args=(home, 100 * n, said)) for n, (_, said) in enumerate(pipes)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(300)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert all(heard.recv() for heard, _ in pipes for _ in range(10))
    assert len(found_in(home, "zebra", limit=100)) == 20


def _keep_on(home: Path, said: Connection) -> None:
    with LocalLibrary.open(home) as library:
        for number in range(100_000):
            library.add([paper(number % 400, "Zebra", version=1 + number // 400)], DAY)
            said.send(f"2505.1{number % 400:04}")
            if number % 3 == 2:
                found(library, "zebra")


def test_kill_at_any_moment_loses_no_acknowledged_paper(home: Path) -> None:
    chance, acknowledged = random.Random(3), set()
    for _ in range(4):
        heard, said = SPAWN.Pipe(duplex=False)
        worker = SPAWN.Process(target=_keep_on, args=(home, said))
        worker.start()
        said.close()
        acknowledged.add(heard.recv())
        time.sleep(chance.uniform(0.02, 0.25))
        worker.kill()
        worker.join()
        while heard.poll():
            try:
                acknowledged.add(heard.recv())
            except EOFError:
                break
        with LocalLibrary.open(home) as library:
            assert acknowledged <= set(library.get_many(acknowledged))
            assert acknowledged <= set(found(library, "zebra", limit=1000))
            library.rebuild()
            assert len(found(library, "zebra", limit=1000)) == library.stats().papers


# An index that does not fit


def test_papers_kept_by_a_process_that_died_before_indexing_are_found(home: Path) -> None:
    with LocalLibrary.open(home) as library:
        library.add([paper(1, "Zebra")], DAY)
        assert found(library, "zebra") == ("2505.10001",)
        library.add([paper(2, "Zebra")], DAY)  # and never searched
    assert found_in(home, "zebra") == ("2505.10001", "2505.10002")


@pytest.mark.parametrize("small", [0, 20_000])
def test_an_index_written_without_the_stores_knowledge_is_not_believed(
    home: Path, monkeypatch: pytest.MonkeyPatch, small: int
) -> None:
    monkeypatch.setattr(upkeep, "SMALL", small)
    with LocalLibrary.open(home) as library:
        library.add(papers(range(40)), DAY)
        before = found(library, "zebra", "heron", limit=40)
        library.add([paper(100, "Zebra")], DAY)
        with monkeypatch.context() as killed:
            killed.setattr(Store, "vouch", _interrupted)
            with pytest.raises(KeyboardInterrupt):
                found(library, "zebra")
    with LocalLibrary.open(home) as library:
        assert "2505.10100" in found(library, "zebra", limit=50)
        library.rebuild()
        assert set(before) <= set(found(library, "zebra", "heron", limit=41))
    assert len(index_folders(home)) == 1


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_an_index_that_is_gone_is_built_anew(home: Path) -> None:
    with LocalLibrary.open(home) as library:
        library.add([paper(1, "Zebra")], DAY)
        found(library, "zebra")
    shutil.rmtree(index_folders(home)[0])
    assert found_in(home, "zebra") == ("2505.10001",)


def test_any_damaged_file_of_the_index_is_noticed_and_the_index_built_anew(home: Path, tmp_path: Path) -> None:
    with LocalLibrary.open(home) as library:
        library.add(papers(range(60)), DAY)
        expected = found(library, "zebra", "otter", limit=60)
    names = [f.name for f in index_folders(home)[0].iterdir() if not f.name.startswith(".")]
    assert len(names) >= 7
    for number, name in enumerate(names):
        copy = shutil.copytree(home, tmp_path / f"copy-{number}")
        file = index_folders(copy)[0] / name
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 0x10
        file.write_bytes(bytes(data) if number % 2 else bytes(data[: len(data) // 2]))
        assert found_in(copy, "zebra", "otter", limit=60) == expected, name
        assert not file.exists(), name


def test_an_index_of_another_format_is_built_anew(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as earlier, LocalLibrary.open(home) as library:
        earlier.setattr(upkeep, "FORMAT", "0, of old")
        library.add([paper(1, "Zebra")], DAY)
        found(library, "zebra")
        old = index_folders(home)
    assert found_in(home, "zebra") == ("2505.10001",)
    assert index_folders(home) != old


def test_an_index_of_another_time_is_not_taken_for_this_one(home: Path, tmp_path: Path) -> None:
    with LocalLibrary.open(home) as library:
        library.add([paper(1, "Zebra")], DAY)
        found(library, "zebra")
        earlier = shutil.copytree(index_folders(home)[0], tmp_path / "earlier")
        library.add([paper(2, "Zebra")], DAY)
        found(library, "zebra")
        folder = index_folders(home)[0]
    shutil.rmtree(folder)
    shutil.copytree(earlier, folder)
    assert found_in(home, "zebra") == ("2505.10001", "2505.10002")


def test_remains_of_an_interrupted_building_are_removed(home: Path) -> None:
    (home / "index-remains").mkdir(parents=True)
    (home / "index-remains" / "part").write_bytes(b"x")
    with LocalLibrary.open(home) as library:
        library.add([paper(1, "Zebra")], DAY)
        assert found(library, "zebra") == ("2505.10001",)
    assert len(index_folders(home)) == 1


def test_a_large_library_is_updated_in_place_and_rebuilt_when_much_was_replaced(
    home: Path, library: LocalLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "SMALL", 10)
    library.add([paper(n, "Zebra") for n in range(60)], DAY)
    found(library, "zebra")
    first = index_folders(home)
    library.add([paper(1, "Giraffe", version=2)], DAY)
    assert found(library, "giraffe") == ("2505.10001",)
    assert len(found(library, "zebra", limit=100)) == 59
    assert index_folders(home) == first
    library.add([paper(n, "Giraffe", version=2) for n in range(2, 9)], DAY)
    assert len(found(library, "giraffe", limit=100)) == 8
    assert index_folders(home) != first


# What cannot be used


def refused(home: Path) -> str:
    with pytest.raises(StoreUnusable) as error:
        LocalLibrary.open(home)
    message = str(error.value)
    assert str(home) in message
    assert "\n" not in message
    return message


def test_a_library_of_a_newer_version_is_refused_and_left_as_it_is(home: Path) -> None:
    with LocalLibrary.open(home) as library:
        library.add([paper(1)], DAY)
    with closing(sqlite3.connect(home / "library.sqlite")) as connection:
        connection.execute(f"PRAGMA user_version = {database.SCHEMA_VERSION + 1}")
    before = {file.name: file.read_bytes() for file in home.iterdir() if file.is_file()}
    assert "newer claimcheck" in refused(home)
    assert {file.name: file.read_bytes() for file in home.iterdir() if file.is_file()} == before


def test_another_programs_database_is_refused_and_left_as_it_is(home: Path) -> None:
    home.mkdir()
    with closing(sqlite3.connect(home / "library.sqlite")) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    before = (home / "library.sqlite").read_bytes()
    assert "not one of claimcheck's" in refused(home)
    assert (home / "library.sqlite").read_bytes() == before


def test_a_file_that_is_not_a_database_is_refused_and_left_as_it_is(home: Path) -> None:
    home.mkdir()
    (home / "library.sqlite").write_bytes(b"Not a database at all. " * 99)
    assert "not a SQLite database" in refused(home)
    assert (home / "library.sqlite").read_bytes() == b"Not a database at all. " * 99


def test_an_empty_file_is_a_new_library(home: Path) -> None:
    home.mkdir()
    (home / "library.sqlite").touch()
    with LocalLibrary.open(home) as library:
        assert library.add([paper(1)], DAY) == 1


def test_a_damaged_library_is_said_to_be_damaged(home: Path) -> None:
    with LocalLibrary.open(home) as library:
        library.add([paper(n, abstract="word " * 900) for n in range(200)], DAY)
    file = home / "library.sqlite"
    data = file.read_bytes()
    file.write_bytes(data[:16_384] + os.urandom(len(data) - 16_384))
    with pytest.raises(StoreUnusable, match="damaged"), LocalLibrary.open(home) as library:
        library.get_many([f"2505.1{n:04}" for n in range(200)])


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot be used" in refused(tmp_path / "file" / "library")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_library_is_said_to_be_read_only(home: Path) -> None:
    LocalLibrary.open(home).close()
    (home / "library.sqlite").chmod(0o400)
    home.chmod(0o500)
    try:
        assert "writable" in refused(home)
    finally:
        home.chmod(0o700)


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_no_room_for_papers_keeps_none_of_them_and_what_was_kept_stays(library: LocalLibrary) -> None:
    library.add([paper(1)], DAY)
    with no_room_beyond(200_000), pytest.raises(StoreUnusable, match="disk"):
        library.add([paper(n, abstract="word " * 2000) for n in range(2, 200)], DAY)
    assert library.get("2505.10002") is None
    assert library.get("2505.10001") == paper(1)
    assert library.add([paper(2)], DAY) == 1


def test_no_room_for_the_index_is_said_and_made_good_later(home: Path, library: LocalLibrary) -> None:
    library.add(papers(range(100)), DAY)
    with no_room_beyond(100), pytest.raises(StoreUnusable, match="the papers are kept"):
        found(library, "paper")
    assert index_folders(home) == []
    assert len(found(library, "paper", limit=200)) == 100
    library.add([paper(200, "Paper")], DAY)
    with no_room_beyond(100), pytest.raises(StoreUnusable, match="the papers are kept"):
        found(library, "paper")
    assert len(found(library, "paper", limit=200)) == 101


def test_no_room_for_shards_is_said_and_made_good_later(home: Path, library: LocalLibrary, many_threads: list[int]) -> None:
    library.add(papers(range(3000)), DAY)
    with no_room_beyond(10_000), pytest.raises(StoreUnusable, match="the papers are kept"):
        found(library, "paper")
    assert index_folders(home) == []
    assert len(found(library, "paper", limit=4000)) == 3000
    assert many_threads == [3, 3]


def test_a_store_that_another_process_keeps_locked_is_not_waited_for_for_ever(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.05)
    with LocalLibrary.open(home) as library, closing(sqlite3.connect(home / "library.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnusable, match="another process"):
            library.add([paper(1)], DAY)
        other.execute("ROLLBACK")
        assert library.add([paper(1)], DAY) == 1


def _open(home: Path) -> None:
    LocalLibrary.open(home).close()


def test_processes_may_open_a_new_library_at_the_same_moment(tmp_path: Path) -> None:
    for number in range(3):
        workers = [SPAWN.Process(target=_open, args=(tmp_path / str(number),)) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(120)
        assert [worker.exitcode for worker in workers] == [0] * 4
