"""Files of a re-test set: dated claims, and papers labelled with their bearing on them."""

from dataclasses import dataclass
from pathlib import Path

from claimcheck.domain.arxiv_id import ArxivId, MalformedId
from claimcheck.domain.claim import Anchor, Claim
from claimcheck.domain.dates import PartialDate
from claimcheck.domain.evidence import Stance
from claimcheck.evaluation.labels import NEITHER, STANCES
from claimcheck.evaluation.loading import Once, Row, read

_SOURCES = {"asserted": True, "reported": False}
_NO_DATE = PartialDate.parse("2019")


@dataclass(frozen=True)
class LabelledPaper:
    """A paper's stance towards a claim, as labelled; `contested` when another careful reader might say `other`."""

    claim_id: str
    paper_id: str
    label: Stance
    contested: bool = False
    other: Stance | None = None
    asserted: bool = True

    @property
    def bears(self) -> bool:
        """Tell whether the paper bears on the claim."""
        return self.label is not NEITHER


def load_claims(path: Path) -> list[Claim]:
    """Read the claims: `id`, `text`, `asserted`, `anchor_id`, `queries`, and where given `durable_part` and `perishable_part`."""
    once = Once()

    def parse(row: Row) -> Claim:
        id = row.id("id")
        once.see(row, id, f"claim {id}")
        return Claim(
            id=id,
            inquiry="evaluation",
            text=row.text("text"),
            asserted=asserted(row, "asserted"),
            anchors=(Anchor(row.id("anchor_id")),),
            durable=row.optional("durable_part"),
            perishable=row.optional("perishable_part"),
            search=row.texts("queries"),
        )

    return read(path, parse)


def load_pairs(path: Path, claims: list[Claim]) -> list[LabelledPaper]:
    """Read the labelled papers: `claim_id`, `paper_id`, `label`, `contested_label`, `alt_label`, `evidence_source`."""
    once, known = Once(), {claim.id for claim in claims}

    def parse(row: Row) -> LabelledPaper:
        claim_id, paper_id = row.id("claim_id"), _paper(row)
        once.see(row, (claim_id, paper_id), f"claim {claim_id} with paper {paper_id}")
        if claim_id and claim_id not in known:
            row.wrong(f"there is no claim {claim_id} in the claims file")
        return LabelledPaper(
            claim_id=claim_id,
            paper_id=paper_id,
            label=row.label("label", STANCES, NEITHER),
            contested=row.flag("contested_label"),
            other=row.label("alt_label", STANCES, NEITHER) if row.has("alt_label") else None,
            asserted=row.label("evidence_source", _SOURCES, True) if row.has("evidence_source") else True,
        )

    return read(path, parse)


def asserted(row: Row, name: str) -> PartialDate:
    """Read a date that must be there."""
    text = row.text(name)
    try:
        return PartialDate.parse(text)
    except ValueError as wrong:
        if row.has(name):
            row.wrong(f"{name!r}: {wrong}")
        return _NO_DATE


def _paper(row: Row) -> str:
    text = row.id("paper_id")
    try:
        return ArxivId.parse(text).bare if text else ""
    except MalformedId as wrong:
        row.wrong(f"'paper_id': {wrong}")
        return ""
