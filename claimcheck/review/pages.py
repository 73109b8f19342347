"""The pages as HTML, rendered by Jinja from the board. Everything that comes from papers, models and people is escaped."""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby
from math import ceil
from typing import Any, TypeVar

from jinja2 import Environment, PackageLoader, StrictUndefined

from claimcheck.domain.agreement import agreement
from claimcheck.domain.arxiv_id import ArxivId, MalformedId
from claimcheck.domain.claim import Part
from claimcheck.domain.evidence import Stance
from claimcheck.domain.review import Action, Review, Target
from claimcheck.domain.text import content_words
from claimcheck.errors import Refused
from claimcheck.report import words
from claimcheck.review.board import Board, Case, Item
from claimcheck.review.desk import Desk, acceptable
from claimcheck.review.preview import Find, judged, recomputed
from claimcheck.review.texts import lines

T = TypeVar("T")

_ITEMS = 20
_ROWS = 100
_DONE = {"accept": "Accepted", "reject": "Rejected", "correct": "Corrected", "undo": "Undone"}
_STANCES = tuple(stance.value for stance in Stance)
_ACTIONS = {"accept": "accepted", "reject": "rejected", "correct": "corrected", "undo": "took back a review of"}


def locked(why: str) -> str:
    """Return the page of somebody who has not opened the printed link."""
    return _environment().get_template("locked.html.j2").render(why=why)


def entered() -> str:
    """Return the page that leads on to the queue."""
    return _environment().get_template("entered.html.j2").render()


def problem(desk: Desk | None, status: int, why: str, claim_id: str) -> str:
    """Return a page that says what went wrong."""
    heading = {404: "Not found", 405: "Not possible", 409: "Changed meanwhile", 422: "Not kept"}.get(status, "Something is wrong")
    shell = _shell(desk) if desk else {"shell": None}
    known = desk is not None and claim_id in desk.boards.now().cases
    why = why if status != 405 else "This address does not do that."
    return _page("problem.html.j2", heading=heading, why=why, claim_id=claim_id if known else "", **shell)


def queue(desk: Desk, number: int) -> str:
    """Return the queue of what needs a person."""
    board = desk.boards.now()
    page = _cut(board.queue, number, _ITEMS)
    find = desk.texts.of([(item.claim, item.data) for item in page["rows"]])
    groups = [
        {
            "case": board.cases[id],
            "preview": _preview(desk, board, board.cases[id], find),
            "items": [_view(item, find) for item in items],
        }
        for id, items in groupby(page["rows"], lambda item: item.subject.claim_id)
    ]
    others = [case for case in board.cases.values() if case.reasons and not case.open] if page["last"] else []
    return _page("queue.html.j2", groups=groups, page=page, others=others, back="queue", **_shell(desk))


def claims(desk: Desk, search: str, number: int) -> str:
    """Return the list of claims, or of those that hold all words of a search."""
    wanted = content_words(search) or tuple(search.casefold().split())
    found = [case for case in desk.boards.now().cases.values() if all(word in _haystack(case) for word in wanted)]
    page = _cut(found, number, _ROWS)
    return _page("claims.html.j2", page=page, search=search, found=len(found), **_shell(desk))


def claim(desk: Desk, claim_id: str, number: int) -> str | None:
    """Return one claim's page, or None."""
    board = desk.boards.now()
    case = board.cases.get(claim_id)
    if case is None:
        return None
    evidence = sorted(case.items_of(Target.EVIDENCE), key=lambda item: item.rank)
    page = _cut(evidence, number, _ITEMS)
    shown = [*case.items_of(Target.ANCHOR), *page["rows"]]
    find = desk.texts.of([(item.claim, item.data) for item in shown])
    return _page(
        "claim.html.j2",
        case=case,
        entry=case.entry,
        preview=_preview(desk, board, case, None),
        timeline=_timeline(desk, board, claim_id),
        anchors=[_view(item, find) for item in case.items_of(Target.ANCHOR)],
        items=[_view(item, find) for item in page["rows"]],
        page=page,
        parts=[(name, part) for name, part in case.entry["parts"].items() if part["text"]],
        back="claim",
        **_shell(desk),
    )


def item(desk: Desk, found: Item, back: str, problem: str = "") -> str:
    """Return one item, for HTMX to put in its place, with the counts and the preview that change with it."""
    board = desk.boards.now()
    find = desk.texts.of([(found.claim, found.data)])
    case = board.cases[found.subject.claim_id]
    values = {"view": _view(found, find), "back": back, "problem": problem, "case": case, "board": board}
    return _page("item.html.j2", preview=_preview(desk, board, case, None), **values, **_shell(desk))


def reviews(desk: Desk, number: int) -> str:
    """Return the log of reviews, the newest first."""
    board = desk.boards.now()
    page = _cut(sorted(board.reviews, key=lambda r: (r.at, r.id), reverse=True), number, _ROWS)
    standing = {review.id for review in board.current.values()}
    return _page("reviews.html.j2", page=page, current=standing, actions=_ACTIONS, **_shell(desk))


