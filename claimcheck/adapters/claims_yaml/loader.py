"""claims.yaml: what people write, read strictly into claims; a file with any problem is refused with all of them at once.

Every value is taken as it is written, so ids and dates need no quotes: 2505.14810 is never the number 2505.1481. Where a text or
an id of one's own is wanted, an unquoted `yes`, `42` or `null` is refused all the same, because other YAML readers would not see
text there. For the same reason a year alone needs quotes: `asserted: "2024"` means some day of 2024, and `asserted: 2024` is
refused with the advice to quote it or to write 2024-01. Texts come out on one line, so that none can pass for a heading.
"""

import hashlib
import re
from collections.abc import Iterable
from datetime import date
from importlib import resources
from pathlib import Path

from claimcheck.adapters import text_file
from claimcheck.adapters.claims_yaml import yaml_text
from claimcheck.adapters.claims_yaml.fields import Fields, is_id, shown
from claimcheck.adapters.claims_yaml.yaml_text import Broken, Mapping, Node, Notes, Scalar, Sequence
from claimcheck.domain.arxiv_id import ArxivId, MalformedId
from claimcheck.domain.claim import DEFAULT_CATEGORIES, Anchor, Claim, ClaimsFile, Inquiry
from claimcheck.domain.dates import PartialDate

FILE_KEYS = ("version", "inquiries")
INQUIRY_KEYS = ("id", "question", "categories", "questions", "claims")
CLAIM_KEYS = ("id", "text", "asserted", "anchors", "durable", "perishable", "search", "falsified_by", "review_by")
ANCHOR_KEYS = ("id", "title", "date")
MANY_CLAIMS = 1000
_VERSION = "1"
_MISSING = "write one, or name another with --claims or CLAIMCHECK_CLAIMS"
# The archives that take papers today, each with the form of its subject classes. Without its class, `cs` would find nothing.
_CATEGORY = re.compile(
    r"(?:astro-ph|cond-mat|gr-qc|hep-(?:ex|lat|ph|th)|math-ph|nucl-(?:ex|th)|quant-ph"
    r"|(?:astro-ph|cs|econ|eess|math|nlin|q-bio|q-fin|stat)\.[A-Z]{2}|(?:cond-mat|physics)\.[a-z]+(?:-[a-z]+)?)"
)


def load(path: Path, today: date) -> ClaimsFile:
    """Read a claims file; raise `Refused` with every problem in it, a line each: file, line, claim, what to do."""
    return load_with_digest(path, today)[0]


def load_with_digest(path: Path, today: date) -> tuple[ClaimsFile, str]:
    """Read a claims file once and return it with its digest, which is then of these very bytes."""
    data = text_file.read(path, if_missing=_MISSING)
    return parse(data, str(path), today), hashlib.sha256(data).hexdigest()


def digest(path: Path) -> str:
    """Return the SHA-256 of the file's bytes, to tell whether it was edited."""
    return hashlib.sha256(text_file.read(path, if_missing=_MISSING)).hexdigest()


def parse(data: bytes, name: str, today: date) -> ClaimsFile:
    """Read the bytes of a claims file that problems call `name`."""
    notes = Notes(name)
    top = yaml_text.parse(text_file.decode(data, name), notes)
    inquiries, claims = _Reader(notes, today).file(top)
    notes.refuse_if_any()
    return ClaimsFile(tuple(inquiries), tuple(claims), notes.warnings)


def schema_text() -> str:
    """Return the JSON Schema of claims.yaml, for editors and other programs."""
    return resources.files("claimcheck").joinpath("schema", "claims.schema.json").read_text(encoding="utf-8")


