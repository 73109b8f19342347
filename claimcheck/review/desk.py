"""The desk: a person's decisions, checked against what the person saw, kept as reviews, and undone by reviews."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from claimcheck.domain.arxiv_id import ArxivId, MalformedId
from claimcheck.domain.claim import Anchor
from claimcheck.domain.evidence import QuoteGrounding, Stance
from claimcheck.domain.grounding import Grounding
from claimcheck.domain.review import Action, Review, Target, wrong
from claimcheck.errors import Refused, Stale
from claimcheck.ports import ClaimsText, Ledger, Library
from claimcheck.review.board import Boards, Item
from claimcheck.review.forms import Decided, Repaired, Shown
from claimcheck.review.preview import judged
from claimcheck.review.texts import Texts

_READ_ONLY = "the sample's claims cannot be changed; copy them and name your copy with --claims"


@dataclass(frozen=True)
class Desk:
    """Where decisions are made. `claims` is None where claims.yaml may not be changed; `clock` gives the time in UTC."""

    ledger: Ledger
    library: Library
    boards: Boards
    texts: Texts
    reviewer: str
    today: date
    claims: ClaimsText | None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def decide(self, form: Decided) -> Item:
        """Keep a decision and return the item as it is then.

        Raise `Stale` when the item is not what the person saw, `Refused` for a decision that cannot be kept.
        """
        item = self._seen(form)
        if form.action is Action.UNDO or (form.target is Target.ANCHOR and form.action is Action.CORRECT):
            raise Refused(["this address takes accept, reject and, for evidence, correct"])
        review = self._review(item, form.action, form.reason)
        review = replace(review, expires=form.expires)
        if form.action is Action.CORRECT:
            sentences = () if form.stance is Stance.NOT_ENOUGH_INFO else tuple(sorted(set(form.sentences)))
            review = replace(review, stance=form.stance, part=form.part, asserted=form.own, sentences=sentences)
            self._check_sentences(item, sentences)
        if form.action is Action.ACCEPT and not acceptable(item):
            raise Refused(
                ["this cannot be accepted: no sentence of the paper shows it, or the paper is not there; correct or reject it"]
            )
        return self._keep(item, review)

    def undo(self, form: Shown) -> Item:
        """Take back the review that may count today; a repaired anchor gets its old id back in claims.yaml."""
        item = self._seen(form)
        if item.review is None:
            raise Refused(["there is no review to undo"])
        if item.review.action is Action.CORRECT and item.target is Target.ANCHOR:
            self._put_back(item, item.review)
        return self._keep(item, replace(self._review(item, Action.UNDO, ""), undoes=item.review.id))

    def repair(self, form: Repaired) -> Item:
        """Put another paper's id into claims.yaml in place of an anchor's, and keep that it was done."""
        item = self._seen(form)
        if self.claims is None:
            raise Refused([_READ_ONLY])
        if form.target is not Target.ANCHOR or item.data["cited"] != form.cited:
            raise Refused(["this is no anchor of the claim"])
        new = self._paper(form.replacement)
        self.claims.repair(form.claim, form.cited, new, form.digest)
        return self._keep(item, replace(self._review(item, Action.CORRECT, form.reason), replacement=new.id))

    def _seen(self, form: Shown) -> Item:
        """Return the item if it is still what the person saw."""
        item = self.boards.now().item(form.claim, form.target, form.paper)
        if item is None:
            raise Stale("this is not in the last report any more; load the page again")
        same_texts = (item.subject.claim, item.subject.paper) == (form.claim_text, form.paper_text)
        if not same_texts or (item.last.id if item.last else "") != form.seen:
            raise Stale(_overtaken(item))
        return item

    def _review(self, item: Item, action: Action, reason: str) -> Review:
        """Return the beginnings of a review; it is later than the one kept last, whatever the clock says."""
        at = datetime.combine(self.today, self.clock().timetz())
        if item.last and item.last.at >= at:
            at = item.last.at + timedelta(microseconds=1)
        said = judged(item.data)
        shown = str(said["stance"] if item.target is Target.EVIDENCE else said["grounding"])
        return Review(item.subject, action, self.reviewer, at, reason, judged=shown, judge=self.boards.now().judge)

    def _keep(self, item: Item, review: Review) -> Item:
        problem = wrong(review)
        if problem:
            raise Refused([f"{problem}; nothing was kept"])
        if not self.ledger.keep_review(review, item.last.id if item.last else None):
            raise Stale(_overtaken(self._again(item)))
        return self._again(item)

    def _again(self, item: Item) -> Item:
        of = item.subject
        return self.boards.now().item(of.claim_id, of.target, of.paper_id) or item

    def _check_sentences(self, item: Item, sentences: tuple[int, ...]) -> None:
        paper = self.texts.one(item.claim, item.data)
        if paper is None:
            raise Refused(["the text that was read is not at hand any more, so no sentences can be chosen; accept or reject it"])
        if not {s.number for s in paper.sentences}.issuperset(sentences):
            raise Refused(["a chosen sentence is not in the paper; load the page again"])

    def _paper(self, text: str) -> Anchor:
        try:
            id = ArxivId.parse(text.strip(), self.today)
        except MalformedId as why:
            raise Refused([f"{why}; copy the id from the paper's arXiv page"]) from None
        known = self.library.get(id.bare)
        return Anchor(str(id), known.title if known else None, known.when if known else None)

    def _put_back(self, item: Item, review: Review) -> None:
        if self.claims is None:
            raise Refused([_READ_ONLY])
        old = self.library.get(item.subject.paper_id)
        anchor = Anchor(item.data["cited"], old.title if old else None, old.when if old else None)
        self.claims.repair(item.claim.id, str(review.replacement), anchor, self.claims.digest())


def acceptable(item: Item) -> bool:
    """Tell whether accepting would change anything: not a stance without a sentence, nor a paper that is not there."""
    grounding = judged(item.data)["grounding"]
    if item.target is Target.EVIDENCE:
        return bool(grounding == QuoteGrounding.GROUNDED)
    return grounding not in (Grounding.WITHDRAWN, Grounding.NOT_FOUND, Grounding.MALFORMED)


def _overtaken(item: Item) -> str:
    if item.last is None:
        return "the texts have changed since this page was made; nothing was kept"
    who = f"{item.last.reviewer} ({item.last.action}, {item.last.day})"
    return f"this was reviewed meanwhile by {who}; nothing of yours was kept, and nothing was overwritten"