def agreement_page(desk: Desk) -> str:
    """Return how far judge and reviewers agree."""
    found = agreement(desk.boards.now().current.values())
    table = [(judge, [found.pairs.get((judge, person), 0) for person in Stance]) for judge in Stance]
    return _page("agreement.html.j2", found=found, table=table, stances=_STANCES, **_shell(desk))


def keys(desk: Desk) -> str:
    """Return what each key does."""
    return _page("keys.html.j2", **_shell(desk))


def prepare() -> None:
    """Compile the templates, so that no page waits for it."""
    environment = _environment()
    for name in environment.list_templates(extensions=["j2"]):
        environment.get_template(name)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("claimcheck.review"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"words": words, "stances": _STANCES, "parts_of_claim": tuple(p.value for p in Part), "done": _DONE}
    environment.filters |= {"plain": _plain, "percent": _percent}
    return environment


def _page(name: str, **values: Any) -> str:
    return _environment().get_template(name).render(values)


def _shell(desk: Desk) -> dict[str, Any]:
    board = desk.boards.now()
    return {
        "shell": {
            "reviewer": desk.reviewer,
            "waiting": len(board.queue),
            "generated": board.twin["generated"] if board.twin else None,
            "judge": board.judge,
            "editable": desk.claims is not None,
            "digest": _digest(desk),
            "today": desk.today.isoformat(),
        }
    }


def _digest(desk: Desk) -> str:
    """Return the hash of claims.yaml; nothing where it cannot be read, and a repair is then refused."""
    try:
        return desk.claims.digest() if desk.claims else ""
    except Refused:
        return ""


def _view(found: Item, find: Find) -> dict[str, Any]:
    """What a template shows of an item: as the judge had it, and what a person made of it."""
    data = judged(found.data)
    paper = find(found.claim, found.data)
    quotes = data["quotes"] if found.target is Target.EVIDENCE else [data["quote"]] if data.get("quote") else []
    told = lines(paper, quotes) if paper else ()
    correction = found.review if found.stands and found.review and found.review.action is Action.CORRECT else None
    return {
        "item": found,
        "data": data,
        "lines": told,
        "chosen": correction.sentences if correction else tuple(line.sentence.number for line in told if line.quoted),
        "correction": correction,
        "quotes": quotes,
        "read": bool(paper),
        "link": _link(found.subject.paper_id, data["version"]),
        "name": _name(found.subject.paper_id, data["version"]),
        "seen": found.last.id if found.last else "",
        "evidence": found.target is Target.EVIDENCE,
        "acceptable": acceptable(found),
    }


def _preview(desk: Desk, board: Board, case: Case, find: Find | None) -> dict[str, str] | None:
    """Return how the claim's verdict changes under reviews that the last retest did not know, or None where it does not."""
    if not any(key[0] == case.claim.id for key in board.current):
        return None
    after = recomputed(case.entry, board.current, find or desk.texts.one, desk.today)
    if after is None or after.value == case.entry["verdict"]:
        return None
    return {"before": case.entry["verdict"], "after": after.value}


def _timeline(desk: Desk, board: Board, claim_id: str) -> list[dict[str, Any]]:
    """Verdicts over time, the same ones in a row together, and reviews between them; the newest first."""
    rows: list[dict[str, Any]] = []
    for kept in desk.ledger.history(claim_id):
        day, text = kept.day.isoformat(), kept.claim_fingerprint
        if rows and (rows[-1]["verdict"], rows[-1]["text"]) == (kept.verdict.value, text):
            rows[-1] |= {"until": day, "times": rows[-1]["times"] + 1}
        else:
            rows.append({"verdict": kept.verdict.value, "day": day, "until": "", "times": 1, "text": text})
    made = [r for r in board.reviews if r.subject.claim_id == claim_id]
    rows += [{"verdict": None, "day": r.day.isoformat(), "said": _said(r)} for r in sorted(made, key=lambda r: (r.at, r.id))]
    rows.reverse()
    return sorted(rows, key=lambda row: str(row["day"]), reverse=True)  # which leaves a day's rows in their order


def _said(review: Review) -> str:
    what = f"{review.subject.target} {review.subject.paper_id}"
    more = f" with {review.replacement}" if review.replacement else ""
    did = "replaced" if review.replacement else _ACTIONS[review.action]
    return f"{review.reviewer} {did} {what}{more}{f': {review.reason}' if review.reason else ''}"


def _cut(rows: Sequence[T], number: int, size: int) -> dict[str, Any]:
    pages = max(1, ceil(len(rows) / size))
    number = min(number, pages)
    return {
        "rows": list(rows[(number - 1) * size : number * size]),
        "number": number,
        "pages": pages,
        "total": len(rows),
        "last": number == pages,
    }


def _haystack(case: Case) -> str:
    entry: Mapping[str, Any] = case.entry
    return f"{entry['id']} {entry['inquiry']} {entry['text']} {entry['verdict']}".casefold()


def _link(id: str, version: int | None) -> str | None:
    try:
        return ArxivId(ArxivId.parse(id).bare, version).url
    except MalformedId:
        return None


def _name(id: str, version: int | None) -> str:
    return f"{id}v{version}" if version else id


def _plain(word: str) -> str:
    return word.replace("_", " ")


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"
