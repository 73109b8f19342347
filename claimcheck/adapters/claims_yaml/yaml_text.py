"""YAML as text: every scalar as it was written, with its line, and only what people write by hand.

No value is converted: 2505.14810 stays these ten characters. What makes YAML surprising or dangerous is refused: tags, anchors
and aliases, merge keys, keys that stand twice, directives, several documents, and indentation with anything but blanks. The
file is taken event by event, so that a hostile one ends early: nothing is expanded, built or recursed into.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from claimcheck.errors import Refused

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # libyaml reads the same fifteen times faster
_MOST_NODES = 300_000
_DEEPEST = 20
_MOST_PROBLEMS = 100
_LONGEST_NUMBER = 1000  # characters; what is longer is too long for an id and no number that anybody means
_NOTHING = frozenset(("", "~", "null", "Null", "NULL"))
_ODD_LINE = re.compile(
    r"^(?:(?P<conflict><{7}(?= |$)|\|{7}(?= |$)|={7}$|>{7}(?= |$))|(?P<directive>%)| *(?P<indent>[^\S \n]))", re.MULTILINE
)
_STANDARD_TAG = "tag:yaml.org,2002:"
_HINTS = {
    "mapping values are not allowed": "put a text that holds ': ' in quotes, and check the indentation",
    "unexpected end of stream": "a quote or bracket that opens here is never closed",
    "cannot start any token": "put the text in quotes",
    "unknown escape character": "in double quotes write \\\\ for a backslash, or use single quotes",
    "did not find expected": "check the indentation, quotes and brackets around it",
    "could not find expected ':'": "check the indentation, and that each key ends in ':'",
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as it was written; `plain` when it stands without quotes."""

    text: str
    line: int
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    line: int
    items: list["Node"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys, each with its line and value."""

    line: int
    entries: dict[str, tuple[int, "Node"]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Broken:
    """A value of which a problem has been noted already."""

    line: int


Node = Scalar | Sequence | Mapping | Broken


class Notes:
    """Collects what is wrong with a file, and what a reader should be warned of, each with its line."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._problems: list[tuple[int, str]] = []
        self._warnings: list[tuple[int, str]] = []

    def problem(self, line: int, what: str) -> None:
        """Note something for which the file is refused; with very many, raise `Refused` at once."""
        self._problems.append((line, what))
        if len(self._problems) > _MOST_PROBLEMS:
            self.refuse_if_any()

    def warn(self, line: int, what: str) -> None:
        """Note something that is allowed and may not be meant."""
        self._warnings.append((line, what))

    @property
    def warnings(self) -> tuple[str, ...]:
        """The warnings in the order of the file."""
        return tuple(self._lines(self._warnings))

    def refuse_if_any(self) -> None:
        """Raise `Refused` with all problems in the order of the file."""
        if not self._problems:
            return
        lines = list(self._lines(self._problems))
        if len(lines) > _MOST_PROBLEMS:
            lines[_MOST_PROBLEMS:] = [f"{self._file}: and more; these are the first {_MOST_PROBLEMS}"]
        raise Refused(lines)

    def _lines(self, notes: list[tuple[int, str]]) -> Iterator[str]:
        return (f"{self._file}:{line}: {what}" for line, what in sorted(notes, key=lambda note: note[0]))


def parse(text: str, notes: Notes) -> Node | None:
    """Return the file's one document, or None for a file that holds nothing.

    Problems that leave the rest readable are noted; where the text cannot be read on, `Refused` is raised with all so far.
    """
    _check_lines(text, notes)
    notes.refuse_if_any()
    tree = _Tree(notes)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            tree.take(event)
    except yaml.MarkedYAMLError as wrong:
        notes.problem(*_syntax_problem(wrong))
        notes.refuse_if_any()
    except (yaml.YAMLError, ValueError) as wrong:  # an escape such as \U00110000, where libyaml is absent
        notes.problem(1, f"this is not YAML ({wrong})")
        notes.refuse_if_any()
    return tree.top


def is_nothing(scalar: Scalar) -> bool:
    """Tell whether a value was left out, or is YAML's null."""
    return scalar.plain and scalar.text in _NOTHING


def misread(scalar: Scalar) -> str | None:
    """Say as what a YAML reader takes a scalar without quotes, where that is neither text nor nothing."""
    if not scalar.plain or len(scalar.text) > _LONGEST_NUMBER:
        return None
    return next((kind for kind, form in _TYPED.items() if form.fullmatch(scalar.text)), None)


# Both YAML 1.1 and 1.2 count: editors and other programs read one or the other.
_TYPED = {
    "true or false": re.compile(r"y|n|yes|no|on|off|true|false", re.IGNORECASE),
    "a number": re.compile(
        r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0o[0-7_]+|[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?"
        r"|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)"
    ),
}


def _check_lines(text: str, notes: Notes) -> None:
    """Note what YAML readers answer with a riddle, or too late."""
    line, start = 1, 0
    for odd in _ODD_LINE.finditer(text):
        line += text.count("\n", start, odd.start())
        start = odd.start()
        if odd["conflict"]:
            what = f"{odd['conflict']!r} is a mark of an unsolved git conflict; merge by hand and take the marks out"
        elif odd["directive"]:
            what = "a line that starts with '%' is a YAML directive; take it out"
        else:
            blank = "a tab" if odd["indent"] == "\t" else f"U+{ord(odd['indent']):04X}"
            what = f"the line is indented with {blank}; indent with blanks"
        notes.problem(line, what)


def _syntax_problem(wrong: yaml.MarkedYAMLError) -> tuple[int, str]:
    mark = wrong.context_mark if "end of stream" in (wrong.problem or "") and wrong.context_mark else wrong.problem_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    hint = next((h for words, h in _HINTS.items() if words in (wrong.problem or "")), "check the indentation and quotes")
    return line, f"this is not YAML: {wrong.problem} (column {column}); {hint}"


class _Tree:
    """Grows the nodes from the parser's events, without recursion."""

    def __init__(self, notes: Notes) -> None:
        self.top: Node | None = None
        self._notes = notes
        self._open: list[Sequence | Mapping] = []
        self._keys: list[tuple[str, int, bool] | None] = []  # of each open collection: the key that waits for its value
        self._nodes = 0
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            self._add(self._sound(event, Scalar(event.value, self._line(event, line), not event.style)))
        elif isinstance(event, yaml.AliasEvent):
            self._notes.problem(line, f"the alias *{event.anchor[:40]}: write out what it stands for")
            self._add(Broken(line))
        elif isinstance(event, yaml.CollectionStartEvent):
            node = Sequence(line) if isinstance(event, yaml.SequenceStartEvent) else Mapping(line)
            self._add(self._sound(event, node))
            self._open.append(node)
            self._keys.append(None)
            if len(self._open) > _DEEPEST:
                self._stop(line, f"nested more than {_DEEPEST} deep; no claims file is")
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
            self._keys.pop()
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._stop(line, "a second document starts here; keep one to a file")

    def _line(self, event: yaml.ScalarEvent, line: int) -> int:
        """A value that was left out has no place of its own: it is missed where its key stands."""
        key = self._keys[-1] if self._keys else None
        return key[1] if key and not event.value and not event.style else line

    def _sound(self, event: yaml.NodeEvent, node: Node) -> Node:
        """Note an anchor or tag; a tagged value is not what it looks like, so nothing more is said of it."""
        if event.anchor is not None:
            self._notes.problem(node.line, f"the YAML anchor &{event.anchor[:40]}: write the value without it")
        if event.tag is None:
            return node
        tag = event.tag.replace(_STANDARD_TAG, "!!")[:60]
        self._notes.problem(node.line, f"the tag {tag!r} is not allowed; write the plain value without it")
        return Broken(node.line)

    def _add(self, node: Node) -> None:
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            self._stop(node.line, f"more than {_MOST_NODES:,} values; split the file")
        if not self._open:
            self.top = node
            return
        into = self._open[-1]
        if isinstance(into, Sequence):
            into.items.append(node)
            return
        key = self._keys[-1]
        if key is None:
            self._keys[-1] = self._key(node, into)
            return
        name, line, keep = key
        if keep:
            into.entries[name] = (line, node)
        self._keys[-1] = None

    def _key(self, node: Node, into: Mapping) -> tuple[str, int, bool]:
        """Return the key, its line, and whether its value is to be kept."""
        if not isinstance(node, Scalar):
            if not isinstance(node, Broken):
                self._notes.problem(node.line, "a key must be a word, not a list or mapping")
            return "", node.line, False
        if node.text == "<<":
            self._notes.problem(node.line, "the merge key '<<' is not allowed; write the keys out")
        elif is_nothing(node) or not node.text:
            self._notes.problem(node.line, "a key is empty")
        elif node.text in into.entries:
            first = into.entries[node.text][0]
            self._notes.problem(node.line, f"key {node.text[:60]!r} stands twice (first in line {first}); keep one")
        else:
            return node.text, node.line, True
        return node.text, node.line, False

    def _stop(self, line: int, what: str) -> None:
        self._notes.problem(line, what)
        self._notes.refuse_if_any()
