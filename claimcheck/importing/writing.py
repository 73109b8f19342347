"""The draft as claims.yaml: doubts as `# check:` comments, what would be refused commented out, every text in a folded block.

A folded block needs no escapes: no text of the notes can end it or be read as anything but text.
"""

import re
import textwrap
from collections.abc import Iterable, Sequence

from claimcheck.domain.text import clean, content_words
from claimcheck.importing.draft import Draft, Finding

_WIDTH = 110
_ID_WORDS, _LONGEST_ID = 4, 48
_HEAD = """\
# Drafted from notes by `claimcheck import` ({how}). Read every line: what was not plain is marked `# check:`, and what
# claims.yaml cannot hold yet is commented out. `claimcheck check` says whether the file is as it must be.
version: 1
inquiries:
"""


def write(draft: Draft) -> str:
    """Return the draft as the text of a claims file."""
    how = "by rule" if draft.drafted_by == "rule" else f"sentences chosen by {_comment(draft.drafted_by)}, copied by code"
    lines = [f"  - id: {_slug(draft.question, set())}", *_checks(draft.doubts, 4), *_text("question", draft.question, 4)]
    lines.append("    # categories: [cs.CL, cs.AI, cs.LG]   # what is watched; these unless you say otherwise")
    if draft.questions:
        lines += ["    questions:", *(line for question in draft.questions for line in _item(question, 6))]
    lines += _claims(draft.findings)
    if draft.unused:
        lines += _checks([f"named in the notes, and no claim rests on it: {id}" for id in draft.unused], 4)
    return _HEAD.format(how=how) + "\n".join(lines) + "\n"


def _claims(findings: Sequence[Finding]) -> list[str]:
    taken: set[str] = set()
    written = [(finding, _claim(finding, _slug(finding.text, taken))) for finding in findings]
    standing = [lines for finding, lines in written if not finding.refused]
    head = [
        "    claims:"
        if standing
        else "    claims: []  # check: nothing in the notes names an arXiv paper and states something of it"
    ]
    body = [line for finding, lines in written for line in ([] if not finding.refused else _refusal(finding)) + lines]
    return [*head, *body]


def _claim(finding: Finding, id: str) -> list[str]:
    lines = [f"      - id: {id}", f"        # line {finding.line} of the notes", *_checks(finding.doubts, 8)]
    lines += _text("text", finding.text, 8)
    quoted = f'"{finding.asserted}"' if len(finding.asserted) == 4 else finding.asserted
    lines.append(f"        asserted: {quoted or '# write when it was true, such as 2025-05'}")
    lines += ["        anchors:" if finding.papers else "        anchors: []"]
    for paper in finding.papers:
        lines.append(f"          - id: {paper.id}")
        if paper.date:
            lines.append(f'            date: "{paper.date}"' if len(paper.date) == 4 else f"            date: {paper.date}")
    return [f"      # {line[6:]}" for line in lines] if finding.refused else lines


def _refusal(finding: Finding) -> list[str]:
    return _checks([f"commented out: {finding.refused}"], 6)


def _checks(doubts: Iterable[str], indent: int) -> list[str]:
    return [f"{' ' * indent}# check: {_comment(doubt)}" for doubt in doubts]


def _text(key: str, text: str, indent: int) -> list[str]:
    return [f"{' ' * indent}{key}: >-", *_folded(text, indent + 2)]


def _item(text: str, indent: int) -> list[str]:
    return [f"{' ' * indent}- >-", *_folded(text, indent + 2)]


def _folded(text: str, indent: int) -> list[str]:
    space = " " * indent
    return textwrap.wrap(
        clean(text)[0], _WIDTH, initial_indent=space, subsequent_indent=space, break_long_words=False, break_on_hyphens=False
    )


def _comment(text: str) -> str:
    line = clean(text)[0]
    return line if len(line) <= 240 else f"{line[:237]}..."


def _slug(text: str, taken: set[str]) -> str:
    """Return an id made of the text's first telling words; `taken` are those that are in use, and it is added to them."""
    words = [re.sub(r"[^a-z0-9]+", "-", word).strip("-") for word in content_words(text)]
    name = "-".join([word for word in words if word and not word.isdigit()][:_ID_WORDS])[:_LONGEST_ID].strip("-") or "claim"
    if "-" not in name:  # a single word may be one that YAML reads as something else: null, yes, 1e3
        name = f"about-{name}"
    id, count = name, 1
    while id in taken:
        count += 1
        id = f"{name}-{count}"
    taken.add(id)
    return id
