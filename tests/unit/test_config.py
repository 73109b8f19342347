"""Settings: who overrules whom, what is refused and how it is said, and that keys are never shown."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from claimcheck.config import ARXIV_URL, FILE, SETTINGS, Settings, load_settings
from claimcheck.errors import Refused

KEY = "sk-canary-1234"
VARIABLES = ("OPENAI_API_KEY", "SEMANTIC_SCHOLAR_API_KEY", "OPENALEX_API_KEY")
NOTIFY = "json://127.0.0.1:9/a,b mailto://me:word@example.org?to=a@b.org,c@d.org"
LOCAL = "http://127.0.0.1:8090/api/query"


def load(folder: Path, toml: str = "", options: dict[str, object] | None = None, **environment: str) -> Settings:
    if toml:
        (folder / FILE).write_text(toml, encoding="utf-8")
    return load_settings(folder, environment, options or {})


def problems(folder: Path, toml: str = "", options: dict[str, object] | None = None, **environment: str) -> tuple[str, ...]:
    with pytest.raises(Refused) as refused:
        load(folder, toml, options, **environment)
    return refused.value.problems


def test_without_settings_everything_lies_beside_the_claims(tmp_path: Path) -> None:
    assert load(tmp_path) == Settings(
        claims=tmp_path / "claims.yaml", home=tmp_path / ".claimcheck", reports=tmp_path / "reports", arxiv_url=ARXIV_URL
    )
    here = load_settings(Path(), {}, {})
    assert (here.claims, here.home, here.reports) == (Path("claims.yaml"), Path(".claimcheck"), Path("reports"))


def test_options_overrule_the_environment_which_overrules_the_file(tmp_path: Path) -> None:
    toml = "concurrency = 1\ncandidates = 1\nmodel = 'file'\n"
    found = load(tmp_path, toml, {"concurrency": 3, "model": None}, CLAIMCHECK_CONCURRENCY="2", CLAIMCHECK_CANDIDATES="2")
    assert (found.concurrency, found.candidates, found.model) == (3, 2, "file")


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    found = load(tmp_path, CLAIMCHECK_MODEL="", CLAIMCHECK_CONCURRENCY=" ", OPENAI_API_KEY="\n", CLAIMCHECK_UNHEARD_OF="")
    assert (found.model, found.concurrency, found.api_key) == (None, 32, None)


def test_relative_paths_count_from_where_they_are_written(tmp_path: Path) -> None:
    toml = "home = 'store'\nledger = 'sqlite:///ledger.db'\njudge = 'recorded:answers.jsonl'\n"
    found = load(tmp_path, toml, {"claims": Path("a/claims.yaml")}, CLAIMCHECK_REPORTS="out")
    assert (found.home, found.ledger) == (tmp_path / "store", f"sqlite:///{tmp_path}/ledger.db")
    assert found.judge == found.judge_kind == f"recorded:{tmp_path}/answers.jsonl"
    assert (found.claims, found.reports) == (Path("a/claims.yaml"), Path("out"))


@pytest.mark.parametrize(
    ("environment", "kind"),
    [
        ({}, "embedded"),
        ({"OPENAI_API_KEY": KEY}, "openai"),
        ({"OPENAI_BASE_URL": "http://localhost:11434/v1"}, "openai"),
        ({"OPENAI_API_KEY": KEY, "CLAIMCHECK_JUDGE": "embedded"}, "embedded"),
        ({"CLAIMCHECK_JUDGE": "openai"}, "openai"),
        ({"OPENAI_API_KEY": KEY, "CLAIMCHECK_JUDGE": "recorded:a.jsonl"}, "recorded:a.jsonl"),
    ],
)
def test_auto_is_a_language_model_when_a_key_or_address_is_set(tmp_path: Path, environment: dict[str, str], kind: str) -> None:
    assert load_settings(tmp_path, environment, {}).judge_kind == kind


def test_every_setting_can_be_given_in_the_file_and_by_its_variable(tmp_path: Path) -> None:
    toml = """
        home = "h"
        reports = "r"
        html = true
        ledger = "sqlite:///l.db"
        judge = "openai"
        model = "qwen3:8b"
        base_url = "http://127.0.0.1:11434/v1/"
        arxiv_url = "http://127.0.0.1:8090"
        arxiv_pace = 0.5
        arxiv_timeout = 20
        concurrency = 64
        max_cost = 2
        max_calls = 0
        max_minutes = 90.5
        price_prompt = 0.00001
        price_completion = 0
        price_cached = 0.000001
        candidates = 10
        arxiv_results = 2000
        full_text = 5
        claims_per_call = 1
        judge_timeout = 60
        cluster = "local:2"
        batch = true
        batch_wait = 15
        batch_price = 0.4
        contact = "you@example.org"
        citations = "both"
        semantic_scholar_url = "http://127.0.0.1:8091/graph/v1/"
        openalex_url = "https://mirror.example.org"
        reviewer = "Ada"
    """
    values = {"claims": "c.yaml", "home": "h", "reports": "r", "ledger": "sqlite:///l.db", "judge": "openai", "model": "qwen3:8b"}
    values |= {
        "base_url": "http://127.0.0.1:11434/v1",
        "api_key": KEY,
        "arxiv_url": LOCAL,
        "arxiv_pace": "0.5",
        "arxiv_timeout": "20",
    }
    values |= {
        "concurrency": "64",
        "max_cost": "2.0",
        "max_calls": "0",
        "max_minutes": "90.5",
        "price_prompt": "0.00001",
        "price_completion": "0",
        "price_cached": "0.000001",
    }
    values |= {"candidates": "10", "arxiv_results": "2000", "full_text": "5", "judge_timeout": "60", "contact": "you@example.org"}
    values |= {"citations": "both", "semantic_scholar_url": "http://127.0.0.1:8091/graph/v1", "semantic_scholar_api_key": KEY}
    values |= {"openalex_url": "https://mirror.example.org/", "openalex_api_key": KEY, "reviewer": "Ada"}
    values |= {"batch": "on", "batch_wait": "15", "batch_price": "0.4"}
    values |= {"notify": f" {NOTIFY}\n"}
    values |= {"html": "on", "cluster": "local:2", "claims_per_call": "1"}
    by_variable = load_settings(Path("nowhere"), {info.variable: values.pop(info.name) for info in SETTINGS}, {})
    assert not values
    expected = Settings(
        claims=Path("c.yaml"),
        home=Path("h"),
        reports=Path("r"),
        html=True,
        ledger="sqlite:///l.db",
        judge="openai",
        model="qwen3:8b",
        base_url="http://127.0.0.1:11434/v1",
        api_key=KEY,
        arxiv_url=LOCAL,
        arxiv_pace=0.5,
        arxiv_timeout=20.0,
        concurrency=64,
        max_cost=2.0,
        max_calls=0,
        max_minutes=90.5,
        price_prompt=0.00001,
        price_completion=0.0,
        price_cached=0.000001,
        candidates=10,
        arxiv_results=2000,
        full_text=5,
        judge_timeout=60.0,
        cluster="local:2",
        batch=True,
        batch_wait=15.0,
        batch_price=0.4,
        contact="you@example.org",
        citations="both",
        semantic_scholar_url="http://127.0.0.1:8091/graph/v1",
        semantic_scholar_api_key=KEY,
        openalex_url="https://mirror.example.org",
        openalex_api_key=KEY,
        notify=NOTIFY,
        reviewer="Ada",
    )
    assert by_variable == expected
    (tmp_path / FILE).write_text(toml, encoding="utf-8")
    options = {"claims": "c.yaml", "home": "h", "reports": "r", "ledger": "sqlite:///l.db"}
    assert load_settings(tmp_path, {**dict.fromkeys(VARIABLES, KEY), "CLAIMCHECK_NOTIFY": NOTIFY}, options) == expected


def test_all_problems_come_at_once_each_with_where_it_comes_from(tmp_path: Path) -> None:
    toml = "concurency = 3\ncandidates = 'many'\narxiv_results = true\n[openai]\nkey = 'x'\n"
    found = problems(
        tmp_path,
        toml,
        {"max_cost": -1.0},
        CLAIMCHECK_CONCURRENCY="1025",
        CLAIMCHECK_MODLE="x",
        CLAIMCHECK_JUDGE="gpt",
        PATH="/bin",
    )
    assert found == (
        f"{tmp_path / FILE}:concurency: there is no such setting; did you mean concurrency?",
        f"{tmp_path / FILE}:candidates: 'many' is not allowed; write a whole number from 1 to 500",
        f"{tmp_path / FILE}:arxiv_results: True is not allowed; write a whole number from 1 to 2000",
        f"{tmp_path / FILE}:openai: there is no such setting; known are {', '.join(info.name for info in SETTINGS)}",
        "CLAIMCHECK_CONCURRENCY: '1025' is not allowed; write a whole number from 1 to 1024",
        "CLAIMCHECK_JUDGE: 'gpt' is not allowed; write auto, openai, embedded, embedded:FOLDER, lexical or recorded:FILE",
        "CLAIMCHECK_MODLE: there is no such setting; did you mean CLAIMCHECK_MODEL?",
        "--max-cost: -1.0 is not allowed; write a number from 0 to 1,000,000",
    )


@pytest.mark.parametrize(
    "address", ["local:0", "local:257", "local:two", "here:8786", "tcp://", "tcp://host", "tcp://a b:1", "x" * 500]
)
def test_a_cluster_is_named_by_a_count_of_workers_or_its_schedulers_address(tmp_path: Path, address: str) -> None:
    (problem,) = problems(tmp_path, options={"cluster": address})
    assert "write local:N (N workers on this machine, at most 256), tcp://HOST:PORT or tls://HOST:PORT" in problem
    for sound in ("local:1", "local:256", "tcp://10.0.0.5:8786", "tls://dask.example.org:8786", "tcp://[::1]:8786"):
        assert load(tmp_path, options={"cluster": sound}).cluster == sound


def test_more_calls_at_once_than_one_process_can_keep_up_with_take_a_cluster(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, CLAIMCHECK_CONCURRENCY="65")
    assert problem == "CLAIMCHECK_CONCURRENCY: 65 is not allowed; more than 64 takes a cluster (--cluster)"
    assert load(tmp_path, CLAIMCHECK_CONCURRENCY="65", CLAIMCHECK_CLUSTER="local:2").concurrency == 65


@pytest.mark.parametrize("name", ["arxiv_pace", "max_cost", "price_prompt", "judge_timeout"])
@pytest.mark.parametrize("value", ["nan", "inf", "-1", "ten", "1e400", "1_000", "0x10", "\u0663", "", "9" * 5000])
def test_a_number_is_a_plain_number_in_its_range(tmp_path: Path, name: str, value: str) -> None:
    (problem,) = problems(tmp_path, options={name: value})
    assert problem.startswith(f"--{name.replace('_', '-')}: ")
    assert len(problem) < 300


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1, True, None, [1], "32.0", 1.5, "٣٢"])
def test_a_whole_number_is_nothing_else(tmp_path: Path, value: object) -> None:
    options: dict[str, object] = {"concurrency": value if value is not None else {}}
    assert "write a whole number from 1 to 1024" in problems(tmp_path, options=options)[0]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1",
        "127.0.0.1:8090",
        "http://",
        "http://[::1",
        "http://127.0.0.1:x",
        "http://127.0.0.1:0",
        "http://127.0.0.1/?q=1",
        "http://127.0.0.1/ x",
        "file:///etc/passwd",
        "http://пример.example",
        "http://127.0.0.1\nx",
    ],
)
def test_an_address_is_one_of_a_web_server(tmp_path: Path, url: str) -> None:
    for name in ("base_url", "arxiv_url"):
        (problem,) = problems(tmp_path, options={name: url})
        assert "is not allowed; write an address such as" in problem


def test_arxiv_is_asked_over_https_and_slowly_unless_it_is_this_machine(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, CLAIMCHECK_ARXIV_URL="http://export.arxiv.org/api/query")
    assert "write an https address" in problem
    (problem,) = problems(tmp_path, "arxiv_pace = 2.9")
    assert problem == f"{tmp_path / FILE}:arxiv_pace: 2.9 is not allowed; arXiv asks for at least 3 seconds"
    for local in (LOCAL, "http://localhost:1/api/query", "http://[::1]:1/api/query", "https://127.9.9.9/api/query"):
        assert load(tmp_path, CLAIMCHECK_ARXIV_URL=local).arxiv_pace == 2.9
    assert problems(tmp_path, CLAIMCHECK_ARXIV_URL="https://127.0.0.1.example.org/api/query")
    (tmp_path / FILE).unlink()
    assert load(tmp_path, CLAIMCHECK_ARXIV_URL="http://127.0.0.1:8090/").arxiv_url == LOCAL


def test_the_ledger_is_a_file_or_a_database_and_a_refused_address_is_not_shown(tmp_path: Path) -> None:
    assert load(tmp_path, CLAIMCHECK_LEDGER="sqlite:////data/ledger.db").ledger == "sqlite:////data/ledger.db"
    for address in ("postgresql+psycopg://me:secret@db/claims", "postgresql://me@/claims?host=/run/pg", "postgres://h1:1,h2/c"):
        assert load(tmp_path, CLAIMCHECK_LEDGER=address).ledger == address
    assert "secret" not in repr(load(tmp_path, CLAIMCHECK_LEDGER="postgresql+psycopg://me:secret@db/claims"))
    for address in ("postgresql+asyncpg://me:secret@db/claims", "postgresql://me:secret@db", "postgresql://db/c?password=secret"):
        (problem,) = problems(tmp_path, CLAIMCHECK_LEDGER=address)
        assert "secret" not in problem
    for address in ("mysql://db/claims", "sqlite:///", "sqlite:///:memory:", "sqlite:///a?mode=ro", "ledger.db"):
        assert "write sqlite:///FILE" in problems(tmp_path, CLAIMCHECK_LEDGER=address)[0]


def test_a_password_of_the_ledger_stands_in_no_file(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('ledger = "postgresql://me:secret@db/claims"\n')
    (problem,) = problems(tmp_path)
    assert "passwords come only from the environment" in problem
    assert "secret" not in problem
    (tmp_path / FILE).write_text('ledger = "postgresql://me@db/claims"\n')
    assert load(tmp_path).ledger == "postgresql://me@db/claims"


def test_a_limit_on_cost_needs_prices_where_a_model_is_paid(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, options={"max_cost": 1}, OPENAI_API_KEY=KEY, CLAIMCHECK_PRICE_PROMPT="1")
    assert problem.startswith("--max-cost: a limit on cost needs prices; set price_prompt and price_completion")
    assert load(tmp_path, options={"max_cost": 1}).max_cost == 1.0
    assert load(tmp_path, "price_prompt = 1\nprice_completion = 0\n", {"max_cost": 1}, OPENAI_API_KEY=KEY).max_cost == 1.0


def test_a_batch_and_several_claims_a_call_exclude_each_other(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "batch = true\n", CLAIMCHECK_CLAIMS_PER_CALL="2")
    assert problem == "CLAIMCHECK_CLAIMS_PER_CALL: 2 is not allowed with a batch, whose calls are for one"
    assert load(tmp_path, "batch = true\nclaims_per_call = 1\n").batch


def test_nobody_is_asked_who_cites_unless_a_service_is_named(tmp_path: Path) -> None:
    assert load(tmp_path).citations == "none"
    asked = {choice: load(tmp_path, CLAIMCHECK_CITATIONS=choice) for choice in ("none", "semantic_scholar", "openalex", "both")}
    assert [choice for choice, found in asked.items() if found.asks("semantic_scholar")] == ["semantic_scholar", "both"]
    assert [choice for choice, found in asked.items() if found.asks("openalex")] == ["openalex", "both"]
    (problem,) = problems(tmp_path, "citations = 'google_scholar'")
    assert problem.endswith("'google_scholar' is not allowed; write none, semantic_scholar, openalex or both")


@pytest.mark.parametrize("name", ["semantic_scholar_url", "openalex_url"])
def test_a_key_is_sent_over_https_only_unless_it_stays_on_this_machine(tmp_path: Path, name: str) -> None:
    (problem,) = problems(tmp_path, f"{name} = 'http://mirror.example.org'")
    assert "write an https address" in problem
    assert getattr(load(tmp_path, f"{name} = 'http://localhost:8091/'"), name) == "http://localhost:8091"


@pytest.mark.parametrize(
    ("name", "variable"),
    list(zip(("api_key", "semantic_scholar_api_key", "openalex_api_key"), VARIABLES, strict=True)),
    ids=VARIABLES,
)
def test_a_key_comes_from_the_environment_only_and_is_never_shown(tmp_path: Path, name: str, variable: str) -> None:
    found = load_settings(tmp_path, {variable: f"{KEY}\n"}, {})
    assert getattr(found, name) == KEY
    assert KEY not in repr(found) + str(found)
    (problem,) = problems(tmp_path, f"{name} = '{KEY}'")
    assert problem.endswith(f"keys come only from the environment; take it out of the file and set {variable}")
    (tmp_path / FILE).unlink()
    with pytest.raises(Refused) as refused:
        load_settings(tmp_path, {variable: f"{KEY} and more"}, {})
    bad = (
        *refused.value.problems,
        *problems(tmp_path, OPENAI_BASE_URL=f"https://me:{KEY}@example.org/v1"),
        problem,
    )
    assert not any(KEY in line for line in bad)


def test_the_claims_file_is_not_named_in_the_file_beside_it(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "claims = 'other.yaml'")
    assert problem.endswith("is looked for beside claims.yaml; name that with --claims or CLAIMCHECK_CLAIMS")


@pytest.mark.parametrize("value", ["", " ", "~/claims", "a\0b", "a\nb", 7])
def test_a_path_is_written_out(tmp_path: Path, value: object) -> None:
    assert "write a path" in problems(tmp_path, options={"home": value})[0]


@pytest.mark.parametrize("value", ["nobody", "a@b c", "a@b\r\nX: y", "é@example.org", "<a@example.org>"])
def test_a_contact_is_a_mail_address(tmp_path: Path, value: str) -> None:
    (problem,) = problems(tmp_path, CLAIMCHECK_CONTACT=value)
    assert problem.startswith("CLAIMCHECK_CONTACT: ")


@pytest.mark.parametrize(
    ("toml", "why"),
    [
        (b"model = ", "is not TOML"),
        (b"model = 'a'\nmodel = 'b'\n", "is not TOML"),
        (b"a = " + b"[" * 100_000, "nested too deep"),
        (b"max_calls = " + b"9" * 10_000, "is not TOML"),
        (b"model = '\xff'", "byte 0xff is not UTF-8"),
        (b"model = '\0'", "U+0000"),
        (b"#" * 1_000_001, "larger than 1,000,000 bytes"),
    ],
)
def test_a_settings_file_that_cannot_be_read_is_refused(tmp_path: Path, toml: bytes, why: str) -> None:
    (tmp_path / FILE).write_bytes(toml)
    (problem,) = problems(tmp_path)
    assert problem.startswith(str(tmp_path / FILE))
    assert why in problem
    assert problem.isprintable()


def test_a_settings_file_that_is_there_and_none_is_refused_and_one_that_is_not_there_is_not_missed(tmp_path: Path) -> None:
    load(tmp_path)
    (tmp_path / FILE).symlink_to("nothing")
    assert "there is no such file" in problems(tmp_path)[0]
    (tmp_path / FILE).unlink()
    (tmp_path / FILE).mkdir()
    assert "is a folder" in problems(tmp_path)[0]


NAMES = st.sampled_from([info.name for info in SETTINGS])


@hypothesis_settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(NAMES, st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.lists(st.text())), max_size=4))
def test_any_values_are_settings_or_refused(options: dict[str, object]) -> None:
    try:
        found = load_settings(Path("nowhere"), {}, options)
    except Refused:
        return
    assert all(found.__dict__[name] is not None for name in options)


def test_the_table_of_settings_is_the_settings(tmp_path: Path) -> None:
    assert [info.name for info in SETTINGS] == [field.name for field in fields(Settings)]
    assert len({info.variable for info in SETTINGS}) == len(SETTINGS)
    assert all(info.variable in (f"{maker}{info.name.upper()}" for maker in ("CLAIMCHECK_", "OPENAI_", "")) for info in SETTINGS)
    assert all(info.meaning and info.default for info in SETTINGS)
    unset = {"as price_prompt", "none", "no limit", "unknown", "SQLite in home", "OpenAI's"}
    for info, value in zip(SETTINGS, Settings().__dict__.values(), strict=True):
        shown = f"{value:g}" if isinstance(value, float) else "off" if value is False else str(value)
        assert info.default.split(" beside")[0] == shown or (value is None and info.default in unset), info.name


def test_settings_are_read_without_heavy_imports() -> None:
    code = "import sys, claimcheck.config; print(*sorted({'pydantic', 'yaml', 'requests', 'asyncio'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize(
    "given", ["slack", "://x", "json://a\x07b", " ".join(["json://127.0.0.1/x"] * 21), "json://" + "a" * 3000]
)
def test_addresses_to_notify_that_cannot_be_right_are_refused_and_never_shown(tmp_path: Path, given: str) -> None:
    (problem,) = problems(tmp_path, CLAIMCHECK_NOTIFY=given)
    assert problem.startswith("CLAIMCHECK_NOTIFY: the value is not allowed; write up to 20 addresses")
    (problem,) = problems(tmp_path, f"notify = {NOTIFY!r}")
    assert problem.endswith("take it out of the file and set CLAIMCHECK_NOTIFY")
    assert "word" not in problem


def test_addresses_to_notify_may_be_parted_by_commas_and_line_ends(tmp_path: Path) -> None:
    assert load(tmp_path, CLAIMCHECK_NOTIFY="json://a/,\n json://b/?to=x,y, ").notify == "json://a/ json://b/?to=x,y"
    assert "json://" not in repr(load(tmp_path, CLAIMCHECK_NOTIFY="json://a/"))
