"""What the systems say right now, for evidence and for the page that is about to be decided on.

Bounded: a system that does not answer in time gives a degraded reading, never a held page. What was
read is kept, so that the catalogue, its history and the reader agree.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from orchestr.catalogue.models import System, SystemResource
from orchestr.catalogue.observations import Observation, take_in
from orchestr.catalogue.systems import config_of, outside_transaction, reading
from orchestr.connectors.base import ConnectorError, Observed, SystemConfig, Target
from orchestr.policy.values import Address, FieldKind, Json

BOUND_S = 2.0
TIMED_OUT = "timed_out"

READERS = 4  # at once, of one system

# Each system has its own: one that hangs until the connector's timeout makes nobody else wait.
# A reader that outlives its bound never touches the database.
_readers: dict[str, ThreadPoolExecutor] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One value to read from one system."""

    resource_id: UUID
    type: str
    key: str
    system_id: UUID
    field: str
    address: Address
    kind: FieldKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What came back. `failure` is a code, "" if the value is what the system says now; `changed_at` and `changed_by`
    when and by whom it was last changed there, where the system says so."""

    wanted: Wanted
    value: Json = None
    token: str = ""
    observed_at: datetime | None = None
    failure: str = ""
    changed_at: datetime | None = None
    changed_by: str = ""


def read_now(
    wanted: Iterable[Wanted], *, bound_s: float = BOUND_S, clock: Callable[[], datetime] = timezone.now
) -> tuple[Reading, ...]:
    """Read these values from their systems side by side, within `bound_s` in all, in the order asked.

    Never raises for what a system may do: such a reading carries the failure. Refuses to run inside a
    transaction. Values read are stored with their history in a short transaction of their own.
    """
    outside_transaction()
    listed = list(wanted)
    by_system: dict[UUID, list[int]] = defaultdict(list)
    for position, each in enumerate(listed):
        by_system[each.system_id].append(position)
    configs = {system.pk: config_of(system) for system in System.objects.filter(pk__in=by_system)}
    refs = {
        (resource_id, system_id): ref
        for resource_id, system_id, ref in SystemResource.objects.filter(
            resource_id__in={each.resource_id for each in listed}, system_id__in=by_system
        ).values_list("resource_id", "system_id", "ref")
    }
    asked: dict[UUID, Future[tuple[Observed, ...]]] = {}
    before = clock()
    for system_id, positions in by_system.items():
        targets = [_target(listed[position], refs) for position in positions]
        asked[system_id] = _readers_of(configs[system_id]).submit(_ask, configs[system_id], targets)
    wait(asked.values(), timeout=bound_s)
    readings: list[Reading | None] = [None] * len(listed)
    for system_id, positions in by_system.items():
        for position, reading_ in zip(
            positions, _answers(asked[system_id], [listed[p] for p in positions], before), strict=True
        ):
            readings[position] = reading_
    found = tuple(each for each in readings if each is not None)
    _keep(found)
    return found


def _readers_of(config: SystemConfig) -> ThreadPoolExecutor:
    with _lock:
        if config.key not in _readers:
            _readers[config.key] = ThreadPoolExecutor(READERS, thread_name_prefix=f"read-{config.key}")
        return _readers[config.key]


def _ask(config: SystemConfig, targets: Sequence[Target]) -> tuple[Observed, ...]:
    with reading(config) as session:
        return session.read(targets)


def _target(each: Wanted, refs: dict[tuple[UUID, UUID], str]) -> Target:
    ref = refs.get((each.resource_id, each.system_id), "")
    return Target(type=each.type, id=each.key, ref=ref, field=each.field, address=each.address)


def _answers(asked: Future[tuple[Observed, ...]], wanted: Sequence[Wanted], at: datetime) -> list[Reading]:
    """`at` is when we asked: the value was so then or later, never counted as younger than it is."""
    if not asked.done():
        asked.cancel()
        return [Reading(wanted=each, failure=TIMED_OUT) for each in wanted]
    try:
        observed = asked.result()
    except ConnectorError as error:
        return [Reading(wanted=each, failure=error.code) for each in wanted]
    return [
        Reading(
            wanted=each,
            value=said.value,
            token=said.token,
            observed_at=min(at, said.as_of or at),
            changed_at=said.changed_at,
            changed_by=said.changed_by,
        )
        for each, said in zip(wanted, observed, strict=True)
    ]


def _keep(readings: Iterable[Reading]) -> None:
    take_in(
        Observation(
            resource_id=each.wanted.resource_id,
            system_id=each.wanted.system_id,
            field=each.wanted.field,
            address=each.wanted.address,
            kind=each.wanted.kind,
            value=each.value,
            token=each.token,
            observed_at=each.observed_at,
        )
        for each in readings
        if not each.failure and each.observed_at is not None
    )
