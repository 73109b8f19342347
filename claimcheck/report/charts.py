"""Charts as SVG that lives inside a page: drawn by matplotlib, coloured by the page's own style sheet.

Each colour is drawn as a stand-in and becomes a variable of the page, so that one chart serves light and dark. Styles become
attributes, because the page's policy allows no inline style; texts stay texts, in the page's font; ids get the chart's name in
front, because many charts share a page. No date and no random id is in them: same data, same bytes. Who cannot see a chart reads
its title, its description and the table beside it.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STANCES = ("supports", "relaxes", "supersedes", "refutes")
VERDICTS = ("holds", "relaxed", "superseded", "contested", "overturned", "unjudged", "untested", "unknown")
# A role of the page's style sheet for each stand-in that is drawn.
_ROLES = {name: f"#fe{at:02x}fe" for at, name in enumerate(("ink", "soft", "line", "paper", *STANCES, *VERDICTS), 1)}
_SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "claimcheck",
    "font.size": 9,
    "text.color": _ROLES["ink"],
    "axes.edgecolor": _ROLES["line"],
    "axes.labelcolor": _ROLES["soft"],
    "xtick.color": _ROLES["soft"],
    "ytick.color": _ROLES["ink"],
    "path.simplify": False,
}
_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_KEPT_STYLES = frozenset(
    "fill stroke stroke-width stroke-dasharray stroke-linecap stroke-linejoin fill-opacity opacity text-anchor font-size "
    "font-weight".split()
)
_WEEK = timedelta(days=7)

Timeline = Sequence[tuple[date, str]]


def timelines(name: str, title: str, told: str, rows: Sequence[tuple[str, Timeline]]) -> Markup:
    """Return one bar a claim, coloured by its verdict from one retest to the next."""
    days = [day for _, points in rows for day, _ in points]
    end = max(days) + max(_WEEK, (max(days) - min(days)) / 12)

    def draw(axes: "Axes") -> None:
        from matplotlib.dates import date2num

        def number(day: date) -> float:
            return float(date2num(day))  # type: ignore[no-untyped-call]

        for at, (_, points) in enumerate(rows):
            ends = [day for day, _ in points[1:]] + [end]
            for (day, verdict), until in zip(points, ends, strict=True):
                spans = [(number(day), number(until) - number(day))]
                axes.broken_barh(spans, (at - 0.32, 0.64), facecolors=_ROLES[verdict], edgecolors=_ROLES["paper"], linewidth=1)
            axes.text(number(end) + 0.5, at, f" {points[-1][1]}", va="center")
        axes.set_yticks(range(len(rows)), [label for label, _ in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(number(min(days)), number(end))
        marked = sorted(set(days))
        marked = marked[:: -(-len(marked) // 6)]
        axes.set_xticks([number(day) for day in marked], [day.isoformat() for day in marked], ha="left")
        axes.tick_params(axis="y", length=0)

    return _chart(name, title, told, (8.2, 0.5 + 0.3 * len(rows)), draw)


def counts(name: str, title: str, told: str, days: Sequence[date], by_verdict: Mapping[str, Sequence[int]]) -> Markup:
    """Return a stacked bar a report: how many claims had which verdict."""

    def draw(axes: "Axes") -> None:
        below = [0] * len(days)
        for verdict in (v for v in VERDICTS if v in by_verdict):
            axes.bar(range(len(days)), by_verdict[verdict], bottom=below, color=_ROLES[verdict], width=0.8)
            middle = below[-1] + by_verdict[verdict][-1] / 2
            if by_verdict[verdict][-1] >= max(1, sum(of[-1] for of in by_verdict.values()) / 25):
                axes.text(len(days) - 0.5, middle, verdict, va="center")
            below = [a + b for a, b in zip(below, by_verdict[verdict], strict=True)]
        step = max(1, len(days) // 8)
        axes.set_xticks(range(0, len(days), step), [day.isoformat() for day in days[::step]])
        axes.set_xlim(-0.6, len(days) + 0.2)

    return _chart(name, title, told, (8.2, 2.4), draw)


def evidence(name: str, title: str, told: str, periods: Sequence[str], by_stance: Mapping[str, Sequence[int]]) -> Markup:
    """Return bars over time: what supports a claim above the line, what speaks against it or lifts it below."""

    def draw(axes: "Axes") -> None:
        up, down = [0] * len(periods), [0] * len(periods)
        for stance in STANCES:
            heights = list(by_stance[stance])
            against = stance != "supports"
            bottom = down if against else up
            there = [at for at, height in enumerate(heights) if height]
            tall = [-heights[at] if against else heights[at] for at in there]
            axes.bar(there, tall, bottom=[bottom[at] for at in there], color=_ROLES[stance], clip_on=False)
            bottom[:] = [b - h if against else b + h for b, h in zip(bottom, heights, strict=True)]
        axes.axhline(0, color=_ROLES["soft"], linewidth=0.8)
        lowest, highest = min(-1, *down), max(1, *up)
        axes.set_ylim(lowest - 0.3, highest + 0.3)
        axes.set_yticks([lowest, 0, highest], [str(-lowest), "0", str(highest)])
        step = max(1, -(-len(periods) // 8))
        axes.set_xticks(range(0, len(periods), step), periods[::step])
        axes.set_xlim(-0.7, max(len(periods), 6) - 0.3)
        axes.tick_params(axis="y", colors=_ROLES["soft"])

    return _chart(name, title, told, (6.6, 1.5), draw)


def flow(name: str, title: str, told: str, steps: Sequence[tuple[str, int]]) -> Markup:
    """Return the flow of papers from step to step, each box with what fell away before it."""

    def draw(axes: "Axes") -> None:
        from matplotlib.patches import FancyBboxPatch

        for at, (label, count) in enumerate(steps):
            box = FancyBboxPatch((at * 3, 0), 2, 1, boxstyle="round,pad=0.05,rounding_size=0.12")
            box.set(facecolor="none", edgecolor=_ROLES["line"], linewidth=1.2)
            axes.add_patch(box)
            axes.text(at * 3 + 1, 0.62, f"{count:,}", ha="center", va="center", fontsize=14, fontweight="bold")
            axes.text(at * 3 + 1, 0.22, label, ha="center", va="center", color=_ROLES["soft"])
            if at:
                lost = steps[at - 1][1] - count
                axes.annotate(
                    "", (at * 3 - 0.1, 0.5), (at * 3 - 0.9, 0.5), arrowprops={"arrowstyle": "->", "color": _ROLES["soft"]}
                )
                axes.text(at * 3 - 0.5, 0.16, f"\u2212{lost:,}", ha="center", va="center", fontsize=8, color=_ROLES["soft"])
        axes.set_xlim(-0.15, len(steps) * 3 - 0.85)
        axes.set_ylim(-0.15, 1.15)
        axes.axis("off")

    return _chart(name, title, told, (8.2, 1.05), draw)


def _chart(name: str, title: str, told: str, size: tuple[float, float], draw: Any) -> Markup:
    # Not pyplot: that keeps figures, and asks the system for a window.
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.add_subplot()
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        draw(axes)
        return _inline(_svg(figure), name, title, told)


def _svg(figure: "Figure") -> bytes:
    out = BytesIO()
    figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return out.getvalue()


def _inline(svg: bytes, name: str, title: str, told: str) -> Markup:
    """Turn a file of matplotlib's into an element that fits into a page."""
    root = ET.fromstring(svg)  # noqa: S314  it is our own, made a line above
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{_SVG}metadata", f"{_SVG}style"):
                parent.remove(child)
    used = {element.attrib[_LINK][1:] for element in root.iter() if _LINK in element.attrib} | set(
        re.findall(r"url\(#(\w+)\)", svg.decode())
    )
    for element in root.iter():
        _plain(element, name, used)
    box = root.get("viewBox", "")
    root.attrib.clear()
    root.attrib |= {"viewBox": box, "role": "img", "aria-labelledby": f"{name}-title {name}-told", "class": "chart"}
    for at, (tag, text) in enumerate((("title", title), ("desc", told))):
        described = ET.Element(f"{_SVG}{tag}", {"id": f"{name}-{'told' if at else 'title'}"})
        described.text = text
        root.insert(at, described)
    ET.register_namespace("", _SVG[1:-1])
    ET.register_namespace("xlink", _LINK[1:].partition("}")[0])
    text = re.sub(r">\s+<", "><", ET.tostring(root, encoding="unicode"))
    text = re.sub(r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), text)
    for role, stand_in in _ROLES.items():
        text = text.replace(stand_in, f"var(--{role})")
    return Markup(text)  # noqa: S704  made by ElementTree, which escapes


def _plain(element: ET.Element, name: str, used: set[str]) -> None:
    """Make styles attributes, and keep only ids that are used, with the chart's name in front."""
    for declaration in element.attrib.pop("style", "").split(";"):
        key, _, value = declaration.partition(":")
        if key.strip() in _KEPT_STYLES:
            element.set(key.strip(), value.strip().removesuffix("px"))
        elif key.strip() == "font":
            element.set("font-size", re.sub(r"^.*?([\d.]+)px.*$", r"\1", value))
            if "bold" in value or "700" in value:
                element.set("font-weight", "bold")
    id = element.attrib.pop("id", "")
    if id in used:
        element.set("id", f"{name}-{id}")
    if _LINK in element.attrib:
        element.set(_LINK, f"#{name}-{element.attrib[_LINK][1:]}")
    if "clip-path" in element.attrib:
        element.set("clip-path", element.attrib["clip-path"].replace("url(#", f"url(#{name}-"))
