"""Sites, systems, segments, resources and what systems say of them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import shelf

from orchestr.catalogue.models import (
    FieldOwner,
    FieldValue,
    Resource,
    Sales,
    Segment,
    Site,
    System,
    SystemResource,
    ValueHistory,
)
from orchestr.connectors import registry
from orchestr.connectors.base import FieldSnapshot, ResourceSnapshot, SystemConfig
from orchestr.policy.values import Address
from tests.make.basics import money, now

DE = Address(channel="web-de", currency="EUR")
UK = Address(channel="web-uk", currency="GBP")
HAMBURG = Address(location="hamburg")
ENGLISH = Address(locale="en")


def site(key: str = "web-de", *, currency: str = "EUR", country: str = "DE", **fields: Any) -> Site:
    values = {
        "name": key,
        "country": country,
        "currency": currency,
        "tax_bp": 1900 if country == "DE" else 2000,
        "zone": "Europe/Berlin" if country == "DE" else "Europe/London",
        "locales": ["de", "en"] if country == "DE" else ["en"],
        "workdays": [1, 2, 3, 4, 5],
    }
    return Site.objects.create(
        key=key, currency=currency, **{k: v for k, v in (values | fields).items() if k != "currency"}
    )


def system(key: str = "shop", *, kind: str = "shelf", role: str = "shop", **fields: Any) -> System:
    """A configured system; of kind `shelf` unless a URL to something real is given."""
    values = {"name": key, "url": "http://127.0.0.1:9", "settings": {"role": role} if kind == "shelf" else {}}
    return System.objects.create(key=key, kind=kind, **(values | fields))


def config(system: System) -> SystemConfig:
    return SystemConfig(key=system.key, kind=system.kind, url=system.url, settings=system.settings)


def owners(system: System) -> list[FieldOwner]:
    """The field owners that the system's own declaration asks for."""
    return FieldOwner.objects.bulk_create(
        FieldOwner(
            type=field.type,
            field=field.field,
            system=system,
            source_of_truth=field.source_of_truth,
            writable=field.writable,
            max_age_s=field.max_age_s,
        )
        for field in registry.declare(config(system)).fields
    )


def segment(key: str, parent: Segment | None = None) -> Segment:
    return Segment.objects.create(key=key, name=key.rsplit("/")[-1].capitalize(), parent=parent)


def resource(
    type: str = "variant",
    key: str = "JKT-1",
    *,
    segments: Iterable[Segment] = (),
    systems: Iterable[System] = (),
    at: datetime | None = None,
    **fields: Any,
) -> Resource:
    made = Resource.objects.create(type=type, key=key, **({"title": f"{type} {key}", "sku": key} | fields))
    made.segments.set(segments)
    for held_by in systems:
        SystemResource.objects.create(resource=made, system=held_by, ref=f"{type[0]}-{key}", seen_at=at or now())
    return made


def value(
    resource: Resource,
    system: System,
    field: str,
    value: Any,
    address: Address | None = None,
    *,
    at: datetime | None = None,
    on_shelf: bool = True,
) -> FieldValue:
    """What a system says of one field address; the system's shelf says the same unless told otherwise."""
    where = address or Address()
    kind = {dict: "money", int: "integer", str: "text"}[type(value)]
    if kind == "money" and "amount" not in value:
        kind = "object"
    observed = at or now()
    place: dict[str, Any] = {"resource": resource, "system": system, "field": field, "address": where.wire()}
    ValueHistory.objects.create(**place, address_key=where.key(), value=value, since=observed, cause="imported")
    if on_shelf and system.kind == "shelf":
        _shelve(resource, system, FieldSnapshot(field=field, value=value, kind=kind, address=where))  # type: ignore[arg-type]
    return FieldValue.objects.create(**place, address_key=where.key(), kind=kind, value=value, observed_at=observed)


def _shelve(resource: Resource, system: System, snapshot: FieldSnapshot) -> None:
    held = shelf.SHELVES[system.key].resources.get((resource.type, resource.key))
    fields = (*held.fields, snapshot) if held else (snapshot,)
    segments = held.segments if held else tuple(resource.segments.values_list("key", flat=True))
    shelf.put(
        system.key,
        ResourceSnapshot(
            type=resource.type,
            id=resource.key,
            ref=f"{resource.type[0]}-{resource.key}",
            title=resource.title,
            sku=resource.sku,
            segments=segments,
            fields=fields,
        ),
    )


def sales(resource: Resource, system: System, *, units: int = 14, channel: str = "web-de", net: int = 230_000) -> Sales:
    return Sales.objects.create(
        resource=resource,
        system=system,
        channel=channel,
        units_7d=units,
        net_revenue_7d=money(net, tax="excluded"),
        observed_at=now(),
    )


def value_of(change: dict[str, Any]) -> FieldValue:
    """What the catalogue holds at the field address of a change in wire shape."""
    return FieldValue.objects.select_related("resource", "system").get(
        resource__type=change["type"],
        resource__key=change["id"],
        field=change["field"],
        address_key=Address.parse(change["address"]).key(),
        system__key=change.get("system") or "shop",
    )
