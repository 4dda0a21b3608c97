"""The weeks before the shop opened: what was sold at which price, from the seed and the calendar alone.

Every SKU, channel and day has a generator of its own, so the past of a day is the same whenever it is asked for.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from demo.catalogue.goods import PriceChange, Variant, goods
from demo.catalogue.promotions import PROMOTIONS
from demo.catalogue.segments import SEGMENT
from demo.catalogue.sites import SITE, net
from demo.door.strict import millis
from demo.shop.orders import Sale
from demo.shop.pricing import Offer, paid

DAYS = 35
DAY_MS = 86_400_000
# How much of a day's demand falls before each hour ends: quiet nights, a lunch peak, a long evening.
_HOURS = (1, 1, 1, 1, 1, 2, 3, 4, 5, 5, 5, 6, 7, 6, 5, 5, 5, 6, 7, 8, 8, 7, 4, 2)
_HOUR_ENDS = tuple(sum(_HOURS[: hour + 1]) for hour in range(24))
WEEKDAY = (0.95, 0.9, 0.92, 0.98, 1.05, 1.15, 1.2)


def reaction(*, price: int, reference: int, elasticity: float) -> float:
    """How demand at a price compares with demand at the reference price: constant elasticity."""
    return float((max(price, 1) / max(reference, 1)) ** -elasticity)


def poisson(mean: float, random: Random) -> int:
    """A Poisson draw; above 50 its normal likeness, which is close enough there."""
    if mean > 50:
        return max(0, round(random.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, random.random()
    while product > limit:
        count += 1
        product *= random.random()
    return count


def pieces(random: Random) -> int:
    return 1 if random.random() < 0.88 else 2


def price_then(variant: Variant, *, channel: str, day: int) -> int:
    """The list price so many days before the opening."""
    for change in variant.price_changes:
        if change.channel == channel and day >= change.days_ago:
            return change.before
    return variant.prices[channel]


def changed_at(change: PriceChange, *, opened: datetime) -> int:
    """When the price change of the past took place, in ms UTC."""
    return millis(_midnight(opened) - timedelta(days=change.days_ago - 1))


def offers_then(*, opened: datetime, seed: int) -> list[Offer]:
    """The promotions that were switched on, as the shop judges them."""
    return [
        Offer(
            promotion.code,
            channel,
            promotion.percent_bp,
            frozenset(shown["skus"]),
            shown["starts_at"],
            shown["ends_at"],
        )
        for promotion in PROMOTIONS
        if promotion.enabled
        for shown in [promotion.definition(opened=opened, seed=seed)]
        for channel in promotion.channels
    ]


def sales(*, seed: int, opened: datetime) -> Iterator[Sale]:
    """Every order of the past, oldest day first, none after `opened`."""
    offers = offers_then(opened=opened, seed=seed)
    for day in range(DAYS, -1, -1):
        start = _midnight(opened) - timedelta(days=day)
        found = [
            sale
            for variant in goods(seed).variants
            for channel in variant.prices
            for sale in _day(variant, channel, start=start, day=day, seed=seed, offers=offers)
        ]
        yield from sorted((sale for sale in found if sale.at < millis(opened)), key=lambda sale: sale.at)


def _day(
    variant: Variant, channel: str, *, start: datetime, day: int, seed: int, offers: list[Offer]
) -> Iterator[Sale]:
    random = Random(f"{seed}/{start:%Y-%m-%d}/{variant.sku}/{channel}")
    price, promotion = paid(
        price_then(variant, channel=channel, day=day),
        sku=variant.sku,
        channel=channel,
        at=start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        offers=offers,
    )
    site, segment = SITE[channel], SEGMENT[variant.segment]
    demand = variant.units_per_day[channel] * WEEKDAY[start.weekday()]
    demand *= reaction(price=price, reference=variant.prices[channel], elasticity=segment.elasticity)
    for _ in range(poisson(demand / 1.12, random)):
        units = pieces(random)
        yield Sale(
            at=millis(start) + _moment(random),
            sku=variant.sku,
            channel=channel,
            currency=site.currency,
            location=site.ships_from[0] if random.random() < 0.85 else site.ships_from[-1],
            promotion=promotion,
            units=units,
            unit_price=price,
            net=net(price * units, country=site.country),
        )


def _moment(random: Random) -> int:
    hour = bisect_right(_HOUR_ENDS, random.randrange(_HOUR_ENDS[-1]))
    return hour * 3_600_000 + random.randrange(3_600_000)


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
