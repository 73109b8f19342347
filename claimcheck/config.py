"""Settings: options over environment over claimcheck.toml over defaults; what is unknown or out of range is refused, all at once.

claimcheck.toml lies beside claims.yaml, and so do the store and the reports unless a setting says otherwise. Relative paths in it
count from its folder; in options and variables, from the working folder. Keys come only from the environment and are never shown.
"""

import difflib
import os
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from claimcheck.adapters import database_address, text_file
from claimcheck.adapters import setting_values as values
from claimcheck.errors import Refused

FILE = "claimcheck.toml"
ARXIV_URL = "https://export.arxiv.org/api/query"
SEMANTIC_SCHOLAR_URL = "https://api.semanticscholar.org/graph/v1"
OPENALEX_URL = "https://api.openalex.org"
ARXIV_PACE = 3.0  # seconds between requests; arXiv's rule
_LARGEST_FILE = 1_000_000  # bytes
_PREFIX = "CLAIMCHECK_"


@dataclass(frozen=True)
class Settings:
    """What a run is told, each value checked. `SETTINGS` says what they mean."""

    claims: Path = Path("claims.yaml")
    home: Path = Path(".claimcheck")
    reports: Path = Path("reports")
    html: bool = False
    ledger: str | None = field(default=None, repr=False)  # may carry a password
    judge: str = "auto"
    model: str | None = None
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    arxiv_url: str = ARXIV_URL
    arxiv_pace: float = ARXIV_PACE
    arxiv_timeout: float = 60.0
    concurrency: int = 32
    max_cost: float | None = None
    max_calls: int | None = None
    max_minutes: float | None = None
    price_prompt: float | None = None
    price_completion: float | None = None
    price_cached: float | None = None
    candidates: int = 25
    arxiv_results: int = 100
    full_text: int = 0
    claims_per_call: int = 1
    judge_timeout: float = 120.0
    cluster: str | None = None
    batch: bool = False
    batch_wait: float = 0.0
    batch_price: float = 0.5
    contact: str | None = None
    citations: str = "none"
    semantic_scholar_url: str = SEMANTIC_SCHOLAR_URL
    semantic_scholar_api_key: str | None = field(default=None, repr=False)
    openalex_url: str = OPENALEX_URL
    openalex_api_key: str | None = field(default=None, repr=False)
    notify: str | None = field(default=None, repr=False)
    reviewer: str | None = None

    @property
    def judge_kind(self) -> str:
        """The judge that reads: `openai`, `embedded`, `embedded:FOLDER`, `lexical` or `recorded:FILE`."""
        if self.judge != "auto":
            return self.judge
        return "openai" if self.api_key or self.base_url else "embedded"

    def asks(self, service: str) -> bool:
        """Tell whether a citation service is to be asked who cites the anchors."""
        return self.citations in (service, "both")


def load_settings(folder: Path, environment: Mapping[str, str], options: Mapping[str, object]) -> Settings:
    """Return the settings for the claims file in `folder`; raise `Refused` with every problem, each with where it comes from.

    An option that is None and a variable that is empty count as not given. Also what is overruled must be right.
    """
    problems: list[str] = []
    read: dict[str, Any] = {"claims": folder / "claims.yaml", "home": folder / ".claimcheck", "reports": folder / "reports"}
    origin: dict[str, str] = {}
    for given in (_from_file(folder, problems), _from_environment(environment, problems), _from_options(options)):
        for info, where, value, base in given:
            try:
                read[info.name] = _placed(info.read(value), base)
                origin[info.name] = where
            except ValueError as wrong:
                problems.append(f"{where}: {_shown(info, value)} is not allowed; {wrong}")
    settings = Settings(**read)
    if not problems:
        problems += _together(settings, origin)
    if problems:
        raise Refused(problems)
    return settings


_Given = tuple["SettingInfo", str, object, Path | None]  # the setting, where it was given, the value, the folder paths count from


def _from_options(options: Mapping[str, object]) -> Iterator[_Given]:
    for name, value in options.items():
        if value is not None:
            yield _BY_NAME[name], f"--{name.replace('_', '-')}", value, None


def _from_environment(environment: Mapping[str, str], problems: list[str]) -> Iterator[_Given]:
    known = {info.variable: info for info in SETTINGS}
    for variable in sorted(environment):
        value = environment[variable]
        if not value.strip():
            continue
        if variable in known:
            yield known[variable], variable, value, None
        elif variable.startswith(_PREFIX):
            problems.append(f"{variable}: there is no such setting; {_near(variable, known)}")


