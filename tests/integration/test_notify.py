"""Notifications over HTTP to a local server: what arrives, what fails, and that no address is ever shown."""

import json
import logging
import socket
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from claimcheck.adapters.notify import Notifier
from claimcheck.adapters.told import Told

SECRET = "canary-token-123456"


def address(server: HTTPServer, path: str = "/hook") -> str:
    return f"json://127.0.0.1:{server.port}{path}?+X-Key={SECRET}"


def test_a_message_arrives_as_plain_text(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hook", method="POST").respond_with_data("ok")
    assert Notifier([address(httpserver)]).send("A title", "a *line* & <more>\nand \\n as it is") == ()
    ((request, _),) = httpserver.log
    sent = json.loads(request.get_data())
    assert (sent["title"], sent["message"]) == ("A title", "a *line* & <more>\nand \\n as it is")
    assert request.headers["X-Key"] == SECRET


def test_each_address_that_fails_is_told_without_it_and_the_others_get_theirs(
    httpserver: HTTPServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    httpserver.expect_request("/hook").respond_with_data("ok")
    httpserver.expect_request("/broken").respond_with_data(SECRET, status=500)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        gone = f"json://me:{SECRET}@127.0.0.1:{closed.getsockname()[1]}/"
        caplog.set_level(logging.DEBUG)
        problems = Notifier([address(httpserver, "/broken"), gone, f"nosuch://{SECRET}", address(httpserver)]).send("t", "b")
    assert problems == (
        "address 1 of 4 (json) did not take it",
        "address 2 of 4 (json) did not take it",
        "address 3 of 4 (nosuch) is none that Apprise knows",
    )
    assert {request.path for request, _ in httpserver.log} == {"/broken", "/hook"}
    shown = capfd.readouterr()
    assert SECRET not in caplog.text + shown.out + shown.err + "".join(problems)


def test_a_server_that_never_answers_costs_no_more_than_the_patience() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # a connection waits in its queue, and nobody takes it
        (problem,) = Notifier([f"json://127.0.0.1:{silent.getsockname()[1]}/"], patience=0.5).send("t", "b")
    assert problem == "address 1 of 1 (json) did not answer in 0.5 seconds"


def test_logging_is_as_it_was_afterwards(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hook").respond_with_data("ok")
    Notifier([address(httpserver)]).send("t", "b")
    assert logging.root.manager.disable == logging.NOTSET


def test_an_address_of_no_kind_is_known_without_sending() -> None:
    assert Notifier(["json://127.0.0.1:9/", "nosuch://x"]).unknown() == ("address 2 of 2 (nosuch) is none that Apprise knows",)


def test_what_is_no_address_is_not_shown_either() -> None:
    for secret in (SECRET, f"{SECRET}://", f"{SECRET * 3}://x"):
        (problem,) = Notifier([secret]).send("t", "b")
        assert problem == "address 1 of 1 (no address) is none that Apprise knows"


def test_what_was_told_comes_back_and_damage_counts_as_nothing(tmp_path: Path) -> None:
    told = Told(tmp_path)
    assert told.read() is None
    kept = {"verdicts": {"c": ["holds", "ab"]}, "anchors": {"c 2505.14810": [1, "ab", False]}, "ungrounded": ["x"], "gaps": []}
    told.write(kept)
    assert told.read() == kept
    assert [file.name for file in tmp_path.iterdir()] == ["notified.json"]
    for damage in (
        "",
        "[]",
        "{}",
        json.dumps({**kept, "schema": 1, "verdicts": {"c": "holds"}}),
        json.dumps({"schema": 2, **kept}),
    ):
        (tmp_path / "notified.json").write_text(damage, encoding="utf-8")
        assert told.read() is None
