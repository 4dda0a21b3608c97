"""What customers see beside the goods: collections with their order and layout, teasers, and standing messages."""

from collections.abc import Iterator
from dataclasses import dataclass

from demo.catalogue.goods import Goods, Product
from demo.catalogue.segments import LEAVES
from demo.catalogue.sites import SITES
from orchestr.policy.values import Json

FLOWS = ("winback-apparel", "winback-outdoor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A page of the shop that shows the products of one leaf segment."""

    key: str
    title: str
    segment: str
    products: tuple[str, ...]

    def order(self) -> dict[str, Json]:
        """As it was set up once and never looked at again: by name."""
        return {"products": sorted(self.products)}

    def layout(self) -> dict[str, Json]:
        return {"hero": None, "columns": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A standing message of the shop: it goes to those who have not bought for a while, when it says."""

    key: str
    title: str
    segment: str
    channels: tuple[str, ...]

    def definition(self) -> dict[str, Json]:
        """Set up, and sent to nobody."""
        return {
            "title": self.title,
            "body": "",
            "audience": 0,
            "frequency_7d": 0,
            "consent": False,
            "send_at": None,
            "discount_bp": None,
            "promotion": None,
        }


def collections(goods: Goods) -> Iterator[Collection]:
    """One for each leaf segment that these goods are of."""
    for leaf in LEAVES:
        products = tuple(each.slug for each in goods.products if each.segment == leaf.key)
        if products:
            yield Collection(key=leaf.key.rpartition("/")[2], title=leaf.name, segment=leaf.key, products=products)


def flows() -> Iterator[Flow]:
    channels = ("web-de", "web-uk")
    yield Flow(key=FLOWS[0], title="We have missed you: apparel", segment="apparel", channels=channels)
    yield Flow(key=FLOWS[1], title="We have missed you: outdoor gear", segment="outdoor-gear", channels=channels)


def teasers(product: Product) -> Iterator[tuple[str, str, str]]:
    """(channel, locale, text) of a product: one text for every channel, whoever reads it there."""
    for site in SITES:
        for locale in site.locales:
            yield site.key, locale, product.copy.description[locale]
