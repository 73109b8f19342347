"""OpenAI's batch interface for the tests' model server: files, batches, bad days. Answers come from the chat's own rule."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

PART = re.compile(rb'name="file"; filename="([^"]*)"[^\r\n]*(?:\r\n[^\r\n]+)*\r\n\r\n(.*?)\r\n--', re.DOTALL)
Reply = tuple[int, bytes]


@dataclass
class BatchDesk:
    """What the server holds. `looks` are needed until a batch ends, in the way `outcome` says.

    `faults` fail the next requests whose method and path begin so: with a status, or after the work is done ("lost").
    `spoil` makes the file of answers another one. `answer` is what a request's body is answered with.
    """

    answer: Callable[[dict[str, Any]], dict[str, Any]]
    on: bool = True
    looks: int = 1
    outcome: str = "completed"
    answered: int | None = None  # so many lines are answered before a batch expires or is cancelled
    failed: dict[int, tuple[int, str, str]] = field(default_factory=dict)  # number of a line: status, code, message
    spoil: Callable[[list[bytes]], bytes] | None = None
    labels: bool = True  # whether metadata is given back
    faults: list[tuple[str, str]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    paid: list[str] = field(default_factory=list)  # the user message of each request that was worked on

    def handle(self, method: str, path: str, query: str, body: bytes) -> Reply | None:
        """Answer a request; None drops the connection."""
        told = f"{method} {path}"
        self.log.append(told)
        fault = next((row for row in self.faults if told.startswith(row[0])), None)
        if fault:
            self.faults.remove(fault)
        if not self.on:
            return error(404, "Not Found")
        if fault and fault[1] not in ("lost", "drop"):
            return error(int(fault[1]), "not now")
        if fault and fault[1] == "drop":
            return None
        reply = self._route(method, path.removeprefix("/v1"), query, body)
        return error(502, "bad gateway") if fault else reply

    def _route(self, method: str, path: str, query: str, body: bytes) -> Reply:
        if (method, path) == ("POST", "/files"):
            return self._upload(body)
        if (method, path) == ("POST", "/batches"):
            return self._create(json.loads(body))
        if path == "/batches":
            return self._list({name: found[-1] for name, found in parse_qs(query).items()})
        if path.startswith("/batches/"):
            return self._look(path.split("/")[2])
        content = self.files.get(path.split("/")[2])
        return (200, content) if content is not None else error(404, "no such file")

    def _upload(self, body: bytes) -> Reply:
        found = PART.search(body)
        assert found, "no file part"
        assert b'name="purpose"\r\n\r\nbatch' in body
        id = f"file-{len(self.files) + 1}"
        self.files[id] = found[2]
        return ok({"id": id, "object": "file", "filename": found[1].decode(), "purpose": "batch", "bytes": len(found[2])})

    def _create(self, told: dict[str, Any]) -> Reply:
        assert (told["endpoint"], told["completion_window"]) == ("/v1/chat/completions", "24h")
        if told["input_file_id"] not in self.files:
            return error(400, "no such file")
        id = f"batch_{len(self.batches) + 1}"
        label = told["metadata"] if self.labels else None
        row = {"id": id, "object": "batch", "status": "validating", "input_file_id": told["input_file_id"], "metadata": label}
        self.batches[id] = row | {"request_counts": {"total": 0, "completed": 0, "failed": 0}, "looks": self.looks}
        return ok(self.batches[id])

    def _list(self, query: dict[str, str]) -> Reply:
        rows = list(reversed(self.batches.values()))
        start = next((n + 1 for n, row in enumerate(rows) if row["id"] == query.get("after")), 0)
        page = rows[start : start + int(query.get("limit", 20))]
        return ok({"object": "list", "data": page, "has_more": start + len(page) < len(rows)})

    def _look(self, id: str) -> Reply:
        if id not in self.batches:
            return error(404, f"No batch found with id '{id}'.")
        row = self.batches[id]
        row["looks"] -= 1
        if row["status"] in ("validating", "in_progress"):
            row["status"] = "in_progress"
            if row["looks"] <= 0:
                self._finish(row)
        return ok(row)

    def _finish(self, row: dict[str, Any]) -> None:
        """Work on a batch's lines and write its files."""
        row["status"] = self.outcome
        requests = [json.loads(line) for line in self.files[row["input_file_id"]].splitlines()]
        if self.outcome == "failed":
            row["errors"] = {
                "object": "list",
                "data": [{"code": "token_limit_exceeded", "message": "Enqueued token limit reached"}],
            }
            return
        assert len({request["custom_id"] for request in requests}) == len(requests)
        good, bad = [], []
        for number, request in enumerate(requests):
            if self.answered is not None and number >= self.answered:
                bad.append(line(request, None, {"code": "batch_expired", "message": "This request expired."}))
            elif number in self.failed:
                status, code, message = self.failed[number]
                bad.append(line(request, (status, {"error": {"code": code, "message": message}}), None))
            else:
                self.paid.append(request["body"]["messages"][-1]["content"])
                good.append(line(request, (200, self.answer(request["body"])), None))
        row["request_counts"] = {"total": len(requests), "completed": len(good), "failed": len(bad)}
        for name, lines in (("output_file_id", good), ("error_file_id", bad)):
            if lines:
                row[name] = f"file-{len(self.files) + 1}"
                content = self.spoil(lines) if self.spoil and name == "output_file_id" else b"".join(lines)
                self.files[row[name]] = content


def line(request: dict[str, Any], response: tuple[int, dict[str, Any]] | None, wrong: dict[str, Any] | None) -> bytes:
    """One line of a file of answers."""
    told = {"status_code": response[0], "request_id": "r", "body": response[1]} if response else None
    return json.dumps({"id": "x", "custom_id": request["custom_id"], "response": told, "error": wrong}).encode() + b"\n"


def ok(found: dict[str, Any]) -> Reply:
    return 200, json.dumps(found).encode()


def error(status: int, message: str) -> Reply:
    return status, json.dumps({"error": {"message": message, "type": "x", "code": None}}).encode()
