"""One resource: what every system says of it, its price and stock over time, sales, and the work on it."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models.functions import TruncDate
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from orchestr.catalogue.classes import COST
from orchestr.catalogue.models import Resource, Segment, ValueHistory
from orchestr.catalogue.view import Reader
from orchestr.catalogue.view import render as in_wire
from orchestr.generation import pinned
from orchestr.http import SignedIn, gate
from orchestr.people.eligibility import holds_on, segments_with
from orchestr.people.models import Account
from orchestr.policy.values import Address, Json
from orchestr.proposals.models import Proposal
from orchestr.proposals.queries import ProposalQuerySet
from orchestr.proposals.submitting.touches import ever_on, open_on, resource_hash
from orchestr.refusal import absent
from reviews.catalogue.chart import Chart, Seen, chart_of
from reviews.catalogue.commitments import commitments_on
from reviews.catalogue.listing import TYPES, value_words
from reviews.catalogue.picture import picture_url
from reviews.proposing.ways import propose_url
from reviews.words.proposal import field_label
from reviews.words.titles import intents_of, proposer_of

OPEN, EARLIER = 20, 30
PRICES = ("price", "list_price", "sale_price")
STOCK = "on_hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What one system says of one field address; `differs` from what the source of truth says there, `odds`: others say
    something else and none is the source of truth; `down`: it does not answer now."""

    label: str
    address: Json
    value: str
    system: str
    true: bool
    differs: bool
    odds: bool
    down: bool
    observed_at: datetime
    expires_at: datetime
    writable: bool


@dataclass(frozen=True, slots=True)
class Work:
    """A proposal that touches this resource."""

    url: str
    intent: str
    who: str
    state: str
    at: datetime


@require_GET
@gate()
def resource(request: SignedIn, key: str) -> HttpResponse:
    """One resource, by default the variant of this SKU. Absent and out of sight are the same 404."""
    with pinned():
        return render(request, "catalogue/resource.html", _context(request, key))


def _context(request: SignedIn, key: str) -> dict[str, Any]:
    kind = request.GET.get("type", "variant")
    row = _seen_by(request.user, kind, key)
    now = timezone.now()
    segment_ids = list(row.segments.values_list("pk", flat=True))
    sees_cost = holds_on(request.user, "cost_segment", segment_ids)
    reader = Reader(segments_with(request.user, "view_segment"), frozenset({COST} if sees_cost else ()))
    item = in_wire(reader, [row], at=now)[0]
    stock = _stock(reader, row, item, now)
    hashes = [resource_hash(row.type, row.key)]
    if kind == "variant":
        hashes.append(resource_hash("stock", row.key))
    open_work = _work(open_on(hashes).visible_to(request.user).order_by("rank", "id")[:OPEN])
    settled = ever_on(hashes).visible_to(request.user).filter(settled_at__isnull=False)
    return {
        "now": now,
        "resource": row,
        "type_words": str(TYPES.get(row.type, row.type)),
        "picture": picture_url(row),
        "segments": Segment.objects.filter(pk__in=segment_ids).order_by("key"),
        "sees_cost": sees_cost,
        "values": _values(item["fields"]),
        "charts": _charts(row, item["fields"], now),
        "stock_charts": _stock_charts(row, stock, now) if stock else [],
        "sales": item["sales"],
        "stock": stock,
        "cover_days": _cover(stock, item["sales"]),
        "open_work": open_work,
        "history": _work(settled.order_by("-settled_at", "-id")[:EARLIER]),
        "visible": _visible_changes(request.user, row),
        "commitments": commitments_on(row, request.user, segment_ids, at=now),
        "propose_url": propose_url(request.user),
        "trail_url": reverse("audit:explorer", query={"id": row.key}),
    }


def _seen_by(account: Account, kind: str, key: str) -> Resource:
    reader = Reader(segments_with(account, "view_segment"))
    found = None
    if "\0" not in kind + key and kind in TYPES:
        found = reader.resources().filter(type=kind, key=key).first()
    if found is None:
        raise absent("resource")
    return found


