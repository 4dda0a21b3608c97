"""What became of each event, written on its row and into the log."""

import json
from collections.abc import Sequence
from datetime import datetime

from audit.record import Actor, Entry, record_many
from orchestr.prepared import prepared
from orchestr.refusal import Kind, Refusal
from orchestr.runs.events import Stored
from orchestr.runs.models import Event
from orchestr.triggers.groups import Tellings, Told

# Of what several triggers made of one event the strongest is the event's.
_ORDER = ("started", "coalesced", "capped", "refused", "suppressed")
ACTIONS = {
    "started": "event.received",
    "coalesced": "event.coalesced",
    "suppressed": "event.suppressed",
    "capped": "event.capped",
    "refused": "event.refused",
}
_SETTLE = """
UPDATE orchestr_event e SET outcome = given.outcome, reason = given.reason, trigger_id = given.trigger_id,
    run_id = given.run_id, told = given.told::jsonb
FROM unnest(%(ids)s::uuid[], %(outcomes)s::text[], %(reasons)s::text[], %(triggers)s::uuid[], %(runs)s::uuid[], %(told)s::text[])
    AS given (id, outcome, reason, trigger_id, run_id, told), LATERAL (
    SELECT x.id FROM orchestr_event x WHERE x.id = given.id OFFSET 0) AS found
WHERE e.id = found.id
"""


def outcome_of(refusal: Refusal) -> str:
    """What an event ends as whose workflow refuses to run."""
    return {Kind.LIMITED: "capped", Kind.FORBIDDEN: "suppressed"}.get(refusal.kind, "refused")


def settle(events: Sequence[Stored], tellings: Tellings, *, by: Actor, at: datetime) -> None:
    """Write the outcome of each new event: one statement for all, and one event in the log for each."""
    for each in events:
        _fill(each.row, tellings[each.row.pk])
    rows = [each.row for each in events]
    with prepared() as cursor:
        cursor.execute(
            _SETTLE,
            {
                "ids": [row.pk for row in rows],
                "outcomes": [row.outcome for row in rows],
                "reasons": [row.reason for row in rows],
                "triggers": [row.trigger_id for row in rows],
                "runs": [row.run_id for row in rows],
                "told": [json.dumps(row.told) for row in rows],
            },
        )
    record_many([_entry(row, by, at) for row in rows])


def _fill(row: Event, told: Sequence[Told]) -> None:
    first = min(told, key=lambda each: _ORDER.index(each.outcome), default=Told("suppressed", "no_trigger"))
    row.outcome, row.reason, row.run_id, row.trigger_id = first.outcome, first.reason, first.run_id, first.trigger_id
    row.told = [
        {
            "trigger": each.trigger or None,
            "outcome": each.outcome,
            "reason": each.reason or None,
            "run": None if each.run_id is None else str(each.run_id),
        }
        | ({"left_out": [list(pair) for pair in each.left_out]} if each.left_out else {})
        for each in told
    ]


def _entry(row: Event, by: Actor, at: datetime) -> Entry:
    about = {"event": row.pk, "trigger": row.trigger_id, "run": row.run_id}
    data = {"source": row.source, "type": row.type, "reason": row.reason or None}
    if row.outcome == "started":
        data["outcome"] = row.outcome
    return Entry(
        action=ACTIONS[row.outcome],
        actor=by,
        at=at,
        about={name: id for name, id in about.items() if id is not None},
        data={name: value for name, value in data.items() if value is not None},
    )
