"""How old a value may be, per field and system, settable down to a second."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from audit.record import Actor, record
from orchestr.catalogue.models import FieldOwner
from orchestr.connectors.base import MAX_AGE_S
from orchestr.refusal import Kind, Refusal, absent

LONGEST_S = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Ages:
    """The ages in force, by (type, field, system id), in seconds."""

    seconds: dict[tuple[str, str, UUID], int]

    def of(self, *, type: str, field: str, system_id: UUID) -> int:
        """The age in force; what nobody has set is held to the shortest default (stock)."""
        return self.seconds.get((type, field, system_id), min(MAX_AGE_S.values()))

    def expires_at(self, *, type: str, field: str, system_id: UUID, observed_at: datetime) -> datetime:
        return observed_at + timedelta(seconds=self.of(type=type, field=field, system_id=system_id))


def ages(*, types: Iterable[str] | None = None) -> Ages:
    """The ages in force (one query)."""
    rows = FieldOwner.objects.all() if types is None else FieldOwner.objects.filter(type__in=set(types))
    return Ages(
        {
            (type, field, system_id): seconds
            for type, field, system_id, seconds in rows.values_list("type", "field", "system_id", "max_age_s")
        }
    )


def set_max_age(*, owner_id: UUID, seconds: int, by: Actor, at: datetime) -> FieldOwner:
    """Say how old a field of a system may be as evidence. Locks the field's row.

    Refuses less than a second and more than 30 days. Evidence already gathered keeps its expiry.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
    if not 1 <= seconds <= LONGEST_S:
        raise Refusal(
            Kind.UNPROCESSABLE,
            "max_age_range",
            "A value may be between one second and 30 days old.",
            next="Choose an age in that range.",
            params={"seconds": seconds},
        )
    owner = FieldOwner.objects.select_for_update().filter(pk=owner_id).first()
    if owner is None:
        raise absent("field")
    owner.max_age_s = seconds
    owner.save(update_fields=["max_age_s"])
    record(
        action="connector.changed",
        actor=by,
        at=at,
        about={"system": owner.system_id},
        data={"fields": ["max_age_s"], "key": f"{owner.type}.{owner.field}", "count": seconds},
    )
    return owner
