"""A storm: more events in a span than a trigger allows. It is paused, and its owner told; a person lets it go on."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from audit.record import Actor, record
from orchestr.live import EVERYONE, announce
from orchestr.people.notify import notify
from orchestr.prepared import prepared
from orchestr.triggers.groups import Group
from orchestr.triggers.models import Trigger
from orchestr.triggers.routes import Route

# Counts no further than it has to.
_COUNT = """
SELECT count(*) FROM (
    SELECT 1 FROM orchestr_event WHERE trigger_id = %s::uuid AND received_at > %s::timestamptz LIMIT %s::int
) AS counted
"""


def pause_storms(groups: Sequence[Group], *, at: datetime) -> None:
    """Pause those triggers of these groups that have had more events than they allow. Locks the ones it pauses."""
    routes = {group.route.trigger.pk: group.route for group in groups}
    for id in sorted(routes, key=str):
        route = routes[id]
        if route.trigger.paused_at is None and _is_storm(route, at):
            _pause(route, at)


def _is_storm(route: Route, at: datetime) -> bool:
    storm = route.definition.storm
    with prepared() as cursor:
        cursor.execute(_COUNT, [route.trigger.pk, _since(route, storm.per_s, at), storm.events + 1])
        return bool(cursor.fetchone()[0] > storm.events)


def _since(route: Route, per_s: int, at: datetime) -> datetime:
    """What came before a person let it go on is the storm they have seen: counted again, the next event would end it.

    A trigger on the catalogue notes each look in the same place; its events are a look each and make no storm.
    """
    begin, released = at - timedelta(seconds=per_s), route.trigger.looked_at
    waits = route.trigger.kind in ("event", "schedule")
    return released if waits and released is not None and begin < released <= at else begin


def _pause(route: Route, at: datetime) -> None:
    """Of two who notice at once the first pauses it."""
    calm = Trigger.objects.filter(pk=route.trigger.pk, paused_at=None)
    if not calm.update(paused_at=at, paused_reason="storm"):
        return
    storm = route.definition.storm
    record(
        action="trigger.paused",
        actor=Actor.system(),
        at=at,
        about={"trigger": route.trigger.pk, "workflow": route.workflow.pk},
        data={"key": route.trigger.key, "reason": "storm", "events": storm.events, "per_s": storm.per_s},
    )
    for person_id in {route.workflow.owner_id, route.workflow.escalation_owner_id}:
        notify(
            person_id=person_id,
            kind="trigger.storm",
            about={"trigger": route.trigger.key},
            urgent=True,
            dedupe_key=f"trigger.storm:{route.trigger.pk}:{at.isoformat()}",
            at=at,
        )
    announce("trigger", [route.trigger.pk], groups=[EVERYONE])
