"""Forms: what a browser may send, read strictly into what a person decided."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from claimcheck.domain.claim import Part
from claimcheck.domain.evidence import Stance
from claimcheck.domain.review import LONGEST_REASON, Action, Target
from claimcheck.domain.text import clean

_Id = Annotated[str, Field(min_length=1, max_length=100)]
_Reason = Annotated[str, Field(max_length=LONGEST_REASON), AfterValidator(lambda text: clean(text)[0])]
_Mark = Annotated[str, Field(max_length=64)]


def _nothing(value: object) -> object:
    """A field that was left empty was not given."""
    return None if value == "" else value


class Shown(BaseModel):
    """What the person saw: the item, both texts, and the review that was kept last for it (empty for none)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    claim: _Id
    target: Target
    paper: _Id
    claim_text: _Mark
    paper_text: _Mark = ""
    seen: _Mark = ""
    back: Annotated[str, Field(pattern="^(queue|claim)$")] = "claim"


class Decided(Shown):
    """A decision on evidence or an anchor."""

    action: Annotated[Action, Field()]
    reason: _Reason = ""
    expires: Annotated[date | None, BeforeValidator(_nothing)] = None
    stance: Annotated[Stance | None, BeforeValidator(_nothing)] = None
    part: Annotated[Part | None, BeforeValidator(_nothing)] = None
    own: bool = False
    sentences: Annotated[list[Annotated[int, Field(ge=1, le=100_000)]], Field(max_length=200)] = []


class Repaired(Shown):
    """Another paper for an anchor; `cited` as claims.yaml has it, `digest` of the file as it was seen."""

    cited: _Id
    replacement: _Id
    digest: _Mark
    reason: _Reason = ""
