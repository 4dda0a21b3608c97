"""What the systems say right now of the values a proposal would write."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from orchestr.catalogue.live import Wanted, read_now
from orchestr.catalogue.models import Resource, System
from orchestr.policy.values import Address, Json

MOST = 100  # more would keep a person waiting: the rest shows what the catalogue last saw


def read_live(changes: Sequence[Mapping[str, Json]], *, at: datetime) -> tuple[str, ...]:
    """Read those of the first MOST changes, bounded in time; what was read is in the catalogue then. Returns the names of systems that did not answer.

    `at` says when was asked. Not inside a transaction.
    """
    plan = changes[:MOST]
    systems = {system.key: system for system in System.objects.filter(key__in={each["system"] for each in plan})}
    rows = Resource.objects.filter(type__in={each["type"] for each in plan}, key__in={each["id"] for each in plan})
    ids = {(row.type, row.key): row.pk for row in rows}
    wanted = [
        Wanted(
            resource_id=ids[each["type"], each["id"]],
            type=each["type"],
            key=each["id"],
            system_id=systems[each["system"]].pk,
            field=each["field"],
            address=Address.parse(each["address"]),
            kind=each["kind"],
        )
        for each in plan
        if each["system"] in systems and (each["type"], each["id"]) in ids
    ]
    readings = read_now(wanted, clock=lambda: at)
    silent = {reading.wanted.system_id for reading in readings if reading.failure}
    return tuple(sorted(system.name for system in systems.values() if system.pk in silent))
