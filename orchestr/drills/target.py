"""The thing a drill plays on: one that the workflow's agent may write, and that lies in a sandbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from orchestr.agents.scopes import Reach, reach_of
from orchestr.catalogue.models import FieldValue, System
from orchestr.drills.outage import can_play_dead
from orchestr.drills.scenarios.base import Scenario
from orchestr.policy.values import Address, Json
from orchestr.refusal import Kind, Refusal
from orchestr.workflows.extent import covered_by
from orchestr.workflows.models import Workflow

MOST_LOOKED_AT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One field address of one thing in a sandbox, with what it holds as the catalogue last read it."""

    system: System
    type: str
    key: str
    title: str
    field: str
    address: Address
    kind: str
    value: Json
    segment_ids: tuple[UUID, ...]

    def wire(self) -> dict[str, Json]:
        """As the drill keeps it."""
        return {
            "type": self.type,
            "key": self.key,
            "title": self.title,
            "field": self.field,
            "address": self.address.wire(),
            "kind": self.kind,
        }


def reaches_sandbox(workflow: Workflow, *, at: datetime) -> bool:
    """Whether its agent may write to a system that is marked as a sandbox (two queries)."""
    return bool(_sandboxes(_writing(workflow, at)))


def find_target(workflow: Workflow, *, wanted: Scenario, at: datetime) -> Target:
    """The first thing by its key, of a kind of value that the scenario wants, that the agent may write in a sandbox.

    Raises Refusal: 409 `no_sandbox` where the agent may write to none, 409 `no_outage` where none can play dead and the
    scenario needs it, 409 `no_sandbox_target` where nothing there fits. Four queries at most for each tool that reaches
    a sandbox.
    """
    writing = _writing(workflow, at)
    sandboxes = _sandboxes(writing)
    if not sandboxes:
        raise Refusal(
            Kind.CONFLICT,
            "no_sandbox",
            f"The agent of {workflow.key} may write to no system that is marked as a sandbox.",
            next="Connect a copy of the shop, mark it as a sandbox, and give the agent the same tool there.",
            about={"workflow": str(workflow.pk)},
        )
    if wanted.plays_dead:
        sandboxes = {key: each for key, each in sandboxes.items() if can_play_dead(each)}
        if not sandboxes:
            raise _no_outage(workflow)
    within = covered_by(workflow.pk)
    for reach in sorted(writing, key=lambda each: (each.system, each.tool)):
        if reach.system in sandboxes:
            found = _of(reach, sandboxes[reach.system], workflow, within, wanted.kinds)
            if found is not None:
                return found
    raise Refusal(
        Kind.CONFLICT,
        "no_sandbox_target",
        "Nothing in the sandbox fits: the agent may write no such field there, on these segments and channels.",
        next="Choose another scenario, or let the workflow and the agent's scope cover a thing of the sandbox.",
        params={"kinds": sorted(wanted.kinds)},
        about={"workflow": str(workflow.pk)},
    )


def _no_outage(workflow: Workflow) -> Refusal:
    return Refusal(
        Kind.CONFLICT,
        "no_outage",
        "No sandbox that the agent may write to can be told to play dead.",
        next="Use a connector that offers it (see docs/connectors.md), or choose another scenario.",
        about={"workflow": str(workflow.pk)},
    )


def _writing(workflow: Workflow, at: datetime) -> list[Reach]:
    return [each for each in reach_of(workflow.agent, at=at) if each.action_class == "publish"]


def _sandboxes(writing: Sequence[Reach]) -> dict[str, System]:
    reached = {each.system for each in writing}
    return {each.key: each for each in System.objects.filter(key__in=reached, sandbox=True, enabled=True)}


def _of(
    reach: Reach, system: System, workflow: Workflow, within: frozenset[UUID], kinds: frozenset[str]
) -> Target | None:
    channels = reach.channels & set(workflow.channels)
    for type, field in sorted(reach.writes):
        rows = FieldValue.objects.filter(system=system, resource__type=type, resource__gone_at=None, field=field)
        rows = rows.filter(kind__in=kinds, value__isnull=False).select_related("resource")
        for row in rows.order_by("resource__key", "address_key").prefetch_related("resource__segments")[
            :MOST_LOOKED_AT
        ]:
            segments = {each.pk for each in row.resource.segments.all()}
            channel = row.address.get("channel")
            if segments and segments <= within & reach.segment_ids and (channel is None or channel in channels):
                return _target(row, system, segments)
    return None


def _target(row: Any, system: System, segments: set[UUID]) -> Target:
    return Target(
        system=system,
        type=row.resource.type,
        key=row.resource.key,
        title=row.resource.title,
        field=row.field,
        address=Address.parse(row.address),
        kind=row.kind,
        value=row.value,
        segment_ids=tuple(sorted(segments, key=str)),
    )
