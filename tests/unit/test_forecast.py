"""What a dry run says is what the next refresh asks, and it asks nothing itself."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from claimcheck.adapters.model_answer import reading_schema
from claimcheck.agent.forecast import BYTES_OF_SCHEMA, Forecast, Prices, Requests, forecast
from claimcheck.agent.state import Context
from claimcheck.domain.citing import Citations, Citing
from claimcheck.domain.claim import Claim, Part
from claimcheck.domain.evidence import Usage
from claimcheck.domain.fulltext import Form, Found
from claimcheck.domain.paper import Paper
from tests.fakes import FakeCitations, FakeFullTexts, FakeJudge, FakeLedger, FakeLibrary, FakeSource, SilentProgress
from tests.unit.test_graph import ANCHOR, NEWER, SUPPORTS, TODAY, claim, run, says

WEEK = timedelta(days=7)
PRICES = Prices(1.0, 2.0)


def context(**more: Any) -> Context:
    given: dict[str, Any] = {
        "library": FakeLibrary(),
        "judge": FakeJudge(says({"2505.00001": SUPPORTS})),
        "ledger": FakeLedger(),
        "source": FakeSource([ANCHOR, *NEWER]),
        "today": TODAY,
    }
    return Context(progress=SilentProgress(), run_id=0, **{**given, **more})


def of(context: Context, *claims: Claim) -> Forecast:
    return forecast(context, claims or (claim(),), PRICES)


def test_nothing_is_asked_or_kept() -> None:
    before = context(library=FakeLibrary([ANCHOR, *NEWER]))
    of(before)
    assert isinstance(before.source, FakeSource)
    assert isinstance(before.judge, FakeJudge)
    assert isinstance(before.ledger, FakeLedger)
    assert isinstance(before.library, FakeLibrary)
    assert before.source.requests == 0
    assert before.judge.asked == []
    assert (before.ledger.drafts, before.ledger.judgements, before.ledger.runs) == ({}, {}, {})
    assert before.library._matches == {}


def test_the_requests_of_a_first_refresh_are_those_that_it_makes() -> None:
    told, source = of(context()).requests, FakeSource([ANCHOR, *NEWER])
    run(claim(), source=source)
    assert told == Requests(look_ups=1, abstract_pages=1, harvest_windows=3, queries=3)
    assert source.requests == told.total


def test_a_week_later_nothing_but_the_harvest_and_the_look_up_is_due() -> None:
    kept: dict[str, Any] = {"library": FakeLibrary(), "ledger": FakeLedger(), "judge": FakeJudge()}
    source = FakeSource([ANCHOR, *NEWER])
    run(claim(), source=source, **kept)
    told = of(context(source=source, today=TODAY + WEEK, **kept))
    assert told.requests == Requests(look_ups=1, harvest_windows=3)
    assert told.readings == 0
    assert told.most_readings == 25
    assert of(context(source=source, **kept)).requests == Requests()


def test_the_unread_papers_of_the_library_are_counted_exactly_offline() -> None:
    library = FakeLibrary([ANCHOR, *NEWER])
    told = of(context(library=library, source=None))
    judge = FakeJudge(says({"2505.00001": SUPPORTS}))
    run(claim(), source=None, library=library, judge=judge)
    assert told.readings == told.most_readings == len(judge.asked) == 4
    assert told.requests == Requests()


def test_money_is_tokens_at_their_price() -> None:
    told = of(context(library=FakeLibrary([ANCHOR, *NEWER]), source=None))
    assert told.usage.calls == told.readings + told.phrases == 5
    assert told.usage.usd == pytest.approx((told.usage.prompt_tokens + 2 * told.usage.completion_tokens) / 1e6)
    assert told.most == told.usage


def test_the_schema_of_an_answer_is_counted_as_long_as_it_is() -> None:
    assert len(json.dumps(reading_schema(Part))) == pytest.approx(BYTES_OF_SCHEMA, rel=0.05)


def test_a_judge_without_a_language_model_costs_nothing() -> None:
    told = of(context(judge=FakeJudge(kind="embedded"), library=FakeLibrary([ANCHOR, *NEWER])))
    assert (told.usage, told.most) == (Usage(estimated=True), Usage(estimated=True))
    assert told.phrases == 0


def test_an_anchor_that_is_unknown_is_read_at_most() -> None:
    told = of(context())
    assert told.readings == 0
    assert told.most_readings == 26
    assert of(context(), replace(claim(), anchors=())).most_readings == 25


def test_who_cites_is_asked_once_a_day_and_what_is_known_to_cite_is_counted() -> None:
    cites = Paper("2508.00077", "Gardens of the north", "Roses bloom late.", 1)
    service = FakeCitations({ANCHOR.id: Citations((Citing(cites.id),))})
    kept: dict[str, Any] = {"library": FakeLibrary(), "ledger": FakeLedger(), "citations": (service,)}
    source = FakeSource([ANCHOR, *NEWER, cites])
    assert of(context(source=source, **kept)).citing == 1
    kept["library"].add([ANCHOR, *NEWER, cites], TODAY)
    kept["library"].keep_citations(service.name, ANCHOR.id, service.known[ANCHOR.id], TODAY)
    told = of(context(source=None, **kept))
    assert (told.citing, told.readings) == (0, 5)
    judge = FakeJudge(says({"2505.00001": SUPPORTS}))
    run(claim(), source=None, judge=judge, **kept)
    assert len(judge.asked) == told.readings
    assert service.requests == 0


def test_what_is_read_in_full_is_counted_by_its_passages() -> None:
    texts = FakeFullTexts({paper.id: (Form.HTML, [Found("4 Results", "It was run. It held.")]) for paper in NEWER})
    kept: dict[str, Any] = {
        "library": FakeLibrary([ANCHOR, *NEWER]),
        "ledger": FakeLedger(),
        "judge": FakeJudge(says({"2505.00001": SUPPORTS})),
        "full_texts": texts,
        "full_text": 2,
    }
    assert of(context(source=None, **kept)).readings == 4
    run(claim(), source=None, **kept)
    assert len(kept["judge"].asked) == 4
    assert of(context(source=None, **kept)).readings == 0
