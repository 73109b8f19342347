"""Results for people: tables for a terminal, and the reliability picture as SVG."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_WIDE = 30  # characters of a full bar
_SIDE, _EDGE = 300, 40  # of the picture

Result = Mapping[str, Any]


def text(kind: str, result: Result) -> str:
    """Return a result as lines of text: each figure with its 95 % interval and what it was counted from."""
    lines = {"scifact": _scifact, "pairs": _pairs, "retest": _retest, "grounding": _grounding}[kind](result)
    return "\n".join([*_head(result), *lines, *_foot(result)])


def picture(result: Result) -> str:
    """Draw how often readings are right, by how sure they are; the line is where both are equal, a circle's area is how many."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE + 2 * _EDGE} {_SIDE + 2 * _EDGE}" font-family="sans-serif" '
        'font-size="12">',
        f'<rect x="{_EDGE}" y="{_EDGE}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#888"/>',
        f'<line x1="{_EDGE}" y1="{_EDGE + _SIDE}" x2="{_EDGE + _SIDE}" y2="{_EDGE}" stroke="#888" stroke-dasharray="4"/>',
        f'<text x="{_EDGE}" y="{_EDGE - 14}">share right (up) by confidence (right); ECE {_figure(result["ece"])}</text>',
    ]
    total = sum(row["n"] for row in result["reliability"]) or 1
    for row in result["reliability"]:
        if row["n"]:
            x, y = _EDGE + _SIDE * row["confidence"], _EDGE + _SIDE * (1 - row["accuracy"])
            radius = 3 + 25 * (row["n"] / total) ** 0.5
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="#36c" fill-opacity="0.5"/>')
            parts.append(f'<text x="{x + radius + 2:.1f}" y="{y + 4:.1f}">{row["n"]}</text>')
    for share in (0, 0.5, 1):
        parts.append(f'<text x="{_EDGE + _SIDE * share - 8:.0f}" y="{_EDGE + _SIDE + 16}">{share:g}</text>')
        parts.append(f'<text x="{_EDGE - 24}" y="{_EDGE + _SIDE * (1 - share) + 4:.0f}">{share:g}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _head(result: Result) -> Iterator[str]:
    if "judge" in result:
        yield f"judge: {result['judge']['kind']}, {result['judge']['model']}"
    if "mode" in result:
        yield f"mode: {result['mode']}"
    yield ""


def _scifact(result: Result) -> Iterator[str]:
    yield f"{'':<28}{'precision':>10}{'recall':>10}{'F1':>10}  95 % of F1        correct/retrieved/relevant"
    for name, row in result["metrics"].items():
        counted = result["counts"][name]
        figures = "".join(f"{_figure(row[part]):>10}" for part in ("precision", "recall", "f1"))
        counts = f"{counted['correct']}/{counted['retrieved']}/{counted['relevant']}"
        yield f"{name.replace('_', ' '):<28}{figures}  {_between(result, f'{name}.f1'):<18}{counts}"
    for name, how in (("retrieval", "by the claim's words"), ("retrieval_planned", "by all planned queries")):
        if result.get(name):
            yield f"\nsearch {how}, {result['counts'][name]} claims"
            for figure, value in result[name].items():
                yield f"{figure:<28}{_figure(value):>8}  {_between(result, f'{name}.{figure}')}"
    yield f"\n{result['n']} claims"


def _pairs(result: Result) -> Iterator[str]:
    yield from _lines(result, {name: result[name] for name in ("accuracy", "macro_f1", "ece")}, f"{result['n']} pairs")
    hit = result["rationale_hit"]
    if hit["n"]:
        yield from _lines(result, {"rationale_hit": hit["share"]}, f"{hit['n']} pairs with a rationale")
    yield ""
    yield from _classes(result)
    yield "\nconfidence     pairs   mean  right"
    for row in result["reliability"]:
        bar = "#" * round(_WIDE * (row["accuracy"] or 0))
        span = f"{row['from']:.1f} to {row['to']:.1f}"
        yield f"{span:<12}{row['n']:>8}  {_figure(row['confidence'], 2):>5}  {_figure(row['accuracy'], 2):>5}  {bar}".rstrip()
    yield "\nstances at      said  precision  95 %              coverage   supports P / R     refutes P / R"
    for row in result["thresholds"]:
        between = _between(result, f"precision@{row['at']:.2f}")
        both = "".join(
            f"{_figure(row[s]['precision'], 2):>9} /{_figure(row[s]['recall'], 2):>5}  " for s in ("supports", "refutes")
        )
        share, wide = _figure(row["precision"]), _figure(row["coverage"])
        yield f">= {row['at']:<8.2f}{row['n']:>9}  {share:>9}  {between:<18}{wide:>8} {both}".rstrip()
    aside = f", {result['set_aside']} set aside (annotators disagreed)" if result["set_aside"] else ""
    yield f"\n{result['n']} pairs of {result['claims']} claims{aside}"


def _retest(result: Result) -> Iterator[str]:
    counts = result["counts"]
    for depth, value in result["recall"].items():
        found = f"{counts['recall'][depth]} of {counts['recall']['gold']} bearing papers"
        yield f"recall at {depth:<18}{_figure(value):>8}  {_between(result, f'recall.{depth}'):<18}{found}"
    if result["stance"]:
        yield ""
        yield from _lines(result, result["stance"], "")
        yield f"\npairs: {counts['firm']} firm, {counts['alternatives']} contested"
        yield from _classes(result)
        verdicts = result["verdicts"]
        yield f"\nverdicts as by the labels: {verdicts['agree']} of {verdicts['n']}"
        for id, row in verdicts["claims"].items():
            yield f"  {id:<20} labelled {row['labelled']:<12} judged {row['judged']}"
    if result["not_in_library"]:
        yield f"\n{result['not_in_library']} labelled papers are not in the library: neither found nor missed"


def _grounding(result: Result) -> Iterator[str]:
    for row in result["cases"]:
        mark = "right" if row["correct"] else "WRONG"
        suggested = f"  suggests {row['suggested_id']}" if row["suggested_id"] else ""
        yield f"{mark}  {row['id']:<10} {row['expected']:<16} got {row['got']:<16}{suggested}  ({row['reason']})"
    hints = result["suggestions"]
    yield f"\n{result['correct']} of {result['total']} right {_between(result, 'correct')}".rstrip()
    yield f"the right paper suggested in {hints['right']} of {hints['n']}"


def _classes(result: Result) -> Iterator[str]:
    names: Sequence[str] = list(result["per_class"])
    yield f"{'label':<18}{'precision':>10}{'recall':>8}{'F1':>8}    said: " + "".join(f"{name[:14]:>16}" for name in names)
    for name in names:
        row = result["per_class"][name]
        figures = f"{_figure(row['precision']):>10}{_figure(row['recall']):>8}{_figure(row['f1']):>8}"
        yield f"{name:<18}{figures}          " + "".join(f"{result['confusion'][name][said]:>16}" for said in names)


def _lines(result: Result, figures: Mapping[str, float | None], counted: str) -> Iterator[str]:
    for name, value in figures.items():
        yield f"{name.replace('_', ' '):<28}{_figure(value):>8}  {_between(result, name):<18}{counted}".rstrip()


def _foot(result: Result) -> Iterator[str]:
    if "cost" not in result:
        return
    for name, meaning in (("unreadable", "answers could not be used"), ("unread", "were not answered")):
        if result[name]:
            yield f"{result[name]} {meaning}: counted apart, not as wrong"
    if result.get("together") is not None:
        yield f"{result['together'] or 'none'} of the pairs share a paper with others; only those are read together"
    if result.get("untrusted_share"):
        yield f"{result['untrusted_share']:.0%} of the readings are leans that a refresh would not count"
    cost = result["cost"]
    tokens = f"{cost['prompt_tokens'] + cost['completion_tokens']:,} tokens{' (estimated)' if cost['estimated'] else ''}"
    yield f"cost: {cost['calls']:,} calls, {tokens}, {cost['usd']:.2f} USD; {cost['cached']:,} answers remembered"


def _figure(value: float | None, places: int = 3) -> str:
    return "-" if value is None else f"{value:.{places}f}"


def _between(result: Result, name: str) -> str:
    found = result["intervals"].get(name)
    return f"[{found[0]:.3f}, {found[1]:.3f}]" if found else ""
