"""Which workers of a cluster may read in this program's name, and what of a task may be seen."""

import pickle
from dataclasses import replace

import pytest

from claimcheck.adapters.cluster.alike import unlike
from claimcheck.adapters.cluster.worker import Program, Request, WrongWorker
from claimcheck.adapters.openai.prompts import Message
from claimcheck.adapters.openai.wire import Question
from claimcheck.ports import JudgeName

HERE = Program("1.0", "3.11", "2026.8.0", JudgeName("embedded", "stance-1", "abc"), has_key=True)


def test_a_worker_that_runs_the_same_program_is_not_refused() -> None:
    assert unlike(HERE, {"tcp://a:1": HERE}, with_key=True) == []


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (replace(HERE, claimcheck="0.9"), "has claimcheck 0.9 and this process 1.0; install the same version on both"),
        (replace(HERE, python="3.12"), "has python 3.12 and this process 3.11; install the same version on both"),
        (replace(HERE, dask="2025.9.0"), "has dask 2025.9.0 and this process 2026.8.0; install the same version on both"),
        (replace(HERE, judge=JudgeName("embedded", "stance-1", "x")), "has another embedded model than this process"),
        (replace(HERE, has_key=False), "has no OPENAI_API_KEY in its environment; keys are not sent to workers"),
        (ModuleNotFoundError("No module named 'claimcheck'"), "cannot run claimcheck (ModuleNotFoundError: No module named"),
        (WrongWorker("the model is damaged"), "cannot read: the model is damaged"),
    ],
)
def test_another_program_is_refused_in_one_line_that_names_the_worker(
    there: Program | WrongWorker | Exception, said: str
) -> None:
    (line,) = unlike(HERE, {"tcp://a:1": HERE, "tcp://b:2": there}, with_key=True)
    assert line.startswith(f"the worker at tcp://b:2 {said}")
    assert "\n" not in line


def test_no_key_is_missed_where_none_is_used() -> None:
    assert unlike(HERE, {"tcp://a:1": replace(HERE, has_key=False)}, with_key=False) == []


def test_a_task_shows_nothing_of_the_texts_it_holds() -> None:
    question = Question((Message("user", "a paper's own words"),), {}, "reading")
    task = Request("m", None, 1.0, question, 100, frozenset(), 1.0)
    assert "words" not in repr(task)
    assert pickle.loads(pickle.dumps(task)) == task
