"""Which SKUs or segments proposed promotions take in, kept so that work on those SKUs meets them."""

from collections.abc import Mapping

from orchestr.catalogue.creations import skus_of
from orchestr.policy.facts.proposal import Facts
from orchestr.policy.values import Json
from orchestr.proposals.arbitration.models import PromotionReach
from orchestr.proposals.models import Proposal

LONGEST = 160  # of a key: what is longer names nothing that is sold


def promoted(change: Mapping[str, Json], live: Json = None) -> list[str]:
    """The SKUs that a change of a promotion names, afterwards or before; or `live`, its definition as it stands."""
    return skus_of(change["after"]) or skus_of(change["before"]) or skus_of(live)


def reach_of(facts: Facts) -> set[tuple[str, str]]:
    """Scope and key of everything that promotions take in: SKUs or, where none is named, the segments."""
    found: set[tuple[str, str]] = set()
    for item in facts.items:
        if item.type == "promotion":
            skus = promoted({"after": item.after, "before": item.before}, item.promotion)
            found |= {("sku", sku) for sku in skus} if skus else {("segment", key) for key in item.segments}
    return {(scope, key) for scope, key in found if len(key) <= LONGEST}


def keep_reach(proposal: Proposal, facts: Facts, *, again: bool = False) -> None:
    """Store what the current version's promotions take in. No statement for a new proposal without promotions."""
    found = reach_of(facts)
    if again:
        PromotionReach.objects.filter(proposal=proposal).delete()
    if found:
        PromotionReach.objects.bulk_create(
            [PromotionReach(proposal=proposal, scope=scope, key=key) for scope, key in sorted(found)], batch_size=1_000
        )
