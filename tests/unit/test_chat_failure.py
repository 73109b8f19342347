"""What a model server's failures mean, and how they are shown."""

from datetime import UTC, datetime

import pytest

from claimcheck.adapters.openai.failure import Kind, of_status, one_line, seconds_to_wait

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (429, "rate_limit_exceeded", "Too many tokens per minute for the context window", Kind.AGAIN),
        (429, "insufficient_quota", "", Kind.DENIED),
        (400, "billing_hard_limit_reached", "", Kind.DENIED),
        (402, None, "Insufficient balance", Kind.DENIED),
        (404, None, "no such page", Kind.DENIED),
        (500, "server_error", "", Kind.AGAIN),
        (529, "overloaded_error", "", Kind.AGAIN),
        (409, None, "", Kind.AGAIN),
        (400, "context_length_exceeded", "", Kind.TOO_LONG),
        (400, "exceed_context_size_error", "", Kind.TOO_LONG),
        (400, None, "This model's maximum context length is 512 tokens", Kind.TOO_LONG),
        (400, None, "the request exceeds the available context size", Kind.TOO_LONG),
        (413, None, "", Kind.TOO_LONG),
        (400, "invalid_value", "Unknown parameter", Kind.REJECTED),
        (422, None, "", Kind.REJECTED),
        (302, None, "", Kind.UNREACHABLE),
        (405, None, "", Kind.UNREACHABLE),
    ],
)
def test_each_status_means_one_thing_to_do(status: int, code: str | None, message: str, kind: Kind) -> None:
    assert of_status(status, (code, None), message, 5.0).kind is kind


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("7", 7.0),
        (" 0.5 ", 0.5),
        ("Sun, 22 Nov 2026 12:01:30 GMT", 90.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", None),
        ("-3", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_wait_is_read_from_seconds_or_a_date_and_nothing_else(given: str, seconds: float | None) -> None:
    assert seconds_to_wait({"retry-after": given}, NOW) == seconds


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("key sk-abc***xyz is wrong", "key [key] is wrong"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: [key]"),
        ("my-own-secret, twice: my-own-secret", "[key], twice: [key]"),
        ("two\r\nlines\tand a tab", "two lines and a tab"),
        ("\x1b[31mred\u202e", "\\x1b[31mred\\u202e"),
    ],
)
def test_a_message_is_shown_on_one_line_without_keys(text: str, shown: str) -> None:
    assert one_line(text, ("my-own-secret",)) == shown


def test_a_long_message_is_cut() -> None:
    assert len(one_line("x" * 5000, ())) == 300
