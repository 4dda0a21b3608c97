"""One run in hand: what it reads, rests on, proposes and reports."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import groupby
from types import TracebackType
from typing import Any, Self

from orchestr.client.door import Door, Lost, Refused
from orchestr.client.proposal import Proposal
from orchestr.client.values import Change, Resource

type Json = Any


class Run:
    """As a context it finishes itself: done at its end, failed where an exception leaves it."""

    def __init__(self, door: Door, raw: Mapping[str, Json], *, lease: str | None = None) -> None:
        """`lease`: what was answered with a run from the queue; it goes with every write, and keeps two processes
        from working on one run."""
        self._door = door
        self.raw = raw
        self.lease = lease
        self.id = str(raw["id"])
        self.summary = ""

    @property
    def state(self) -> str:
        return str(self.raw["state"])

    @property
    def proposals(self) -> tuple[str, ...]:
        """Ids of what it has proposed, oldest first; known of a run that was found by its event."""
        return tuple(str(each["id"]) for each in self.raw.get("proposals", ()))

    def resources(self, **wanted: Json) -> Iterator[Resource]:
        """All that match, page after page: type, segment, q, system, limit."""
        yield from resources(self._door, **wanted)

    def resource(self, type: str, id: str) -> Resource:
        return Resource.parse(self._door.get(f"/catalogue/resources/{type}/{id}"))

    def observe(self, changes: Iterable[Change]) -> list[str]:
        """Let the server read every field that these changes touch; the ids of what it saw."""
        found: list[str] = []
        ordered = sorted(changes, key=_thing)
        for (type, id), touched in groupby(ordered, key=_thing):
            places = [{"field": each.field, "address": dict(each.address)} for each in touched]
            body = {"kind": "observed", "type": type, "id": id, "fields": places}
            answer = self._door.post(f"/runs/{self.id}/evidence", body, lease=self.lease)
            found += [each["id"] for each in answer["evidence"]]
        return found

    def claim(self, source: str, value: Json, *, observed_at: datetime | None = None) -> list[str]:
        """What you say you saw; never shown as checked."""
        body: dict[str, Json] = {"kind": "claimed", "source": source, "value": value}
        if observed_at is not None:
            body["observed_at"] = observed_at.isoformat()
        answer = self._door.post(f"/runs/{self.id}/evidence", body, lease=self.lease)
        return [each["id"] for each in answer["evidence"]]

    def check(self, changes: Sequence[Change], *, summary: str = "Check", **content: Json) -> dict[str, Json]:
        """What policy would say."""
        answer: dict[str, Json] = self._door.post("/check", _body(changes, summary, content), run=self.id)
        return answer

    def propose(self, changes: Sequence[Change], *, summary: str, key: str | None = None, **content: Json) -> Proposal:
        """Submit: evidence ids, rationale, confidence, atomicity, predictions and the rest by their names.

        Raises Refused, `before_moved` where a value has changed since it was read. What policy refuses is a proposal
        in state `blocked`, with its findings.
        """
        body = _body(changes, summary, content)
        return Proposal.parse(self._door.post(f"/runs/{self.id}/proposals", body, key=key, lease=self.lease))

    def report(self, kind: str, **said: Json) -> Json:
        """A step: status, tokens, cost (micro-units), ms, tool_calls, note. A budget that is spent stops the run, and says so."""
        answer = self._door.post(f"/runs/{self.id}/steps", {"kind": kind, **said}, lease=self.lease)
        self.raw = answer["run"]
        return answer

    def finish(self, outcome: str = "done", *, summary: str = "") -> None:
        said = {"outcome": outcome, "summary": summary or self.summary}
        self.raw = self._door.post(f"/runs/{self.id}/finish", said, lease=self.lease)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.state in ("finished", "failed", "stopped"):
            return
        if kind is None:
            self.finish()
            return
        with suppress(Refused, Lost):  # what went wrong first is what is told
            self.finish("failed", summary=kind.__name__)


def resources(door: Door, **wanted: Json) -> Iterator[Resource]:
    """Every resource that matches, as pages come."""
    cursor = None
    while True:
        page = door.get("/catalogue/resources", **wanted, cursor=cursor)
        yield from (Resource.parse(each) for each in page["items"])
        cursor = page["next_cursor"]
        if not cursor:
            return


def _thing(change: Change) -> tuple[str, str]:
    return change.type, change.id


def _body(changes: Sequence[Change], summary: str, content: Mapping[str, Json]) -> dict[str, Json]:
    return {**content, "summary": summary, "changes": [each.wire() for each in changes]}
