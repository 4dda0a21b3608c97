"""Where proposal rows are locked. Order everywhere: proposal → decision → execution → item."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from orchestr.agents.models import Agent
from orchestr.catalogue.models import SegmentSet
from orchestr.prepared import columns, made, prepared
from orchestr.proposals.models import Proposal, Version
from orchestr.refusal import absent
from orchestr.workflows.models import Workflow

_PROPOSALS = f"""
SELECT {columns(Proposal, "p")}, {columns(SegmentSet, "s")}, {columns(Agent, "a")}, {columns(Workflow, "w")}
FROM orchestr_proposal p
JOIN orchestr_segment_set s ON s.id = p.segment_set_id
LEFT JOIN orchestr_agent a ON a.id = p.agent_id
LEFT JOIN orchestr_workflow w ON w.id = p.workflow_id
"""  # noqa: S608 - made of the models' own columns
_LOCKED = f"{_PROPOSALS} WHERE p.id = %s::uuid FOR UPDATE OF p"
_FREE = f"{_PROPOSALS} WHERE p.id = ANY(%s::uuid[]) ORDER BY p.id FOR UPDATE OF p SKIP LOCKED"
_CURRENT = f"""
SELECT {columns(Version, "v")} FROM unnest(%s::uuid[], %s::int[]) AS n (proposal_id, number)
JOIN orchestr_version v ON v.proposal_id = n.proposal_id AND v.number = n.number
"""  # noqa: S608 - made of the models' own columns


def in_transaction() -> None:
    """Operations never open the durable transaction themselves; the door or task does."""
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")


def lock(proposal_id: UUID) -> Proposal:
    """The proposal as it is now, locked for this transaction. Raises Refusal (absent)."""
    in_transaction()
    with prepared() as cursor:
        cursor.execute(_LOCKED, [proposal_id])
        row = cursor.fetchone()
    if row is None:
        raise absent("proposal")
    return _made(row)


def lock_free(proposal_ids: Collection[UUID]) -> list[Proposal]:
    """Those of these proposals that nobody holds, locked for this transaction, in the order of their keys."""
    in_transaction()
    with prepared() as cursor:
        cursor.execute(_FREE, [list(proposal_ids)])
        return [_made(row) for row in cursor.fetchall()]


def _made(row: Sequence[Any]) -> Proposal:
    proposal, rest = made(Proposal, row)
    proposal.segment_set, rest = made(SegmentSet, rest)
    agent, rest = made(Agent, rest)
    workflow, _ = made(Workflow, rest)
    proposal.agent = agent if proposal.agent_id is not None else None
    proposal.workflow = workflow if proposal.workflow_id is not None else None
    return proposal


def lock_all(proposal_ids: Collection[UUID]) -> list[Proposal]:
    """These proposals with their segments, locked one after another by primary key; absent ones are left out."""
    in_transaction()
    rows = Proposal.objects.select_for_update(of=("self",)).filter(pk__in=list(proposal_ids)).order_by("pk")
    return list(rows.select_related("segment_set"))


def current(proposal: Proposal) -> Version:
    """The version people are looking at."""
    return current_each([proposal])[proposal.pk]


def current_each(proposals: Collection[Proposal]) -> dict[UUID, Version]:
    """`current` for several proposals (one query), by the proposal's id."""
    with prepared() as cursor:
        cursor.execute(_CURRENT, [[each.pk for each in proposals], [each.number for each in proposals]])
        versions = [made(Version, row)[0] for row in cursor.fetchall()]
    found = {version.proposal_id: version for version in versions}
    if len(found) < len(proposals):
        gone = next(each for each in proposals if each.pk not in found)
        raise Version.DoesNotExist(f"version {gone.number} of {gone.pk}")
    return found


def has_intent(proposal: Proposal) -> bool:
    """Whether a forward write of the current version was ever intended: from then on it cannot be changed."""
    return proposal.executions.filter(
        kind="apply", version__number=proposal.number, items__intended_at__isnull=False
    ).exists()


def is_claimed(proposal: Proposal) -> bool:
    """Whether an execution of the current version has been claimed: decisions stand from then on."""
    return (
        proposal.executions.filter(kind="apply", version__number=proposal.number)
        .exclude(state__in=("stopped", "held"))
        .exists()
    )
