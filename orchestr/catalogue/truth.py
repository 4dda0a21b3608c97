"""Who is right about a field, and who is written when it changes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from orchestr.catalogue.models import FieldOwner, FieldValue, System
from orchestr.catalogue.systems import declaration_of
from orchestr.generation import kept

type Owners = Mapping[tuple[str, str], tuple[FieldOwner, ...]]


def adopt(system: System) -> int:
    """Take over what a system declares of its fields, where nobody has said otherwise; returns how many.

    Never overrules a row that is there. Raises ConnectorError where the connector is missing.
    """
    rows = [
        FieldOwner(
            type=field.type,
            field=field.field,
            system=system,
            source_of_truth=field.source_of_truth,
            writable=field.writable,
            max_age_s=field.max_age_s,
        )
        for field in declaration_of(system).fields
    ]
    there = set(FieldOwner.objects.filter(system=system).values_list("type", "field"))
    fresh = [row for row in rows if (row.type, row.field) not in there]
    FieldOwner.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def owners_of(fields: Collection[tuple[str, str]]) -> Owners:
    """Every owner of these (type, field) pairs with its system, the source of truth first (one query)."""
    every = _all_owners()
    return {pair: every[pair] for pair in fields if pair in every}


@kept
def _all_owners() -> Owners:
    found: dict[tuple[str, str], list[FieldOwner]] = defaultdict(list)
    rows = FieldOwner.objects.select_related("system").order_by("-source_of_truth", "system__key")
    for row in rows:
        found[row.type, row.field].append(row)
    return {pair: tuple(owners) for pair, owners in found.items()}


def true_systems(type: str, fields: Iterable[FieldValue], owners: Owners) -> dict[tuple[str, str], UUID]:
    """For each (field, address) among one resource's values: the id of the system that is right about it.

    Where several systems call themselves right, the first by key that has a value there is.
    """
    ranks = {
        (owner.field, owner.system_id): rank
        for (of_type, _), listed in owners.items()
        if of_type == type
        for rank, owner in enumerate(listed)
        if owner.source_of_truth
    }
    best: dict[tuple[str, str], tuple[int, UUID]] = {}
    for value in fields:
        rank = ranks.get((value.field, value.system_id))
        place = (value.field, value.address_key)
        if rank is not None and (place not in best or rank < best[place][0]):
            best[place] = (rank, value.system_id)
    return {place: system_id for place, (_, system_id) in best.items()}
