"""Who is right about a field, and who is written when it changes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from orchestr.catalogue.models import FieldOwner, FieldValue, System
from orchestr.catalogue.said import Value
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


def true_systems(type: str, fields: Iterable[FieldValue | Value], owners: Owners) -> dict[tuple[str, str], UUID]:
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


class Told[T](NamedTuple):
    """What a system, named by its key, says at one field address of one thing."""

    type: str
    field: str
    system: str
    address_key: str
    value: T


def believed[T](told: Sequence[Told[T]]) -> list[T]:
    """What to believe of one thing that several systems speak of: one value for each address.

    Where a system that is right about the field speaks at all, those that are not are silent. Of several
    that call themselves right, the first by key is believed at each address, as in `true_systems`; so a
    count that two systems hold of the same goods counts once.
    """
    if len({each.system for each in told}) < 2:
        return [each.value for each in told]
    ranks = _ranks()
    right = [each for each in told if (each.type, each.field, each.system) in ranks] or list(told)
    best: dict[tuple[str, str], Told[T]] = {}
    for each in sorted(right, key=lambda one: ranks.get((one.type, one.field, one.system), 0)):
        best.setdefault((each.field, each.address_key), each)
    return [each.value for each in best.values()]


@kept
def _ranks() -> Mapping[tuple[str, str, str], int]:
    """Those that call themselves right about a field, by (type, field, system's key), the first to be believed first."""
    return {
        (type, field, owner.system.key): rank
        for (type, field), owners in _all_owners().items()
        for rank, owner in enumerate(owners)
        if owner.source_of_truth
    }
