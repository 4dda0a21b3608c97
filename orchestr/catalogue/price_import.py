"""Taking over the prices of the time before anybody watched: into the append-only history, whole file or nothing."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from audit.record import Actor, record
from orchestr.catalogue.models import FieldValue, Resource, ValueHistory
from orchestr.catalogue.price_csv import PastPrice, read_prices, refused_line
from orchestr.catalogue.sites import sites
from orchestr.catalogue.truth import owners_of
from orchestr.policy.facts.proposal import read_value
from orchestr.policy.values import Address, Json, Money

_LOCK = 0x70726963  # one import at a time: two of one file write its rows once
_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Imported:
    """`rows` were new; `known` stood in the history already."""

    rows: int
    known: int


@dataclass(frozen=True, slots=True)
class _Spot:
    """A field address that holds a price now, in the system that is right about it."""

    resource_id: UUID
    system_id: UUID
    address: Address
    price: Money


def import_price_history(*, content: bytes, by: Actor, at: datetime) -> Imported:
    """Add the lines of a CSV (`price_csv.COLUMNS`, amounts in minor units) to the history, cause `imported`.

    A line is put at the field address that the catalogue prices now for its SKU, channel, country and currency, in
    the system that is right about it. What stands there already at that time is left; importing a file again adds
    nothing and records nothing. Current values do not move, and nothing is ever changed or taken away.

    Refuses the whole file, naming the line: whatever `read_prices` refuses, an SKU or a place that the catalogue
    does not price, another exponent or tax basis than its price has, another price known for the same time. Takes
    the lock of imports until the transaction ends; audited as `catalogue.price_history_imported`.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("import_price_history runs in the transaction of its door")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise refused_line(line, "not_utf_8", "is not UTF-8") from None
    lines = read_prices(text, at=at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    spots = _spots({line.sku for line in lines})
    placed = [(line, _spot_of(line, spots)) for line in lines]
    fresh = _unknown(placed)
    ValueHistory.objects.bulk_create((_row(line, spot) for line, spot in fresh), batch_size=_BATCH)
    if fresh:
        record(
            action="catalogue.price_history_imported",
            actor=by,
            at=at,
            about={},
            data={"rows": len(fresh), "known": len(lines) - len(fresh), "sha256": hashlib.sha256(content).hexdigest()},
        )
    return Imported(len(fresh), len(lines) - len(fresh))


def _spots(skus: Iterable[str]) -> Mapping[str, Sequence[_Spot]]:
    """What each known SKU is priced at; none for one that is known and has no price."""
    wanted = sorted(skus)
    found: dict[str, list[_Spot]] = {
        key: [] for key in Resource.objects.filter(type="variant", key__in=wanted).values_list("key", flat=True)
    }
    ranks = {
        owner.system_id: rank
        for rank, owner in enumerate(owners_of({("variant", "price")}).get(("variant", "price"), ()))
    }
    best: dict[tuple[UUID, str], tuple[int, str, _Spot]] = {}
    values = FieldValue.objects.filter(resource__type="variant", resource__key__in=wanted, field="price", kind="money")
    for key, resource_id, system_id, address, address_key, raw in values.values_list(
        "resource__key", "resource_id", "system_id", "address", "address_key", "value"
    ):
        price = read_value("money", raw)
        if not isinstance(price, Money):
            continue
        spot = _Spot(resource_id, system_id, Address.parse(address), price)
        rank = ranks.get(system_id, len(ranks))
        standing = best.get((resource_id, address_key))
        if standing is None or (rank, str(system_id)) < (standing[0], str(standing[2].system_id)):
            best[resource_id, address_key] = (rank, key, spot)
    for _, key, spot in best.values():
        found[key].append(spot)
    return found


def _spot_of(line: PastPrice, spots: Mapping[str, Sequence[_Spot]]) -> _Spot:
    if line.sku not in spots:
        raise refused_line(line.line, "unknown_sku", "names an SKU that the catalogue does not know")
    there = [spot for spot in spots[line.sku] if _is_there(line, spot)]
    exact = [spot for spot in there if spot.address.country is not None] or there
    if len(exact) != 1:
        raise refused_line(
            line.line,
            "unknown_place",
            "names a channel, country and currency that the catalogue has no price for"
            if not exact
            else "names a channel, country and currency that the catalogue has several prices for",
        )
    (spot,) = exact
    if not spot.price.comparable(line.price):
        raise refused_line(line.line, "money_mismatch", "has another exponent or tax basis than the price there is now")
    return spot


def _is_there(line: PastPrice, spot: _Spot) -> bool:
    address = spot.address
    site = sites().get(line.channel)
    country = address.country or (site.country if site is not None else None)
    return (
        (address.channel, country, spot.price.currency) == (line.channel, line.country, line.price.currency)
        and address.customer_group is None
        and address.min_quantity in (None, 1)
        and address.valid_from is None
        and address.valid_until is None
    )


def _unknown(placed: Sequence[tuple[PastPrice, _Spot]]) -> list[tuple[PastPrice, _Spot]]:
    """Those that the history does not hold. Raises Refusal where it holds another price of that very time."""
    rows = ValueHistory.objects.filter(resource_id__in={spot.resource_id for _, spot in placed}, field="price")
    held: dict[tuple[UUID, UUID, str, datetime], list[Json]] = defaultdict(list)
    for resource_id, system_id, address_key, since, value in rows.values_list(
        "resource_id", "system_id", "address_key", "since", "value"
    ):
        held[resource_id, system_id, address_key, since].append(value)
    fresh = []
    for line, spot in placed:
        there = held.get((spot.resource_id, spot.system_id, spot.address.key(), line.since))
        if there is None:
            fresh.append((line, spot))
        elif line.price.wire() not in there:
            raise refused_line(line.line, "price_known", "has another price than the history holds for this time")
    return fresh


def _row(line: PastPrice, spot: _Spot) -> ValueHistory:
    return ValueHistory(
        resource_id=spot.resource_id,
        system_id=spot.system_id,
        field="price",
        address=spot.address.wire(),
        address_key=spot.address.key(),
        value=line.price.wire(),
        since=line.since,
        cause="imported",
    )
