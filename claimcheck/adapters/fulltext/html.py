"""LaTeXML pages, as arXiv serves them, to sections of visible text.

The tree is walked without recursion: nesting is the author's to choose. What is not prose (tables, listings, drawings, notes) is
left out; formulas are written on one line from what is shown of them, never from what is only annotated.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from claimcheck.adapters.fulltext import hidden
from claimcheck.adapters.fulltext.formula import formula
from claimcheck.adapters.fulltext.lines import tidy
from claimcheck.adapters.fulltext.parsed import CUT, HIDDEN, HIDDEN_WORDS, Parsed, Unreadable
from claimcheck.domain.fulltext import Found

# Never shown, or not a paper's prose.
_DROPPED_TAGS = frozenset(
    "script style template noscript head iframe frame object embed applet svg canvas video audio img map button input textarea "
    "select option form nav footer header pre dialog datalist annotation annotation-xml meta link title".split()
)
_DROPPED = frozenset(
    "ltx_abstract ltx_acknowledgements ltx_authors ltx_creator ltx_dates ltx_keywords ltx_classification ltx_note ltx_tabular "
    "ltx_TOC ltx_page_header ltx_page_footer ltx_page_navbar ltx_listing ltx_verbatim ltx_lstlisting ltx_ERROR ltx_nodisplay "
    "ltx_pagination ltx_tag_item ltx_title_document ltx_title_abstract package-alerts".split()
)
_BLOCKS = frozenset(
    "p div section article li ul ol dl dt dd blockquote figure figcaption table thead tbody tr caption center main body "
    "address aside details summary hr h5 h6".split()
)
_HEADINGS = {"h1": 1, "h2": 1, "h3": 2, "h4": 3}
_RUN_IN = frozenset({"ltx_title_paragraph", "ltx_title_subparagraph", "ltx_title_theorem", "ltx_title_proof", "ltx_runin"})
_BROKEN_OFF = re.compile(r"conversion to html had a fatal error|document may be truncated or damaged", re.IGNORECASE)
_TARGET = re.compile(r"#((?:S|A)\d+)$")
_MOST_RULES = 2_000
_PAPER: hidden.Colour = (1.0, 1.0, 1.0)


def parse(body: bytes, *, any_page: bool = False) -> Parsed:
    """Return the sections of a page; raise `Unreadable` for one that is not a paper's, unless `any_page` will do."""
    text = body.decode("utf-8", errors="replace")
    tree = LexborHTMLParser(text)
    root = tree.css_first(".ltx_document") or (tree.body if any_page else None)
    if root is None:
        raise Unreadable("it is a page, but not a paper's text")
    walk = _Walk(_Sheet(tree))
    found = tuple(walk.found(root))
    flags = walk.flags | ({CUT} if _is_cut(text, tree) else set())
    return Parsed(found, frozenset(flags))


def _is_cut(text: str, tree: LexborHTMLParser) -> bool:
    """Tell whether the end is missing: of the file, of the conversion, or of what the table of contents promises."""
    if not re.search(r"</html>\s*(?:<!--.*?-->\s*)*$", text[-2000:], re.IGNORECASE | re.DOTALL):
        return True
    if _BROKEN_OFF.search(text):
        return True
    promised = {
        found[1] for link in tree.css("nav.ltx_TOC a[href]") if (found := _TARGET.search(link.attributes.get("href") or ""))
    }
    return any(tree.css_first(f"[id='{name}']") is None for name in promised)


class _Sheet:
    """What the page's own style sheets say of each node."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        self._of: dict[int, dict[str, str]] = {}
        sheets = "\n".join(node.text(deep=True) or "" for node in tree.css("style"))
        for selector, style in hidden.rules(sheets)[:_MOST_RULES]:
            if hidden.hides(style) or hidden.background(style) or style.keys() & set(hidden.COLOURED):
                for node in _selected(tree, selector):
                    self._of.setdefault(node.mem_id, {}).update(style)

    def style(self, node: LexborNode) -> dict[str, str]:
        """The node's declarations, its own attribute over the sheets."""
        own = hidden.declarations(node.attributes.get("style") or "")
        return {**self._of.get(node.mem_id, {}), **own}


