"""Which items of a plan a live exception covers: the very value on the very field address, and no other."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from orchestr.policy.facts.exception import ExceptionFacts
from orchestr.policy.values import Json, digest
from orchestr.proposals.exceptions.models import PolicyException
from orchestr.proposals.submitting.touches import address_key


def item_hash(change: Mapping[str, Json]) -> str:
    """Of one planned change with the value it would write."""
    return digest(
        {
            "type": change["type"],
            "id": change["id"],
            "system": change["system"],
            "field": change["field"],
            "address": address_key(change["address"]),
            "after": change["after"],
        }
    )


def excepted(
    proposal_id: UUID | None, plan: Sequence[Mapping[str, Json]], *, at: datetime
) -> tuple[ExceptionFacts, ...]:
    """The exceptions that count at this moment, by the indexes they cover (one query)."""
    if proposal_id is None:
        return ()
    rows = list(PolicyException.objects.live(at).filter(proposal_id=proposal_id).order_by("until", "id"))
    if not rows:
        return ()
    hashes = {change["index"]: item_hash(change) for change in plan}
    return tuple(
        ExceptionFacts(
            id=str(row.pk),
            rule=row.rule,
            items=tuple(index for index, hash in sorted(hashes.items()) if hash in set(row.items)),
            until=int(row.until.timestamp()),
        )
        for row in rows
    )
