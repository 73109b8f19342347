"""Damaged and mixed inputs, many thousands of each kind: does anything but the errors that are meant come of them?

    python -m tests.bench.fuzz [--inputs 100000] [--seed 1] [--only claims answers atom html] [--more FOLDER]

Each input is a seed (one of a few small ones of our own and, with --more, the files of the collection of bad inputs) with up to
eight changes: bytes flipped, cut, doubled, moved, put in from a list of nasty pieces or from another seed. What is read must be
as the domain promises it; what is refused must be refused by the errors that the caller expects, in words that can be shown.
Prints a row a kind, with the slowest input; exits 1 where anything else happened, and prints the first inputs that did it.
"""

import argparse
import json
import random
import re
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from claimcheck.adapters.arxiv import atom
from claimcheck.adapters.arxiv.pages import Pages, Question
from claimcheck.adapters.fulltext import html
from claimcheck.adapters.fulltext.parsed import Unreadable, dumps, to_json
from claimcheck.adapters.model_answer import Unusable, parse_phrases, parse_questions, parse_reading
from claimcheck.domain.claim import Part
from claimcheck.domain.evidence import Reading, evidence
from claimcheck.domain.fulltext import Form, full_text
from claimcheck.domain.paper import Paper
from claimcheck.domain.shield import shielded
from claimcheck.domain.text import clean
from claimcheck.errors import Refused, SourceUnavailable
from tests.arxiv_server import entry, error_feed, feed
from tests.integration.claims_text import one, read
from tests.integration.model_server import GOOD, PAPER

TODAY = date(2026, 11, 22)
GIVEN = frozenset({"2601.00001"})
NASTY = [
    *(b"\x00 \xff\xfe \xed\xa0\x80 \xe2\x80\xae \xf3\xa0\x81\x81 \xe2\x80\x8b \x1b[2J \r \t \xc2\xa0 \xef\xbb\xbf".split(b" ")),
    *(b"{ } [ ] : , - ? | > & * ! % @ ` \" ' # \\ &x *x <<: !!python/object/apply:os.system --- ... ~ null yes 1e999".split()),
    *(b'NaN Infinity -0 1e400 \\ud800 \\u0000 99999999999999999999 <think> </think> ``` true [[[[[[[[ {}{} "a":"a"'.split()),
    *(b'<entry> </entry> <!DOCTYPE <!ENTITY &amp; &#0; &#x110000; ]]> <![CDATA[ <?xml xmlns="" &lol; <id> <a:b> -1'.split()),
    *(b'<div <p> </p> <math> <svg> <style> <!-- --> <table> hidden style="font-size:0" display:none; <template> &nbsp;'.split()),
    *(b"&#xD800; \xf0\x9f\x98\x80".split()),
    b"A" * 5000,
    b"(" * 300,
    b"\n\n",
    b" " * 200,
    "\u0301".encode() * 50,
]
PAGE = (
    '<!DOCTYPE html><html><head><style>.h{display:none}</style></head><body><article class="ltx_document"><h1>Chains</h1>'
    '<section class="ltx_section" id="S1"><h2 class="ltx_title">1 Intro</h2><div class="ltx_para"><p class="ltx_p">We test. '
    'It <span class="h">never</span> falls by <math alttext="7%"><mn>7</mn><mo>%</mo></math>.</p></div></section>'
    '<section class="ltx_bibliography"><h2>References</h2></section></article></body></html>'
)


