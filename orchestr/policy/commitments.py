"""Which changes a lock or a promise concerns, and which of them break it."""

from orchestr.policy.facts.around import CommitmentFacts
from orchestr.policy.facts.proposal import ItemFacts
from orchestr.policy.values import Money

LOCKS = ("sell", "promote", "reprice")
PROMISES = ("quote", "delivery")


def concerns(commitment: CommitmentFacts, item: ItemFacts, at: int) -> bool:
    """Whether it still stands, and on the channel of this change; what names no channel concerns every one."""
    return commitment.until > at and (not commitment.channel or item.channel in ("", commitment.channel))


def breaks_lock(kind: str, item: ItemFacts) -> bool:
    """`reprice`: any price, and a promotion, which is a price too. `promote`: a promotion or a sale price.
    `sell`: a promotion, more stock, and any field of no family, which may put it on sale. Ending a promotion
    breaks no lock."""
    if item.field_class == "promotion":
        return not _ends_promotion(item)
    if kind == "reprice":
        return item.field_class == "price"
    if kind == "promote":
        return item.field_class == "price" and item.field == "sale_price" and item.after is not None
    return item.field_class == "unknown" or (item.field_class == "stock" and not _takes_stock(item))


def breaks_quote(commitment: CommitmentFacts, item: ItemFacts) -> bool:
    """A price above the one quoted, or none at all; in another currency it is another price."""
    if item.field_class != "price" or commitment.price is None:
        return False
    if item.after is None:
        return True
    if not isinstance(item.after, Money):
        return True
    if (item.after.currency, item.after.exponent) != (commitment.price.currency, commitment.price.exponent):
        return False
    return not item.after.comparable(commitment.price) or item.after.amount > commitment.price.amount


def breaks_delivery(commitment: CommitmentFacts, item: ItemFacts) -> bool:
    """Stock taken away below the units promised; where they were not counted, any stock taken away."""
    if item.field_class != "stock" or not _takes_stock(item):
        return False
    return commitment.units is None or not isinstance(item.after, int) or item.after < commitment.units


def _takes_stock(item: ItemFacts) -> bool:
    """What cannot be read as fewer units counts as neither more nor fewer: a lock takes it for more."""
    if item.after is None:
        return True
    return isinstance(item.before, int) and isinstance(item.after, int) and item.after < item.before


def _ends_promotion(item: ItemFacts) -> bool:
    return item.after is None or (item.field == "enabled" and item.after in (0, False))
