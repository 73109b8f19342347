"""Copies of papers: which are left out, and when what was worked out is worked out anew."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from claimcheck.agent.copies import Copies
from claimcheck.domain.paper import Paper
from tests.fakes import FakeLibrary

TODAY = date(2026, 11, 22)


class Counting(FakeLibrary):
    """Counts the papers that were asked for."""

    read = 0

    def get_many(self, ids: Iterable[str]) -> dict[str, Paper]:
        wanted = list(ids)
        self.read += len(wanted)
        return super().get_many(wanted)


def paper(id: str, title: str = "", abstract: str = "") -> Paper:
    return Paper(id, title or f"On {id}", abstract or f"We look at {id}. " * 40, published=date(2026, 1, 1))


def test_anchors_and_copies_of_what_is_ranked_better_or_was_chosen_before_are_left_out() -> None:
    a, b, c, d = (paper(f"2601.0000{n}") for n in range(1, 5))
    same_title, same_text = paper("2601.00005", title=a.title.upper()), paper("2601.00006", abstract=f"{b.abstract} And more.")
    anchor, copy = paper("2601.00007"), paper("2601.00008", title="On 2601.00007")
    copies = Copies(FakeLibrary([a, b, c, d, same_title, same_text, anchor, copy]))
    ranked = [p.id for p in (same_title, a, b, same_text, anchor, copy, c)]
    assert copies.sifted(ranked, [anchor], 1) == (same_title.id, b.id, c.id)
    assert copies.sifted(ranked, [], 1, before=[c.id, a.id]) == (b.id, anchor.id)
    assert copies.sifted(["2699.99999", d.id], [], 1) == (d.id,), "what the library does not have is no candidate"
    assert copies.sifted([], [anchor], 1, before=[a.id]) == ()


def test_a_paper_is_looked_up_once_until_the_library_moves_on() -> None:
    a, b = paper("2601.00001"), paper("2601.00002")
    library = Counting([a, b])
    copies = Copies(library)
    for _ in range(3):
        assert copies.sifted([a.id, b.id], [], 1) == (a.id, b.id)
    assert library.read == 2
    library.add([replace(b, title=a.title, version=2)], TODAY)
    assert copies.sifted([a.id, b.id], [], 2) == (a.id,)
    assert library.read == 4
