"""Ask: research questions for a regime that may have moved, each tied to evidence.

A judge with a language model drafts them; without one they are made by rule, from contested and relaxed claims, and say so. The
questions that claims.yaml keeps in view are always there, tied to the evidence that comes closest to them. While readings are
under way in a batch no model is asked: it would be paid again for what they bring.
"""

from langgraph.runtime import Runtime

from claimcheck.agent.draft import Row, drafted
from claimcheck.agent.state import Context, State
from claimcheck.domain.claim import Inquiry
from claimcheck.domain.evidence import Evidence, Stance, Usage
from claimcheck.domain.gap import Gap, GapKind
from claimcheck.domain.retest import Retest
from claimcheck.domain.text import content_words, stem
from claimcheck.domain.verdict import RESTS_ON, Verdict
from claimcheck.ports import Question, QuestionMaterial

_MOVED = (Verdict.OVERTURNED, Verdict.CONTESTED, Verdict.SUPERSEDED, Verdict.RELAXED)
_MOVING = (Stance.REFUTES, Stance.RELAXES, Stance.SUPERSEDES)
_PIECES = 3
_BY_RULE = {
    Verdict.OVERTURNED: "What, if anything, remains of this claim: {text}",
    Verdict.CONTESTED: "Which difference in setting explains that newer papers disagree on this claim: {text}",
    Verdict.SUPERSEDED: "Does the newer measurement change what follows from this claim: {text}",
    Verdict.RELAXED: "Does the method that lifts this limit also work outside the setting it was shown in: {text}",
}


async def ask(state: State, runtime: Runtime[Context]) -> State:
    """Collect the file's questions and draft new ones."""
    context = runtime.context
    context.progress.stage("ask", 1)
    kept = [_kept_in_view(q, state["retests"]) for inquiry in state["inquiries"] for q in _in_view(inquiry, state)]
    under_way = any(gap.kind is GapKind.BATCH for retest in state["retests"] for gap in retest.gaps)
    drafted, gap = ([], None) if under_way else await _drafted(context, state["retests"])
    context.progress.step()
    return {"questions": (*kept, *(drafted or _by_rule(state["retests"]))), "gaps": [gap] if gap else []}


def _in_view(inquiry: Inquiry, state: State) -> tuple[str, ...]:
    return inquiry.questions if any(claim.inquiry == inquiry.id for claim in state["claims"]) else ()


def _moving(retest: Retest) -> list[Evidence]:
    """The counted evidence that moves a claim: first what its verdict rests on, the surest before the others."""
    items = [e for e in retest.evidence if e.counted and e.stance in _MOVING]
    decisive = RESTS_ON.get(retest.verdict, frozenset())
    return sorted(items, key=lambda e: (e.stance not in decisive, _MOVING.index(e.stance), -e.confidence, e.paper.id))


def _kept_in_view(text: str, retests: tuple[Retest, ...]) -> Question:
    wanted = {stem(w) for w in content_words(text)}
    pieces = {e.paper.id: e for retest in retests for e in retest.evidence if e.counted}

    def closeness(item: Evidence) -> int:
        return len(wanted & {stem(w) for w in content_words(f"{item.paper.title} {' '.join(q.text for q in item.quotes)}")})

    nearest = sorted(pieces.values(), key=lambda e: (-closeness(e), -e.confidence, e.paper.id))[:_PIECES]
    return Question(text, tuple(e.paper.id for e in nearest if closeness(e)), "claims.yaml")


def _by_rule(retests: tuple[Retest, ...]) -> list[Question]:
    return [
        Question(
            _BY_RULE[retest.verdict].format(text=retest.claim.text), tuple(e.paper.id for e in _moving(retest)[:_PIECES]), "rule"
        )
        for retest in retests
        if retest.verdict in _BY_RULE and _moving(retest)
    ]


async def _drafted(context: Context, retests: tuple[Retest, ...]) -> tuple[list[Question], Gap | None]:
    material = [
        QuestionMaterial(r.claim, r.verdict, tuple((e.paper.id, e.quotes[0].text) for e in _moving(r)[:_PIECES]))
        for r in retests
        if r.verdict in _MOVED and _moving(r)
    ]
    if not material:
        return [], None

    async def ask() -> tuple[tuple[Row, ...], Usage]:
        questions, usage = await context.judge.questions(material)
        return tuple(_row(question) for question in questions), usage

    told = [(m.claim.fingerprint, m.verdict, m.evidence) for m in material]
    rows, gap = await drafted(context, "questions", told, ask)
    return [_question(row) for row in rows], gap


def _row(question: Question) -> dict[str, object]:
    return {"text": question.text, "because": list(question.because), "drafted_by": question.drafted_by}


def _question(row: dict[str, object]) -> Question:
    because = row["because"]
    assert isinstance(because, list)
    return Question(str(row["text"]), tuple(str(b) for b in because), str(row["drafted_by"]))
