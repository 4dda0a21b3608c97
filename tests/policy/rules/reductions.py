"""Announced reductions as the tests of the prior price put them together."""

from datetime import UTC, datetime

from orchestr.policy.facts.price import Good, PriceFacts
from orchestr.policy.facts.price_history import DAY, PRIOR
from tests.policy.cases import AT, codes, eur, facts, promotion

START = AT + DAY
OVERSTATED = [("reduction_overstated", "refuse")]


def good(current=10_000, low=None, *, sku="A", known_since=START - PRIOR, **more):
    lowest = current if low is None else low
    return Good(
        sku=sku,
        price=eur(current) if isinstance(current, int) else current,
        low=eur(lowest) if isinstance(lowest, int) else lowest,
        known_since=known_since,
        **more,
    )


def reduction(percent_bp, *goods, announced=None, starts_at=START, unchecked=False):
    after = {
        "title": "Sale",
        "percent_bp": percent_bp,
        "skus": [one.sku for one in goods],
        "ends_at": "2026-10-15T00:00:00Z",
    }
    if announced is not None:
        after["announced"] = announced
    known = PriceFacts(starts_at=starts_at, goods=goods, unchecked=unchecked)
    return promotion(after, prices=known)


def judged(*items, **params):
    return codes("prior_price", facts(*items), **params)


def iso(at):
    return datetime.fromtimestamp(at, UTC).isoformat()
