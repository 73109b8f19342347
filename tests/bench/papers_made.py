"""Make a large file of papers out of a real one, for measuring the library at a size that is not at hand.

    python -m tests.bench.papers_made FILE COUNT OUT [--seed 7]

OUT has the papers of FILE, then made ones up to COUNT: the title and the first half of the sentences of one real paper, and the
second half of another's, under a new id of the month of the first. Words, lengths and dates are spread as in the real papers;
what differs is that no made paper says anything new. The same seed makes the same file.
"""

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path

from claimcheck.adapters.library.importer import Reader
from claimcheck.domain.paper import Paper

_FIRST = 20_000  # of the numbers in a month; real ones beyond it are kept by asking for those in use


def made(papers: list[Paper], count: int, chance: random.Random) -> Iterator[dict[str, object]]:
    """Yield `count` records of papers that do not exist."""
    taken = {paper.id for paper in papers}
    dated = [paper for paper in papers if paper.id[4:5] == "." and len(paper.id) == len("2501.00001")]
    numbers: dict[str, int] = {}
    while count:
        one, other = chance.choice(dated), chance.choice(dated)
        month = one.id[:4]
        numbers[month] = numbers.get(month, _FIRST) + 1
        id = f"{month}.{numbers[month]:05}"
        if id in taken:
            continue
        count -= 1
        yield {
            "id": id,
            "version": 1,
            "title": one.title,
            "abstract": ". ".join(halves(one.abstract, other.abstract)),
            "authors": [],
            "categories": list(one.categories),
            "published": one.published.isoformat() if one.published else None,
        }


def halves(one: str, other: str) -> list[str]:
    """Return the first half of the sentences of one text and the second half of another's."""
    first, second = one.split(". "), other.split(". ")
    return [*first[: (len(first) + 1) // 2], *second[len(second) // 2 :]]


def write(file: Path, count: int, out: Path, seed: int = 7) -> None:
    """Write the file."""
    papers = [paper for batch in Reader(file).batches() for paper in batch]
    with out.open("w", encoding="utf-8") as target:
        for paper in papers[:count]:
            record = {"id": paper.id, "version": paper.version, "title": paper.title, "abstract": paper.abstract}
            day = paper.published.isoformat() if paper.published else None
            target.write(json.dumps({**record, "published": day, "categories": list(paper.categories)}) + "\n")
        for more in made(papers, max(0, count - len(papers)), random.Random(seed)):
            target.write(json.dumps(more) + "\n")


def main() -> None:
    """Make the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    write(given.file, given.count, given.out, given.seed)


if __name__ == "__main__":
    main()
