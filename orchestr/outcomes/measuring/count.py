"""From what was sold and what lay there to the numbers of one measurement. Pure."""

from collections.abc import Mapping, Sequence

from orchestr.outcomes.measuring.goods import Goods
from orchestr.outcomes.measuring.levels import Levels
from orchestr.outcomes.measuring.numbers import Moved, Numbers, Purse
from orchestr.outcomes.measuring.sold import Coin, Side, Sold, Sums


def count(goods: Goods, sold: Sold, levels: Levels, *, also_changed: int) -> Numbers:
    """A margin is revenue less the cost known at the end of the span, for both spans: what changed is price and sales."""
    touched, rest = sold.touched, sold.rest
    uncosted = _uncosted(touched, levels.costs)
    both = (touched.before, touched.since)
    coins = sorted({*touched.before.revenue, *touched.since.revenue})
    return Numbers(
        things=goods.things,
        put_back=goods.put_back,
        also_changed=also_changed,
        told=sold.told,
        units=Moved(touched.before.units, touched.since.units, rest.before.units, rest.since.units),
        revenue=[_purse(each, [side.revenue.get(each, 0) for side in both], sold) for each in coins],
        margins=[]
        if uncosted
        else [_purse(each, [_margin(side, each, levels) for side in both], sold) for each in coins],
        uncosted=uncosted,
        stock=levels.stock,
    )


def _uncosted(side: Side, costs: Mapping[tuple[str, Coin], int]) -> int:
    return len({sku for sku, coin in {*side.before.by_sku, *side.since.by_sku} if (sku, coin) not in costs})


def _margin(sums: Sums, coin: Coin, levels: Levels) -> int:
    return sum(
        net - units * levels.costs[sku, coin] for (sku, each), (units, net) in sums.by_sku.items() if each == coin
    )


def _units(sums: Sums, coin: Coin) -> int:
    return sum(units for (_, each), (units, _) in sums.by_sku.items() if each == coin)


def _purse(coin: Coin, amounts: Sequence[int], sold: Sold) -> Purse:
    currency, exponent = coin
    before, since = amounts
    rest = sold.rest
    amount = Moved(before, since, rest.before.revenue.get(coin, 0), rest.since.revenue.get(coin, 0))
    units = max(_units(sold.touched.before, coin), _units(sold.touched.since, coin))
    return Purse(currency=currency, exponent=exponent, amount=amount, units=units)
