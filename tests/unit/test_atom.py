"""Whether a raw answer is whole: what may be believed, and above all when "none" may be."""

import xml.etree.ElementTree as ET

import pytest

from claimcheck.adapters.arxiv.atom import ATOM, ErrorEntry, Incomplete, error_message, feed, read
from tests.arxiv_server import entry, error_feed
from tests.arxiv_server import feed as raw_feed

ONE, TWO, THREE = (entry(f"2501.0000{n}v1") for n in (1, 2, 3))


def test_no_records_and_a_total_of_zero_is_a_true_none() -> None:
    page = read(raw_feed(total=0).encode(), 0, 10)
    assert (page.total, page.entries) == (0, ())


def test_a_whole_page_has_all_its_records() -> None:
    page = read(raw_feed(ONE, TWO, total=2).encode(), 0, 10)
    assert (page.total, len(page.entries)) == (2, 2)


def test_a_full_page_of_many_may_leave_the_others_for_later() -> None:
    assert read(raw_feed(ONE, TWO, total=500).encode(), 0, 2).total == 500


def test_the_last_page_may_be_smaller() -> None:
    assert len(read(raw_feed(THREE, total=5, start=4).encode(), 4, 2).entries) == 1


NOT_WHOLE = {
    "nothing": b"",
    "white space": b" \n",
    "rate exceeded": b"Rate exceeded.",
    "web page": b"<html><body><h1>down for maintenance</h1></body></html>",
    "web page with a document type": b"<!DOCTYPE html><html></html>",
    "json": b'{"error": 1}',
    "rss": b"<rss version='2.0'><channel/></rss>",
    "no namespace": b"<feed><totalResults>0</totalResults></feed>",
    "cut": raw_feed(ONE, TWO).encode()[:-40],
    "cut at the end": raw_feed(ONE, TWO).encode()[:-1],
    "two documents": raw_feed(ONE).encode() * 2,
    "no total": raw_feed(ONE, total="").encode(),
    "no total and no records": raw_feed(total="").encode(),
    "two totals": raw_feed(ONE, "<o:totalResults>1</o:totalResults>").encode(),
    "total in words": raw_feed(ONE, total="many").encode(),
    "negative total": raw_feed(total="-1").encode(),
    "total with a fraction": raw_feed(ONE, total="1.0").encode(),
    "total in other digits": raw_feed(ONE, total="\u0661").encode(),
    "empty page with a total": raw_feed(total=1000).encode(),
    "short page": raw_feed(ONE, total=3).encode(),
    "more than there are": raw_feed(ONE, TWO, total=1).encode(),
    "more than were asked for": raw_feed(*(entry(f"2501.000{n}v1") for n in range(11, 22)), total=11).encode(),
    "another page": raw_feed(ONE, total=1, start=10).encode(),
    "a record twice in place of another": raw_feed(*[ONE] * 10, total=20).encode(),
    "control character": raw_feed(entry(title="a\x0bb")).encode(),
    "null byte": raw_feed(entry(title="a\x00b")).encode(),
    "unknown entity": raw_feed(entry(title="&bad;")).encode(),
    "unknown encoding": raw_feed(ONE).replace("UTF-8", "utf-77").encode(),
    "not its encoding": raw_feed(entry(title="caf\u00e9")).encode("latin-1"),
    "deep": raw_feed("<x>" * 400 + "</x>" * 400, total=0).encode(),
}


@pytest.mark.parametrize("body", NOT_WHOLE.values(), ids=NOT_WHOLE.keys())
def test_what_is_not_whole_is_never_read_as_none(body: bytes) -> None:
    with pytest.raises(Incomplete):
        read(body, 0, 10)


@pytest.mark.parametrize(
    "subset",
    [
        '<!ENTITY x SYSTEM "file:///etc/hostname">',
        '<!ENTITY x "y">',
        '<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;',
        "<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;'>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_before_its_entities_are_read(subset: str, encoding: str) -> None:
    text = raw_feed(entry(title="&x;")).replace("?>", f"?><!DOCTYPE feed [{subset}]>", 1).replace("UTF-8", encoding)
    with pytest.raises(Incomplete, match="document of type 'feed'"):
        read(text.encode(encoding), 0, 10)


def test_an_external_document_type_is_refused() -> None:
    text = raw_feed(ONE).replace("?>", '?><!DOCTYPE feed SYSTEM "http://127.0.0.1:9/x.dtd">', 1)
    with pytest.raises(Incomplete, match="document of type"):
        read(text.encode(), 0, 10)


def test_an_xinclude_is_just_another_element() -> None:
    text = raw_feed('<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>', ONE, total=1)
    page = read(text.encode(), 0, 10)
    assert b"root:" not in feed(page.entries, 1)


def test_utf_16_is_read() -> None:
    text = raw_feed(entry(title="caf\u00e9")).replace("UTF-8", "UTF-16")
    assert read(text.encode("utf-16"), 0, 10).entries[0].findtext(f"{ATOM}title") == "caf\u00e9"


def test_arxivs_own_error_is_told_apart_from_a_bad_day() -> None:
    with pytest.raises(ErrorEntry, match="incorrect id format for 1234"):
        read(error_feed("incorrect id format for 1234").encode(), 0, 10)
    assert error_message(error_feed("start must be an integer").encode()) == "start must be an integer"
    assert error_message(b"<html></html>") is None
    assert error_message(raw_feed(ONE).encode()) is None


def test_a_record_twice_is_harmless_where_nothing_can_be_missing() -> None:
    assert len(read(raw_feed(ONE, ONE, total=2).encode(), 0, 10).entries) == 2


def test_two_versions_are_two_records() -> None:
    assert len(read(raw_feed(ONE, entry("2501.00001v2"), total=30).encode(), 0, 2).entries) == 2


def test_ids_that_were_counted_and_left_out_are_told() -> None:
    assert read(raw_feed(ONE, total=2).encode(), 0, 2, asked=2).leaves_out
    assert read(raw_feed(total=1).encode(), 0, 1, asked=1).leaves_out
    assert not read(raw_feed(ONE, TWO, total=2).encode(), 0, 2, asked=2).leaves_out
    assert not read(raw_feed(total=0).encode(), 0, 1, asked=1).leaves_out


def test_a_short_page_is_not_whole_for_ids_either() -> None:
    with pytest.raises(Incomplete):
        read(raw_feed(ONE, total=102).encode(), 0, 2, asked=2)


def test_a_feed_that_was_written_again_is_whole_and_says_the_same() -> None:
    page = read(raw_feed(entry(title="a &lt;b&gt; &amp; caf\u00e9"), TWO).encode(), 0, 10)
    again = read(feed(page.entries[:1], 1), 0, 10)
    assert [e.findtext(f"{ATOM}title") for e in again.entries] == ["a <b> & caf\u00e9"]
    assert isinstance(again.entries[0], ET.Element)
