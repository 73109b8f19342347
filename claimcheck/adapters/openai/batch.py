"""Readings in batches, through OpenAI's batch interface: handed in as a file, answered within a day, at about half the price.

A reading is asked by the very request that would be sent at once, so that its answer is kept under the same key. It is not tried
again within the batch: one whose answer could not be used is put once more in the next batch, with what was wrong; one that was
too long is shortened there. Budget: a batch is paid for in advance at its highest likely cost, at the batch's part of the price.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, replace
from secrets import token_hex
from tempfile import TemporaryFile
from typing import Any

from claimcheck.adapters.model_answer import Unusable, given_ids, parse_reading, parts_of
from claimcheck.adapters.openai import batch_files
from claimcheck.adapters.openai.batch_files import AnswerFile, request_line
from claimcheck.adapters.openai.batch_wire import BatchWire
from claimcheck.adapters.openai.budget import Budget, tokens
from claimcheck.adapters.openai.chat import Chat
from claimcheck.adapters.openai.failure import Kind, of_status, one_line
from claimcheck.adapters.openai.prompts import Prompts
from claimcheck.adapters.openai.questions import kept, once_more, reading_question, value_of
from claimcheck.adapters.openai.wire import Reply, Wire
from claimcheck.domain.claim import Part
from claimcheck.domain.evidence import Usage
from claimcheck.errors import BudgetReached, JudgeUnavailable
from claimcheck.ports import Answer, Batch, BatchLine, BatchState, LineEnd, LineOutcome, PreparedBatch, Unread

_UNDER_WAY = frozenset({"validating", "in_progress", "finalizing", "cancelling"})
_ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
_MORE_ROOM = 2  # an answer that was cut, or could not be used, gets so many times the room


@dataclass(frozen=True)
class Limits:
    """What one file may hold."""

    lines: int = batch_files.MOST_LINES
    bytes: int = batch_files.MOST_BYTES


class OpenAIBatches:
    """Batches of readings, beside the judge whose wire, budget and prompts these are. They cost `part` of the price."""

    def __init__(
        self, files: BatchWire, *, wire: Wire, chat: Chat, budget: Budget, prompts: Prompts, part: float, limits: Limits
    ) -> None:
        self._files, self._wire, self._chat, self._budget = files, wire, chat, budget
        self._prompts, self._part, self._limits = prompts, part, limits
        self.place = files.place

    @property
    def met(self) -> bool:
        """Tell whether the server answered a question of this run."""
        return self._chat.met

    def prepare(self, unread: Iterable[Unread]) -> Iterator[PreparedBatch]:
        """Lay out the batches; see `Batches.prepare`."""
        sheet = _Sheet(self.place)
        for one in unread:
            line, text, highest = self._line(one, sheet)
            if sheet.lines and not sheet.has_room(len(text), self._limits):
                yield self._closed(sheet)
                sheet = _Sheet(self.place)
                line, text, highest = self._line(one, sheet)
            try:
                self._budget.check(sheet.highest + highest)
            except BudgetReached:
                if sheet.lines:
                    yield self._closed(sheet)
                raise
            sheet.add(line, text, highest)
        if sheet.lines:
            yield self._closed(sheet)

    async def upload(self, prepared: PreparedBatch) -> str:
        """Send a batch's file."""
        return await self._files.upload(f"claimcheck-{prepared.batch.token}.jsonl", prepared.content)

    async def create(self, batch: Batch, file: str) -> str:
        """Have the server work on a file."""
        return await self._files.create(file, batch.token)

    async def find(self, batch: Batch, file: str) -> str | None:
        """Return the server's name for a batch that it may have taken."""
        return await self._files.find(batch.token, file)

    async def look(self, remote: str) -> BatchState:
        """Return how far the server is. A status that we do not know is under way: nothing is given up by a guess."""
        found = await self._files.retrieve(remote)
        if found is None:
            return BatchState(known=False)
        status = found.get("status")
        if status not in _ENDED:
            return BatchState(told=self._told(status if status in _UNDER_WAY else "in an unknown state", found))
        files = (found.get("output_file_id"), found.get("error_file_id"))
        answered = _counts(found).get("completed")
        return BatchState(
            ended=True,
            told=self._told(status, found),
            answered=answered,
            files=tuple(file for file in files if isinstance(file, str) and file),
        )

    async def answers(self, batch: Batch, state: BatchState) -> AsyncIterator[LineEnd]:
        """Return what came of each line; see `Batches.answers`."""
        lines, good, why = {line.id: line for line in batch.lines}, 0, None
        for file in state.files:
            with TemporaryFile() as content:
                broken = await self._files.download(file, content)
                found = AnswerFile(content, lines)
                for line, row in found:
                    end = self._end(line, row)
                    good += end.outcome in (LineOutcome.JUDGED, LineOutcome.UNUSABLE)
                    yield end
            why = why or broken or ("it breaks off" if found.cut else None)
        if why is None and lines and good < (state.answered or 0):
            why = f"{good} of {state.answered} answers were there"
        if why:
            raise JudgeUnavailable(f"the file of answers cannot be read whole ({why}); run again to collect the rest")

    def settle(self, batch: Batch, took: Usage) -> None:
        """Tell the budget what a batch took."""
        self._budget.collect(batch.token, took)

    async def close(self) -> None:
        """Close all connections."""
        await self._files.close()

    def _line(self, one: Unread, sheet: "_Sheet") -> tuple[BatchLine, bytes, Usage]:
        """Return a reading as a line, in words and as it is sent, and what it takes at most."""
        outcome, why = one.before or (None, "")
        shortened = outcome is LineOutcome.TOO_LONG
        question = reading_question(self._prompts, one.claim, one.paper, one.key.attempt, shortened)
        if outcome is LineOutcome.UNUSABLE:
            question = once_more(question, why)
        room = self._chat.room * (_MORE_ROOM if outcome is LineOutcome.UNUSABLE else 1)
        id = f"{sheet.token}-{len(sheet.lines) + 1}"
        asked = self._chat.highest(question, room)
        line = BatchLine(
            id=id,
            key=one.key,
            claim_id=one.claim.id,
            parts=tuple(sorted(parts_of(one.claim))),
            given=tuple(sorted(given_ids(one.claim, one.paper.id))),
            prompt_tokens=asked.prompt_tokens,
            shortened=shortened,
        )
        return line, request_line(id, self._wire.body(question, room)), replace(asked, usd=asked.usd * self._part)

    def _closed(self, sheet: "_Sheet") -> PreparedBatch:
        prepared = sheet.prepared()
        self._budget.hand_in(sheet.token, sheet.highest)
        return prepared

    def _told(self, status: object, found: dict[str, Any]) -> str:
        counts = _counts(found)
        done = f", {counts['completed']} of {counts['total']} answered" if {"completed", "total"} <= counts.keys() else ""
        errors = found.get("errors")
        rows = errors.get("data") if isinstance(errors, dict) else None
        said = rows[0].get("message") if isinstance(rows, list) and rows and isinstance(rows[0], dict) else None
        return f"{status}{done}" + (f": {one_line(said, self._wire.secrets)}" if isinstance(said, str) else "")

    def _end(self, line: BatchLine, row: dict[str, Any]) -> LineEnd:
        response = row.get("response")
        if not isinstance(response, dict) or not isinstance(response.get("body"), dict):
            return LineEnd(line, LineOutcome.FAILED, why=self._said(row.get("error")))
        body, status = response["body"], response.get("status_code")
        if isinstance(status, int) and status != 200:
            error = body.get("error")
            codes = [str(error.get(name)) for name in ("code", "type")] if isinstance(error, dict) else []
            failure = of_status(status, codes, self._said(error), None)
        else:
            understood = self._wire.understood(body)
            if isinstance(understood, Reply):
                return self._answered(line, understood)
            failure = understood
        outcome = LineOutcome.TOO_LONG if failure.kind is Kind.TOO_LONG else LineOutcome.FAILED
        return LineEnd(line, outcome, why=f"the model server answers with an error ({failure.message})")

    def _answered(self, line: BatchLine, reply: Reply) -> LineEnd:
        raw = kept(reply.text)
        if reply.tokens:
            usage = self._budget.usage(*reply.tokens, part=self._part)
        else:
            usage = self._budget.usage(line.prompt_tokens, tokens(reply.text), estimated=True, part=self._part)
        if reply.refused:
            return LineEnd(line, LineOutcome.UNUSABLE, usage=usage, why=reply.refused, raw=raw)
        parts, given = frozenset(map(Part, line.parts)), frozenset(line.given)
        try:
            reading = value_of(reply, lambda text: parse_reading(text, parts, given))
        except Unusable as wrong:
            return LineEnd(line, LineOutcome.UNUSABLE, usage=usage, why=str(wrong), raw=raw)
        flagged = replace(reading, flags=reading.flags | {"shortened"}) if line.shortened else reading
        return LineEnd(line, LineOutcome.JUDGED, Answer(flagged, usage, reply.model, raw), usage, raw=raw)

    def _said(self, error: object) -> str:
        told = error.get("message") or error.get("code") if isinstance(error, dict) else error
        return one_line(str(told), self._wire.secrets) if told else "no answer and no reason"


class _Sheet:
    """A batch that is being laid out."""

    def __init__(self, place: str) -> None:
        self.token, self._place = token_hex(8), place
        self.lines: list[BatchLine] = []
        self._texts: list[bytes] = []
        self._size = 0
        self.highest = Usage()

    def has_room(self, size: int, limits: Limits) -> bool:
        return len(self.lines) < limits.lines and self._size + size <= limits.bytes

    def add(self, line: BatchLine, text: bytes, highest: Usage) -> None:
        self.lines.append(line)
        self._texts.append(text)
        self._size += len(text)
        self.highest += highest

    def prepared(self) -> PreparedBatch:
        return PreparedBatch(Batch(self.token, self._place, tuple(self.lines)), b"".join(self._texts))


def _counts(found: dict[str, Any]) -> dict[str, int]:
    counts = found.get("request_counts")
    rows = counts.items() if isinstance(counts, dict) else ()
    return {name: count for name, count in rows if isinstance(count, int) and not isinstance(count, bool) and count >= 0}
