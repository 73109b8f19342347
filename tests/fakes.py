"""In-memory stand-ins that keep the ports' promises."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from typing import Any

from claimcheck.domain.citing import Citations
from claimcheck.domain.claim import Claim
from claimcheck.domain.dates import Window
from claimcheck.domain.evidence import Reading, Stance, Usage
from claimcheck.domain.fulltext import Form, FullText, abstract_only, full_text
from claimcheck.domain.fulltext import Found as Section
from claimcheck.domain.grounding import AnchorCheck
from claimcheck.domain.match import Match, Scored
from claimcheck.domain.paper import Paper, Withdrawal
from claimcheck.domain.query import Query
from claimcheck.domain.retest import Retest
from claimcheck.domain.review import Review
from claimcheck.domain.text import content_words, stem
from claimcheck.errors import Denied, SourceUnavailable
from claimcheck.ports import (
    Answer,
    Draft,
    Found,
    Judgement,
    JudgementKey,
    JudgeName,
    KeptCitations,
    KeptRetest,
    NotRecorded,
    Passed,
    Question,
    QuestionMaterial,
    RunSummary,
    Unread,
)


def _score(paper: Paper, query: Query) -> int:
    have = [stem(w) for w in content_words(f"{paper.title} {paper.abstract}")]
    hits = sum(stem(t) in have for t in query.terms)
    if query.cues and not any(stem(c) in have for c in query.cues):
        return 0
    return hits if not query.every or hits == len(query.terms) else 0


def _ranked(papers: Iterable[Paper], query: Query, window: Window | None, limit: int) -> list[Paper]:
    scored = [(-_score(p, query), p.id, p) for p in papers if window is None or window.holds(p.when)]
    return [p for score, _, p in sorted(scored, key=lambda row: row[:2]) if score < 0][:limit]


class FakeSource:
    """arXiv in memory. Ids and query origins in `down` cannot be asked; so can nothing while `out` is set."""

    name = "arxiv"

    def __init__(
        self, papers: Iterable[Paper] = (), down: Iterable[str] = (), withdrawn: dict[str, Withdrawal] | None = None
    ) -> None:
        self.papers = {p.id: p for p in papers}
        self.down = set(down)
        self.withdrawn = withdrawn or {}
        self.out = False
        self._requests = 0

    @property
    def requests(self) -> int:
        return self._requests

    def _ask(self, *names: str) -> None:
        self._requests += 1
        if self.out or self.down & set(names):
            raise SourceUnavailable("arXiv did not answer; run again", breaker=self.out)

    def search(self, query: Query, window: Window, limit: int) -> Found:
        self._ask(query.origin)
        ranked = _ranked(self.papers.values(), query, window, len(self.papers))
        return Found(tuple(ranked[:limit]), len(ranked))

    def look_up(self, ids: Sequence[str]) -> Found:
        self._ask(*ids)
        known = tuple(self.papers[i] for i in ids if i in self.papers)
        return Found(known, len(known))

    def new_in(self, category: str, window: Window, page: Callable[[Sequence[Paper]], object] = len) -> Found:
        self._ask(category)
        new = tuple(p for p in self.papers.values() if category in p.categories and window.holds(p.when))
        page(new)
        return Found(new, len(new))

    def withdrawal(self, id: str) -> Withdrawal | None:
        self._ask(id, f"abs:{id}")
        return self.withdrawn.get(id)


class FakeCitations:
    """A citation source in memory that knows the papers in `citing`. Ids in `down` cannot be asked; nothing can while `out`."""

    def __init__(
        self, citing: dict[str, Citations] | None = None, down: Iterable[str] = (), name: str = "Semantic Scholar"
    ) -> None:
        self.name = name
        self.known = citing or {}
        self.down = set(down)
        self.out = False
        self.denies = False
        self._requests = 0

    @property
    def requests(self) -> int:
        return self._requests

    def citing(self, id: str) -> Citations:
        self._requests += 1
        if self.denies:
            raise Denied(f"{self.name} refuses the key; correct it")
        if self.out or id in self.down:
            raise SourceUnavailable(f"{self.name} did not answer; run again later", breaker=self.out)
        if id not in self.known:
            raise SourceUnavailable(f"{self.name} does not know the paper {id}; it may know it later")
        return self.known[id]


class FakeFullTexts:
    """Full texts in memory: forms and sections by id. Ids in `down` cannot be asked; any other paper is its abstract alone."""

    def __init__(self, texts: Mapping[str, tuple[Form, Sequence[Section]]] | None = None, down: Iterable[str] = ()) -> None:
        self.texts = texts or {}
        self.down = set(down)
        self.asked: list[str] = []

    def fetch(self, paper: Paper) -> FullText:
        self.asked.append(paper.id)
        if paper.id in self.down:
            raise SourceUnavailable(f"arXiv did not answer for {paper.id}; run again")
        if paper.id not in self.texts or paper.known_withdrawal:
            return abstract_only(paper, ["arXiv has no HTML of it", "arXiv has no PDF of it"])
        form, sections = self.texts[paper.id]
        notes = [] if form is Form.HTML else ["arXiv has no HTML of it"]
        return full_text(paper, form, sections, notes)


class FakeTogether:
    """Keeps which readings it was told to expect."""

    def __init__(self) -> None:
        self.expected: list[Unread] = []

    def expect(self, unread: Iterable[Unread]) -> None:
        self.expected = list(unread)


def _merged(old: Paper, new: Paper) -> Paper:
    """What is not known anew stays as it was known."""
    unknown = {f.name: getattr(old, f.name) for f in fields(Paper) if getattr(new, f.name) in (None, ())}
    titles = (*old.older_titles, old.title) if old.title != new.title else old.older_titles
    asked = new.withdrawal_asked if new.version and new.version != old.version else unknown.get("withdrawal_asked")
    return replace(new, **{**unknown, "older_titles": titles, "withdrawal_asked": asked or new.withdrawal_asked})


class FakeLibrary:
    """The library in memory."""

    def __init__(self, papers: Iterable[Paper] = ()) -> None:
        self.papers = {p.id: p for p in papers}
        self._asked: list[tuple[str, str, Window]] = []
        self._missing: set[tuple[str, str, date]] = set()
        self._looked_up: dict[tuple[str, str], date] = {}
        self._arrived: dict[str, int] = {}
        self._matches: dict[str, Match] = {}
        self._citations: dict[tuple[str, str], KeptCitations] = {}

    def add(self, papers: Iterable[Paper], today: date) -> int:
        changed = 0
        for paper in papers:
            old = self.papers.get(paper.id)
            if old and (paper.version or 0) < (old.version or 0):
                continue
            new = _merged(old, paper) if old else paper
            changed += new != old
            if old is None or (new.fingerprint, new.when) != (old.fingerprint, old.when):
                self._arrived[paper.id] = max(self._arrived.values(), default=0) + 1
            self.papers[paper.id] = new
        return changed

    def get(self, id: str) -> Paper | None:
        return self.papers.get(id)

    def get_many(self, ids: Iterable[str]) -> dict[str, Paper]:
        return {i: self.papers[i] for i in ids if i in self.papers}

    def search(self, query: Query, window: Window | None, limit: int) -> tuple[str, ...]:
        return tuple(p.id for p in _ranked(self.papers.values(), query, window, limit))

    def scored(self, query: Query, window: Window | None, limit: int, after: int | None = None) -> tuple[Scored, ...]:
        new = [p for p in self.papers.values() if after is None or self._arrived.get(p.id, 0) > after]
        return tuple(Scored(p.id, float(_score(p, query))) for p in _ranked(new, query, window, limit))

    def mark(self) -> int:
        return max(self._arrived.values(), default=0)

    def note_matches(self, matches: Mapping[str, Match]) -> None:
        self._matches |= matches

    def matches(self, claims: Iterable[str]) -> dict[str, Match]:
        return {claim: self._matches[claim] for claim in claims if claim in self._matches}

    def reach(self) -> date | None:
        return max((p.when.last for p in self.papers.values()), default=None)

    def mark_withdrawal(self, id: str, withdrawal: Withdrawal | None, asked: date) -> None:
        self.papers[id] = replace(self.papers[id], withdrawal=withdrawal or self.papers[id].withdrawal, withdrawal_asked=asked)

    def note_asked(self, source: str, query: str, window: Window, total: int, ids: Sequence[str]) -> None:
        self._asked.append((source, query, window))

    def asked(self, source: str, query: str) -> list[Window]:
        return [w for s, q, w in self._asked if (s, q) == (source, query)]

    def keep_citations(self, source: str, id: str, citations: Citations, day: date) -> None:
        self._citations[source, id] = KeptCitations(citations, day)

    def citations(self, source: str, id: str) -> KeptCitations | None:
        return self._citations.get((source, id))

    def note_missing(self, source: str, ids: Iterable[str], day: date) -> None:
        self._missing |= {(source, i, day) for i in ids}

    def missing(self, source: str, day: date) -> frozenset[str]:
        return frozenset(i for s, i, d in self._missing if (s, d) == (source, day))

    def note_looked_up(self, source: str, ids: Iterable[str], day: date) -> None:
        self._looked_up |= {(source, id): day for id in ids}

    def looked_up(self, source: str) -> dict[str, date]:
        return {id: day for (s, id), day in self._looked_up.items() if s == source}


Script = Callable[[Claim, Paper, int], Reading | Exception]


class FakeJudge:
    """Answers from a function of claim, paper and attempt; counts what it was asked."""

    def __init__(self, script: Script | None = None, kind: str = "openai", can_reread: bool = True) -> None:
        self.name = JudgeName(kind, "fake", "0000")
        self.can_reread = can_reread
        self.script = script or (lambda *_: Reading(Stance.NOT_ENOUGH_INFO, bears=False))
        self.asked: list[tuple[str, str, int]] = []

    async def read(self, claim: Claim, paper: Paper, attempt: int = 1) -> Answer:
        self.asked.append((claim.id, paper.id, attempt))
        answer = self.script(claim, paper, attempt)
        if isinstance(answer, Exception):
            raise answer
        return Answer(answer, Usage(1, 100, 10, 0.001), "fake", "{}")

    async def phrases(self, claim: Claim) -> tuple[tuple[str, ...], Usage]:
        return (), Usage()

    async def questions(self, material: Sequence[QuestionMaterial]) -> tuple[tuple[Question, ...], Usage]:
        return (), Usage()


def recorded(answers: dict[tuple[str, str], Reading]) -> Script:
    """A script that knows only these (claim id, paper id) pairs."""
    return lambda claim, paper, _: answers.get((claim.id, paper.id), NotRecorded())


class FakeLedger:
    """The ledger in memory."""

    def __init__(self) -> None:
        self.runs: dict[int, tuple[date, JudgeName, str]] = {}
        self.finished: dict[int, tuple[RunSummary, float, int]] = {}
        self.judgements: dict[JudgementKey, Judgement] = {}
        self.unusable: list[tuple[JudgementKey, str, date, str, Usage]] = []
        self.checks: list[tuple[int, str, AnchorCheck, date]] = []
        self.kept: list[KeptRetest] = []
        self.drafts: dict[tuple[str, str], Draft] = {}
        self.calls: list[tuple[int, Usage]] = []
        self.answered: list[tuple[int, Usage]] = []
        self.reviews: list[Review] = []

    def start_run(self, day: date, judge: JudgeName, claims_hash: str) -> int:
        self.runs[len(self.runs) + 1] = (day, judge, claims_hash)
        return len(self.runs)

    def finish_run(self, run_id: int, summary: RunSummary, seconds: float, exit_code: int) -> None:
        self.finished[run_id] = (summary, seconds, exit_code)

    def judgement(self, key: JudgementKey) -> Judgement | None:
        return self.judgements.get(key)

    def keep_judgement(self, run_id: int, judgement: Judgement) -> None:
        if self.judgements.setdefault(judgement.key, judgement) is judgement:
            self.answered.append((run_id, judgement.answer.usage))

    def keep_unusable(self, run_id: int, key: JudgementKey, claim_id: str, day: date, why: str, usage: Usage, raw: str) -> None:
        self.unusable.append((key, claim_id, day, why, usage))
        self.answered.append((run_id, usage))

    def draft(self, kind: str, key: str) -> Draft | None:
        return self.drafts.get((kind, key))

    def keep_draft(self, run_id: int, draft: Draft) -> None:
        if self.drafts.setdefault((draft.kind, draft.key), draft) is draft:
            self.answered.append((run_id, draft.usage))

    def keep_anchor_check(self, run_id: int, claim_id: str, check: AnchorCheck, day: date) -> None:
        self.checks.append((run_id, claim_id, check, day))

    def keep_retest(self, run_id: int, day: date, retest: Retest, entry: dict[str, Any]) -> None:
        claim = retest.claim
        self.kept.append(KeptRetest(run_id, day, claim.id, claim.fingerprint, retest.verdict, retest.complete, entry))

    def previous(self, claim_id: str, claim_fingerprint: str, before: date) -> KeptRetest | None:
        same = [k for k in self.kept if (k.claim_id, k.claim_fingerprint) == (claim_id, claim_fingerprint)]
        earlier = [k for k in same if k.complete and k.day < before]
        return max(earlier, key=lambda k: (k.day, k.run_id), default=None)

    def history(self, claim_id: str) -> tuple[KeptRetest, ...]:
        distinct: dict[tuple[date, str], KeptRetest] = {}
        for kept in self.kept:
            if kept.claim_id == claim_id:
                distinct.setdefault((kept.day, repr(kept.entry)), kept)
        return tuple(sorted(distinct.values(), key=lambda k: k.day))

    def last_run(self) -> tuple[int, RunSummary] | None:
        done = [(run, summary) for run, (summary, _, code) in self.finished.items() if code in (0, 4, 5, 6, 10)]
        return max(done, key=lambda row: row[0], default=None)

    def reported(self) -> tuple[tuple[int, date], ...]:
        return tuple((id, self.runs[id][0]) for id, (_, _, code) in self.finished.items() if code in (0, 4, 5, 6, 10))

    def summary(self, run_id: int) -> RunSummary:
        return self.finished[run_id][0]

    def retests(self, run_id: int) -> tuple[KeptRetest, ...]:
        return tuple(k for k in self.kept if k.run_id == run_id)

    def course(self) -> tuple[Passed, ...]:
        return tuple(Passed(k.run_id, k.day, k.claim_id, k.claim_fingerprint, k.verdict, k.complete) for k in self.kept)

    def retest(self, run_id: int, claim_id: str) -> KeptRetest | None:
        return next((k for k in reversed(self.kept) if (k.run_id, k.claim_id) == (run_id, claim_id)), None)

    def claim_ids(self) -> tuple[str, ...]:
        return tuple(sorted({k.claim_id for k in self.kept}))

    def spent(self, day: date) -> Usage:
        usages = [j.answer.usage for j in self.judgements.values() if j.day == day]
        usages += [usage for _, _, when, _, usage in self.unusable if when == day]
        usages += [d.usage for d in self.drafts.values() if d.day == day]
        return sum(usages, Usage())

    def keep_call(self, run_id: int, day: date, highest: Usage) -> None:
        self.calls.append((run_id, highest))

    def unfinished(self) -> Usage:
        ended = max(self.finished, default=0)
        answered = sum((usage for run, usage in self.answered if run > ended), Usage())
        begun = sorted((usage for run, usage in self.calls if run > ended), key=lambda u: -u.usd)
        missing, lost = sum(usage.calls for usage in begun) - answered.calls, Usage()
        for usage in begun:
            if lost.calls < missing:
                lost += replace(usage, estimated=True)
        return answered + lost

    def last_run_id(self) -> int | None:
        last = self.last_run()
        return last[0] if last else None

    def keep_review(self, review: Review, seen: str | None) -> bool:
        same = [kept.id for kept in self.reviews if kept.subject.key == review.subject.key]
        return (same[-1] if same else None) == seen and self.import_reviews([review]) == 1

    def import_reviews(self, reviews: Sequence[Review]) -> int:
        new = {review.id: review for review in reviews if review not in self.reviews}
        self.reviews += new.values()
        return len(new)

    def reviews_of(self, claim_id: str) -> tuple[Review, ...]:
        return tuple(review for review in self.reviews if review.subject.claim_id == claim_id)

    def reviews_after(self, mark: int = 0) -> tuple[int, tuple[Review, ...]]:
        return len(self.reviews), tuple(self.reviews[mark:])


class SilentProgress:
    """Shows nothing."""

    def stage(self, name: str, total: int) -> None:
        pass

    def step(self, count: int = 1) -> None:
        pass
