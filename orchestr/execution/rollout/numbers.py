"""What a first share and the rest have sold since it went out, and in the same time before it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestr.catalogue import rates
from orchestr.catalogue.models import System
from orchestr.catalogue.systems import config_of, declarations, reading
from orchestr.connectors.base import Declaration, SalesBucket
from orchestr.execution.drift.models import Drift
from orchestr.execution.models import ExecutionItem
from orchestr.execution.rollout.guard import Numbers, Sold
from orchestr.execution.rollout.models import Rollout

type Place = tuple[str, str | None]  # a variant's key, and its channel; None is every channel

FAILED = ("not_applied", "conflict")


@dataclass(frozen=True, slots=True)
class Share:
    """Where each side sells. What could not be written sells as before, and is on neither side."""

    first: frozenset[Place]
    rest: frozenset[Place]
    items: int
    failed: int
    drifted: int


@dataclass(slots=True)
class _Sums:
    """Units, and net revenue by currency and exponent, of one side before or since."""

    units: int = 0
    revenue: dict[tuple[str, int], int] | None = None


def share_of(rollout: Rollout) -> Share:
    """The two sides of a rollout (two queries)."""
    rows = ExecutionItem.objects.filter(execution_id=rollout.execution_id).values_list(
        "later", "state", "resource__type", "resource__key", "address"
    )
    sides: dict[bool, set[Place]] = {False: set(), True: set()}
    items = failed = 0
    for later, state, type, key, address in rows:
        items += not later
        failed += not later and state in FAILED
        if type == "variant" and (later or state == "applied"):
            sides[later].add((key, address.get("channel")))
    drifted = Drift.objects.filter(item__execution_id=rollout.execution_id, gone_at=None).count()
    return Share(frozenset(sides[False]), frozenset(sides[True]), items, failed, drifted)


def numbers_of(share: Share, *, began_at: datetime, held_at: datetime, at: datetime) -> Numbers:
    """Ask every system that tells sales, twice. Raises ConnectorError or LookupError where one does not answer.

    Calls systems outside any transaction. "Since" is from when the share had settled until now; "before" is as long,
    up to its first write.
    """
    length = at - held_at
    before, since = _Asked(share), _Asked(share)
    told = False
    for system, declared in declarations():
        if "sales" not in declared.capabilities or not share.first:
            continue
        told = True
        for page in _sales(system, declared, began_at - length, began_at, at):
            before.take(page)
        for page in _sales(system, declared, held_at, at, at):
            since.take(page)
    currency, exponent = _main(before.first, since.first)
    return Numbers(
        items=share.items, failed=share.failed, drifted=share.drifted, told=told, currency=currency, exponent=exponent,
        first=_sold(before.first, since.first, (currency, exponent)),
        rest=_sold(before.rest, since.rest, (currency, exponent)),
    )  # fmt: skip


class _Asked:
    """Sums of one span of time."""

    def __init__(self, share: Share) -> None:
        self.share = share
        self.first, self.rest = _Sums(revenue=defaultdict(int)), _Sums(revenue=defaultdict(int))

    def take(self, buckets: Iterable[SalesBucket]) -> None:
        for bucket in buckets:
            side = self._side(bucket)
            if side is not None:
                money = bucket.net_revenue
                side.units += bucket.units
                assert side.revenue is not None
                side.revenue[money.currency, money.exponent] += money.amount

    def _side(self, bucket: SalesBucket) -> _Sums | None:
        places = {(bucket.id, bucket.channel), (bucket.id, None)}
        if places & self.share.first:
            return self.first
        return self.rest if places & self.share.rest else None


def _sales(
    system: System, declared: Declaration, since: datetime, until: datetime, at: datetime
) -> Iterator[Sequence[SalesBucket]]:
    rate = rates.rate_of(system, declared.rate)
    if rate is not None:
        rates.charge(system_id=system.pk, rate=rate, calls=1, at=at)
    if until - since < timedelta(seconds=1):
        return
    with reading(config_of(system)) as session:
        yield from session.sales(since=since, until=until)


def _main(*sums: _Sums) -> tuple[str, int]:
    """The currency that brought the first share most."""
    total: dict[tuple[str, int], int] = defaultdict(int)
    for each in sums:
        for place, amount in (each.revenue or {}).items():
            total[place] += amount
    return max(total, key=lambda place: (total[place], place), default=("", 2))


def _sold(before: _Sums, since: _Sums, currency: tuple[str, int]) -> Sold:
    return Sold(
        before.units, since.units, (before.revenue or {}).get(currency, 0), (since.revenue or {}).get(currency, 0)
    )
