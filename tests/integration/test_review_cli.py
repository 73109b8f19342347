"""`review export`, `review import` and `review --agreement` on a store of their own."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from claimcheck.adapters.ledger import SqlLedger
from claimcheck.cli.app import app
from claimcheck.domain.claim import Part
from claimcheck.domain.evidence import Stance
from claimcheck.domain.review import Action, Review, Subject, Target
from claimcheck.errors import Refused, UsageError

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
OF = Subject("c1", "abc", Target.EVIDENCE, "2506.00001", 1, "def")
REVIEWS = [
    Review(OF, Action.ACCEPT, "Ada", AT, judged="supports"),
    Review(
        subject=Subject("c1", "abc", Target.EVIDENCE, "2506.00002"),
        action=Action.CORRECT,
        reviewer="Ada",
        at=AT,
        reason="so",
        stance=Stance.RELAXES,
        part=Part.WHOLE,
        sentences=(1,),
        judged="refutes",
    ),
]


def store(folder: Path, *reviews: Review) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "claims.yaml").write_text("version: 1\ninquiries: []\n")
    with SqlLedger.open(None, folder / ".claimcheck") as ledger:
        ledger.import_reviews(reviews)
    return folder / "claims.yaml"


def run(*args: object) -> str:
    done = CliRunner().invoke(app, [str(a) for a in args], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_what_one_store_exports_another_imports_once(tmp_path: Path) -> None:
    one, other, file = store(tmp_path / "one", *REVIEWS), store(tmp_path / "other"), tmp_path / "reviews.yaml"
    run("review", "export", file, "--claims", one)
    assert run("review", "import", file, "--claims", other) == "2 new reviews kept, 0 were there already\n"
    assert run("review", "import", file, "--claims", other) == "0 new reviews kept, 2 were there already\n"
    assert run("review", "export", "--claims", other) == file.read_text()


def test_a_file_that_is_refused_brings_nothing(tmp_path: Path) -> None:
    one, other, file = store(tmp_path / "one", *REVIEWS), store(tmp_path / "other"), tmp_path / "reviews.yaml"
    run("review", "export", file, "--claims", one)
    file.write_text(file.read_text() + "  - claim: c1\n    action: burn\n")
    with pytest.raises(Refused, match="review 3: 'action'"):
        CliRunner().invoke(app, ["review", "import", str(file), "--claims", str(other)], catch_exceptions=False)
    assert run("review", "export", "--claims", other).endswith("reviews: []\n")


def test_the_agreement_is_printed(tmp_path: Path) -> None:
    claims = store(tmp_path / "one", *REVIEWS)
    told = json.loads(run("review", "--agreement", "--json", "--today", "2026-11-22", "--claims", claims))
    assert (told["reviews"], told["accept_rate"], told["same_stance"]) == (2, 0.5, 0.5)
    assert {"judge": "refutes", "reviewer": "relaxes", "count": 1} in told["pairs"]
    assert "1 accepted, 1 corrected, 0 rejected" in run("review", "--agreement", "--today", "2026-11-22", "--claims", claims)
    empty = store(tmp_path / "none", Review(OF, Action.ACCEPT, "Ada", AT + timedelta(days=9), judged="supports"))
    assert "no evidence was reviewed yet" in run("review", "--agreement", "--today", "2026-11-22", "--claims", empty)


def test_a_host_that_others_reach_is_refused(tmp_path: Path) -> None:
    claims = store(tmp_path / "one")
    with pytest.raises(UsageError, match="answers on this machine only"):
        CliRunner().invoke(app, ["review", "--host", "0.0.0.0", "--claims", str(claims)], catch_exceptions=False)
