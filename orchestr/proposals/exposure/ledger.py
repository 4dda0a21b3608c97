"""The exposure ledger: how much of a segment × channel is changed or about to be.

Reserved at submit, live from the first intent, released when the proposal is blocked or put back.
Check-then-act loses races, so whoever reserves first takes advisory locks on the sorted keys.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orchestr.policy.facts.proposal import Facts
from orchestr.policy.values import Json
from orchestr.prepared import prepared
from orchestr.proposals.exposure import uses
from orchestr.proposals.locks import in_transaction
from orchestr.proposals.models import Exposure, ExposureUse, Proposal
from orchestr.proposals.submitting.touches import Spot, spot_of

_GO_LIVE = """
WITH places AS (
    UPDATE orchestr_exposure SET state = 'live', at = %(at)s::timestamptz
    WHERE proposal_id = ANY(%(proposals)s::uuid[]) AND state = 'reserved'
)
UPDATE orchestr_exposure_use SET state = 'live', at = %(at)s::timestamptz
WHERE proposal_id = ANY(%(proposals)s::uuid[]) AND state = 'reserved'
"""
_RELEASE = """
WITH places AS (
    UPDATE orchestr_exposure SET state = 'released'
    WHERE proposal_id = %(proposal)s::uuid AND state <> 'released'
)
UPDATE orchestr_exposure_use SET state = 'released'
WHERE proposal_id = %(proposal)s::uuid AND state <> 'released'
"""
_SKU_LOCKS = 64
_LOCK_SPACE = 0x6C6564  # "led": keeps these keys apart from other advisory locks


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A segment and a channel (empty: none applies)."""

    segment: str
    channel: str


def places_of(plan: Iterable[Mapping[str, Json]]) -> Counter[Place]:
    """How many items fall on each place. A field address counts once, however many systems are written for it."""
    seen: set[tuple[str, str, Spot]] = set()
    for change in plan:
        type, id, _, field, address = spot_of(change)
        channel = change["address"].get("channel") or ""
        seen.update((segment, channel, (type, id, "", field, address)) for segment in change["segments"])
    counts = Counter((segment, channel) for segment, channel, _ in seen)
    return Counter({Place(*place): count for place, count in counts.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """Whose rolling budgets are read and taken of, beside those of the places' segments."""

    agent: str = ""
    family: str = ""
    skus: frozenset[str] = frozenset()

    @classmethod
    def of(cls, plan: Iterable[Mapping[str, Json]], *, agent: str = "", family: str = "") -> "Budgets":
        return cls(agent=agent, family=family, skus=frozenset(change["id"] for change in plan))

    def keys(self) -> set[int]:
        """SKUs share a few locks: a change set of a thousand must not fill PostgreSQL's table of them."""
        found = {_hash(f"sku\0{_hash(sku) % _SKU_LOCKS}") for sku in self.skus}
        found |= {_hash(f"agent\0{self.agent}")} if self.agent else set()
        return found | ({_hash(f"family\0{self.family}")} if self.family else set())


def hold(places: Iterable[Place], budgets: Budgets) -> None:
    """Lock these places, their segments and budgets until the end of the transaction, in one order for everybody."""
    in_transaction()
    wanted = set(places)
    keys = sorted(
        {_key(place) for place in wanted} | {_hash(f"segment\0{place.segment}") for place in wanted} | budgets.keys()
    )
    with prepared() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s::int, key) FROM unnest(%s::int[]) AS key", [_LOCK_SPACE, keys])


def taken(
    proposal: Proposal, places: Mapping[Place, int], segment_ids: Mapping[str, UUID], at: datetime
) -> list[Exposure]:
    """What this proposal will take, as rows that are not stored yet. What is kept to sandboxes takes nothing."""
    if proposal.sandbox_only:
        return []
    return [
        Exposure(
            proposal=proposal,
            workflow_id=proposal.workflow_id,
            segment_id=segment_ids[place.segment],
            channel=place.channel,
            items=count,
            state="reserved",
            at=at,
        )
        for place, count in sorted(places.items())
    ]


def go_live(proposal_ids: Collection[UUID], at: datetime) -> None:
    """The first write of each was intended: what was reserved counts as live, from now on."""
    with prepared() as cursor:
        cursor.execute(_GO_LIVE, {"proposals": list(proposal_ids), "at": at})


def release(proposal: Proposal) -> None:
    """Give back what the proposal held: it was blocked or put back."""
    with prepared() as cursor:
        cursor.execute(_RELEASE, {"proposal": proposal.pk})


def replace(
    proposal: Proposal, facts: Facts, places: Mapping[Place, int], segment_ids: Mapping[str, UUID], at: datetime
) -> None:
    """A new version takes the place of the old one's reservation. The caller holds the places and budgets."""
    Exposure.objects.filter(proposal=proposal, state="reserved").delete()
    ExposureUse.objects.filter(proposal=proposal, state="reserved").delete()
    Exposure.objects.bulk_create(taken(proposal, places, segment_ids, at))
    ExposureUse.objects.bulk_create(uses.taken(proposal, facts, at))


def _key(place: Place) -> int:
    return _hash(f"{place.segment}\0{place.channel}")


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big", signed=True)


__all__: Sequence[str] = (
    "Budgets",
    "Place",
    "go_live",
    "hold",
    "places_of",
    "release",
    "replace",
    "taken",
)