class _Reader:
    """Walks the file from the top; what cannot be read is noted and left out."""

    def __init__(self, notes: Notes, today: date) -> None:
        self._notes = notes
        self._today = today
        self._ids: dict[str, int] = {}

    def file(self, top: Node | None) -> tuple[list[Inquiry], list[Claim]]:
        if isinstance(top, Broken):
            return [], []
        if not isinstance(top, Mapping):
            what = "the file is empty" if top is None else "the file is not a mapping of keys to values"
            self._notes.problem(top.line if top else 1, f"{what}; start it with `version: 1` and `inquiries:`")
            return [], []
        fields = Fields(top, "", FILE_KEYS, self._notes)
        version = fields.scalar("version", required=True)
        if version and version.text != _VERSION:
            fields.problem(version.line, f"version {shown(version.text)} is not known; this program reads version {_VERSION}")
            return [], []
        inquiries: list[Inquiry] = []
        claims: list[Claim] = []
        for number, node in enumerate(self._list(fields, "inquiries"), 1):
            inquiry, own = self._inquiry(node, number)
            inquiries += [inquiry] if inquiry else []
            claims += own
        if len(claims) > MANY_CLAIMS:
            fields.warn(fields.line_of("inquiries"), f"{len(claims):,} claims; each is searched and judged at every refresh")
        return inquiries, claims

    def _list(self, fields: Fields, key: str) -> list[Node]:
        """Return the items of a list that must be there and may, with a warning, be empty."""
        node = fields.node(key, required=True)
        if node is None or isinstance(node, Broken):
            return []
        if not isinstance(node, Sequence):
            fields.problem(
                fields.line_of(key), f"{key!r} must hold a list; start each item with '- ', or write [] while there is none"
            )
            return []
        if not node.items:
            fields.warn(fields.line_of(key), f"{key!r} is empty; there is nothing to check yet")
        return node.items

    def _mapping(self, node: Node, whose: str, keys: tuple[str, ...]) -> Fields | None:
        if isinstance(node, Mapping):
            return Fields(node, whose, keys, self._notes)
        if not isinstance(node, Broken):
            found = "a list" if isinstance(node, Sequence) else shown(node.text) if node.text else "nothing"
            self._notes.problem(node.line, f"{whose}: {found} stands where a mapping with {', '.join(keys[:4])} belongs")
        return None

    def _id(self, fields: Fields) -> str | None:
        """Return the id; ids are one name space over the whole file, in which case does not count."""
        node, id = fields.node("id"), fields.id()
        if isinstance(node, Scalar) and node.text:
            same = node.text.casefold()
            if same in self._ids:
                fields.problem(node.line, f"id {shown(node.text)} stands already in line {self._ids[same]}; choose another")
            self._ids.setdefault(same, node.line)
        return id

    def _inquiry(self, node: Node, number: int) -> tuple[Inquiry | None, list[Claim]]:
        whose = f"inquiry {_name(node) or number}"
        fields = self._mapping(node, whose, INQUIRY_KEYS)
        if not fields:
            return None, []
        id, question = self._id(fields), fields.text("question", required=True)
        categories, questions = self._categories(fields), fields.texts("questions")
        claims = [
            self._claim(item, f"claim {_name(item) or f'{at} of {whose}'}", id or "", categories)
            for at, item in enumerate(self._list(fields, "claims"), 1)
        ]
        inquiry = Inquiry(id, question, categories, questions) if id and question else None
        return inquiry, [claim for claim in claims if claim]

    def _categories(self, fields: Fields) -> tuple[str, ...]:
        nodes = fields.many("categories")
        if nodes is None:
            return DEFAULT_CATEGORIES
        if not nodes:
            fields.problem(fields.line_of("categories"), f"'categories' is empty; without the line, {_DEFAULTS} are watched")
        found = [scalar for node in nodes if (scalar := fields.one("categories", node))]
        for scalar in found:
            if not _CATEGORY.fullmatch(scalar.text):
                what = f"category {shown(scalar.text)} has not the form of an arXiv category; write one such as cs.CL or hep-th"
                fields.problem(scalar.line, what)
        return tuple(dict.fromkeys(scalar.text for scalar in found))

    def _claim(self, node: Node, whose: str, inquiry: str, categories: tuple[str, ...]) -> Claim | None:
        fields = self._mapping(node, whose, CLAIM_KEYS)
        if not fields:
            return None
        id, text = self._id(fields), fields.text("text", required=True)
        asserted, anchors = self._asserted(fields), self._anchors(fields)
        rest = {key: fields.text(key) for key in ("durable", "perishable", "falsified_by")}
        search, review_by = fields.texts("search"), fields.day("review_by")
        if not (id and text and asserted and anchors):
            return None
        self._warn_of_order(fields, asserted, anchors)
        return Claim(id, inquiry, text, asserted, anchors, search=search, review_by=review_by, categories=categories, **rest)

    def _asserted(self, fields: Fields) -> PartialDate | None:
        asserted = fields.partial_date("asserted", required=True)
        if asserted and asserted.first > self._today:
            fields.problem(fields.line_of("asserted"), f"asserted '{asserted}' lies in the future (today is {self._today})")
            return None
        return asserted

    def _anchors(self, fields: Fields) -> tuple[Anchor, ...]:
        nodes = fields.many("anchors", required=True)
        if nodes is not None and not nodes:
            fields.problem(fields.line_of("anchors"), "'anchors' is empty; name at least one paper that the claim rests on")
        kept: dict[str, Anchor] = {}
        for number, node in enumerate(nodes or [], 1):
            anchor = self._anchor(node, fields, number)
            if anchor:
                bare = ArxivId.parse(anchor.id).bare
                kept[bare] = self._merged(kept[bare], anchor, fields, node.line) if bare in kept else anchor
        return tuple(kept.values())

    def _anchor(self, node: Node, claim: Fields, number: int) -> Anchor | None:
        if not isinstance(node, Mapping):
            id = self._paper(claim, claim.one("anchors", node))
            return Anchor(id) if id else None
        fields = Fields(node, f"{claim.whose}, anchor {number}", ANCHOR_KEYS, self._notes)
        id = self._paper(fields, fields.scalar("id", required=True))
        title, when = fields.text("title"), fields.partial_date("date")
        return Anchor(id, title, when) if id else None

    def _paper(self, fields: Fields, scalar: Scalar | None) -> str | None:
        """Return an arXiv id in its canonical form, with the version where one is named."""
        if scalar is None:
            return None
        try:
            return str(ArxivId.parse(scalar.text, self._today))
        except MalformedId as wrong:
            fields.problem(scalar.line, f"anchor {wrong}; copy the id from the paper's arXiv page")
            return None

    def _merged(self, first: Anchor, again: Anchor, fields: Fields, line: int) -> Anchor:
        """Return one anchor for a paper that is named twice: what is said first counts, differences are warned of."""
        one, other = ArxivId.parse(first.id), ArxivId.parse(again.id)
        pairs = (("version", one.version, other.version), ("title", first.title, again.title), ("date", first.date, again.date))
        differing = [f"{name} {a} and {b}" for name, a, b in pairs if a and b and a != b]
        if differing:
            fields.warn(line, f"anchor {one.bare} is named twice, with {', '.join(differing)}; the first counts")
        version = one.version or other.version
        return Anchor(str(ArxivId(one.bare, version)), first.title or again.title, first.date or again.date)

    def _warn_of_order(self, fields: Fields, asserted: PartialDate, anchors: Iterable[Anchor]) -> None:
        """Warn of a claim that is older than all its anchors; later ones may well have been added to an earlier one."""
        first = min(anchors, key=lambda anchor: ArxivId.parse(anchor.id).month, default=None)
        if first and asserted.last < ArxivId.parse(first.id).month.first:
            what = f"asserted {asserted}, before its anchor {first.id} of {ArxivId.parse(first.id).month}; check both"
            fields.warn(fields.line_of("asserted"), what)


_DEFAULTS = ", ".join(DEFAULT_CATEGORIES)


def _name(node: Node) -> str | None:
    """Return how to call an item in a message: by its id, where that can be read."""
    id = node.entries.get("id", (0, None))[1] if isinstance(node, Mapping) else None
    return repr(id.text) if isinstance(id, Scalar) and is_id(id.text) else None