def _from_file(folder: Path, problems: list[str]) -> Iterator[_Given]:
    path = folder / FILE
    for name, value in _toml(path, problems).items():
        where = f"{path}:{name[:60] if name.isprintable() else ascii(name[:60])}"
        if name in KEYS:
            variable = _BY_NAME[name].variable
            problems.append(f"{where}: keys come only from the environment; take it out of the file and set {variable}")
        elif name == "ledger" and isinstance(value, str) and database_address.has_password(value):
            problems.append(
                f"{where}: passwords come only from the environment; take it out of the file and set CLAIMCHECK_LEDGER"
            )
        elif name == "claims":
            problems.append(f"{where}: {FILE} is looked for beside claims.yaml; name that with --claims or CLAIMCHECK_CLAIMS")
        elif name in _BY_NAME:
            yield _BY_NAME[name], where, value, folder
        else:
            problems.append(f"{where}: there is no such setting; {_near(name, _BY_NAME)}")


def _toml(path: Path, problems: list[str]) -> dict[str, object]:
    if not os.path.lexists(path):
        return {}
    try:
        return tomllib.loads(text_file.decode(text_file.read(path, _LARGEST_FILE), str(path)))
    except Refused as wrong:
        problems += wrong.problems
    except RecursionError:
        problems.append(f"{path}: is nested too deep; write one `name = value` a line")
    except ValueError as wrong:  # not TOML, or a number too long for Python
        problems.append(f"{path}: is not TOML ({wrong}); write one `name = value` a line")
    return {}


def _together(settings: Settings, origin: Mapping[str, str]) -> Iterator[str]:
    """Find what is wrong only in company."""
    if settings.arxiv_pace < ARXIV_PACE and not values.is_loopback(settings.arxiv_url):
        yield f"{origin['arxiv_pace']}: {settings.arxiv_pace!r} is not allowed; arXiv asks for at least {ARXIV_PACE:g} seconds"
    if settings.concurrency > values.ALONE and not settings.cluster:
        told = f"more than {values.ALONE} takes a cluster (--cluster)"
        yield f"{origin['concurrency']}: {settings.concurrency!r} is not allowed; {told}"
    if settings.batch and settings.claims_per_call > 1:
        yield f"{origin['claims_per_call']}: {settings.claims_per_call} is not allowed with a batch, whose calls are for one"
    priced = settings.price_prompt is not None and settings.price_completion is not None
    if settings.max_cost is not None and settings.judge_kind == "openai" and not priced:
        yield (
            f"{origin['max_cost']}: a limit on cost needs prices; set price_prompt and price_completion (USD for a million "
            "tokens; 0 for a model of your own), or limit max_calls"
        )


def _placed(value: object, base: Path | None) -> object:
    """Count a relative path in claimcheck.toml from its folder."""
    if base is None or not isinstance(value, str | Path):
        return value
    if isinstance(value, Path):
        return base / value
    kind = next((prefix for prefix in (values.RECORDED, values.EMBEDDED, values.SQLITE) if value.startswith(prefix)), None)
    return f"{kind}{base / value.removeprefix(kind)}" if kind else value


