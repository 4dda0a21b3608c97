"""Orders that were placed while a value was live: what a revert leaves behind at the customers.

Bounded like every live read: a system that does not answer in time gives a degraded answer, never a held page.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orchestr.catalogue.live import TIMED_OUT, Wanted
from orchestr.catalogue.models import System, SystemResource
from orchestr.catalogue.systems import config_of, declaration_of, outside_transaction, reading
from orchestr.connectors.base import AffectedOrder, ConnectorError, SystemConfig, Target

BOUND_S = 4.0
NOT_TOLD = "not_told"  # the system's connector reads no orders

_readers = ThreadPoolExecutor(4, thread_name_prefix="orders")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Who ordered at this value since it was made live?"""

    wanted: Wanted
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """The answer. `failure` is a code, "" if these are all the orders there are."""

    question: Question
    orders: tuple[AffectedOrder, ...] = ()
    failure: str = ""


def orders_since(questions: Iterable[Question], *, until: datetime, bound_s: float = BOUND_S) -> tuple[Orders, ...]:
    """Ask the systems side by side, within `bound_s` in all; the answers in the order of the questions.

    Never raises for what a system may do. Refuses to run inside a transaction. Stores nothing.
    """
    outside_transaction()
    listed = list(questions)
    by_system: dict[UUID, list[int]] = defaultdict(list)
    for place, each in enumerate(listed):
        by_system[each.wanted.system_id].append(place)
    systems = {system.pk: system for system in System.objects.filter(pk__in=by_system)}
    refs = _refs(listed)
    asked: dict[int, Future[tuple[AffectedOrder, ...]]] = {}
    for system_id, places in by_system.items():
        if not _tells(systems[system_id]):
            continue
        config = config_of(systems[system_id])
        for place in places:
            asked[place] = _readers.submit(
                _ask, config, _target(listed[place].wanted, refs), listed[place].since, until
            )
    wait(asked.values(), timeout=bound_s)
    return tuple(_answer(each, asked.get(place)) for place, each in enumerate(listed))


def _tells(system: System) -> bool:
    try:
        return "orders_affected" in declaration_of(system).capabilities
    except ConnectorError:
        return False


def _ask(config: SystemConfig, target: Target, since: datetime, until: datetime) -> tuple[AffectedOrder, ...]:
    with reading(config) as session:
        return session.orders_affected(target, since=since, until=until)


def _answer(question: Question, asked: Future[tuple[AffectedOrder, ...]] | None) -> Orders:
    if asked is None:
        return Orders(question=question, failure=NOT_TOLD)
    if not asked.done():
        asked.cancel()
        return Orders(question=question, failure=TIMED_OUT)
    try:
        return Orders(question=question, orders=asked.result())
    except ConnectorError as error:
        return Orders(question=question, failure=error.code)


def _refs(questions: Sequence[Question]) -> dict[tuple[UUID, UUID], str]:
    rows = SystemResource.objects.filter(
        resource_id__in={each.wanted.resource_id for each in questions},
        system_id__in={each.wanted.system_id for each in questions},
    )
    return {(resource, system): ref for resource, system, ref in rows.values_list("resource_id", "system_id", "ref")}


def _target(each: Wanted, refs: dict[tuple[UUID, UUID], str]) -> Target:
    ref = refs.get((each.resource_id, each.system_id), "")
    return Target(type=each.type, id=each.key, ref=ref, field=each.field, address=each.address)
