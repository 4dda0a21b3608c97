"""Which things of the catalogue belong to a workflow's canary: the same ones for as long as the share stands.

What is drawn for a thing comes from a seed that no door shows, so an agent cannot choose names that lie inside; a
larger share keeps every thing of a smaller one.
"""

import hashlib
from collections.abc import Mapping
from uuid import UUID

from orchestr.policy.values import Json

WHOLE_BP = 10_000


def within(seed: UUID, thing: str, share_bp: int) -> bool:
    """Whether this thing is among the share, in basis points of all things there could be."""
    drawn = hashlib.sha256(seed.bytes + thing.encode()).digest()
    return int.from_bytes(drawn[:8]) % WHOLE_BP < share_bp


def thing_of(change: Mapping[str, Json]) -> str:
    """What one planned change is about: of one SKU the price, the stock and the text are one thing."""
    return str(change["sku"] or f"{change['type']}/{change['id']}")