class _Line:
    """Hands a body to whoever reads it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def ask(self, _url: str, _what: str, check: Callable[[bytes], Any]) -> Any:
        return check(self._body)


def claims(data: bytes) -> str:
    try:
        file = read(data)
    except Refused as refused:
        shown = [line for line in refused.problems if line.startswith("claims.yaml") and line.isprintable()]
        return (
            "refused" if refused.problems and len(shown) == len(refused.problems) else _broken("a problem that cannot be shown")
        )
    assert all(clean(text) == (text, frozenset()) for c in file.claims for text in (c.id, c.text, *c.search))
    return "read"


def answers(data: bytes) -> str:
    text = data.decode("utf-8", "surrogatepass") if _decodes(data) else data.decode("latin-1")
    return next((word for parse in PARSERS if (word := _answer(parse, text)) == "read"), "refused")


def _answer(parse: Callable[[str], object], text: str) -> str:
    try:
        found = parse(text)
    except Unusable as wrong:
        return "refused" if str(wrong).isprintable() else _broken("a reason that cannot be shown")
    str(found).encode()
    if isinstance(found, Reading):
        evidence(PAPER, found)
    return "read"


def _broken(what: str) -> str:
    raise AssertionError(what)


PARSERS: tuple[Callable[[str], object], ...] = (
    lambda text: parse_reading(text, frozenset(Part), GIVEN),
    parse_phrases,
    lambda text: parse_questions(text, ["2601.00001"], GIVEN),
)


def _decodes(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def records(data: bytes) -> str:
    pages = Pages(_Line(data), "http://127.0.0.1:9/api/query", TODAY)  # type: ignore[arg-type]
    try:
        page = pages.page(Question("a question", "all:chains"), 0, 10)
    except (atom.Incomplete, atom.ErrorEntry, SourceUnavailable):
        return "refused"
    for paper in page.papers:
        # not isprintable(): letters that a newer Unicode may have are no harm, and are shown as a box
        assert all(clean(text) == (text, frozenset()) for text in (paper.title, *paper.authors, *paper.categories))
        shielded(paper)
    assert all(why.isprintable() for why in page.unusable)
    return "read"


def page(data: bytes) -> str:
    try:
        parsed = html.parse(data, any_page=True)
        dumps(to_json(parsed))
    except Unreadable:
        return "refused"
    paper = Paper("2601.00001", "A title", "We test.", 1)
    full = full_text(paper, Form.HTML, parsed.found)
    for sentence in full.sentences:
        assert full.part(sentence.where)[sentence.start : sentence.end] == sentence.text
    assert not re.search(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\u202e\ud800-\udfff]", "".join(one.text for one in parsed.found))
    return "read"


FEEDS = [feed(entry(), entry("2501.00002v3")).encode(), feed(total=0).encode(), error_feed("no").encode()]
KINDS: dict[str, tuple[Callable[[bytes], str], list[bytes], str]] = {
    "claims": (claims, [one().encode(), one(durable="It lasts.", search="[a, b]", review_by="2027-01-31").encode()], "claims/*"),
    "answers": (
        answers,
        [json.dumps(GOOD).encode(), b'{"phrases": ["a b", "c"]}', b'{"questions": [{"text": "Why?", "because": [1]}]}'],
        "llm_json/*.txt",
    ),
    "atom": (
        records,
        [feed(entry(), entry("2501.00002v3")).encode(), feed(total=0).encode(), error_feed("no").encode()],
        "atom/*",
    ),
    "html": (page, [PAGE.encode()], "html/*"),
}


def changed(chance: random.Random, seeds: list[bytes]) -> bytes:
    """Return a seed with one to eight changes, mostly few: what is damaged less is read further."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.choice((1, 1, 1, 2, 3, 5, 8))):
        at, span = chance.randint(0, len(data)), chance.choice((1, 1, 2, 5, 20, 100))
        how = chance.randrange(7)
        if how == 0 and at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        elif how == 1:
            del data[at : at + span]
        elif how == 2:
            data[at:at] = data[at : at + span]
        elif how == 3:
            data[at:at] = chance.choice(NASTY)
        elif how == 4:
            data[at : at + span] = chance.choice(NASTY)
        elif how == 5:
            other = chance.choice(seeds)
            start = chance.randint(0, len(other))
            data[at:at] = other[start : start + span]
        else:
            to = chance.randint(0, len(data))
            piece = data[at : at + span]
            del data[at : at + span]
            data[to:to] = piece
    return bytes(data)


def fuzz(kind: str, inputs: int, seed: int, more: Path | None) -> int:
    """Try a kind of input; print its row; return how many went wrong."""
    check, seeds, pattern = KINDS[kind]
    files = sorted(more.glob(pattern)) if more else []
    collected = [data for file in files if file.is_file() and len(data := file.read_bytes()) <= 20_000]
    seeds = seeds * max(1, len(collected) // len(seeds)) + collected
    chance, outcomes, slowest, wrong = random.Random(f"{kind}{seed}"), Counter[str](), 0.0, 0
    began = time.monotonic()
    for _ in range(inputs):
        data = changed(chance, seeds)
        started = time.process_time()
        try:
            outcomes[check(data)] += 1
        except Exception:  # noqa: BLE001 - it is what is looked for
            wrong += 1
            if wrong <= 3:
                print(f"{kind}: {data[:3000]!r}\n{traceback.format_exc()}", file=sys.stderr, flush=True)
        slowest = max(slowest, time.process_time() - started)
    counts = ", ".join(f"{count} {word}" for word, count in sorted(outcomes.items()))
    took = time.monotonic() - began
    print(
        f"{kind:<8} {inputs} inputs of {len(seeds)} seeds: {counts}, {wrong} wrong; slowest {slowest:.2f} s, all {took:.0f} s",
        flush=True,
    )
    return wrong


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--inputs", type=int, default=100_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", nargs="*", choices=sorted(KINDS), default=sorted(KINDS))
    options.add_argument("--more", type=Path, help="the folder of bad inputs, for further seeds")
    given = options.parse_args()
    wrong = [fuzz(kind, given.inputs, given.seed, given.more) for kind in given.only]
    sys.exit(1 if any(wrong) else 0)


if __name__ == "__main__":
    main()
