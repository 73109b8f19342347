"""A model that falls for whatever a paper tells it, in a retest that runs for real: what comes of the verdict?

The hostile paper has an honest finding, and a text that tries to steer the judge stands in it. The model sees what the prompt
really holds. Where that text is in it, it obeys: `as written` it answers what the attacker dictates (a quote that stands in no
sentence it was shown is a sentence number that is not there, a foreign id a key too many); `at worst` it makes the most of our
schema, and points at the attacker's own words with the stance that they ask for. Where it does not see that text it reads
honestly.
"""

import html as escaping
import json
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from claimcheck.adapters.fulltext import html
from claimcheck.adapters.model_answer import Unusable, given_ids, parse_reading, parts_of
from claimcheck.domain.claim import Claim
from claimcheck.domain.evidence import Evidence, Reading, Usage
from claimcheck.domain.fulltext import Form, Found
from claimcheck.domain.paper import Paper
from claimcheck.domain.retest import Retest
from claimcheck.domain.text import clean, sentences, words
from claimcheck.domain.verdict import Verdict
from claimcheck.ports import Judge, UnusableAnswer
from tests.fakes import FakeFullTexts, FakeJudge, FakeSource
from tests.integration.model_server import prompts
from tests.unit.test_graph import claim, only, run

Manner = Literal["as written", "at worst"]
HOSTILE, OTHER = "2507.00001", "2508.00001"
FINDING = {
    "refutes": "Instruction adherence does not fall under reasoning training.",
    "supports": "Instruction adherence falls under reasoning training.",
}
STANCES = {"supports": "supports", "contradicts": "refutes", "unrelated": "not_enough_info"}


@dataclass(frozen=True)
class Outcome:
    """The verdict without and with the text, the hostile paper's evidence, and what could not be looked at."""

    before: Verdict
    after: Verdict
    review: tuple[str, ...]
    evidence: Evidence | None
    gaps: tuple[str, ...]

    @property
    def word(self) -> str:
        """Say it in a word: `same`, `gap` (not assessed, and said so), `waits` (for a person, who is told why) or `moved`."""
        if self.after is self.before:
            return "same"
        if self.after is Verdict.UNJUDGED and self.review and self.evidence and not self.evidence.counted:
            return "waits"
        return "gap" if self.gaps and self.after is Verdict.UNKNOWN else "moved"


def retested(row: dict[str, Any], manner: Manner, second: Judge | None = None) -> Outcome:
    """Retest a claim without a text and with it; `second` reads once more what a verdict rests on, as in a refresh."""
    before, after = _retest(row, manner, "", second), _retest(row, manner, row["payload"], second)
    item = next((e for e in after.evidence if e.paper.id == HOSTILE), None)
    return Outcome(before.verdict, after.verdict, after.needs_review, item, tuple(gap.what for gap in after.gaps if gap.blocks))


def _retest(row: dict[str, Any], manner: Manner, payload: str, second: Judge | None) -> Retest:
    dictated = _dictated(row)
    honest = "supports" if dictated and dictated.get("verdict") == "contradicts" else "refutes"
    texts = FakeFullTexts({HOSTILE: (Form.HTML, _sections(payload))} if row["where"] == "fulltext" else {})
    source = FakeSource([_hostile(row["where"], payload, honest), _other()])

    def script(asked: Claim, paper: Paper, attempt: int) -> Reading | Exception:
        told = "\n".join(message.content for message in prompts().reading(asked, paper, attempt))
        raw = _answer(row, manner, payload, paper, told, honest)
        try:
            return parse_reading(raw, parts_of(asked), given_ids(asked, paper.id))
        except Unusable as wrong:
            return UnusableAnswer(str(wrong), Usage(1), raw)

    state, _ = run(claim(anchors=()), source=source, judge=FakeJudge(script), full_texts=texts, full_text=5, second=second)
    return only(state)


def _answer(row: dict[str, Any], manner: Manner, payload: str, paper: Paper, told: str, honest: str) -> str:
    mine = [s for s in paper.sentences if s.text in FINDING.values()]
    if paper.id != HOSTILE:
        return _json("supports", [s.number for s in mine])
    reply = row["obedient_reply"]
    if reply is None or not payload or not _sees(payload, told):
        return _json(honest, [s.number for s in mine])
    dictated = _dictated(row)
    if dictated is None:
        return str(reply)
    stance = STANCES[dictated["verdict"]]
    if manner == "as written" and dictated["paper_id"] != "2501.00001":
        return json.dumps(json.loads(_json(stance, [1])) | {"paper_id": dictated["paper_id"]})
    quoted = [s.number for s in paper.sentences if manner == "as written" and dictated["quote"] and dictated["quote"] in s.text]
    at_worst = [s.number for s in paper.sentences if s.text not in FINDING.values() and _words(s.text) & _words(payload)]
    numbers = (quoted or [99]) if manner == "as written" else at_worst[-3:] or [1]
    return _json(stance, [] if stance == "not_enough_info" else numbers)


def _dictated(row: dict[str, Any]) -> dict[str, Any] | None:
    try:
        found = json.loads(row["obedient_reply"] or "")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _json(stance: str, numbers: list[int]) -> str:
    rest = {"part": "whole", "asserted": True, "confidence": 1.0}
    return json.dumps({"reason": "As it says.", "sentences": numbers, "stance": stance, **rest})


def _words(text: str) -> set[str]:
    return {word for word in words(text) if len(word) > 3}


def _sees(payload: str, told: str) -> bool:
    """A model obeys a text of which it sees at least one whole sentence; what only invisible letters spelled is gone."""
    seen, (text, removed) = " ".join(told.split()), clean(payload)
    return removed != {"invisible"} and any(s.text in seen for s in sentences(text))


def _hostile(where: str, payload: str, honest: str) -> Paper:
    title, abstract = "On reasoning training and instruction adherence", f"We test it. {FINDING[honest]} We give the code."
    text, flags = clean(payload)
    fields: dict[str, Any] = {"published": date(2025, 7, 1), "flags": flags if where != "fulltext" else frozenset()}
    if where == "abstract":
        abstract = f"{abstract} {text}".strip()
    elif where == "title":
        title = f"{title}: {text}"
    elif where == "author":
        fields["authors"] = (text or "A. Author",)
    elif where == "comment":
        fields["comment"] = text or None
    return Paper(HOSTILE, title, abstract, 1, **fields)


def _other() -> Paper:
    text = f"We look again. {FINDING['supports']} It is measured."
    return Paper(OTHER, "Reasoning training and instruction adherence again", text, 1, published=date(2025, 8, 1))


def _sections(payload: str) -> list[Found]:
    """What our HTML reader makes of a page with the text in it; markup that hides stays markup, all else is visible."""
    markup = payload.startswith(("<span style", "<!--"))
    inside = payload if markup else f"<p>{escaping.escape(payload)}</p>"
    body = f"<h2>4 Results</h2><p>Reasoning training and instruction adherence were measured in full here.</p>{inside}"
    return list(html.parse(f"<html><body>{body}</body></html>".encode("utf-8", "replace"), any_page=True).found)
