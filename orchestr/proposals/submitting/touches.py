"""Which open proposals meet on the same thing: found by one indexed array of hashes."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from uuid import UUID

from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from orchestr.policy.promotions.reading import folded_code, read_promotion
from orchestr.policy.values import Address, Json
from orchestr.prepared import prepared
from orchestr.proposals.models import Proposal
from orchestr.proposals.queries import ProposalQuerySet

type Spot = tuple[str, str, str, str, str]  # type, id, system, field, address key


def spot_of(change: Mapping[str, Json]) -> Spot:
    """The key of a planned change's field address in one system."""
    return (
        change["type"],
        change["id"],
        change["system"],
        change["field"],
        address_key(change["address"]),
    )


def address_key(address: Mapping[str, Json]) -> str:
    """The key of an address in wire shape."""
    return address_of(address).key()


def address_of(address: Mapping[str, Json]) -> Address:
    """An address in wire shape as a value, read once for all that are alike."""
    return _address(tuple(address.items()))


@lru_cache(maxsize=10_000)
def _address(parts: tuple[tuple[str, Json], ...]) -> Address:
    return Address.parse(dict(parts))


def resource_hash(type: str, key: str) -> int:
    return _hash(type, key)


def address_hash(change: Mapping[str, Json]) -> int:
    """Of one field address, whichever system holds it: two agents changing one price do meet."""
    return _hash(change["type"], change["id"], change["field"], address_key(change["address"]))


def addresses(plan: Iterable[Mapping[str, Json]]) -> set[int]:
    return {address_hash(change) for change in plan}


def launch_hashes(change: Mapping[str, Json]) -> set[int]:
    """Of the names under which a change launches a promotion: its key, its coupon code and its campaign."""
    if change["type"] != "promotion" or change["after"] is None:
        return set()
    names = {folded_code(change["id"])}
    campaign = ""
    if isinstance(change["after"], dict):
        promotion = read_promotion(change["after"])
        names.add(promotion.coupon)
        campaign = promotion.campaign
    found = {_hash("launch", name) for name in names if name}
    return found | {_hash("campaign", campaign)} if campaign else found


def touches_of(plan: Iterable[Mapping[str, Json]]) -> list[int]:
    """The hashes to store: of every resource, of every field address, and of what is launched."""
    launched = {hash for change in plan for hash in launch_hashes(change)}
    return sorted({_hash(change["type"], change["id"]) for change in plan} | addresses(plan) | launched)


def open_on(hashes: Iterable[int]) -> ProposalQuerySet:
    """Proposals that wait or are approved and touch any of these."""
    return ever_on(hashes).filter(state__in=("draft", "approved"))


def ids_open_on(hashes: Iterable[int], *, most: int) -> list[UUID]:
    """The oldest of `open_on`, whoever may see them."""
    with prepared() as cursor:
        cursor.execute(
            "SELECT id FROM orchestr_proposal WHERE state IN ('draft', 'approved') AND touches && %s::bigint[]"
            " ORDER BY id LIMIT %s::int",
            [list(hashes), most],
        )
        return [id for (id,) in cursor.fetchall()]


def ever_on(hashes: Iterable[int]) -> ProposalQuerySet:
    """Proposals that touch any of these, whatever has become of them.

    The hashes go over as one value: a lookup of Django's would make an expression of each of ten thousand.
    """
    any_of_them = RawSQL("orchestr_proposal.touches && %s::bigint[]", [list(hashes)], output_field=BooleanField())
    return Proposal.objects.filter(any_of_them)


def _hash(*parts: str) -> int:
    return int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:8], "big", signed=True)
