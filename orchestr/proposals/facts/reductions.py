"""Announced reductions of a plan: which goods they are about, when they start, and what those sold for before."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from orchestr.catalogue.creations import skus_of
from orchestr.catalogue.tree import tree
from orchestr.policy.facts.price import Good, PriceFacts
from orchestr.policy.facts.price_history import DAY, PRIOR, Step, in_force, lowest, reduced, rose
from orchestr.policy.facts.proposal import read_value
from orchestr.policy.promotions.reading import read_promotion
from orchestr.policy.values import Address, Json, Money
from orchestr.proposals.facts.price_rows import Told, address_at
from orchestr.proposals.facts.promotions_past import PastPromotions
from orchestr.proposals.submitting.touches import Spot, address_of, spot_of

MOST_GOODS = 2_000  # of one proposal; what is beyond is looked at by people
LONGEST_ROW = 365 * DAY  # how far back a row of reductions may claim to have begun


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one change announces. No SKUs: it takes something off everything, or off what nobody names one by one."""

    address: Address
    skus: tuple[str, ...]
    starts_at: int
    progressive_since: int | None
    promotion: tuple[str, str] | None  # key and system of the promotion that changes

    @property
    def looks_back_to(self) -> int:
        return min(self.starts_at, self.progressive_since or self.starts_at) - PRIOR


def asked_of(change: Mapping[str, Json], live: Mapping[Spot, Json], at: int) -> Asked | None:
    """None where nothing is announced. Reads no row: `live` are the values there are now."""
    if change["type"] == "promotion":
        return _asked_by_promotion(change, live, at)
    if change["field"] != "was_price" or change["after"] is None:
        return None
    return Asked(
        address=address_of(change["address"]),
        skus=(change["sku"] or change["id"],),
        starts_at=at,
        progressive_since=None,
        promotion=None,
    )


def _asked_by_promotion(change: Mapping[str, Json], live: Mapping[Spot, Json], at: int) -> Asked | None:
    after = change["after"]
    definition = after if change["field"] == "definition" else live.get(spot_of({**change, "field": "definition"}))
    if not isinstance(definition, Mapping) or (change["field"] == "enabled" and after in (0, None)):
        return None
    if change["field"] not in ("definition", "enabled"):
        definition = {**definition, change["field"]: after}
    promotion = read_promotion(definition)
    if promotion.off or not promotion.readable or (promotion.discount_bp is None and promotion.announced is None):
        return None
    running = change["field"] == "definition" and _says_the_same(change["before"], definition)
    start = promotion.starts_at if promotion.starts_at is not None else at
    since = promotion.announced.progressive_since if promotion.announced else None
    return Asked(
        address=address_of(change["address"]),
        skus=tuple(skus_of(definition)),
        starts_at=start if running else max(start, at),
        progressive_since=None if since is None else max(since, at - LONGEST_ROW),
        promotion=(change["id"], change["system"]),
    )


def _says_the_same(before: Json, after: Mapping[str, Json]) -> bool:
    """Whether a reduction that runs goes on as it was told: only its name, its end or its conditions move."""
    parts = ("discount_bp", "percent_bp", "announced", "skus", "starts_at")
    return isinstance(before, Mapping) and all(before.get(part) == after.get(part) for part in parts)


