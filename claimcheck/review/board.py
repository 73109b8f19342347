"""The board: the last report under the reviews kept so far, and the queue of what needs a person.

A finished run's retests never change and reviews are only added, so the board reads the report once a run, and of the reviews
only what is new since it last looked. Other programs may write meanwhile: each look asks the ledger for both marks.
"""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from claimcheck.domain.arxiv_id import ArxivId
from claimcheck.domain.claim import Claim
from claimcheck.domain.grounding import Grounding
from claimcheck.domain.review import Review, Standing, Subject, Target, newest, reopened, standing
from claimcheck.ports import Ledger
from claimcheck.refresh import last_report
from claimcheck.report import words
from claimcheck.review.preview import Reviews, claim_of, judged

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Item:
    """A piece of evidence or an anchor with what was decided on it.

    `last` is the review kept last for it, whatever it is; `review` the one that may count today, `stands` whether it does.
    `why` says why a person must look, or is empty; the lower the `rank`, the sooner.
    """

    claim: Claim
    entry: Entry
    data: Entry
    subject: Subject
    review: Review | None
    last: Review | None
    stands: bool
    why: str
    rank: int

    @property
    def open(self) -> bool:
        """Tell whether it needs a person."""
        return bool(self.why)

    @property
    def target(self) -> Target:
        """What it is."""
        return self.subject.target

    @property
    def anchor_name(self) -> str:
        """Return its name on a page, for links."""
        return f"{self.target}-{self.subject.claim_id}-{self.subject.paper_id}".replace("/", "-")


@dataclass(frozen=True)
class Case:
    """A claim with its items, and reasons to look that concern none of them."""

    entry: Entry
    claim: Claim
    items: tuple[Item, ...]
    reasons: tuple[str, ...]

    @cached_property
    def open(self) -> tuple[Item, ...]:
        """What of it needs a person, first things first."""
        return tuple(sorted((item for item in self.items if item.open), key=lambda item: item.rank))

    def items_of(self, target: Target) -> list[Item]:
        """Return its anchors, or its evidence."""
        return [item for item in self.items if item.target is target]


@dataclass(frozen=True)
class Board:
    """One look at the ledger. `twin` is None before the first refresh."""

    run_id: int
    twin: Mapping[str, Any] | None
    cases: Mapping[str, Case]
    reviews: tuple[Review, ...]
    current: Reviews
    judge: str

    @cached_property
    def queue(self) -> list[Item]:
        """What needs a person: claims by what is most urgent in them, and their items together."""
        waiting = sorted((case.open for case in self.cases.values() if case.open), key=lambda items: items[0].rank)
        return [item for items in waiting for item in items]

    def item(self, claim_id: str, target: Target, paper_id: str) -> Item | None:
        """Return one item, or None."""
        case = self.cases.get(claim_id)
        found = case.items if case else ()
        return next((i for i in found if (i.target, i.subject.paper_id) == (target, paper_id)), None)


class Boards:
    """Gives the present board, from memory where the ledger has nothing new."""

    def __init__(self, ledger: Ledger, today: date) -> None:
        """Take the ledger and the day that reviews are made on."""
        self._ledger = ledger
        self._today = today
        self._turn = threading.Lock()
        self._mark = 0
        self._reviews: list[Review] = []
        self._board: Board | None = None

    def now(self) -> Board:
        """Return the board as the ledger is now."""
        with self._turn:
            run = self._ledger.last_run_id() or 0
            mark, new = self._ledger.reviews_after(self._mark)
            old, self._mark = self._board, mark
            self._reviews += new
            if old is None or old.run_id != run:
                self._board = _whole(run, last_report(self._ledger), self._reviews, self._today)
            elif new:
                self._board = _with(old, new, self._reviews, self._today)
            assert self._board is not None
            return self._board


def _whole(run: int, twin: Mapping[str, Any] | None, reviews: list[Review], today: date) -> Board:
    current, last = newest(reviews, today), _last(reviews)
    judge = f"{twin['judge']['kind']} {twin['judge']['model'] or ''}".strip() if twin else ""
    cases = {entry["id"]: _case(entry, current, last, today) for entry in (twin["claims"] if twin else ())}
    return Board(run, twin, cases, tuple(reviews), current, judge)


def _with(old: Board, new: tuple[Review, ...], reviews: list[Review], today: date) -> Board:
    """Return the board with new reviews: only their claims are looked at again."""
    current, last = newest(reviews, today), _last(reviews)
    touched = {review.subject.claim_id for review in new}
    cases = {id: _case(case.entry, current, last, today) if id in touched else case for id, case in old.cases.items()}
    return replace(old, cases=cases, reviews=tuple(reviews), current=current)


def _last(reviews: list[Review]) -> dict[tuple[str, Target, str], Review]:
    return {review.subject.key: review for review in reviews}


def _case(entry: Entry, current: Reviews, last: Mapping[tuple[str, Target, str], Review], today: date) -> Case:
    claim = claim_of(entry)
    items = tuple(_items(claim, entry, current, last, today))
    named = {str(ArxivId(i.data["paper_id"], i.data["version"])) for i in items if i.target is Target.EVIDENCE}
    reasons = [why for why in entry["needs_review_reasons"] if not any(name in why for name in named)]
    return Case(entry, claim, items, tuple(why for why in reasons if "was reviewed (" not in why))


def _items(
    claim: Claim, entry: Entry, current: Reviews, last: Mapping[tuple[str, Target, str], Review], today: date
) -> Iterator[Item]:
    rows = [(Target.ANCHOR, data["id"], data) for data in entry["anchors"]]
    rows += [(Target.EVIDENCE, data["paper_id"], data) for data in entry["evidence"]]
    for target, paper_id, data in rows:
        of = Subject(claim.id, claim.fingerprint, target, paper_id, data["version"], data.get("fingerprint") or "")
        review = current.get(of.key)
        stands = review is not None and standing(review, of, today) is Standing.STANDS
        again = reopened(review, of, today) if review else None
        rank, why = (0, again) if again else (9, "") if stands else _doubt(entry, judged(data), target)
        yield Item(claim, entry, data, of, review, last.get(of.key), stands, why, rank)


def _doubt(entry: Entry, data: Entry, target: Target) -> tuple[int, str]:
    """Say why a person should look at what nobody has reviewed, and how soon."""
    if target is Target.ANCHOR:
        if words.failed(data):
            return 2, f"the citation is in doubt: {data['reason']}"
        silent = data["grounding"] == Grounding.UNCHECKED and data["title"]
        return (5, f"whether it says so is not known: {data['reason']}") if silent else (9, "")
    name = str(ArxivId(data["paper_id"], data["version"]))
    reason = next((why for why in entry["needs_review_reasons"] if name in why and "was reviewed (" not in why), None)
    if reason:
        return 1, reason
    if data["unjudged"]:
        against = data["stance"] in ("refutes", "relaxes", "supersedes")
        return (1, "a possible conflict, not judged") if against else (3, "it bears on the claim; its stance was not judged")
    return (4, words.counting(data)) if data["grounding"] != "grounded" else (9, "")
