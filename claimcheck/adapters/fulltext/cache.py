"""Full texts on disk, by id and version: each asked of arXiv once. A file is there whole, or not at all.

What is kept is what a parser made of a file, not the file. The abstract is not in it: it is the paper's record that says it. Not
kept is that a paper has no text, for arXiv may make one later, nor the text of a paper whose version is not known: it would stand
for all later versions.
"""

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from claimcheck.adapters.fulltext.parsed import dumps
from claimcheck.domain.fulltext import Form, FullText, Kind, Section, abstract_only
from claimcheck.domain.paper import Paper
from claimcheck.errors import SourceUnavailable, StoreUnusable
from claimcheck.ports import FullTexts

FORMAT = 1  # bump when the parsers make other text of the same file: it is then fetched anew
_NOT_KEPT = "its full text was not fetched before, and arXiv was not asked"


class KeptFullTexts:
    """Full texts that are kept in a folder, and fetched from elsewhere where they are not; from nowhere when that is None."""

    def __init__(self, folder: Path, elsewhere: FullTexts | None) -> None:
        self._folder = folder
        self._elsewhere = elsewhere

    def fetch(self, paper: Paper) -> FullText:
        """Return the text as it was kept, or fetch and keep it; see `FullTexts`."""
        kept = self._kept(paper) if paper.version is not None else None
        if kept is not None:
            return kept
        if self._elsewhere is None:
            raise SourceUnavailable(f"{_NOT_KEPT} ({paper.arxiv_id})")
        fetched = self._elsewhere.fetch(paper)
        if fetched.form is not Form.ABSTRACT and paper.version is not None:
            self._keep(paper, fetched)
        return fetched

    def _kept(self, paper: Paper) -> FullText | None:
        try:
            return _read(json.loads(self._path(paper).read_bytes()), paper)
        except FileNotFoundError:
            return None
        except OSError as wrong:
            raise self._unusable(wrong) from wrong
        except (ValueError, KeyError, TypeError, RecursionError):
            return None  # damaged, or of another program: fetched anew and written over

    def _keep(self, paper: Paper, text: FullText) -> None:
        """Write the text beside its place, flush it, and put it there."""
        content = dumps(_row(text))
        temporary = ""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=".tmp")
            with os.fdopen(handle, "wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            os.replace(temporary, self._path(paper))
        except OSError as wrong:
            with suppress(OSError):
                os.unlink(temporary)
            raise self._unusable(wrong) from wrong

    def _path(self, paper: Paper) -> Path:
        return self._folder / f"{str(paper.arxiv_id).replace('/', '_')}.json"

    def _unusable(self, wrong: OSError) -> StoreUnusable:
        why = wrong.strerror or str(wrong)
        return StoreUnusable(
            f"full texts cannot be kept in {str(self._folder)!r} ({why}); make room there, or set CLAIMCHECK_HOME"
        )


def _row(text: FullText) -> dict[str, object]:
    return {
        "format": FORMAT,
        "id": text.id,
        "version": text.version,
        "form": text.form.value,
        "notes": list(text.notes),
        "flags": sorted(text.flags),
        "sections": [[section.title, section.kind.value, section.text] for section in text.sections[1:]],
    }


def _read(row: dict[str, Any], paper: Paper) -> FullText:
    """Return the text that a row says, with the record's abstract in front; raise `ValueError` for what is not such a row."""
    if row["format"] != FORMAT or (row["id"], row["version"]) != (paper.id, paper.version):
        raise ValueError("another format, or another paper")
    abstract = abstract_only(paper, ()).sections
    sections = tuple(Section(str(title), Kind(kind), str(text)) for title, kind, text in row["sections"])
    flags = frozenset(str(flag) for flag in row["flags"])
    return FullText(paper.id, paper.version, Form(row["form"]), abstract + sections, tuple(map(str, row["notes"])), flags)
