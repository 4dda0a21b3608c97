"""What systems say was sold in a span, asked once for all who want the same span."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from orchestr.catalogue import rates
from orchestr.catalogue.models import System
from orchestr.catalogue.systems import config_of, declarations, reading
from orchestr.connectors.base import ConnectorError, Declaration, SalesBucket
from orchestr.outcomes.measuring.goods import Goods
from orchestr.outcomes.measuring.span import Spans

MOST_KEPT = 16  # answers; one is as large as a shop's list of things that sell
type Coin = tuple[str, int]  # currency and exponent
type Clock = Callable[[], datetime]


@dataclass(slots=True)
class Sums:
    """Of one side in one span: pieces, net revenue by coin, and both by SKU and coin."""

    units: int = 0
    revenue: dict[Coin, int] = field(default_factory=lambda: defaultdict(int))
    by_sku: dict[tuple[str, Coin], tuple[int, int]] = field(default_factory=dict)

    def add(self, bucket: SalesBucket, *, in_detail: bool) -> None:
        money = bucket.net_revenue
        coin = (money.currency, money.exponent)
        self.units += bucket.units
        self.revenue[coin] += money.amount
        if in_detail:
            units, net = self.by_sku.get((bucket.id, coin), (0, 0))
            self.by_sku[bucket.id, coin] = (units + bucket.units, net + money.amount)


@dataclass(slots=True)
class Side:
    """Before and since, of what was touched or of the rest."""

    before: Sums = field(default_factory=Sums)
    since: Sums = field(default_factory=Sums)


@dataclass(slots=True)
class Sold:
    """`told`: whether any system tells sales of these; `missing` are those that did not answer, with when they were
    last read."""

    told: bool = False
    touched: Side = field(default_factory=Side)
    rest: Side = field(default_factory=Side)
    missing: dict[str, datetime | None] = field(default_factory=dict)


class Asking:
    """One pass of a worker over several looks. Calls systems outside any transaction."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[tuple[UUID, datetime, datetime], Sequence[SalesBucket]] = {}
        self._systems = [each for each in declarations() if "sales" in each[1].capabilities]

    def sold(self, goods: Goods, spans: Spans) -> Sold:
        """What every system that knows these things says; never raises for what a system may do."""
        found = Sold()
        if not goods.touched:
            return found
        knowing = goods.systems()
        for system, declared in self._systems:
            if system.pk not in knowing:
                continue
            found.told = True
            try:
                before = self._ask(system, declared, spans.before_since, spans.before_until)
                since = self._ask(system, declared, spans.since, spans.until)
            except (ConnectorError, LookupError):
                found.missing[system.key] = system.refreshed_at
                continue
            for bucket in before:
                _take(found, goods, bucket, "before")
            for bucket in since:
                _take(found, goods, bucket, "since")
        return found

    def _ask(self, system: System, declared: Declaration, since: datetime, until: datetime) -> Sequence[SalesBucket]:
        name = (system.pk, since, until)
        if name not in self._kept:
            rate = rates.rate_of(system, declared.rate)
            if rate is not None:
                rates.charge(system_id=system.pk, rate=rate, calls=1, at=self._clock())
            with reading(config_of(system)) as session:
                answer = [bucket for page in session.sales(since=since, until=until) for bucket in page]
            while len(self._kept) >= MOST_KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[name] = answer
        return self._kept[name]


def _take(found: Sold, goods: Goods, bucket: SalesBucket, when: str) -> None:
    if bucket.id in goods.touched:
        if _among(bucket.channel, goods.touched[bucket.id]):
            getattr(found.touched, when).add(bucket, in_detail=True)
    elif bucket.id in goods.rest and _among(bucket.channel, goods.channels):
        getattr(found.rest, when).add(bucket, in_detail=False)


def _among(channel: str, channels: Collection[str] | None) -> bool:
    return channels is None or channel in channels
