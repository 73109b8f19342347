"""Who is asked about papers: those that find them, those that know who cites them, and those that have their full text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from claimcheck.domain.citing import Citations
from claimcheck.domain.dates import Window
from claimcheck.domain.fulltext import FullText
from claimcheck.domain.paper import Paper, Withdrawal
from claimcheck.domain.query import Query


@dataclass(frozen=True)
class Found:
    """A complete answer. `total` is how many papers match at the source; `unusable` says why single records were set aside."""

    papers: tuple[Paper, ...]
    total: int
    unusable: tuple[str, ...] = ()


class PaperSource(Protocol):
    """Finds papers.

    An empty answer means "there are none". When the source cannot be asked, or answers oddly or in part, it raises
    `SourceUnavailable` instead. Calls block; the source keeps its own pace over all threads and processes of the machine.
    """

    name: str

    @property
    def requests(self) -> int:
        """How many requests were sent so far, retries included."""

    def search(self, query: Query, window: Window, limit: int) -> Found:
        """Return the best `limit` papers first submitted in the window, most relevant first, and how many there are in all."""

    def look_up(self, ids: Sequence[str]) -> Found:
        """Return the papers that exist among the bare `ids`; an id that is missing from the answer does not exist."""

    def new_in(self, category: str, window: Window, page: Callable[[Sequence[Paper]], object] = len) -> Found:
        """Return every paper of a category first submitted in the window; call `page` with those of each page as it comes."""

    def withdrawal(self, id: str) -> Withdrawal | None:
        """Return the withdrawal of the newest version that the abstract page tells of, or None when it tells of none."""


class CitationSource(Protocol):
    """Knows who cites a paper.

    An empty answer means "none that it knows of". When the source cannot be asked, does not know the paper itself, or answers
    oddly or in part, it raises `SourceUnavailable` instead; `Denied` when it refuses the key. Calls block; the source keeps its
    own pace over all threads and processes of the machine.
    """

    name: str

    @property
    def requests(self) -> int:
        """How many requests were sent so far, retries included."""

    def citing(self, id: str) -> Citations:
        """Return all papers that cite the paper with a bare arXiv id: those at arXiv, and how many are elsewhere."""


class FullTexts(Protocol):
    """Fetches what a paper says beyond its abstract.

    The best form that can be read: arXiv's HTML, else the PDF, else the abstract alone. The answer names the form, and `notes`
    say why a better one was not read: that it is not there, or that it is there and cannot be read. When it could not be asked
    at all, this raises `SourceUnavailable` instead: "the abstract alone" never stands for "we could not look". Text that no
    reader sees is not in the answer; `flags` tell of it. A text that is cut says so. Raises `StoreUnusable` when it cannot be
    kept. Calls block, at the source's pace.
    """

    def fetch(self, paper: Paper) -> FullText:
        """Return the paper's full text."""