def _values(fields: Iterable[dict[str, Json]]) -> list[Value]:
    told = list(fields)
    true = {_place(field): field["value"] for field in told if field["source_of_truth"]}
    odds = {_place(field) for field in told for other in told if _at_odds(field, other)} - true.keys()
    listed = []
    for field in told:
        observed = datetime.fromisoformat(field["observed_at"])
        listed.append(
            Value(
                label=field_label(field["field"]),
                address=field["address"],
                value=value_words(field),
                system=field["system"],
                true=field["source_of_truth"],
                differs=true.get(_place(field), field["value"]) != field["value"],
                odds=_place(field) in odds,
                down=field["degraded"],
                observed_at=observed,
                expires_at=observed + timedelta(seconds=field["max_age_s"]),
                writable=field["writable"],
            )
        )
    return listed


def _at_odds(one: dict[str, Json], other: dict[str, Json]) -> bool:
    return _place(one) == _place(other) and bool(one["value"] != other["value"])


def _place(field: dict[str, Json]) -> tuple[str, str]:
    return field["field"], Address.parse(field["address"]).key()


def _charts(row: Resource, fields: Iterable[dict[str, Json]], at: datetime) -> list[tuple[str, Chart]]:
    """A chart for each price address, of the system that is right about it (one query)."""
    history = ValueHistory.objects.filter(resource=row, field__in=PRICES).order_by("since", "id")
    prices = [field for field in fields if field["field"] in PRICES and field["source_of_truth"]]
    return _drawn(history.values_list(*_TOLD), prices, at)


def _stock_charts(row: Resource, stock: Iterable[dict[str, Json]], at: datetime) -> list[tuple[str, Chart]]:
    """A chart of what was on hand at each location as each day ended (one query): selling changes it all day long."""
    history = ValueHistory.objects.filter(resource__type="stock", resource__key=row.key, field=STOCK)
    ended = history.annotate(day=TruncDate("since")).order_by("address_key", "system", "day", "-since", "-id")
    last = ended.distinct("address_key", "system", "day").values_list(*_TOLD, "day")
    return _drawn(sorted((told[:-1] for told in last), key=lambda told: told[3]), stock, at)


_TOLD = ("field", "address_key", "system__key", "since", "value", "cause", "proposal_id")


def _drawn(
    history: Iterable[tuple[Any, ...]], fields: Iterable[dict[str, Json]], at: datetime
) -> list[tuple[str, Chart]]:
    """A chart of each of these fields from its history, oldest first."""
    seen: dict[tuple[str, str, str], list[Seen]] = defaultdict(list)
    for name, key, system, *step in history:
        seen[name, key, system].append(Seen(*step))
    drawn = []
    for field in fields:
        place = (field["field"], Address.parse(field["address"]).key(), field["system"])
        drawn.append((field_label(field["field"]), chart_of(seen[place], address=field["address"], at=at)))
    return [(label, chart) for label, chart in drawn if chart is not None]


def _stock(reader: Reader, row: Resource, item: dict[str, Json], at: datetime) -> list[dict[str, Json]]:
    """On hand by location as the source of truth says; a variant's stock stands under the same key."""
    if row.type == "variant":
        held = reader.resources().filter(type="stock", key=row.key).first()
        item = in_wire(reader, [held], at=at)[0] if held is not None else {"fields": []}
    return [field for field in item["fields"] if field["field"] == STOCK and field["source_of_truth"]]


def _cover(stock: list[dict[str, Json]], sales: Json) -> int | None:
    """For how many days the stock lasts at the last week's pace; None where nothing is sold or counted."""
    if not stock or not sales or sales["units_7d"] <= 0:
        return None
    on_hand = sum(field["value"] for field in stock if isinstance(field["value"], int))
    return int(on_hand * 7 // sales["units_7d"])


def _work(rows: ProposalQuerySet) -> list[Work]:
    listed = list(rows.select_related("agent", "person"))
    intents = intents_of(listed)
    return [
        Work(
            reverse("reviews:proposal", args=[row.pk]),
            intents[row.pk],
            proposer_of(row),
            row.state,
            row.settled_at or row.submitted_at,
        )
        for row in listed
    ]


def _visible_changes(account: Account, row: Resource) -> Collection[UUID]:
    """The proposals among those that made its history which this account may open."""
    made = ValueHistory.objects.filter(resource=row, proposal_id__isnull=False).values("proposal_id")
    return set(Proposal.objects.visible_to(account).filter(pk__in=made).values_list("pk", flat=True))
