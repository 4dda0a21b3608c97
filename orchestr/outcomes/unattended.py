"""The worst unattended day of workflows, an agent or all: scopes, stages, budgets and policy against the catalogue."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from orchestr.agents.grants import KIND as SCOPE
from orchestr.agents.grants import Extent
from orchestr.agents.models import Agent, Tool
from orchestr.agents.scopes import Reach as Scope
from orchestr.agents.scopes import reach_of
from orchestr.catalogue.tree import covers, tree, with_descendants
from orchestr.governance.models import ControlChange
from orchestr.outcomes.positions import Catalogue, Standing
from orchestr.policy.ruleset import Policy, parse_policy
from orchestr.policy.unattended.asked import Proposer
from orchestr.policy.unattended.day import Reach, Worst, worst_day
from orchestr.policy.unattended.steps import Position
from orchestr.rulebook.in_force import in_force
from orchestr.rulebook.models import PolicyVersion
from orchestr.rulebook.publish import KIND as POLICY
from orchestr.runs.budgets import limit_of
from orchestr.workflows.extent import covered_by
from orchestr.workflows.models import Stage, Workflow
from orchestr.workflows.stage import KIND as STAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One bound: `reached` field addresses lie within scopes, whatever policy says of them."""

    worst: Worst
    reached: int
    unsold: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What would be different: a policy, stages by workflow, scopes by agent. Nothing: as it stands."""

    policy: Policy | None = None
    stages: Mapping[UUID, str] = field(default_factory=dict)
    scopes: Mapping[UUID, list[Scope]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Widening:
    """A control change and what it does to the worst day of those it concerns; `who` is "" for all together."""

    who: str
    before: Day
    after: Day


class Bounds:
    """Reads the catalogue once and bounds as often as asked. Reads only."""

    def __init__(self, *, at: datetime) -> None:
        self.at = at

    @cached_property
    def _catalogue(self) -> Catalogue:
        return Catalogue.load(at=self.at)

    @cached_property
    def _policy(self) -> Policy | None:
        published = PolicyVersion.objects.filter(state="published", effective_from__lte=self.at).exists()
        return in_force(at=self.at) if published else None

    def of_workflow(self, workflow: Workflow, settings: Settings | None = None) -> Day:
        return self._of([workflow], settings)

    def of_agent(self, agent: Agent, settings: Settings | None = None) -> Day:
        return self._of(_workflows().filter(agent=agent), settings)

    def of_all(self, settings: Settings | None = None) -> Day:
        return self._of(_workflows(), settings)

    def of_change(self, change: ControlChange) -> Widening | None:
        """Before and after of a scope, a stage or a policy; None for what has no bearing on it."""
        after: dict[str, Any] = dict(change.after or {})
        if change.kind == SCOPE:
            agent = Agent.objects.filter(pk=after["agent"]).first()
            return (
                None
                if agent is None
                else self._widened(agent.name, _workflows().filter(agent=agent), self._scoped(agent, after))
            )
        if change.kind == STAGE:
            workflow = _workflows().filter(key=change.target.removeprefix("workflow:")).first()
            if workflow is None:
                return None
            return self._widened(workflow.name, [workflow], Settings(stages={workflow.pk: str(after["stage"])}))
        if change.kind == POLICY:
            row = PolicyVersion.objects.filter(number=after["number"]).first()
            if row is None:
                return None
            return self._widened("", _workflows(), Settings(policy=parse_policy(row.rules, number=row.number)))
        return None

    def _widened(self, who: str, workflows: Iterable[Workflow], settings: Settings) -> Widening:
        listed = list(workflows)
        return Widening(who=who, before=self._of(listed, None), after=self._of(listed, settings))

    def _scoped(self, agent: Agent, after: dict[str, Any]) -> Settings:
        """The agent's scopes with this one in place of what it holds on the tool."""
        tool = Tool.objects.select_related("system").filter(pk=after["tool"]).first()
        held = [each for each in reach_of(agent, at=self.at) if tool is None or each.tool != tool.name]
        if tool is not None:
            extent = Extent.parse({name: value for name, value in after.items() if name in Extent.__dataclass_fields__})
            held.append(_scope(tool, extent))
        return Settings(scopes={agent.pk: held})

    def _of(self, workflows: Iterable[Workflow], settings: Settings | None) -> Day:
        asked = settings or Settings()
        policy = asked.policy or self._policy
        if policy is None:  # nothing is judged, so nothing goes out
            return Day(worst=Worst(), reached=0, unsold=self._catalogue.unsold)
        reaches, reached = [], set()
        for workflow in workflows:
            stage = asked.stages.get(workflow.pk, str(workflow.stage))
            if stage == Stage.SHADOW or not workflow.enabled or workflow.agent.retired_at is not None:
                continue  # nothing of it is ever published
            scopes = asked.scopes.get(workflow.agent_id)
            positions = self._within(workflow, reach_of(workflow.agent, at=self.at) if scopes is None else scopes)
            reached |= {each.key for each in positions}
            who = Proposer(agent=workflow.agent.key, workflow=workflow.key, stage=stage)
            reaches.append(
                Reach(proposer=who, positions=positions, changes_per_day=limit_of(workflow, "changes_per_day"))
            )
        worst = worst_day(reaches, self._catalogue.sales, policy, at=int(self.at.timestamp()))
        return Day(worst=worst, reached=len(reached), unsold=self._catalogue.unsold)

    def _within(self, workflow: Workflow, scopes: list[Scope]) -> list[Position]:
        covered, channels = covered_by(workflow.pk), frozenset(workflow.channels)
        publishing = [each for each in scopes if each.action_class == "publish"]
        return [
            each.position
            for each in self._catalogue.standing
            if covers(covered, each.segment_ids, each.rule_ids)
            and (not each.position.item.channel or each.position.item.channel in channels)
            and any(_covers(scope, each) for scope in publishing)
        ]


def _covers(scope: Scope, standing: Standing) -> bool:
    item = standing.position.item
    return (
        scope.system in standing.systems
        and (item.type, item.field) in scope.writes
        and covers(scope.segment_ids, standing.segment_ids, standing.rule_ids)
        and (not item.channel or item.channel in scope.channels)
    )


def _scope(tool: Tool, extent: Extent) -> Scope:
    known = tree().ids
    return Scope(
        scope_id=tool.pk,
        tool=tool.name,
        tool_version=tool.version,
        system=tool.system.key,
        action_class=tool.action_class,
        writes=frozenset((each["type"], each["field"]) for each in tool.writes),
        segment_ids=with_descendants(known[key] for key in extent.segments if key in known),
        channels=extent.channels,
        field_classes=extent.field_classes,
        limits=extent.limits,
        expires_at=extent.expires_at,
    )


def _workflows() -> Any:
    return Workflow.objects.select_related("agent").order_by("key")
