"""Faults that a refresh may meet, one a row, and the exit codes that each may end in."""

import json
import os
import socket
import sqlite3
import subprocess
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from claimcheck.adapters.run_lock import run_lock
from tests.e2e.harness import PAIR, Workplace
from tests.faults import CANARY, NOTIFY_CANARY, Fault, whole
from tests.integration.test_wall_clock import BAD, reset
from tests.servers import completion, feed

ATOM = "application/atom+xml"
SHORT = {"CLAIMCHECK_ARXIV_TIMEOUT": "1", "CLAIMCHECK_JUDGE_TIMEOUT": "1"}
ERROR_ENTRY = feed([], 1, 0).replace(
    "</feed>",
    "<entry><id>http://arxiv.org/api/errors#bad</id><title>Error</title><summary>malformed query</summary></entry></feed>",
)
READING = {"stance": "supports", "part": "whole", "asserted": True, "sentences": [1], "confidence": 0.8, "reason": "r"}
STEERS = "\ud800 \0 \x1b[2J \x9b31m \u202e"
EXPENSIVE = {"CLAIMCHECK_PRICE_PROMPT": "1", "CLAIMCHECK_PRICE_COMPLETION": "1"}


def said(content: str | None, finish: str = "stop", **more: Any) -> bytes:
    """Return an answer of a model with this content."""
    body = completion("")
    body["choices"][0]["message"] |= {"content": content, **more}
    body["choices"][0]["finish_reason"] = finish
    return whole(200, json.dumps(body))


def error(status: int, code: str, **headers: str) -> bytes:
    """Return an error of a model server, which says the key again."""
    return whole(status, json.dumps({"error": {"message": f"no: {CANARY}", "type": code, "code": code}}), **headers)


def reading(**more: Any) -> bytes:
    return said(json.dumps(READING | more))


