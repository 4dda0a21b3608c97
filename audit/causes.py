"""The causal tree of a run, told from its events alone: what led to what.

trigger → event → run → evidence and proposals → decisions → executions → items → reverts and incidents; runs that this one
caused hang below it. Each thing stands below its cause, with its events in order. A fixed number of statements; items
are told by outcome, however many there are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from audit.actions import ACTIONS
from audit.models import AuditEvent
from audit.selection import Selection, Sight

type Thing = tuple[str, str]  # what it is, as `about` names it, and its id

MOST_OF_A_RUN = 1_000
MOST_OF_EACH = 300
MOST_THINGS = 100
MOST_OF_A_TRIGGER = 12
_TRIGGERED = tuple(action for action in ACTIONS if action.startswith("trigger."))
_ITEMS = ("execution.intent", "execution.item_settled", "execution.item_staged", "execution.item_unstaged")
# Of what an event names, the first of these it is about; and below which of them it hangs.
_ORDER = ("decision", "exception", "comment", "incident", "execution", "revert", "proposal", "run")
_PARENTS: Mapping[str, tuple[str, ...]] = {
    "decision": ("proposal", "run"),
    "exception": ("proposal", "run"),
    "comment": ("proposal", "run"),
    "incident": ("proposal", "run"),
    "revert": ("proposal",),
    "execution": ("revert", "proposal", "run"),
    "proposal": ("run", "event"),
    "evidence": ("run", "event"),
    "run": ("parent", "event"),
    "event": ("trigger",),
    "trigger": (),
}
_ABOUT_EACH = """
SELECT found.id FROM ROWS FROM (unnest(%(kind)s::text[]), unnest(%(thing)s::text[])) AS wanted (kind, thing)
CROSS JOIN LATERAL (
    SELECT event.id FROM audit_event AS event
    WHERE event.about @> jsonb_build_object(wanted.kind, wanted.thing) AND event.action <> ALL(%(without)s::text[])
    ORDER BY event.id LIMIT %(most)s
) AS found
"""
# What became of the trigger itself; the events that it took up, thousands maybe, are told where they started a run.
_OF_TRIGGERS = """
SELECT found.id FROM unnest(%(trigger)s::text[]) AS wanted (trigger)
CROSS JOIN LATERAL (
    SELECT event.id FROM audit_event AS event
    WHERE event.about @> jsonb_build_object('trigger', wanted.trigger) AND event.action = ANY(%(actions)s::text[])
    ORDER BY event.id DESC LIMIT %(most)s
) AS found
"""
_OUTCOMES = """
SELECT wanted.execution, item.outcome, count(*), (array_agg(item.id ORDER BY item.id))[1]
FROM unnest(%(execution)s::text[]) AS wanted (execution)
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (event.about->>'item') event.id, event.data->>'outcome' AS outcome FROM audit_event AS event
    WHERE event.about @> jsonb_build_object('execution', wanted.execution) AND event.action = 'execution.item_settled'
    ORDER BY event.about->>'item', event.id DESC OFFSET 0
) AS item
GROUP BY wanted.execution, item.outcome ORDER BY wanted.execution, item.outcome
"""


@dataclass(slots=True)
class Cause:
    """One thing that happened, its events in order, and what came of it. `items` counts an execution's by outcome."""

    thing: Thing
    events: list[AuditEvent] = field(default_factory=list)
    below: list["Cause"] = field(default_factory=list)
    items: list[tuple[str, int, UUID]] = field(default_factory=list)

    @property
    def at(self) -> datetime | None:
        return self.events[0].at if self.events else None


@dataclass(frozen=True, slots=True)
class Tree:
    """`roots` are the first causes; `more` says that there are more events than are told."""

    roots: Sequence[Cause]
    more: bool


