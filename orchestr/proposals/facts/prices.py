"""What is known of the prices of a plan: where they stood, on other channels, and of announced reductions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Self

from orchestr.policy.facts.price import PriceFacts
from orchestr.policy.facts.price_history import DAY, PRIOR, Step, at_or_first, highest, lowest, usual
from orchestr.policy.facts.proposal import read_value
from orchestr.policy.fieldclass import class_of
from orchestr.policy.values import Address, Json, Money
from orchestr.proposals.facts.price_rows import Told, address_at, told
from orchestr.proposals.facts.reductions import MOST_GOODS, Asked, Goods, asked_of
from orchestr.proposals.submitting.touches import Spot, address_of, spot_of

WEEK = 7 * DAY

type _Name = tuple[str, str, str]  # type, id, field


@dataclass(frozen=True, slots=True)
class Prices:
    """`series` are the steps of the prices that change, by spot; `beside` what else stands at the same field."""

    at: int
    series: Mapping[Spot, Sequence[Told]]
    beside: Mapping[_Name, Sequence[tuple[Spot, Json]]]
    asked: Mapping[int, tuple[Asked, bool]]
    goods: Goods

    @classmethod
    def load(cls, plan: Sequence[Mapping[str, Json]], live: Mapping[Spot, Json], at: datetime) -> Self:
        """One statement where the plan holds prices or announced reductions, none where it does not."""
        now = int(at.timestamp())
        changing = [change for change in plan if _is_price(change)]
        asked = _asked(plan, live, now)
        back = min([now - PRIOR, *(each.looks_back_to for each, _ in asked.values())])
        rows = []
        if changing or asked:
            rows = told(
                names={(change["type"], change["id"]) for change in changing},
                fields={change["field"] for change in changing},
                goods={sku for each, _ in asked.values() for sku in each.skus},
                promotions=bool(asked),
                since=datetime.fromtimestamp(back, UTC),
            )
        series: dict[Spot, list[Told]] = defaultdict(list)
        for row in rows:
            series[row.type, row.key, row.system, row.field, row.address_key].append(row)
        return cls(now, series, _beside(changing, live), asked, Goods.of(rows, at))

    def of(self, change: Mapping[str, Json]) -> PriceFacts | None:
        """The facts of one change; None where nothing is known beside it."""
        announced = self.asked.get(change["index"])
        if announced is None:
            return self._window(change) if _is_price(change) else None
        facts = self.goods.facts(announced[0], unchecked=announced[1])
        window = self._window(change) if _is_price(change) else None
        if window is None:
            return facts
        return replace(window, starts_at=facts.starts_at, goods=facts.goods, unchecked=facts.unchecked)

    def _window(self, change: Mapping[str, Json]) -> PriceFacts | None:
        before, after = (read_value("money", change[part]) for part in ("before", "after"))
        unit = before if isinstance(before, Money) else after
        if not isinstance(unit, Money):
            return None
        spot = spot_of(change)
        elsewhere = _elsewhere(spot, address_of(change["address"]), unit, self.beside.get(_name(change), ()))
        rows = _recent(self.series.get(spot, ()), self.at - PRIOR)
        if not rows:
            return PriceFacts(elsewhere=elsewhere) if elsewhere else None
        steps = _steps(rows, unit)
        if steps is None:
            return PriceFacts(known_since=rows[0].since, mixed=True, elsewhere=elsewhere)
        now = before.amount if isinstance(before, Money) else None

        def differing(amount: int | None) -> Money | None:
            return None if amount in (None, now) else Money(amount or 0, unit.currency, unit.exponent, unit.tax)

        return PriceFacts(
            week=differing(at_or_first(steps, self.at - WEEK)),
            month=differing(at_or_first(steps, self.at - PRIOR)),
            anchor=differing(usual(steps, self.at - PRIOR, self.at)),
            low=differing(lowest(steps, self.at - PRIOR, self.at)),
            high=differing(highest(steps, self.at - PRIOR, self.at)),
            known_since=rows[0].since,
            elsewhere=elsewhere,
        )


def _is_price(change: Mapping[str, Json]) -> bool:
    return class_of(type=change["type"], field=change["field"], kind=change["kind"]) == "price"


def _name(change: Mapping[str, Json]) -> _Name:
    return change["type"], change["id"], change["field"]


def _asked(plan: Sequence[Mapping[str, Json]], live: Mapping[Spot, Json], at: int) -> dict[int, tuple[Asked, bool]]:
    """By index what each change announces, and whether goods were left out since there are too many."""
    found: dict[int, tuple[Asked, bool]] = {}
    room = MOST_GOODS
    for change in plan:
        asked = asked_of(change, live, at)
        if asked is None:
            continue
        taken = asked.skus[: max(room, 0)]
        room -= len(taken)
        found[change["index"]] = replace(asked, skus=taken), len(taken) < len(asked.skus)
    return found


def _beside(changing: Sequence[Mapping[str, Json]], live: Mapping[Spot, Json]) -> dict[_Name, list[tuple[Spot, Json]]]:
    wanted = {_name(change) for change in changing}
    found: dict[_Name, list[tuple[Spot, Json]]] = defaultdict(list)
    for spot, value in live.items():
        if (name := (spot[0], spot[1], spot[3])) in wanted:
            found[name].append((spot, value))
    return found


def _elsewhere(
    spot: Spot, address: Address, unit: Money, beside: Sequence[tuple[Spot, Json]]
) -> tuple[tuple[str, Money], ...]:
    """What the same thing costs on other channels, all else of the address alike; by its own system first."""
    if address.channel is None:
        return ()
    found: dict[str, tuple[bool, str, Money]] = {}
    for other, raw in beside:
        where = address_at(other[4])
        if where.channel in (None, address.channel) or _apart(where) != _apart(address):
            continue
        price = read_value("money", raw)
        if isinstance(price, Money) and price.comparable(unit):
            known = (other[2] != spot[2], other[2], price)
            standing = found.get(str(where.channel))
            if standing is None or known[:2] < standing[:2]:
                found[str(where.channel)] = known
    return tuple((channel, price) for channel, (_, _, price) in sorted(found.items()))


def _apart(address: Address) -> Address:
    return replace(address, channel=None, country=None)


def _recent(rows: Sequence[Told], since: int) -> Sequence[Told]:
    """From the step in force then on; all of them where history begins later."""
    first = 0
    for index, row in enumerate(rows):
        if row.since <= since:
            first = index
    return rows[first:]


def _steps(rows: Sequence[Told], unit: Money) -> list[Step] | None:
    """None where an amount may not be compared with the price that changes."""
    found = []
    for row in rows:
        value = None if row.value is None else read_value("money", row.value)
        if value is not None and not (isinstance(value, Money) and value.comparable(unit)):
            return None
        found.append(Step(row.since, value.amount if isinstance(value, Money) else None))
    return found