def _selected(tree: LexborHTMLParser, selector: str) -> list[LexborNode]:
    if ":" in selector or selector.startswith("@"):
        return []  # pseudo-elements have no text of ours; states are not the page as it is shown
    try:
        return list(tree.css(selector))
    except (SelectolaxError, ValueError):  # a selector that is none hides nothing
        return []


@dataclass(frozen=True)
class _Seen:
    """How text is shown where the walk stands."""

    colour: dict[str, str] = field(default_factory=dict)
    behind: hidden.Colour = _PAPER


@dataclass(frozen=True)
class _End:
    """The end of a block or heading on the walk's stack."""

    heading: int = 0


class _Walk:
    """Goes through a page once, collecting sections, and flags for what was out of sight."""

    def __init__(self, sheet: _Sheet) -> None:
        self.flags: set[str] = set()
        self._sheet = sheet
        self._line: list[str] = []
        self._lines: list[str] = []
        self._heading = ("", 1)

    def found(self, root: LexborNode) -> Iterator[Found]:
        """Yield the sections in reading order."""
        stack: list[tuple[LexborNode, _Seen] | _End] = [(root, _Seen())]
        while stack:
            top = stack.pop()
            if isinstance(top, _End):
                self._closed(top)
            elif top[0].is_text_node:
                self._text(top[0], top[1])
            elif top[0].is_element_node:
                yield from self._opened(*top, stack)
        self._flush()
        yield self._section()

    def _opened(self, node: LexborNode, seen: _Seen, stack: list["tuple[LexborNode, _Seen] | _End"]) -> Iterator[Found]:
        tag = (node.tag or "").casefold()
        classes = frozenset((node.attributes.get("class") or "").split())
        if "ltx_bibliography" in classes:
            self._flush()
            yield self._section()
            self._heading = ("References", 1)
            return
        if tag in _DROPPED_TAGS or classes & _DROPPED:
            return
        if tag == "br":
            self._line.append(" ")
            return
        now = self._seen(node, seen)
        if now is None:
            return
        if tag == "math":
            self._line.append(formula(node))
            return
        level = _HEADINGS.get(tag, 0) if not classes & _RUN_IN else 0
        if level:
            self._flush()
            yield self._section()
            stack.append(_End(level))
        elif tag in _BLOCKS or tag in _HEADINGS:
            self._flush()
            stack.append(_End())
        elif tag in ("td", "th"):
            self._line.append(" ")
        elif tag in ("sup", "sub"):
            self._line.append("^" if tag == "sup" else "_")
        stack += [(child, now) for child in reversed(_children(node))]

    def _closed(self, end: _End) -> None:
        if end.heading:
            title, self._line = "".join(self._line), []
            self._heading = (self._tidied(title), end.heading)
        else:
            self._flush()

    def _seen(self, node: LexborNode, seen: _Seen) -> _Seen | None:
        """Return how the node's text is shown, or None when it is not."""
        attributes = node.attributes
        if (attributes.get("aria-hidden") or "").casefold() == "true":
            return None
        style = self._sheet.style(node)
        if "hidden" in attributes or hidden.hides(style):
            self._out_of_sight(node.text(deep=True) or "")
            return None
        if not style:
            return seen
        colours: dict[str, str] = {name: style[name] for name in hidden.COLOURED if name in style}
        return _Seen({**seen.colour, **colours}, hidden.background(style) or seen.behind)

    def _text(self, node: LexborNode, seen: _Seen) -> None:
        text = node.text_content or ""
        if seen.colour and hidden.vanishes(seen.colour, seen.behind):
            self._out_of_sight(text)
        else:
            self._line.append(text)

    def _out_of_sight(self, text: str) -> None:
        if hidden.words_in(text) >= HIDDEN_WORDS:
            self.flags.add(HIDDEN)

    def _flush(self) -> None:
        line, self._line = "".join(self._line), []
        self._lines += tidy(self._tidied(line))

    def _tidied(self, text: str) -> str:
        visible, flags = hidden.readable(text)
        self.flags |= flags
        return visible

    def _section(self) -> Found:
        title, level = self._heading
        lines, self._lines = self._lines, []
        return Found(title, "\n".join(lines), level)


def _children(node: LexborNode) -> list[LexborNode]:
    children, child = [], node.first_child
    while child is not None:
        children.append(child)
        child = child.next
    return children