def _near(name: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(name[:60], known, 1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"


def _shown(info: "SettingInfo", value: object) -> str:
    """Quote a value, but not one that is, or may hold, a key or password."""
    given = value if isinstance(value, str) else ""
    if info.name in KEYS or ("@" in given and "://" in given) or database_address.is_postgres(given):
        return "the value"
    shown = repr(str(value) if isinstance(value, Path) else value)
    return shown if len(shown) <= 80 else shown[:77] + "..."


@dataclass(frozen=True)
class SettingInfo:
    """One setting: its name in claimcheck.toml, its variable, its default and meaning in words, and how a value is read."""

    name: str
    variable: str
    default: str
    meaning: str
    read: Callable[[object], object] = field(repr=False)


def _info(name: str, default: str, read: Callable[[object], object], meaning: str, variable: str = "") -> SettingInfo:
    return SettingInfo(name, variable or _PREFIX + name.upper(), default, meaning, read)


SETTINGS: tuple[SettingInfo, ...] = (
    _info("claims", "claims.yaml", values.path, "the claims file (not in claimcheck.toml, which is found beside it)"),
    _info("home", ".claimcheck beside claims.yaml", values.path, "the folder of ledger and library"),
    _info("reports", "reports beside claims.yaml", values.path, "the folder that reports are written to"),
    _info("html", "off", values.switch, "whether each report is also written as a page for browsers"),
    _info(
        "ledger",
        "SQLite in home",
        values.ledger,
        "the ledger's address: sqlite:///FILE, or for a team postgresql+psycopg://USER@HOST/DATABASE (with a password in the "
        "environment only)",
    ),
    _info(
        "judge",
        "auto",
        values.judge,
        "who reads: auto (openai when a key or base URL is set, else embedded), openai, embedded, embedded:FOLDER (a network "
        "trained anew), lexical, recorded:FILE",
    ),
    _info("model", "none", values.text, "the language model's name"),
    _info("base_url", "OpenAI's", values.url, "the address of an OpenAI-compatible server", "OPENAI_BASE_URL"),
    _info("api_key", "none", values.key, "the model server's key (environment only)", "OPENAI_API_KEY"),
    _info("arxiv_url", ARXIV_URL, values.arxiv_url, "the address that arXiv queries go to"),
    _info("arxiv_pace", "3", values.number(0, 3600), "seconds between requests to arXiv; below 3 only for a loopback address"),
    _info("arxiv_timeout", "60", values.number(1, 3600), "seconds that one request to arXiv may take in all"),
    _info("concurrency", "32", values.whole(1, 1024), "model calls under way at once; above 64 only with a cluster"),
    _info("max_cost", "no limit", values.number(0, 1e6), "US dollars that the model calls of a run may cost"),
    _info("max_calls", "no limit", values.whole(0, 10**9), "model calls that a run may make"),
    _info("max_minutes", "no limit", values.number(0, 1e6), "minutes that a run may take"),
    _info("price_prompt", "unknown", values.number(0, 1e6), "US dollars for a million prompt tokens"),
    _info("price_completion", "unknown", values.number(0, 1e6), "US dollars for a million completion tokens"),
    _info(
        "price_cached",
        "as price_prompt",
        values.number(0, 1e6),
        "US dollars for a million prompt tokens that the server had in its cache",
    ),
    _info("candidates", "25", values.whole(1, 500), "papers read for a claim at most"),
    _info("arxiv_results", "100", values.whole(1, 2000), "papers asked of arXiv for a query"),
    _info(
        "full_text",
        "0",
        values.whole(0, 500),
        "how many of a claim's best candidates are read in full, and with them anchors whose abstract is silent; 0 reads "
        "abstracts only, 5 is a good value",
    ),
    _info("claims_per_call", "1", values.whole(1, 5), "claims that one model call reads a paper's abstract for, at most"),
    _info("judge_timeout", "120", values.number(1, 3600), "seconds that one model call may take in all"),
    _info("cluster", "none", values.cluster, "the Dask cluster whose workers read: local:N, tcp://HOST:PORT or tls://HOST:PORT"),
    _info(
        "batch",
        "off",
        values.switch,
        "on: what is unread goes to the language model as a batch, at a lower price; run again to collect the answers",
    ),
    _info("batch_wait", "0", values.number(0, 1440), "minutes that a run waits for the answers to a batch"),
    _info("batch_price", "0.5", values.number(0, 1), "the part of the price that readings in a batch cost"),
    _info("contact", "none", values.contact, "a mail address for the User-Agent, so that arXiv can reach you"),
    _info(
        "citations",
        "none",
        values.citations,
        "who is asked which papers cite an anchor: none, semantic_scholar, openalex or both",
    ),
    _info("semantic_scholar_url", SEMANTIC_SCHOLAR_URL, values.service_url, "the address of Semantic Scholar's graph API"),
    _info("semantic_scholar_api_key", "none", values.key, "its key (environment only)", "SEMANTIC_SCHOLAR_API_KEY"),
    _info("openalex_url", OPENALEX_URL, values.service_url, "the address of OpenAlex's API"),
    _info("openalex_api_key", "none", values.key, "its key (environment only)", "OPENALEX_API_KEY"),
    _info("notify", "none", values.addresses, "addresses to notify, as Apprise writes them (environment only)"),
    _info("reviewer", "none", values.text, "whose name reviews carry; without one git's user.name, else the login"),
)
KEYS = frozenset({"api_key", "semantic_scholar_api_key", "openalex_api_key", "notify"})
_BY_NAME = {info.name: info for info in SETTINGS}
