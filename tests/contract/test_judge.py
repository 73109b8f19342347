"""What every judge promises, whichever it is."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from claimcheck.adapters.cluster import Cluster, ClusterJudge, ClusterWire
from claimcheck.adapters.embedded.judge import EmbeddedJudge
from claimcheck.adapters.embedded.lexical import LexicalJudge
from claimcheck.adapters.embedded.network import shipped
from claimcheck.adapters.openai.judge import OpenAIJudge
from claimcheck.adapters.recorded import RecordedJudge
from claimcheck.domain.evidence import QuoteGrounding, Reading, Stance, Usage, evidence
from claimcheck.domain.verdict import Verdict
from claimcheck.ports import Answer, Judge, JudgeName, NotRecorded, QuestionMaterial, UnusableAnswer
from tests.dask_scheduler import scheduler
from tests.fakes import FakeJudge
from tests.integration.model_server import CLAIM, GOOD, PAPER, Model, Scripted, completion, error

MATERIAL = [QuestionMaterial(CLAIM, Verdict.CONTESTED, ((PAPER.id, "Adherence falls."),))]


@dataclass(frozen=True)
class Under:
    """A judge under test, and the same judge when it cannot give a usable answer."""

    judge: Judge
    mute: Judge | None
    raises: type[Exception] = UnusableAnswer


@contextmanager
def model(httpserver: HTTPServer, tmp_path: Path) -> Iterator[Under]:
    usable = Model(httpserver).judge()
    mute_server = HTTPServer(host="127.0.0.1", port=0)
    mute_server.start()
    mute = Model(mute_server, completion("I do not know."), error(400)).judge()
    try:
        yield Under(usable, mute)
    finally:
        mute_server.clear()
        mute_server.stop()


@contextmanager
def recorded(httpserver: HTTPServer, tmp_path: Path) -> Iterator[Under]:
    header = {"recording": 1, "judge": {"kind": "openai", "model": "m", "prompt": ""}, "note": ""}
    line = {"claim": CLAIM.text, "paper": PAPER.id, "version": PAPER.version, "answer": GOOD}
    for name, lines in (("full", [header, line]), ("bare", [header])):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in lines))
    yield Under(RecordedJudge(tmp_path / "full"), RecordedJudge(tmp_path / "bare"), NotRecorded)


@contextmanager
def lexical(httpserver: HTTPServer, tmp_path: Path) -> Iterator[Under]:
    yield Under(LexicalJudge(), None)


@contextmanager
def embedded(httpserver: HTTPServer, tmp_path: Path) -> Iterator[Under]:
    yield Under(EmbeddedJudge(shipped()), None)


@contextmanager
def fake(httpserver: HTTPServer, tmp_path: Path) -> Iterator[Under]:
    reading = Reading(Stance.SUPPORTS, sentences=(2,), confidence=0.9)
    yield Under(FakeJudge(lambda *_: reading), FakeJudge(lambda *_: UnusableAnswer("no")))


@contextmanager
def embedded_over_cluster(httpserver: HTTPServer, cluster: Cluster) -> Iterator[Under]:
    yield Under(ClusterJudge(cluster, EmbeddedJudge(shipped()), "embedded"), None)


@contextmanager
def model_over_cluster(httpserver: HTTPServer, cluster: Cluster) -> Iterator[Under]:
    def over(server: HTTPServer, *answers: Scripted) -> OpenAIJudge:
        asked = Model(server, *answers)
        wire = ClusterWire(cluster, model="asked-1", api_key=None, base_url=asked.url, timeout=10.0)
        return asked.judge(wire=wire)

    mute_server = HTTPServer(host="127.0.0.1", port=0)
    mute_server.start()
    try:
        yield Under(over(httpserver), over(mute_server, completion("I do not know."), error(400)))
    finally:
        mute_server.clear()
        mute_server.stop()


OVER_CLUSTER = [embedded_over_cluster, model_over_cluster]


@pytest.fixture(scope="session")
def httpserver_listen_address() -> tuple[str, int]:
    return ("127.0.0.1", 0)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    pytest.importorskip("distributed", reason="needs Dask, the extra `cluster`")
    with scheduler() as address, Cluster(address) as connected:
        yield connected


@pytest.fixture(params=[model, recorded, lexical, embedded, fake, *OVER_CLUSTER], ids=lambda make: str(make.__name__))
def under(request: pytest.FixtureRequest, httpserver: HTTPServer, tmp_path: Path) -> Iterator[Under]:
    beside = request.getfixturevalue("cluster") if request.param in OVER_CLUSTER else tmp_path
    with request.param(httpserver, beside) as found:
        yield found


def answers(judge: Judge, *work: Callable[[Judge], Awaitable[Answer]]) -> list[Answer]:
    async def whole() -> list[Answer]:
        try:
            return [await each(judge) for each in work]
        finally:
            if isinstance(judge, OpenAIJudge):
                await judge.close()

    return asyncio.run(whole())


def test_a_reading_can_be_tied_to_the_paper(under: Under) -> None:
    (answer,) = answers(under.judge, lambda j: j.read(CLAIM, PAPER))
    tied = evidence(PAPER, answer.reading)
    assert tied.grounding is QuoteGrounding.GROUNDED
    assert all(q.text == PAPER.abstract[q.start : q.end] for q in tied.quotes)
    assert 0 <= answer.reading.confidence <= 1
    assert answer.model


def test_the_same_pair_gets_the_same_reading(under: Under) -> None:
    first, second = answers(under.judge, lambda j: j.read(CLAIM, PAPER), lambda j: j.read(CLAIM, PAPER))
    assert first.reading == second.reading


def test_a_judge_has_a_name_for_the_cache(under: Under) -> None:
    assert isinstance(under.judge.name, JudgeName)
    assert under.judge.name.kind in ("openai", "recorded", "embedded")
    assert under.judge.name.prompt


def test_what_cannot_be_read_is_raised_and_never_not_enough_info(under: Under) -> None:
    if under.mute is None:
        pytest.skip("this judge always answers")
    with pytest.raises(under.raises):
        answers(under.mute, lambda j: j.read(CLAIM, PAPER))


def test_a_part_that_the_claim_does_not_have_is_never_judged(under: Under) -> None:
    (answer,) = answers(under.judge, lambda j: j.read(replace(CLAIM, durable=None, perishable=None), PAPER))
    assert answer.reading.part == "whole"


def test_drafts_are_tuples_with_what_they_took(under: Under) -> None:
    if under.judge.name.model == "asked-1":
        pytest.skip("the model's drafts are tested with it")

    async def drafts() -> None:
        phrases, usage = await under.judge.phrases(CLAIM)
        questions, more = await under.judge.questions(MATERIAL)
        assert (phrases, questions, usage + more) == ((), (), Usage())

    asyncio.run(drafts())
