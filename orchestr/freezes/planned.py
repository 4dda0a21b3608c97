"""Freezes planned ahead: Black Friday stands in the calendar, with a begin and an end."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Max

from audit.record import Actor, record
from orchestr.freezes.freeze import MAY_FREEZE, _there
from orchestr.freezes.models import PlannedFreeze
from orchestr.freezes.targets import Target, in_lock_order
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.live import EVERYONE, announce
from orchestr.people.models import Account
from orchestr.prepared import prepared
from orchestr.refusal import Kind, Refusal, absent

UNPLAN = "freeze.unplan"


@dataclass(frozen=True, slots=True)
class Planned:
    """One planned freeze that is not over."""

    id: UUID
    target: Target
    name: str
    begins_at: datetime
    ends_at: datetime


def plan_freeze(
    *, target: Target, name: str, begins_at: datetime, ends_at: datetime, why: str, by: Account, at: datetime
) -> PlannedFreeze:
    """Stop a target from `begins_at` to `ends_at`: no intent on it passes in between, and it ends by itself.

    Where it begins at once it waits for intents under way, by the target's exclusive advisory lock. Refuses
    whoever may not freeze, no name or reason, an end that is not ahead or not after the begin, and a target
    that is not there.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
    control.entitled(UNPLAN, by)
    _there(target)
    if not name.strip() or not why.strip():
        raise Refusal(
            Kind.UNPROCESSABLE, "reason_missing", "A planned freeze needs a name and a reason that others can read.",
            next="Name it, and say why in a sentence.",
        )  # fmt: skip
    if not max(begins_at, at) < ends_at:
        raise Refusal(
            Kind.UNPROCESSABLE, "ends_before_it_begins", "A planned freeze ends after it begins, and not in the past.",
            next="Choose another begin or end.",
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [target.lock_key])
    planned = PlannedFreeze.objects.create(
        kind=target.kind, key=target.key, name=name.strip(), why=why.strip(), begins_at=begins_at, ends_at=ends_at,
        set_by_id=by.person_id, set_at=at,
    )  # fmt: skip
    _record("freeze.planned", planned, Actor.person(account_id=by.pk, person_id=by.person_id), at)
    return planned


def request_unplan(*, planned_id: UUID, why: str, by: Account, at: datetime) -> ControlChange:
    """Ask for a planned freeze to be taken out. A second person's confirmation does it. Refuses what is over."""
    planned = PlannedFreeze.objects.filter(pk=planned_id, cancelled_at=None, ends_at__gt=at).first()
    if planned is None:
        raise absent("planned freeze")
    stands = {
        "target": planned.target,
        "begins_at": planned.begins_at.isoformat(),
        "ends_at": planned.ends_at.isoformat(),
    }
    return control.request(
        kind=UNPLAN, target=f"planned_freeze:{planned.pk}", before={**stands, "planned": True},
        after={**stands, "planned": False}, reason=why, by=by, at=at,
    )  # fmt: skip


def ahead(concerned: Collection[Target], *, since: datetime) -> list[Planned]:
    """Planned freezes of these targets that end after `since`, the first to begin first (one query)."""
    wanted = in_lock_order(concerned)
    with prepared() as cursor:
        cursor.execute(
            "SELECT f.id, f.kind, f.key, f.name, f.begins_at, f.ends_at FROM orchestr_planned_freeze f"
            " JOIN unnest(%s::text[], %s::text[]) AS t(kind, key) ON f.kind = t.kind AND f.key = t.key"
            " WHERE f.cancelled_at IS NULL AND f.ends_at > %s ORDER BY f.begins_at, f.id",
            [[target.kind for target in wanted], [target.key for target in wanted], since],
        )
        return [Planned(id, Target(kind, key), *rest) for id, kind, key, *rest in cursor.fetchall()]


def ends(target: Target, *, at: datetime) -> datetime | None:
    """When the planned freeze that holds this target now ends; None where it is none, or one set by hand."""
    standing = PlannedFreeze.objects.filter(
        kind=target.kind, key=target.key, cancelled_at=None, begins_at__lte=at, ends_at__gt=at
    )
    last: datetime | None = standing.aggregate(last=Max("ends_at"))["last"]
    return last


def _apply_unplan(change: ControlChange, by: Account, at: datetime) -> None:
    planned = PlannedFreeze.objects.select_for_update().filter(pk=change.target.partition(":")[2]).first()
    if planned is None:
        raise absent("planned freeze")
    if planned.cancelled_at is not None:
        raise Refusal(
            Kind.CONFLICT, "already_cancelled", "This planned freeze was taken out before.",
            next="Reload the calendar.",
        )  # fmt: skip
    planned.cancelled_at = at
    planned.save(update_fields=["cancelled_at"])
    _record("freeze.unplanned", planned, Actor.person(account_id=by.pk, person_id=by.person_id), at)


control.register(UNPLAN, _apply_unplan, functions=MAY_FREEZE)


def _record(action: str, planned: PlannedFreeze, by: Actor, at: datetime) -> None:
    data = {"target": planned.target.replace(" ", "_"), "begins_at": planned.begins_at, "ends_at": planned.ends_at}
    record(action=action, actor=by, at=at, about={"freeze": planned.pk}, data=data)
    announce("freeze", [planned.pk], groups=[EVERYONE])
