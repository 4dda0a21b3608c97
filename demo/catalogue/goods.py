"""The goods with their numbers: prices, costs, floors, stock and usual demand, all from one seed.

Amounts are minor units: prices with tax, costs without. Every leaf segment has steady goods, fast ones,
slow ones, overstocked ones, and one that is overstocked with hardly any margin, where a price cut is refused.
"""

from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import Literal

from demo.catalogue import copywriting
from demo.catalogue.copywriting import Copy
from demo.catalogue.range import COLOURS, STYLES, Option, Style
from demo.catalogue.segments import LEAVES, SEGMENT
from demo.catalogue.sites import SITE, SITES, gross, in_currency, net

Situation = Literal["steady", "fast", "slow", "overstocked", "squeezed"]

CURRENCIES = ("EUR", "GBP")
_CHANNEL_SHARE = {"web-de": 0.50, "web-uk": 0.28, "marketplace": 0.22}
_LOCATION_SHARE = {"hamburg": 0.50, "leeds": 0.28, "oslo": 0.22}
_COVER_DAYS: dict[Situation, tuple[int, int]] = {
    "steady": (28, 60),
    "fast": (6, 16),
    "slow": (120, 200),
    "overstocked": (180, 380),
    "squeezed": (150, 260),
}
_TIMES: dict[Situation, int] = {"squeezed": 1, "overstocked": 4, "slow": 3, "fast": 4}
_DEMAND: dict[Situation, float] = {"steady": 1.0, "fast": 2.2, "slow": 0.2, "overstocked": 0.35, "squeezed": 0.4}
_COST_BP: dict[Situation, tuple[int, int]] = {
    "steady": (4_200, 5_200),
    "fast": (4_000, 5_000),
    "slow": (4_200, 5_400),
    "overstocked": (4_000, 5_200),
    "squeezed": (8_000, 8_600),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChange:
    """A list price that was another one until some days before the shop opened."""

    channel: str
    days_ago: int
    before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One SKU. `units_per_day` is demand by channel at the list price; `lead_days` is the supplier's."""

    sku: str
    product: str
    segment: str
    title: dict[str, str]
    colour: str
    picture: str
    situation: Situation
    prices: dict[str, int]
    cost_eur: int
    stock: dict[str, int]
    units_per_day: dict[str, float]
    lead_days: int
    price_changes: tuple[PriceChange, ...]

    def cost(self, currency: str) -> int:
        return in_currency(self.cost_eur, currency)

    def minimum_price(self, currency: str) -> int:
        """The ERP's floor with tax: cost and five per cent."""
        return gross(self.cost(currency) * 105 // 100, country="DE" if currency == "EUR" else "GB")


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What several variants share: name and copy."""

    slug: str
    segment: str
    title: dict[str, str]
    copy: Copy
    picture: str
    colour: str
    skus: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Goods:
    products: tuple[Product, ...]
    variants: tuple[Variant, ...]


@cache
def goods(seed: int = 1) -> Goods:
    """The whole range for a seed; the same object for the same seed."""
    products: list[Product] = []
    variants: list[Variant] = []
    for leaf in LEAVES:
        styles = [style for style in STYLES if style.segment == leaf.key]
        situations = _situations(sum(len(style.options) for style in styles), Random(f"{seed}/{leaf.key}"))
        for position, style in enumerate(styles):
            product = _product(style, thin=position % 3 == 1, seed=seed)
            products.append(product)
            variants.extend(
                _variant(style, option, product.slug, situations.pop(), Random(f"{seed}/{sku}"))
                for option, sku in zip(style.options, product.skus, strict=True)
            )
    return Goods(tuple(products), tuple(variants))


REHEARSAL = "rehearsal"


def rehearsed(range_: Goods, products: int = 4) -> Goods:
    """A few of these goods as a sandbox holds them: under keys, names and a segment of their own."""
    styles = range_.products[:: len(range_.products) // products][:products]
    copies = tuple(
        replace(
            product,
            slug=f"{REHEARSAL}-{product.slug}",
            segment=REHEARSAL,
            title=_named_rehearsal(product.title),
            skus=tuple(f"R-{sku}" for sku in product.skus),
        )
        for product in styles
    )
    slugs = {product.slug: copy.slug for product, copy in zip(styles, copies, strict=True)}
    variants = tuple(
        replace(
            variant,
            sku=f"R-{variant.sku}",
            product=slugs[variant.product],
            segment=REHEARSAL,
            title=_named_rehearsal(variant.title),
        )
        for variant in range_.variants
        if variant.product in slugs
    )
    return Goods(copies, variants)


def _named_rehearsal(title: dict[str, str]) -> dict[str, str]:
    return {locale: f"{text} (rehearsal)" for locale, text in title.items()}


def _situations(count: int, random: Random) -> list[Situation]:
    some: list[Situation] = [situation for situation, times in _TIMES.items() for _ in range(times)]
    some += ["steady"] * (count - len(some))
    random.shuffle(some)
    return some


def _sku(style: Style, option: Option) -> str:
    return f"FF-{SEGMENT[style.segment].code}-{style.code}-{option.code}"


def _product(style: Style, *, thin: bool, seed: int) -> Product:
    return Product(
        slug=style.en.lower().replace(" ", "-").replace("æ", "ae"),
        segment=style.segment,
        title={"en": style.en, "de": style.de},
        copy=copywriting.write(style, thin=thin, random=Random(f"{seed}/{style.segment}/{style.code}")),
        picture=style.picture,
        colour=COLOURS[style.options[0].colour][2],
        skus=tuple(_sku(style, option) for option in style.options),
    )


def _variant(style: Style, option: Option, slug: str, situation: Situation, random: Random) -> Variant:
    prices = _prices(style.euros * option.price_bp // 100)
    cost = net(prices["web-de"], country="DE") * random.randint(*_COST_BP[situation]) // 10_000
    usual = SEGMENT[style.segment].units_per_day * _DEMAND[situation] * random.uniform(0.7, 1.3)
    pieces = usual * random.randint(*_COVER_DAYS[situation])
    return Variant(
        sku=_sku(style, option),
        product=slug,
        segment=style.segment,
        title={"en": f"{style.en}, {option.en}", "de": f"{style.de}, {option.de}"},
        colour=COLOURS[option.colour][2],
        picture=style.picture,
        situation=situation,
        prices=prices,
        cost_eur=cost,
        stock={place: max(2, round(pieces * share)) for place, share in _LOCATION_SHARE.items()},
        units_per_day={channel: usual * share for channel, share in _CHANNEL_SHARE.items()},
        lead_days=random.choice((7, 10, 14, 21)),
        price_changes=_changes(prices, random),
    )


def _prices(eur: int) -> dict[str, int]:
    """List prices by channel with tax: x.90 in euros, x.99 in pounds, the marketplace four per cent dearer."""
    return {
        "web-de": _near(eur, 10),
        "web-uk": _near(in_currency(eur, "GBP"), 1),
        "marketplace": _near(eur * 104 // 100, 10),
    }


def _near(amount: int, below: int) -> int:
    return round(amount / 100) * 100 - below


def _changes(prices: dict[str, int], random: Random) -> tuple[PriceChange, ...]:
    """One SKU in three changed its list price once in the past weeks."""
    if random.random() > 1 / 3:
        return ()
    channel = random.choice([site.key for site in SITES])
    before = _near(
        prices[channel] * random.choice((92, 95, 106, 110)) // 100, 10 if SITE[channel].currency == "EUR" else 1
    )
    if before == prices[channel]:
        return ()
    return (PriceChange(channel=channel, days_ago=random.randint(6, 30), before=before),)
