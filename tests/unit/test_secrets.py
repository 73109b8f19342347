"""Secrets of the environment, and that no spelling of them passes."""

import base64
import io
import json
import logging
import sys

import pytest

from claimcheck.config import KEYS, SETTINGS
from claimcheck.secrets import STRUCK, Filter, Guarded, of_address, of_environment, strike, strike_json

KEY = "sk-canary-0123/456789"


def test_keys_and_passwords_of_addresses_are_secrets_and_nothing_else_is() -> None:
    found = of_environment(
        {
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": "https://me:pass%2Fword@llm.example.org/v1",
            "CLAIMCHECK_LEDGER": "postgresql+psycopg://user:hunter2@db/claims",
            "CLAIMCHECK_NOTIFY": "slack://tokenA/tokenB, mailto://me:secret1@example.org",
            "CLAIMCHECK_MODEL": "local-model",
            "HOME": "/home/me",
        }
    )
    both = base64.b64encode(b"me:pass/word").decode()
    assert {KEY, "sk-canary-0123%2F456789", "pass%2Fword", "pass/word", both, "hunter2", "secret1"} <= set(found)
    assert {"slack://tokenA/tokenB", "mailto://me:secret1@example.org"} <= set(found)
    assert not {"local-model", "/home/me", "llm.example.org", "user", "db"} & set(found)
    assert list(found) == sorted(found, key=lambda one: (-len(one), one)), "the longest first: no rest of one stays"


@pytest.mark.parametrize("variable", [info.variable for info in SETTINGS if info.name in KEYS])
def test_every_setting_that_is_a_key_is_a_secret(variable: str) -> None:
    assert "word0123" in of_environment({variable: "word0123"})


@pytest.mark.parametrize("address", [None, "", "http://127.0.0.1:8000/v1", "http://[::1", "no address"])
def test_an_address_without_a_password_has_no_secret(address: str | None) -> None:
    assert of_address(address) == ()


def test_a_value_too_short_to_tell_from_a_word_is_left_alone() -> None:
    assert of_environment({"OPENAI_API_KEY": "abc"}) == ()
    assert strike("abc is a word", of_environment({"OPENAI_API_KEY": "abc"})) == "abc is a word"


def test_json_that_spells_a_key_with_escapes_is_not_kept() -> None:
    spelled = "".join(f"\\u{ord(c):04x}" for c in KEY)
    nested = json.dumps({"reason": json.dumps({"k": KEY.replace("/", "\\/")})})
    assert strike_json(f'{{"reason": "{spelled}"}}', (KEY,)) is None
    assert strike_json(nested, (KEY,)) is None
    assert strike_json(f'{{"reason": "{KEY}"}}', (KEY,)) == f'{{"reason": "{STRUCK}"}}'
    assert strike_json('{"reason": "\\u00e9 \\\\alpha"}', (KEY,)) == '{"reason": "\\u00e9 \\\\alpha"}'


def test_a_guarded_stream_is_the_stream_but_for_the_secret() -> None:
    below = io.StringIO()
    stream = Guarded(below, (KEY,))
    print(f"a {KEY} b", file=stream)
    stream.writelines([KEY, "\n"])
    assert below.getvalue() == f"a {STRUCK} b\n{STRUCK}\n"
    assert stream.isatty() is False  # type: ignore[operator]


def test_a_log_record_loses_the_secret_in_message_arguments_and_traceback() -> None:
    below = io.StringIO()
    handler = logging.StreamHandler(below)
    handler.addFilter(Filter((KEY,)))
    logger = logging.Logger("of this test")
    logger.addHandler(handler)
    try:
        raise ValueError(KEY)
    except ValueError:
        logger.exception("asked with %s", KEY, exc_info=sys.exc_info())
    logger.warning("100 %% of %s", "nothing")
    assert KEY not in below.getvalue()
    assert "ValueError" in below.getvalue()
    assert "100 % of nothing" in below.getvalue()
