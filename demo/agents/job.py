"""One run from its first call to its last, as both agents do it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from demo.agents.door import Door

Json = Any
# As the pages call the states.
WORDS = {"draft": "it waits for people", "approved": "policy let it through", "blocked": "policy refused it"}


def counted(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One value that an agent looked at."""

    type: str
    id: str
    field: str
    address: dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """What an agent would like to change, and why. `beside` are values it looked at besides."""

    summary: str
    rationale: str
    confidence: float
    changes: tuple[dict[str, Json], ...]
    beside: tuple[Place, ...] = ()
    predictions: tuple[dict[str, Json], ...] = ()
    objectives: dict[str, Json] = field(default_factory=dict)
    of_these: Callable[[tuple[dict[str, Json], ...]], "Idea"] | None = None  # says it anew of some of its changes

    def only(self, kept: tuple[dict[str, Json], ...]) -> "Idea":
        """The idea of these changes alone: its words and predictions count no others."""
        if kept == self.changes:
            return self
        return replace(self, changes=kept) if self.of_these is None else self.of_these(kept)


class Job:
    """A run of one workflow: one that a trigger has queued for it, else its own."""

    def __init__(self, door: Door, workflow: str, *, why: str) -> None:
        self.door = door
        queued = door.post("/runs/next?wait=0", {})
        if queued is not None and queued["run"]["workflow"]["key"] == workflow:
            self.id = queued["run"]["id"]
            return
        event = {"id": str(uuid4()), "type": why, "source": "demo-agents"}
        self.id = door.post("/runs", {"workflow": workflow, "source_event": event})["id"]

    def report(self, kind: str, note: str, *, since: float) -> None:
        ms = int((time.monotonic() - since) * 1000)
        self.door.post(f"/runs/{self.id}/steps", {"kind": kind, "status": "ok", "ms": ms, "note": note})

    def look(self, places: Sequence[Place]) -> list[dict[str, Json]]:
        """Observed evidence: Orchestr reads the systems now and says what it saw."""
        found: list[dict[str, Json]] = []
        by_thing: dict[tuple[str, str], list[Place]] = {}
        for place in places:
            by_thing.setdefault((place.type, place.id), []).append(place)
        for (type, id), listed in by_thing.items():
            fields = [{"field": place.field, "address": place.address} for place in listed]
            answer = self.door.post(
                f"/runs/{self.id}/evidence", {"kind": "observed", "type": type, "id": id, "fields": fields}
            )
            found += answer["evidence"]
        return found

    def allowed(self, idea: Idea) -> Idea | None:
        """The idea without the items that policy would refuse, as `/check` tells; None if nothing is left."""
        findings = self.door.post(f"/check?run={self.id}", self._body(idea, []))["findings"]
        refused = {index for each in findings if each["effect"] == "refuse" for index in each["items"]}
        kept = tuple(change for index, change in enumerate(idea.changes) if index not in refused)
        return idea.only(kept) if kept else None

    def propose(self, idea: Idea) -> dict[str, Json]:
        """Gather evidence of everything touched, take the values just read as `before`, submit."""
        touched = [
            Place(type=change["type"], id=change["id"], field=change["field"], address=change["address"])
            for change in idea.changes
        ]
        seen = self.look([*touched, *idea.beside])
        evidence = [each["id"] for each in seen]
        answer: dict[str, Json] = self.door.post(f"/runs/{self.id}/proposals", self._body(idea, evidence))
        return answer

    def asked(self, count: int, answer: Mapping[str, Json]) -> str:
        """What it says of itself at the end, in the words of whoever reads the run."""
        return f"Proposed {counted(count, 'change')}: {WORDS.get(answer['state'], answer['state'])}."

    def finish(self, outcome: str, summary: str) -> None:
        self.door.post(f"/runs/{self.id}/finish", {"outcome": outcome, "summary": summary})

    @staticmethod
    def _body(idea: Idea, evidence: list[str]) -> dict[str, Json]:
        return {
            "summary": idea.summary,
            "rationale": idea.rationale,
            "confidence": idea.confidence,
            "atomicity": "per_item",
            "evidence": evidence,
            "objectives": idea.objectives,
            "predictions": list(idea.predictions),
            "changes": list(idea.changes),
        }
