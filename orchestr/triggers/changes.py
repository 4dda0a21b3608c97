"""Triggers on the catalogue: what has changed or grown old since the last look becomes events, once.

History is read up to the beginning of the oldest open transaction: what is written later has a later id, so that
nothing that commits late is passed over.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from audit.record import Actor
from orchestr.catalogue.models import FieldValue, Resource, System, ValueHistory
from orchestr.catalogue.tree import tree, with_descendants
from orchestr.policy.values import Json
from orchestr.proposals.models import Proposal
from orchestr.runs.events import SourceEvent
from orchestr.triggers.crossing import crossed
from orchestr.triggers.definition import MEASURED, Definition, Watch
from orchestr.triggers.dispatch import dispatch
from orchestr.triggers.matching import MOST_TARGETS, source_of
from orchestr.triggers.measured import look_at_measurements
from orchestr.triggers.models import Trigger
from orchestr.triggers.reading import first_id, horizon, keep

ACTOR = Actor.worker("catalogue")
STALE_EVERY = timedelta(seconds=60)


def look_all(*, at: datetime) -> None:
    """Look for every live trigger on the catalogue, page by page, each page in a transaction of its own."""
    rows = Trigger.objects.filter(kind__in=("change", "feed"), paused_at=None).order_by("id")
    for id in list(rows.values_list("pk", flat=True)):
        while look(trigger_id=id, at=at):
            continue


def look(*, trigger_id: UUID, at: datetime) -> bool:
    """One page of what has changed for one trigger, as at most one event; whether there is more to look at.

    Passes over a trigger that another has in hand. Locks the trigger, then what `dispatch` locks.
    """
    with transaction.atomic(durable=True):
        free = Trigger.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        row = free.filter(pk=trigger_id, kind__in=("change", "feed"), paused_at=None).select_related("workflow").first()
        if row is None:
            return False
        watch = Definition.parse(row.definition).watch
        if watch is None:
            return False
        if watch.field in MEASURED:
            return look_at_measurements(row, watch, at)
        if watch.way == "stale":
            return _grown_old(row, watch, at)
        return _imported(row, watch, at) if row.kind == "feed" else _changed(row, watch, at)


def _changed(row: Trigger, watch: Watch, at: datetime) -> bool:
    until = horizon()
    page = list(_history(row, watch, until).filter(field=watch.field).order_by("id")[:MOST_TARGETS])
    before = _before(page)
    runs = _runs(page)
    found = [
        each
        for each in page
        if crossed(watch, before.get(each.pk), each.value)
        and runs.get(each.proposal_id, (None, None))[0] != row.workflow_id
    ]
    if found:
        items = [_item(each.resource, each.field, each.address, before.get(each.pk), each.value) for each in found]
        parents = [run_id for each in found if (run_id := runs.get(each.proposal_id, (None, None))[1]) is not None]
        _send(row, "catalogue.changed", str(found[-1].pk), watch, items, at, parents[-1] if parents else None)
    keep(row, page[-1].pk if len(page) == MOST_TARGETS else first_id(until), at)
    return len(page) == MOST_TARGETS


def _imported(row: Trigger, watch: Watch, at: datetime) -> bool:
    """Once a sweep of the system has ended: everything it has changed, the first thousand things by name."""
    system = System.objects.filter(key=watch.system).first()
    if system is None or system.refreshed_at is None or (system.refreshing_until or at) > at:
        return False
    until = horizon()
    rows = _history(row, watch, until)
    ids = list(rows.order_by("resource_id").values_list("resource_id", flat=True).distinct())
    if ids:
        named = Resource.objects.filter(pk__in=ids[:MOST_TARGETS]).order_by("type", "key")
        items: list[Json] = [{"type": each.type, "id": each.key} for each in named]
        last = rows.order_by("-id").values_list("id", flat=True)[0]
        _send(row, "feed.imported", str(last), watch, items, at, None, changed=len(ids))
    keep(row, first_id(until), at)
    return False


def _grown_old(row: Trigger, watch: Watch, at: datetime) -> bool:
    """What has reached the age since the last look; it says so once, and again only after it was seen and grew old.

    Names the first thousand places, and counts all of them.
    """
    since = row.looked_at or at
    if at - since < STALE_EVERY:
        return False
    age = timedelta(seconds=watch.amount)
    rows = FieldValue.objects.filter(_here(watch), field=watch.field, observed_at__gt=since - age)
    old = rows.filter(observed_at__lte=at - age).distinct()
    found = list(old.select_related("resource").order_by("observed_at", "id")[:MOST_TARGETS])
    if found:
        items = [_item(each.resource, each.field, each.address, None, each.value) for each in found]
        id = at.isoformat().replace("+00:00", "Z")
        _send(row, "catalogue.stale", id, watch, items, at, None, changed=old.count())
    row.looked_at = at
    row.save(update_fields=["looked_at"])
    return False


def _history(row: Trigger, watch: Watch, until: datetime) -> QuerySet[ValueHistory]:
    since = row.cursor or first_id(row.looked_at or row.created_at)
    rows = ValueHistory.objects.filter(_here(watch), pk__gt=since, pk__lt=first_id(until))
    return rows.select_related("resource").distinct()


def _here(watch: Watch) -> Q:
    here = Q()
    if watch.system:
        here &= Q(system__key=watch.system)
    if watch.segments:
        ids = tree().ids
        below = with_descendants(ids[key] for key in watch.segments if key in ids)
        lies = Q(resource__segments__in=below)
        here &= lies | Q(resource__rules__in=ruled) if (ruled := below & tree().rules) else lies
    return here


def _before(page: Sequence[ValueHistory]) -> Mapping[UUID, Json]:
    """The value each of these took over from, by its index on resource, field, address and time; one statement."""
    if not page:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT given.id, was.value::text FROM unnest(%s::uuid[]) AS given (id)"
            " JOIN orchestr_value_history h ON h.id = given.id, LATERAL ("
            " SELECT b.value FROM orchestr_value_history b WHERE b.resource_id = h.resource_id AND b.field = h.field"
            " AND b.address_key = h.address_key AND b.system_id = h.system_id AND b.id <> h.id AND b.since <= h.since"
            " ORDER BY b.since DESC, b.id DESC LIMIT 1) AS was",
            [[each.pk for each in page]],
        )
        return {id: None if text is None else json.loads(text) for id, text in cursor.fetchall()}


def _runs(page: Sequence[ValueHistory]) -> Mapping[UUID | None, tuple[UUID | None, UUID | None]]:
    """The workflow and the run behind each change that was published here."""
    ids = {each.proposal_id for each in page if each.proposal_id is not None}
    rows = Proposal.objects.filter(pk__in=ids).values_list("pk", "workflow_id", "run_id")
    return {id: (workflow_id, run_id) for id, workflow_id, run_id in rows}


def _send(
    row: Trigger,
    type: str,
    id: str,
    watch: Watch,
    items: list[Json],
    at: datetime,
    parent_id: UUID | None,
    **more: Json,
) -> None:
    data: dict[str, Json] = {"field": watch.field, "way": watch.way, "items": items, "count": len(items)} | more
    event = SourceEvent(id=id, type=type, source=source_of(row.key), data=data, parent_id=parent_id)
    dispatch(event=event, by=ACTOR, at=at)


def _item(resource: Resource, field: str, address: Json, before: Json, after: Json) -> Json:
    return {
        "type": resource.type,
        "id": resource.key,
        "field": field,
        "address": address,
        "before": before,
        "after": after,
    }
