"""The one way a value gets into the catalogue: what was there is compared, history grows only on change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import transaction

from orchestr.catalogue.models import FieldValue, ValueHistory
from orchestr.policy.values import Address, FieldKind, Json

Cause = Literal["observed", "applied", "reverted", "imported"]
type Place = tuple[UUID, UUID, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What a system said of one field address at one time. `value` None: it has no such value."""

    resource_id: UUID
    system_id: UUID
    field: str
    address: Address
    kind: FieldKind
    value: Json
    observed_at: datetime
    token: str = ""

    @property
    def place(self) -> Place:
        return (self.resource_id, self.system_id, self.field, self.address.key())


def take_in(
    observations: Iterable[Observation],
    *,
    cause: Cause = "observed",
    proposal_id: UUID | None = None,
) -> list[Observation]:
    """Store what was observed; returns what differs from what was known. Locks the values, in id order.

    An observation older than what is stored is dropped: a slow answer never overwrites a newer one.
    A first sight is `imported` whatever the cause, unless we wrote it ourselves.
    """
    latest = {each.place: each for each in sorted(observations, key=lambda each: each.observed_at)}
    if not latest:
        return []
    with transaction.atomic():
        known = _locked(latest.values())
        fresh, changed, same, gone = _sorted_out(latest, known)
        history = [
            _history(each, cause if cause in ("applied", "reverted") else "imported", proposal_id) for each in fresh
        ]
        history += [_history(each, cause, proposal_id) for each in (*changed, *gone)]
        FieldValue.objects.bulk_create(
            [_row(each) for each in fresh],
            update_conflicts=True,
            unique_fields=["resource", "system", "field", "address_key"],
            update_fields=["kind", "value", "token", "observed_at", "address"],
        )
        _update(changed, known)
        _touch(same, known)
        FieldValue.objects.filter(pk__in=[known[each.place].pk for each in gone]).delete()
        ValueHistory.objects.bulk_create(history)
    return [*fresh, *changed, *gone]


def _locked(observations: Iterable[Observation]) -> dict[Place, FieldValue]:
    listed = list(observations)
    rows = FieldValue.objects.filter(
        resource_id__in={each.resource_id for each in listed},
        system_id__in={each.system_id for each in listed},
        field__in={each.field for each in listed},
    )
    return {
        (row.resource_id, row.system_id, row.field, row.address_key): row
        for row in rows.order_by("id").select_for_update()
    }


def _sorted_out(
    latest: dict[Place, Observation], known: dict[Place, FieldValue]
) -> tuple[list[Observation], list[Observation], list[Observation], list[Observation]]:
    """New, changed, unchanged and vanished; what is older than what we know is in none of them."""
    fresh: list[Observation] = []
    changed: list[Observation] = []
    same: list[Observation] = []
    gone: list[Observation] = []
    # Sorted, so that two at once insert in one order.
    for place, each in sorted(latest.items(), key=lambda item: tuple(map(str, item[0]))):
        row = known.get(place)
        if row is None:
            if each.value is not None:
                fresh.append(each)
        elif row.observed_at <= each.observed_at:
            if each.value is None:
                gone.append(each)
            elif (row.value, row.kind) == (each.value, each.kind):
                same.append(each)
            else:
                changed.append(each)
    return fresh, changed, same, gone


def _update(changed: Sequence[Observation], known: dict[Place, FieldValue]) -> None:
    rows = []
    for each in changed:
        row = known[each.place]
        row.kind, row.value, row.token, row.observed_at = each.kind, each.value, each.token, each.observed_at
        rows.append(row)
    FieldValue.objects.bulk_update(rows, ["kind", "value", "token", "observed_at"], batch_size=500)


def _touch(same: Sequence[Observation], known: dict[Place, FieldValue]) -> None:
    """Unchanged values are as fresh as the look at them; a new compare token goes with it."""
    by_time: dict[datetime, list[UUID]] = {}
    retokened = []
    for each in same:
        row = known[each.place]
        if row.token != each.token:
            retokened.append(each)
        else:
            by_time.setdefault(each.observed_at, []).append(row.pk)
    for observed_at, ids in by_time.items():
        FieldValue.objects.filter(pk__in=ids).update(observed_at=observed_at)
    _update(retokened, known)


def _row(each: Observation) -> FieldValue:
    return FieldValue(
        resource_id=each.resource_id,
        system_id=each.system_id,
        field=each.field,
        address=each.address.wire(),
        address_key=each.address.key(),
        kind=each.kind,
        value=each.value,
        token=each.token,
        observed_at=each.observed_at,
    )


def _history(each: Observation, cause: Cause, proposal_id: UUID | None) -> ValueHistory:
    return ValueHistory(
        resource_id=each.resource_id,
        system_id=each.system_id,
        field=each.field,
        address=each.address.wire(),
        address_key=each.address.key(),
        value=each.value,
        since=each.observed_at,
        cause=cause,
        proposal_id=proposal_id,
    )