def tree_of(*, kind: str, id: UUID, sight: Sight | None) -> Tree:
    """The tree that a run, proposal, execution or incident stands in, of the events that may be seen. Without any, no roots."""
    own = _visible(_about_each([(kind, str(id))]), sight)
    run = next((event.about["run"] for event in own if "run" in event.about), None)
    if kind != "run" and run is None and (proposal := _named(own, "proposal")):
        own = _visible(_about_each([("proposal", each) for each in proposal]), sight)
        run = next((event.about["run"] for event in own if "run" in event.about), None)
    if run is not None:
        own = _visible(_about_each([("run", run), ("parent", run)], most=MOST_OF_A_RUN), sight)
    more = len(own) >= MOST_OF_A_RUN
    things = [(name, each) for name in ("proposal", "event") for each in _named(own, name)]
    events = _merged(own, _visible(_about_each(things), sight))
    reverts = [("revert", each) for each in _named(events, "revert")]
    events = _merged(events, _visible(_about_each(reverts), sight)) if reverts else events
    events = _merged(events, _visible(_of_triggers(_named(events, "trigger")), sight))
    causes = _hung(events)
    _count_items(causes)
    return Tree(_roots(causes), more or len(things) > MOST_THINGS)


def _about_each(things: Sequence[Thing], *, most: int = MOST_OF_EACH) -> list[UUID]:
    given: dict[str, Any] = {
        "kind": [kind for kind, _ in things[:MOST_THINGS]],
        "thing": [thing for _, thing in things[:MOST_THINGS]],
        "without": list(_ITEMS),
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ABOUT_EACH, given)
        return [id for (id,) in cursor.fetchall()]


def _of_triggers(triggers: Sequence[str]) -> list[UUID]:
    if not triggers:
        return []
    given: dict[str, Any] = {
        "trigger": list(triggers[:MOST_THINGS]),
        "actions": list(_TRIGGERED),
        "most": MOST_OF_A_TRIGGER,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OF_TRIGGERS, given)
        return [id for (id,) in cursor.fetchall()]


def _visible(ids: Iterable[UUID], sight: Sight | None) -> list[AuditEvent]:
    return list(Selection().events(sight).filter(id__in=set(ids)).defer("canonical", "sha256").order_by("id"))


def _merged(first: Iterable[AuditEvent], second: Iterable[AuditEvent]) -> list[AuditEvent]:
    found = {event.id: event for event in (*first, *second)}
    return [found[id] for id in sorted(found)]


def _named(events: Iterable[AuditEvent], kind: str) -> list[str]:
    return list(dict.fromkeys(event.about[kind] for event in events if kind in event.about))


def _thing(event: AuditEvent) -> Thing | None:
    """What an event tells of: the nearest thing it is about; what a run looked at is one thing of that run."""
    if event.action in _TRIGGERED:
        return ("trigger", event.about["trigger"]) if "trigger" in event.about else None
    if event.action.startswith("event."):
        return ("event", event.about["event"]) if "event" in event.about else None
    if event.action == "evidence.recorded" and "run" in event.about:
        return "evidence", event.about["run"]
    return next(((kind, event.about[kind]) for kind in _ORDER if kind in event.about), None)


def _hung(events: Sequence[AuditEvent]) -> dict[Thing, Cause]:
    """Each thing below the first of its causes of which an event may be seen."""
    causes: dict[Thing, Cause] = {}
    put_back: dict[str, Thing] = {}
    for event in events:
        if (thing := _thing(event)) is not None:
            causes.setdefault(thing, Cause(thing)).events.append(event)
        if "revert" in event.about and "proposal" in event.about:
            put_back.setdefault(event.about["revert"], ("proposal", event.about["proposal"]))
    for thing, cause in causes.items():
        kind, id = thing
        above = [put_back[id]] if kind == "revert" and id in put_back else _above(cause)
        parent = next((causes[each] for each in above if each in causes and each != thing), None)
        if parent is not None:
            parent.below.append(cause)
    return causes


def _above(cause: Cause) -> list[Thing]:
    """The things it may hang below, the nearest first."""
    return [
        ("run" if kind == "parent" else kind, event.about[kind])
        for kind in _PARENTS[cause.thing[0]]
        for event in cause.events
        if kind in event.about
    ]


def _roots(causes: Mapping[Thing, Cause]) -> list[Cause]:
    hung = {id(below) for cause in causes.values() for below in cause.below}
    return [cause for cause in causes.values() if id(cause) not in hung]


def _count_items(causes: Mapping[Thing, Cause]) -> None:
    executions = [thing[1] for thing in causes if thing[0] == "execution"]
    with connection.cursor() as cursor:
        cursor.execute(_OUTCOMES, {"execution": executions})
        for execution, outcome, count, first in cursor.fetchall():
            causes["execution", execution].items.append((str(outcome), int(count), first))