class Goods:
    """What the goods of announced reductions sold for, by SKU, with the promotions that ran."""

    def __init__(self, prices: Mapping[str, Sequence[Told]], past: PastPromotions, at: int) -> None:
        self._prices = prices
        self._past = past
        self._at = at

    @classmethod
    def of(cls, rows: Iterable[Told], at: datetime) -> Self:
        prices: dict[str, list[Told]] = defaultdict(list)
        promotions = []
        for row in rows:
            if row.type == "promotion":
                promotions.append(row)
            elif row.type == "variant" and row.field == "price":
                prices[row.key].append(row)
        return cls(prices, PastPromotions.of(promotions), int(at.timestamp()))

    def facts(self, asked: Asked, *, unchecked: bool) -> PriceFacts:
        goods = [good for sku in asked.skus for good in self._of_sku(sku, asked)]
        return PriceFacts(starts_at=asked.starts_at, goods=tuple(goods), unchecked=unchecked or not asked.skus)

    def _of_sku(self, sku: str, asked: Asked) -> list[Good]:
        """One good for each country that a price of this channel is kept for."""
        by_country: dict[str, dict[tuple[str, str], list[Told]]] = defaultdict(lambda: defaultdict(list))
        for row in self._prices.get(sku, ()):
            address = address_at(row.address_key)
            if _is_for_everybody(address) and _is_there(address, asked.address):
                by_country[address.country or ""][row.system, row.address_key].append(row)
        if not by_country:
            return [Good(sku=sku)]
        return [self._good(sku, country, list(series.values()), asked) for country, series in by_country.items()]

    def _good(self, sku: str, country: str, series: Sequence[Sequence[Told]], asked: Asked) -> Good:
        segments = _segments(series[0][0])
        known_since = min(rows[0].since for rows in series)
        unit = _unit(row.value for rows in series for row in rows)
        if unit is None:
            return Good(sku=sku, country=country, segments=segments, known_since=known_since)
        ran = self._past.on(sku, channel=asked.address.channel, without=asked.promotion, at=self._at)
        plain = [
            [Step(row.since, None if row.value is None else row.value["amount"]) for row in rows] for rows in series
        ]
        met = [reduced(steps, ran) for steps in plain]
        now = [amount for steps in plain if (amount := in_force(steps, self._at)) is not None]
        return Good(
            sku=sku,
            country=country,
            segments=segments,
            known_since=known_since,
            price=_money(max(now, default=None), unit),
            low=_money(_low_before(met, asked.starts_at), unit),
            first_low=_money(_low_before_first(met, asked), unit),
        )


def _low_before(met: Iterable[Sequence[Step]], start: int) -> int | None:
    found = [low for steps in met if (low := lowest(steps, start - PRIOR, start)) is not None]
    return min(found, default=None)


def _low_before_first(met: Sequence[Sequence[Step]], asked: Asked) -> int | None:
    """None unless every series went down when the row is said to have begun, and only further down since."""
    since = asked.progressive_since
    if since is None or since >= asked.starts_at:
        return None
    for steps in met:
        before, after = in_force(steps, since - 1), in_force(steps, since)
        if before is None or after is None or after >= before or rose(steps, since, asked.starts_at):
            return None
    return _low_before(met, since)


def _is_for_everybody(address: Address) -> bool:
    """Prices of a customer group, of a quantity or of a time are not what is struck through for all."""
    return (
        address.customer_group is None
        and address.min_quantity in (None, 1)
        and address.valid_from is None
        and address.valid_until is None
    )


def _is_there(address: Address, asked: Address) -> bool:
    pairs = ((address.channel, asked.channel), (address.country, asked.country), (address.currency, asked.currency))
    return all(there is None or wanted is None or there == wanted for there, wanted in pairs)


def _segments(row: Told) -> tuple[str, ...]:
    """The keys of the segments it lies in and of all above them."""
    known = tree()
    above = {each for id in row.segment_ids for each in known.lineage(id)}
    return tuple(sorted(known.keys[id] for id in above if id in known.keys))


def _unit(values: Iterable[Json]) -> Money | None:
    """Any of the amounts, where all of them may be compared."""
    first: Money | None = None
    for raw in values:
        if raw is None:
            continue
        value = read_value("money", raw)
        if not isinstance(value, Money) or (first is not None and not first.comparable(value)):
            return None
        first = first or value
    return first


def _money(amount: int | None, unit: Money) -> Money | None:
    return None if amount is None else Money(amount, unit.currency, unit.exponent, unit.tax)