def lies(connection: socket.socket, _: threading.Event) -> None:
    """Promise more than comes."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<feed>")


def home(place: Workplace) -> Any:
    return place.folder / ".claimcheck"


@contextmanager
def tmpfs(place: Workplace, what: str, kilobytes: int) -> Iterator[None]:
    """Let a folder be the full disk, and be on the large one again afterwards, with what it held."""
    folder = place.folder / what
    folder.mkdir(parents=True, exist_ok=True)
    aside = place.folder / "aside"
    subprocess.run(["cp", "-a", folder, aside], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", folder], check=True)
    try:
        subprocess.run(["cp", "-a", f"{aside}/.", folder], check=False, capture_output=True)
        yield
        subprocess.run(["rm", "-rf", aside], check=True)
        subprocess.run(["cp", "-a", folder, aside], check=True)
    finally:
        subprocess.run(["umount", folder], check=True)
    subprocess.run(["cp", "-a", f"{aside}/.", folder], check=True)
    subprocess.run(["rm", "-rf", aside], check=True)


@contextmanager
def read_only(place: Workplace, what: str) -> Iterator[None]:
    """Let a folder be read-only, for root too; its bytes must stay as they are."""
    folder = place.folder / what
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@contextmanager
def ledger_that_is(place: Workplace, spoil: Callable[[Any], None]) -> Iterator[None]:
    """Spoil the ledger; a run must leave its bytes alone. Put the good one back afterwards."""
    file = home(place) / "ledger.sqlite"
    good = file.read_bytes()
    spoil(file)
    bad = file.read_bytes()
    yield
    assert file.read_bytes() == bad, "the bytes of a refused ledger were changed"
    for rest in ("-wal", "-shm"):
        file.with_name(file.name + rest).unlink(missing_ok=True)
    file.write_bytes(good)


def newer(file: Any) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
        connection.execute("PRAGMA journal_mode=WAL")


def overwritten(file: Any) -> None:
    data = bytearray(file.read_bytes())
    data[4096 * 3 : 4096 * 5] = os.urandom(8192)
    file.write_bytes(bytes(data))


@contextmanager
def locked(place: Workplace) -> Iterator[None]:
    """Keep another program's write lock on the ledger."""
    with closing(sqlite3.connect(home(place) / "ledger.sqlite", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@contextmanager
def other_run(place: Workplace) -> Iterator[None]:
    with run_lock(home(place)):
        yield


@contextmanager
def dead_holder(place: Workplace) -> Iterator[None]:
    """Leave what a killed run leaves, with a process id that lives again."""
    home(place).mkdir(parents=True, exist_ok=True)
    (home(place) / "refresh.lock").touch()
    (home(place) / "refresh.holder.json").write_text(
        json.dumps({"pid": os.getpid(), "since": "2026-01-01", "command": "refresh"})
    )
    yield


@contextmanager
def claims_that_are(place: Workplace, text: str) -> Iterator[None]:
    file = place.folder / "claims.yaml"
    before = {p: p.read_bytes() for p in place.folder.rglob("*.sqlite")}
    file.write_text(text, encoding="utf-8")
    yield
    if "nonsense" in text:
        assert {p: p.read_bytes() for p in place.folder.rglob("*.sqlite")} == before, "something was written"
    file.write_text(PAIR, encoding="utf-8")


@contextmanager
def edited_later(place: Workplace) -> Iterator[None]:
    """Edit claims.yaml while the run is under way."""

    def edit() -> None:
        (place.folder / "claims.yaml").write_text(PAIR.replace("lowers", "raises"), encoding="utf-8")

    ledger, over = home(place) / "ledger.sqlite", threading.Event()

    def watch() -> None:
        while not ledger.exists() and not over.wait(0.02):
            continue
        edit()

    thread = threading.Thread(target=watch)
    thread.start()
    yield
    over.set()
    thread.join()
    (place.folder / "claims.yaml").write_text(PAIR, encoding="utf-8")


@contextmanager
def reports_elsewhere(place: Workplace) -> Iterator[None]:
    outside = place.folder.parent / f"{place.folder.name}-outside"
    outside.mkdir()
    (place.folder / "reports").symlink_to(outside)
    yield
    assert list(outside.iterdir()) == [], "something was written outside"
    (place.folder / "reports").unlink()


def _slow(answer: bytes) -> Callable[[socket.socket, threading.Event], None]:
    def behave(connection: socket.socket, _: threading.Event) -> None:
        time.sleep(0.3)
        connection.sendall(answer)

    return behave


def pdf_bomb() -> bytes:
    """Return a PDF of a megabyte or two whose page unpacks to 300 MB."""
    packer, some = zlib.compressobj(1), b"(x) Tj " * 1_000_000
    page = b"".join(packer.compress(some) for _ in range(43)) + packer.flush()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(page), page),
    )
    text, starts = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        starts.append(len(text))
        text += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    tail = b"xref\n0 5\n0000000000 65535 f \n%strailer\n<< /Root 1 0 R /Size 5 >>\nstartxref\n%d\n%%%%EOF\n"
    return text + tail % (table, len(text))


