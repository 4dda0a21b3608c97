"""What the catalogue holds beside a plan: the things themselves, their last known values, their lowest prices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from orchestr.catalogue.models import FieldValue, Resource, ValueHistory
from orchestr.policy.values import Address, Json

DAYS_30 = timedelta(days=30)

type Spot = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """What the catalogue holds beside a plan."""

    resources: Mapping[tuple[str, str], Resource]
    values: Mapping[Spot, FieldValue]
    lows: Mapping[Spot, Json]


def known_of(plan: Sequence[Mapping[str, Json]], *, at: datetime) -> Known:
    """Resources, last known values and lowest prices of 30 days for everything in a plan."""
    keys, types = {change["id"] for change in plan}, {change["type"] for change in plan}
    found = Resource.objects.filter(type__in=types, key__in=keys)
    resources = {(row.type, row.key): row for row in found}
    ids = {row.pk: row for row in resources.values()}
    fields = {change["field"] for change in plan}
    rows = FieldValue.objects.filter(resource_id__in=ids, field__in=fields).select_related("system")
    values = {
        (ids[row.resource_id].type, ids[row.resource_id].key, row.system.key, row.field, row.address_key): row
        for row in rows
    }
    return Known(resources, values, _lows(ids, fields, at))


def _lows(ids: Mapping[UUID, Resource], fields: set[str], at: datetime) -> dict[Spot, Json]:
    """The lowest amount each price had within 30 days, the one in force at their start included."""
    rows = ValueHistory.objects.filter(resource_id__in=ids, field__in=fields, since__lte=at).select_related("system")
    found: dict[Spot, Json] = {}
    before: dict[Spot, Json] = {}
    for row in rows.order_by("since", "id"):
        resource = ids[row.resource_id]
        spot = (resource.type, resource.key, row.system.key, row.field, row.address_key)
        if not isinstance(row.value, dict) or not isinstance(row.value.get("amount"), int):
            continue
        if row.since < at - DAYS_30:
            before[spot] = row.value
        elif spot not in found or row.value["amount"] < found[spot]["amount"]:
            found[spot] = row.value
    for spot, value in before.items():
        if spot not in found or value["amount"] < found[spot]["amount"]:
            found[spot] = value
    return found


def spot_of(change: Mapping[str, Json]) -> Spot:
    address = Address.parse(change["address"]).key()
    return change["type"], change["id"], change["system"], change["field"], address
