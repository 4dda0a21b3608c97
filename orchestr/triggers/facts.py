"""Loads what `suppression.judge` has to know: of the workflow, and of the things events are about."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from orchestr.catalogue.models import ValueHistory
from orchestr.catalogue.tree import Tree, tree, with_descendants
from orchestr.freezes.guard import standing
from orchestr.freezes.targets import ALL, Target
from orchestr.prepared import prepared
from orchestr.proposals.models import Proposal
from orchestr.triggers.definition import Holds
from orchestr.triggers.suppression import Facts
from orchestr.workflows.models import Workflow

_THINGS = """
SELECT r.key, r.id, ARRAY(SELECT s.segment_id FROM orchestr_resource_segment s WHERE s.resource_id = r.id
    UNION ALL SELECT m.segmentrule_id FROM orchestr_rule_member m WHERE m.resource_id = r.id)
FROM orchestr_resource r WHERE r.type = %(type)s::text AND r.key = ANY(%(keys)s::text[])
"""
_INCIDENT = """
SELECT EXISTS (SELECT 1 FROM orchestr_incident i LEFT JOIN orchestr_proposal p ON p.id = i.proposal_id
               WHERE i.closed_at IS NULL AND (i.workflow_id = %(workflow)s::uuid OR p.workflow_id = %(workflow)s::uuid))
"""
# What shoppers change all day by buying is no edit of anybody's.
BY_SELLING = ("on_hand",)


@dataclass(frozen=True, slots=True)
class Things:
    """The things that targets name: their ids, and the segments they lie in or are held by as a rule; what nobody
    knows is in neither."""

    ids: Mapping[str, UUID]
    segments: Mapping[str, frozenset[UUID]]


def things(targets: Collection[str]) -> Things:
    """Look these up (one query for each type of thing)."""
    keys: dict[str, set[str]] = defaultdict(set)
    for target in targets:
        type, _, key = target.partition("/")
        keys[type].add(key)
    ids: dict[str, UUID] = {}
    segments: dict[str, frozenset[UUID]] = {}
    with prepared() as cursor:
        for type, named in sorted(keys.items()):
            cursor.execute(_THINGS, {"type": type, "keys": sorted(named)})
            for key, id, lies_in in cursor.fetchall():
                ids[f"{type}/{key}"] = id
                segments[f"{type}/{key}"] = frozenset(lies_in)
    return Things(ids, segments)


def facts_for(workflow: Workflow, holds: Holds, known: Things, *, at: datetime) -> Facts:
    """The facts of one trigger for all these things (at most six queries)."""
    edited, others = _hands(workflow, holds, known, at)
    return Facts(
        frozen=_is_frozen(workflow),
        open_incident=holds.incident and _has_incident(workflow),
        frozen_targets=_frozen_targets(known),
        protected_targets=_protected(holds, known),
        edited_at=edited,
        other_agent_at=others,
    )


def _is_frozen(workflow: Workflow) -> bool:
    return bool(standing([ALL, Target("workflow", workflow.key), Target("agent", workflow.agent.key)]))


def _has_incident(workflow: Workflow) -> bool:
    with prepared() as cursor:
        cursor.execute(_INCIDENT, {"workflow": workflow.pk})
        return bool(cursor.fetchone()[0])


def _frozen_targets(known: Things) -> frozenset[str]:
    """Things that lie, or whose segments lie, in a frozen one."""
    if not known.segments:
        return frozenset()
    all_segments = tree()
    above = {target: _lineage(all_segments, ids) for target, ids in known.segments.items()}
    wanted = {all_segments.keys[id] for ids in above.values() for id in ids}
    frozen = {target.key for target in standing([Target("segment", key) for key in wanted])}
    return frozenset(
        target for target, ids in above.items() if frozen and frozen & {all_segments.keys[id] for id in ids}
    )


def _lineage(all_segments: Tree, ids: Collection[UUID]) -> set[UUID]:
    return {above for id in ids for above in all_segments.lineage(id) if above in all_segments.keys}


def _protected(holds: Holds, known: Things) -> frozenset[str]:
    if not holds.protected or not known.segments:
        return frozenset()
    ids = tree().ids
    named = with_descendants(ids[key] for key in holds.protected if key in ids)
    return frozenset(target for target, segments in known.segments.items() if segments & named)


def _hands(
    workflow: Workflow, holds: Holds, known: Things, at: datetime
) -> tuple[dict[str, datetime], dict[str, datetime]]:
    """When each thing was last changed by hand, and when by another agent; what was seen anew counts as by hand."""
    spans = [span for span in (holds.manual_edit_s, holds.other_agent_s) if span is not None]
    if not spans or not known.ids:
        return {}, {}
    rows = ValueHistory.objects.filter(
        resource_id__in=list(known.ids.values()), since__gt=at - timedelta(seconds=max(spans)), since__lte=at
    ).exclude(cause="imported")
    listed = list(rows.values_list("resource_id", "cause", "field", "since", "proposal_id"))
    proposers = dict(Proposal.objects.filter(pk__in={row[4] for row in listed if row[4]}).values_list("pk", "agent_id"))
    named = {id: target for target, id in known.ids.items()}
    edited: dict[str, datetime] = {}
    others: dict[str, datetime] = {}
    for resource_id, cause, field, since, proposal_id in listed:
        by_agent = proposers.get(proposal_id) if proposal_id else None
        by_hand = field not in BY_SELLING if cause == "observed" else by_agent is None
        if by_hand:
            _latest(edited, named[resource_id], since)
        elif by_agent is not None and by_agent != workflow.agent_id:
            _latest(others, named[resource_id], since)
    return edited, others


def _latest(found: dict[str, datetime], target: str, when: datetime) -> None:
    found[target] = max(when, found.get(target, when))
