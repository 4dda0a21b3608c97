"""Sites, segments and the systems behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from audit.record import record
from demo.catalogue.segments import SEGMENTS
from demo.catalogue.sites import LOCATIONS, SITES, TAX_BP
from demo.seed import SEEDER
from orchestr.catalogue.models import Segment, Site, System
from orchestr.catalogue.truth import adopt
from orchestr.policy.values import Json

SHOP, ERP = "demo-shop", "demo-erp"
APPAREL, OUTDOOR = "apparel", "outdoor-gear"
CHANNELS = tuple(site.key for site in SITES)
# The demo's shoppers buy all the time, and a foreign edit should be seen while one watches.
REFRESH_S = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """A system as it is to stand in the database."""

    key: str
    kind: str
    name: str
    url: str
    settings: Mapping[str, Json] = field(default_factory=dict)
    sandbox: bool = False


def systems(*, shop_url: str, erp_url: str) -> tuple[Configured, ...]:
    shared: dict[str, Json] = {"refresh_s": REFRESH_S, "locations": sorted(LOCATIONS)}
    return (
        Configured(key=SHOP, kind="demo_shop", name="Fjord & Field shop", url=shop_url, settings=shared),
        Configured(key=ERP, kind="demo_erp", name="Fjord & Field ERP", url=erp_url, settings=shared),
    )


def set_up(wanted: Sequence[Configured], *, at: datetime) -> None:
    """The three sites, the segment tree, and these systems with who is right about what."""
    for site in SITES:
        Site.objects.get_or_create(
            key=site.key,
            defaults={
                "name": site.name,
                "country": site.country,
                "currency": site.currency,
                "exponent": site.exponent,
                "tax_bp": TAX_BP[site.country],
                "zone": site.zone,
                "locales": list(site.locales),
                "opens_at": time.fromisoformat(site.opens_at),
                "closes_at": time.fromisoformat(site.closes_at),
                "workdays": list(site.workdays),
                "holidays": [date.fromisoformat(day) for day in site.holidays],
            },
        )
    for segment in SEGMENTS:
        place(segment.key, segment.name, parent=segment.parent, at=at)
    for each in wanted:
        configure(each, at=at)


def place(key: str, name: str, *, parent: str | None, at: datetime) -> Segment:
    """A segment, made where missing."""
    above = None if parent is None else Segment.objects.get(key=parent)
    segment, made = Segment.objects.get_or_create(key=key, defaults={"name": name, "parent": above})
    if made:
        record(
            action="segment.changed",
            actor=SEEDER,
            at=at,
            about={"segment": segment.pk},
            data={"fields": ["created"]},
            segments=[key],
        )
    return segment


def configure(wanted: Configured, *, at: datetime) -> System:
    """A system, made where missing; one that has moved gets its new address."""
    system, made = System.objects.get_or_create(
        key=wanted.key,
        defaults={
            "kind": wanted.kind,
            "name": wanted.name,
            "url": wanted.url,
            "settings": dict(wanted.settings),
            "sandbox": wanted.sandbox,
        },
    )
    if made:
        _record("connector.added", system, at, kind=system.kind)
    elif system.url != wanted.url:
        system.url = wanted.url
        system.refreshing_until = None
        system.save(update_fields=["url", "refreshing_until"])
        _record("connector.changed", system, at, fields=["url"])
    adopt(system)
    return system


def _record(action: str, system: System, at: datetime, **data: Json) -> None:
    record(action=action, actor=SEEDER, at=at, about={"system": system.pk}, data={"key": system.key, **data})
