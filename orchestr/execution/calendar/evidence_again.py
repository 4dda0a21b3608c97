"""Evidence of what waited for its time, read again when that time has come.

What was approved on Friday for Monday rests on evidence that has expired by then. Each observed value is read
from its system again: the same value renews the evidence, for as long as a fresh reading would be good; any
other, or no answer, leaves it expired, and the proposal goes back to people.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.record import record
from orchestr.catalogue.freshness import ages
from orchestr.catalogue.models import SystemResource
from orchestr.catalogue.systems import config_of
from orchestr.connectors.base import Address, ConnectorError, Target
from orchestr.execution import sessions
from orchestr.execution.failures import NEVER_REACHED
from orchestr.execution.models import ExecutionItem
from orchestr.execution.states import ItemState
from orchestr.execution.worker import Worker
from orchestr.execution.writing.work import Work
from orchestr.policy.values import digest
from orchestr.proposals.locks import lock
from orchestr.runs.models import Evidence


def look_again(work: Work, *, worker: Worker) -> bool:
    """Read every observed piece of evidence of the version again; True: all of it is as it was, and renewed.

    Calls systems outside any transaction, then locks the proposal. Writes one event either way.
    """
    rows = list(
        Evidence.objects.filter(versions=work.version_id, kind="observed")
        .select_related("resource", "system")
        .order_by("id")
    )
    at = worker.clock()
    try:
        changed = _changed(rows, work, worker)
    except (ConnectorError, *NEVER_REACHED):
        return False  # Nobody can say; it stays expired and goes to people.
    with transaction.atomic():
        proposal = lock(work.proposal_id)
        ids = [str(row.pk) for row in (changed or rows)]
        if changed:
            record(
                action="evidence.changed", actor=worker.actor, at=at, about=work.about, data={"evidence": ids},
                segments=work.segment_ids,
            )  # fmt: skip
            return False
        until = _renew(rows, at)
        proposal.evidence_until = until
        proposal.save(update_fields=["evidence_until"])
        data = {"evidence": ids, "expires_at": until} if until else {"evidence": ids}
        record(
            action="evidence.confirmed", actor=worker.actor, at=at, about=work.about, data=data,
            segments=work.segment_ids,
        )  # fmt: skip
    return True


def _changed(rows: Sequence[Evidence], work: Work, worker: Worker) -> list[Evidence]:
    """Those whose system says something else now. Raises what a connector's read raises."""
    refs: dict[tuple[UUID, UUID], str] = {
        (resource_id, system_id): ref
        for resource_id, system_id, ref in SystemResource.objects.filter(
            resource_id__in=[row.resource_id for row in rows]
        ).values_list("resource_id", "system_id", "ref")
    }
    ours = _written(work)
    by_system: dict[UUID, list[Evidence]] = defaultdict(list)
    for row in rows:
        assert row.system_id is not None
        by_system[row.system_id].append(row)
    found: list[Evidence] = []
    for listed in by_system.values():
        assert listed[0].system is not None
        session = sessions.session(config_of(listed[0].system), worker.stage)
        live = session.read([_target(row, refs) for row in listed])
        found += [
            row
            for row, now in zip(listed, live, strict=True)
            if digest(now.value) not in (row.sha256, ours.get(_place(row)))
        ]
    return found


type _Place = tuple[UUID | None, UUID | None, str, str]


def _written(work: Work) -> dict[_Place, str]:
    """What this execution has written itself, as digests: evidence of a first share is as we left it, not changed."""
    rows = ExecutionItem.objects.filter(execution_id=work.execution_id, state=ItemState.APPLIED)
    return {
        (resource, system, field, address_key): digest(after)
        for resource, system, field, address_key, after in rows.values_list(
            "resource_id", "system_id", "field", "address_key", "after"
        )
    }


def _place(row: Evidence) -> _Place:
    return (row.resource_id, row.system_id, row.field, Address.parse(row.address).key())


def _renew(rows: Sequence[Evidence], at: datetime) -> datetime | None:
    in_force = ages(types={row.resource.type for row in rows if row.resource is not None})
    for row in rows:
        assert row.resource is not None
        assert row.system_id is not None
        row.confirmed_at = at
        row.confirmed_until = in_force.expires_at(
            type=row.resource.type, field=row.field, system_id=row.system_id, observed_at=at
        )
    Evidence.objects.bulk_update(rows, ["confirmed_at", "confirmed_until"], batch_size=1_000)
    return min((row.confirmed_until for row in rows if row.confirmed_until is not None), default=None)


def _target(row: Evidence, refs: dict[tuple[UUID, UUID], str]) -> Target:
    assert row.resource is not None
    assert row.system_id is not None
    ref = refs.get((row.resource.pk, row.system_id), "")
    return Target(
        type=row.resource.type, id=row.resource.key, ref=ref, field=row.field, address=Address.parse(row.address)
    )
