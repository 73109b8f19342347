"""The keys of one YAML mapping, read one by one into domain values; what is wrong is noted with its line, not raised."""

import difflib
import re
from collections.abc import Sequence
from datetime import date

from claimcheck.adapters.claims_yaml.yaml_text import Broken, Mapping, Node, Notes, Scalar, is_nothing, misread
from claimcheck.adapters.claims_yaml.yaml_text import Sequence as YamlList
from claimcheck.adapters.text_file import character
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.text import clean

LONGEST_TEXT = 2000  # characters
MOST_ITEMS = 50  # of a list inside a claim or inquiry
_ID = re.compile(r"[a-z0-9](?:[a-z0-9_-]|\.(?=[a-z0-9_-])){0,63}")
_YEAR = re.compile(r"[0-9]{4}")


class Fields:
    """One mapping with the keys it may have. `whose` begins each note on it, such as `claim 'softcot-frozen'`."""

    def __init__(self, node: Mapping, whose: str, known: Sequence[str], notes: Notes) -> None:
        self.line = node.line
        self.whose = whose
        self._entries = node.entries
        self._notes = notes
        for key, (line, _) in node.entries.items():
            if key not in known:
                near = difflib.get_close_matches(key[:60], known, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
                self.problem(line, f"unknown key {shown(key)}; {hint}")

    def problem(self, line: int, what: str) -> None:
        """Note why the file is refused."""
        self._notes.problem(line, f"{self.whose}: {what}" if self.whose else what)

    def warn(self, line: int, what: str) -> None:
        """Note what may not be meant."""
        self._notes.warn(line, f"{self.whose}: {what}" if self.whose else what)

    def line_of(self, key: str) -> int:
        """Return the line of a key, or of the mapping where the key is missing."""
        return self._entries[key][0] if key in self._entries else self.line

    def node(self, key: str, required: bool = False) -> Node | None:
        """Return what a key holds, or None where it is not there; that is a problem when it is `required`."""
        if key in self._entries:
            return self._entries[key][1]
        if required:
            self.problem(self.line, f"{key!r} is missing; add it")
        return None

    def scalar(self, key: str, required: bool = False) -> Scalar | None:
        """Return a single value that is there and not empty, still as it was written."""
        node = self.node(key, required)
        return None if node is None else self.one(key, node)

    def one(self, key: str, node: Node) -> Scalar | None:
        """Return a node of `key` as a single value that is not empty."""
        if isinstance(node, Broken):
            return None
        if not isinstance(node, Scalar):
            kind = "list" if isinstance(node, YamlList) else "mapping"
            self.problem(node.line, f"{key!r} holds a {kind} where one value belongs")
            return None
        if is_nothing(node):
            self.problem(node.line, f"{key!r} is empty; write a value or take the line out")
            return None
        return node

    def many(self, key: str, required: bool = False, most: int | None = MOST_ITEMS) -> list[Node] | None:
        """Return the items of a list; a single one needs no list."""
        node = self.node(key, required)
        if node is None or isinstance(node, Broken) or (isinstance(node, Scalar) and not self.one(key, node)):
            return None
        items: list[Node] = node.items if isinstance(node, YamlList) else [node]
        if most is not None and len(items) > most:
            self.problem(self.line_of(key), f"{key!r} has {len(items)} items; at most {most} are allowed")
            return None
        return items

    def id(self, key: str = "id") -> str | None:
        """Return an id that is safe in file names and addresses; it is required."""
        scalar = self.scalar(key, required=True)
        if scalar is None:
            return None
        if kind := misread(scalar):
            self.problem(scalar.line, f"{key} {shown(scalar.text)} is read as {kind} by YAML; put it in quotes or choose another")
        elif not is_id(scalar.text):
            self.problem(
                scalar.line,
                f"{key} {shown(scalar.text)} cannot be used; write at most 64 of a-z, 0-9, '-', '_' and single '.', starting with"
                " a letter or digit and not ending in '.'",
            )
        else:
            return scalar.text
        return None

    def text(self, key: str, required: bool = False) -> str | None:
        """Return a text on one line, with nothing in it that a reader would not see."""
        node = self.node(key, required)
        return None if node is None else self.as_text(key, node)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the texts of a list; a single one needs no list."""
        found = [self.as_text(key, node) for node in self.many(key) or []]
        return tuple(text for text in found if text)

    def as_text(self, key: str, node: Node) -> str | None:
        """Return a node of `key` as a text."""
        scalar = self.one(key, node)
        if scalar is None:
            return None
        if kind := misread(scalar):
            self.problem(scalar.line, f"{key!r} {shown(scalar.text)} is read as {kind} by YAML; put it in quotes")
            return None
        if len(scalar.text) > LONGEST_TEXT:
            self.problem(scalar.line, f"{key!r} has {len(scalar.text):,} characters; at most {LONGEST_TEXT:,} are allowed")
            return None
        seen, removed = clean(scalar.text)
        if removed:
            hidden = next(c for c in scalar.text if clean(c)[1])
            self.problem(scalar.line, f"{key!r} holds {character(hidden)}, which a reader does not see; take it out")
            return None
        if not seen:
            self.problem(scalar.line, f"{key!r} is empty; write a text or take the line out")
            return None
        return seen

    def partial_date(self, key: str, required: bool = False) -> PartialDate | None:
        """Return a date as precise as it is given. A year alone needs quotes: without them it is a number, and often a slip."""
        scalar = self.scalar(key, required)
        if scalar is None:
            return None
        if scalar.plain and _YEAR.fullmatch(scalar.text):
            year = scalar.text
            self.problem(scalar.line, f'{key} {year} is a bare number; write {year}-01, or "{year}" in quotes for the whole year')
            return None
        try:
            return PartialDate.parse(scalar.text[:40])
        except ValueError as wrong:
            advice = "" if "write" in str(wrong) else "; write YYYY-MM-DD or YYYY-MM"
            self.problem(scalar.line, f"{key} {wrong}{advice}")
            return None

    def day(self, key: str) -> date | None:
        """Return a date that is known to the day."""
        when = self.partial_date(key)
        if when and when.first != when.last:
            self.problem(self.line_of(key), f"{key} '{when}' is not a day; write YYYY-MM-DD")
            return None
        return when.first if when else None


def is_id(text: str) -> bool:
    """Tell whether a text can be the id of a claim or inquiry."""
    return bool(_ID.fullmatch(text))


def shown(text: str) -> str:
    """Quote a value for a message, shortened."""
    return repr(text if len(text) <= 60 else text[:57] + "...")
