"""What the library knows of a paper when one more record of it arrives.

* The text (title, abstract) of the newest version wins. A record that does not tell its version never replaces the text of one
  that does; of two that do not, the later update wins, else the later arrival.
* What a record does not tell (None, an empty list) never overwrites what is known.
* A record of an older version, or of one that cannot be placed, only fills in what is not known and belongs to the paper rather
  than to a version. Its comment and date belong to its version.
* That a version was not withdrawn says nothing of the next one: with a new version, whether it was withdrawn counts as not asked.
"""

from dataclasses import dataclass, replace
from datetime import date

from claimcheck.domain.paper import Paper, Withdrawal


@dataclass(frozen=True)
class Merged:
    """The paper as it is known now, and whether the record's text took the place of the text kept before."""

    paper: Paper
    replaced: bool


def merge(kept: Paper, new: Paper) -> Merged:
    """Return what is known of a paper after the record `new`."""
    if not new.title or not new.abstract:
        return Merged(_filled(kept, new), replaced=False)
    if new.fingerprint == kept.fingerprint:
        older = new.version is not None and kept.version is not None and new.version < kept.version
        return Merged(_filled(kept, new) if older else _refreshed(kept, new), replaced=False)
    if not _is_newer(kept, new):
        return Merged(_filled(kept, new), replaced=False)
    paper = replace(_refreshed(kept, new), title=new.title, abstract=new.abstract, flags=new.flags)
    return Merged(paper, replaced=True)


def _is_newer(kept: Paper, new: Paper) -> bool:
    """Tell whether a differing text is the newer one."""
    if kept.version != new.version:
        return new.version is not None and (kept.version is None or new.version > kept.version)
    return not (kept.updated and new.updated and new.updated < kept.updated)


def _refreshed(kept: Paper, new: Paper) -> Paper:
    """Let what the record tells win."""
    return replace(
        kept,
        version=new.version or kept.version,
        authors=new.authors or kept.authors,
        categories=new.categories or kept.categories,
        published=new.published or kept.published,
        updated=new.updated or kept.updated,
        seen=_earlier(kept.seen, new.seen),
        comment=new.comment or kept.comment,
        journal_ref=new.journal_ref or kept.journal_ref,
        doi=new.doi or kept.doi,
        withdrawal=_later(kept.withdrawal, new.withdrawal),
        withdrawal_asked=_asked(kept, new),
        flags=kept.flags | new.flags,
    )


def _filled(kept: Paper, new: Paper) -> Paper:
    """Let what is known win."""
    return replace(
        kept,
        authors=kept.authors or new.authors,
        categories=kept.categories or new.categories,
        published=kept.published or new.published,
        seen=_earlier(kept.seen, new.seen),
        journal_ref=kept.journal_ref or new.journal_ref,
        doi=kept.doi or new.doi,
        withdrawal=_later(new.withdrawal, kept.withdrawal),
        withdrawal_asked=max(filter(None, (kept.withdrawal_asked, new.withdrawal_asked)), default=None),
    )


def _asked(kept: Paper, new: Paper) -> date | None:
    """Return the day on which the newest version's withdrawal was asked."""
    if new.version is not None and new.version != kept.version:
        return new.withdrawal_asked
    return max(filter(None, (kept.withdrawal_asked, new.withdrawal_asked)), default=None)


def _earlier(one: date | None, other: date | None) -> date | None:
    """Return the earlier listing: it is the closer one to the submission."""
    return min(filter(None, (one, other)), default=None)


def _later(one: Withdrawal | None, other: Withdrawal | None) -> Withdrawal | None:
    """Return the withdrawal of the higher version; `other` where that does not tell them apart."""
    if not one or not other:
        return one or other
    return one if (one.version or 0) > (other.version or 0) else other