LATER = whole(503, "later", Retry_After="0")
NOTIFY = {"CLAIMCHECK_NOTIFY": f"json://127.0.0.1:9/{NOTIFY_CANARY}"}
ARXIV = [
    Fault("arXiv: every third request 503", (0,), arxiv=LATER, every=3),
    Fault("arXiv: 429, Retry-After 1, every fourth", (0,), arxiv=whole(429, "slow", Retry_After="1"), every=4),
    Fault("arXiv: 503 for all", (5,), arxiv=LATER),
    *(
        Fault(f"arXiv: 503 for all, Retry-After {value}", (5,), arxiv=whole(503, "", Retry_After=value))
        for value in ("86400", "nan", "inf", "-5", "Wed, 21 Oct 2099 07:28:00 GMT", "soon")
    ),
    *(Fault(f"arXiv {what}", (4, 5), arxiv=behave, env=SHORT, where="id_list") for what, behave in BAD.items()),
    *(
        Fault(f"arXiv {what}, in a limited time", (6,), arxiv=BAD[what], limit=6.0)
        for what in ("drips before its headers", "drips its body", "hangs")
    ),
    # A flood is cut off at its size: on a fast machine all tries are over before the time is.
    Fault("arXiv floods, in a limited time", (5, 6), arxiv=BAD["floods"], limit=6.0),
    Fault("arXiv resets all", (5,), arxiv=reset),
    Fault("arXiv sends half a body", (5,), arxiv=lies, env=SHORT),
    Fault("arXiv is not there", (5,), env={"CLAIMCHECK_ARXIV_URL": "http://127.0.0.1:9/api/query"}),
    Fault(
        "arXiv's name is none",
        (5, 6),  # at arXiv's own pace the tries take longer than the limit
        env={"CLAIMCHECK_ARXIV_URL": "https://no-such.invalid/q", "CLAIMCHECK_ARXIV_PACE": "3"},
        limit=60,
    ),
    Fault("arXiv without TLS", (5,), env={"CLAIMCHECK_ARXIV_URL": "https://127.0.0.1:9/q"}),
    Fault("arXiv out a week after a complete run", (5,), arxiv=LATER, weekly=True),
    *(
        Fault(f"arXiv, one claim's queries: {what}", (4,), arxiv=answer, where="constraint")
        for what, answer in {
            "an HTML page with status 200": whole(200, "<html>Down</html>", "text/html"),
            "nothing with status 200": whole(200),
            "a cut feed": whole(200, feed([], 3, 0)[:200], ATOM),
            "an error entry": whole(200, ERROR_ENTRY, ATOM),
            "a short page": whole(200, feed([], 7, 0), ATOM),
            "400": whole(400, "bad", "text/plain"),
        }.items()
    ),
    *(
        Fault(f"arXiv sends on to {to}", (5,), arxiv=whole(302, "", Location=to))
        for to in ("http://127.0.0.1:9/secret", "file:///etc/passwd", "http://169.254.169.254/latest", "http://example.org/")
    ),
    Fault(
        "a PDF that unpacks to 300 MB, in place of a full text",
        (4,),
        arxiv=whole(200, pdf_bomb(), "application/pdf"),
        where="/2506.01413v",
        env={"CLAIMCHECK_FULL_TEXT": "2"},
    ),
    Fault("full texts are 404", (0, 4), arxiv=whole(404, "no", "text/html"), where="/html/", env={"CLAIMCHECK_FULL_TEXT": "2"}),
]
MODEL = [
    Fault("model: every third request 429", (0,), model=error(429, "rate_limit", Retry_After="0"), every=3),
    *(
        Fault(f"model: {what}", (9,), model=answer, most_calls=1)
        for what, answer in {
            "quota spent": error(429, "insufficient_quota"),
            "401": error(401, "invalid_api_key"),
            "403": error(403, "forbidden"),
            "no such model": error(404, "model_not_found"),
        }.items()
    ),
    Fault("model: 400, context too long", (4, 5), model=error(400, "context_length_exceeded")),
    *(Fault(f"model: {status} for all", (5,), model=error(status, "overloaded", Retry_After="0")) for status in (500, 529)),
    *(Fault(f"model {what}", (5,), model=BAD[what], env=SHORT) for what in ("drips its body", "hangs", "resets", "floods")),
    *(
        Fault(f"model {what}, in a limited time", (6,), model=BAD[what], limit=6.0)
        for what in ("drips before its headers", "drips its body", "hangs")
    ),
    Fault("model is not there", (5,), env={"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}),
    Fault("model's name is none", (5,), env={"OPENAI_BASE_URL": "http://no-such.invalid/v1"}),
    *(
        Fault(f"model, status 200: {what}", (4, 5), model=answer)
        for what, answer in {
            "an HTML page": whole(200, "<html>Down</html>", "text/html"),
            "cut JSON": whole(200, '{"id":"x","choices":[{"ind'),
            "an error": whole(200, '{"error":{"message":"overloaded","code":529}}'),
            "no choices": whole(200, '{"choices": []}'),
            "null content": said(None),
            "cut by length": said('{"stance": "supp', "length"),
            "a refusal": said(None, refusal="I cannot."),
            "a content filter": said("", "content_filter"),
            "prose": said("It seems to agree."),
            "a wrong schema": said('{"verdict": "supports"}'),
            "a key twice": said(json.dumps(READING)[:-1] + ', "stance": "refutes"}'),
            "NaN": said(json.dumps(READING).replace("0.8", "NaN")),
            "an id that is not there": reading(paper_id="2599.99999"),
        }.items()
    ),
    # An answer in due form is a reading, and is not asked for again; what it points at is set aside.
    Fault("model: a sentence that is not there", (4,), model=reading(sentences=[99]), where="stance", again=False),
    Fault("model: surrogates, NUL and controls in its reason", (0,), model=reading(reason=STEERS), where="stance", again=False),
    Fault("10 calls allowed", (6,), args=("--max-calls", "10"), env={"CLAIMCHECK_CANDIDATES": "9"}, again=False),
    Fault("no usage said, 1 cent allowed", (6,), model=whole(200, json.dumps(completion(json.dumps(READING)) | {"usage": None})),
          where="stance", args=("--max-cost", "0.01"), env=EXPENSIVE, again=False),
]  # fmt: skip
MACHINE = [
    Fault("a full disk under home", (8,), do=lambda p: tmpfs(p, ".claimcheck", 300)),
    Fault("a full disk under reports", (8,), do=lambda p: tmpfs(p, "reports", 12)),
    Fault("home is read-only", (8,), do=lambda p: read_only(p, ".claimcheck"), weekly=True, most_calls=0),
    Fault("reports are read-only", (8,), do=lambda p: read_only(p, "reports"), weekly=True),
    Fault("the ledger is no database", (8,), do=lambda p: ledger_that_is(p, lambda f: f.write_text("not a database " * 999)),
          weekly=True, most_calls=0),
    Fault("the ledger is cut", (8,), do=lambda p: ledger_that_is(p, lambda f: f.write_bytes(f.read_bytes()[:9000])),
          weekly=True, most_calls=0),
    Fault("pages of the ledger are overwritten", (8,), do=lambda p: ledger_that_is(p, overwritten), weekly=True, most_calls=0),
    Fault("the ledger is of a newer version", (8,), do=lambda p: ledger_that_is(p, newer), weekly=True, most_calls=0),
    Fault("another program locks the ledger", (8,), do=locked, weekly=True),
    Fault("a second run", (7,), do=other_run, most_calls=0),
    Fault("a dead run's lock, its process id in use again", (0,), do=dead_holder),
    Fault("claims.yaml is refused", (3,), do=lambda p: claims_that_are(p, "version: 1\ninquiries: nonsense\n"), weekly=True,
          most_calls=0, most_lines=9),
    Fault("claims.yaml is edited during the run", (0,), do=edited_later),
    Fault("a claim is taken out", (0,), do=lambda p: claims_that_are(p, PAIR.split("      - id: ceiling")[0]), weekly=True,
          again=False),
    Fault("reports are a link to elsewhere", (8,), do=reports_elsewhere),
    Fault("whom to notify is not there", (0,), env=NOTIFY),
    Fault("PostgreSQL is not there", (8,), env={"CLAIMCHECK_LEDGER": f"postgresql+psycopg://me:{NOTIFY_CANARY}@127.0.0.1:9/x"},
          most_calls=0),
]  # fmt: skip
FAULTS = [*ARXIV, *MODEL, *MACHINE]
