"""All of a workflow but its stage, as plain data: checked, compared with what is in force, and kept with each version."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from orchestr.agents.models import Agent
from orchestr.catalogue.models import Segment
from orchestr.people.functions import DECIDING
from orchestr.people.models import Person
from orchestr.policy.values import Json
from orchestr.refusal import Kind, Refusal
from orchestr.workflows.models import Workflow
from orchestr.workflows.rollout import Default, most_careful
from orchestr.workflows.share import WHOLE_BP
from orchestr.workflows.steps import FALLBACKS, Step, check_steps, parse_steps

_IDS = ("agent", "owner", "escalation_owner", "rollback_owner")
SHORTEST_SLA_S, LONGEST_SLA_S = 60, 30 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """Everything a workflow is but its stage. Persons by id, segments and channels by key.

    `owner` answers for what it decides. `rollback_rota`: whoever is on call rolls back as well. `reviewers` are
    functions, one person of each of which has to say yes wherever people are asked. `sla_s` is the business time
    within which they look; `canary_bp` the share of things that goes on in the stage canary; `feed_fallback` what
    follows when a system it reads has not answered.
    """

    key: str
    name: str
    agent: UUID
    owner: UUID
    escalation_owner: UUID
    rollback_owner: UUID
    goal: str
    success_criteria: str
    runbook: str
    segments: tuple[str, ...]
    channels: tuple[str, ...]
    budgets: dict[str, Json]
    triggers: tuple[str, ...] = ()  # event types that queue a run
    rollout: Default | None = None  # how its sets go out
    rollback_rota: bool = False
    reviewers: tuple[str, ...] = ()
    sla_s: int | None = None
    canary_bp: int = 1_000
    steps: tuple[Step, ...] = ()
    feed_fallback: str = ""

    def wire(self) -> dict[str, Json]:
        raw = asdict(self)
        return {
            **raw,
            **{name: str(raw[name]) for name in _IDS},
            "segments": sorted(self.segments),
            "channels": sorted(self.channels),
            "triggers": sorted(self.triggers),
            "reviewers": sorted(self.reviewers),
            "rollout": None if self.rollout is None else self.rollout.wire(),
            "steps": [step.wire() for step in self.steps],
        }

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> "Definition":
        """From what `wire` gave, of this release or an older one."""
        rollout = raw.get("rollout")
        lists = {name: tuple(sorted(raw.get(name, ()))) for name in ("segments", "channels", "triggers", "reviewers")}
        given = {name: value for name, value in raw.items() if name in cls.__dataclass_fields__}
        ids = {name: UUID(str(raw[name])) for name in _IDS}
        steps = parse_steps(raw.get("steps", ()))
        return cls(
            **given | lists | ids | {"rollout": None if rollout is None else Default.parse(rollout), "steps": steps}
        )

    def check(self) -> None:
        """Raise Refusal (422): `workflow_incomplete`, `budget_value`, `workflow_value` or `step_unusable`."""
        persons = {self.owner, self.escalation_owner, self.rollback_owner}
        known = Segment.objects.filter(key__in=self.segments).count()
        complete = (
            self.goal.strip()
            and self.success_criteria.strip()
            and self.segments
            and known == len(set(self.segments))
            and Person.objects.filter(pk__in=persons).count() == len(persons)
            and Agent.objects.filter(pk=self.agent, retired_at=None).exists()
        )
        if not complete:
            raise Refusal(
                Kind.UNPROCESSABLE,
                "workflow_incomplete",
                "A workflow needs a goal, success criteria, an agent, an owner, an escalation owner, a rollback owner"
                " and segments.",
                next="Fill in what is missing: nothing runs without somebody who answers for it.",
            )
        if any(type(limit) is not int or limit < 0 for limit in self.budgets.values()):
            raise Refusal(
                Kind.UNPROCESSABLE, "budget_value", "A budget is a whole number.", next="Enter whole numbers."
            )
        if wrong := self._wrong():
            raise Refusal(Kind.UNPROCESSABLE, "workflow_value", wrong, next="Correct it and save the workflow again.")
        check_steps(self.steps)

    def _wrong(self) -> str:
        if not 1 <= self.canary_bp <= WHOLE_BP:
            return "The canary share lies above 0 and is at most 100 %."
        if self.sla_s is not None and not SHORTEST_SLA_S <= self.sla_s <= LONGEST_SLA_S:
            return "People look within a minute to thirty days."
        if not set(self.reviewers) <= {str(each) for each in DECIDING}:
            return "Reviewers are named by the functions that decide."
        if self.feed_fallback not in ("", *FALLBACKS):
            return "What follows when a feed fails is one of: hold, narrow, raise_tier."
        return ""


def definition_of(workflow: Workflow) -> Definition:
    """What is in force (one query)."""
    return Definition(
        key=workflow.key,
        name=workflow.name,
        agent=workflow.agent_id,
        owner=workflow.owner_id,
        escalation_owner=workflow.escalation_owner_id,
        rollback_owner=workflow.rollback_owner_id,
        goal=workflow.goal,
        success_criteria=workflow.success_criteria,
        runbook=workflow.runbook,
        segments=tuple(workflow.segments.order_by("key").values_list("key", flat=True)),
        channels=tuple(workflow.channels),
        budgets=workflow.budgets,
        triggers=tuple(workflow.triggers),
        rollout=None if workflow.rollout is None else Default.parse(workflow.rollout),
        rollback_rota=workflow.rollback_rota,
        reviewers=tuple(workflow.reviewers),
        sla_s=workflow.sla_s,
        canary_bp=workflow.canary_bp,
        steps=parse_steps(workflow.steps),
        feed_fallback=workflow.feed_fallback,
    )


def widens(before: Definition, after: Definition) -> list[str]:
    """The parts of `after` that give the automaton more right or people less control, by name; none: it narrows."""
    sets = ("segments", "channels", "triggers")
    found = [name for name in sets if not set(getattr(after, name)) <= set(getattr(before, name))]
    checks = {
        "agent": after.agent != before.agent,
        "budgets": _looser(before.budgets, after.budgets),
        "rollout": _less_careful(before.rollout, after.rollout),
        "reviewers": not set(before.reviewers) <= set(after.reviewers),
        "canary_bp": after.canary_bp > before.canary_bp,
        "steps": _steps_less(before.steps, after.steps),
        "feed_fallback": _milder(before.feed_fallback, after.feed_fallback),
    }
    return sorted(found + [name for name, wider in checks.items() if wider])


def _looser(before: Mapping[str, Json], after: Mapping[str, Json]) -> bool:
    return any(name not in after or after[name] > limit for name, limit in before.items())


def _less_careful(before: Default | None, after: Default | None) -> bool:
    """Whether less than before would go out in shares, or on wider terms."""
    if before is None:
        return False
    return (
        after is None or not after.covers(before.from_tier) or most_careful([before.terms, after.terms]) != after.terms
    )


def _milder(before: str, after: str) -> bool:
    """Whether less would follow. Holding is strictest; what narrows and what raises the tier are no less than nothing."""
    if before == after or after == "hold":
        return False
    return bool(before)


def _steps_less(before: tuple[Step, ...], after: tuple[Step, ...]) -> bool:
    """Whether a step is gone, moved, asked less often, longer or more often tried, or followed by less."""
    names = [step.kind for step in after]
    held = [step.kind for step in before]
    if [name for name in names if name in held] != held:
        return True
    there = {step.kind: step for step in after}
    return any(_less(step, there[step.kind]) for step in before)


def _less(before: Step, after: Step) -> bool:
    longer = before.timeout_s is not None and (after.timeout_s is None or after.timeout_s > before.timeout_s)
    oftener = after.retry_transient > before.retry_transient or after.retry_ambiguous > before.retry_ambiguous
    seldom = after.when != "always" and (before.when, before.of) != (after.when, after.of)
    return longer or oftener or seldom or _milder(before.fallback, after.fallback)
