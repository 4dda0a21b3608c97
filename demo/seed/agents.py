"""The demo's agents: what each may do with which tools, in which workflow. Ada asks, Olga confirms."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from demo.seed.company import APPAREL, CHANNELS, OUTDOOR
from orchestr.agents.grants import Extent, live_scope, set_scope
from orchestr.agents.models import Agent, AgentToken, Tool
from orchestr.agents.register import register_agent
from orchestr.agents.tokens import fingerprint, issue_token
from orchestr.agents.tools import register_tools
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.people.models import Account, Person
from orchestr.workflows.define import change_workflow, define_workflow
from orchestr.workflows.definition import Definition
from orchestr.workflows.models import Stage, Workflow

TOKEN_LIFE = timedelta(days=365)
REASON = "The demonstration starts with it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A demo agent: `writes` are the (type, field) pairs whose tools it is given, none for noscope."""

    key: str
    name: str
    description: str
    workflow: str
    workflow_name: str
    goal: str
    success: str
    runbook: str
    writes: tuple[tuple[str, str], ...] = ()
    reads: bool = True
    field_classes: frozenset[str] = frozenset()
    budgets: dict[str, int] = field(default_factory=dict)


AGENTS = (
    Role(
        key="repricer",
        name="Repricer",
        description="Proposes lower prices for what is slow or overstocked, within the margin.",
        workflow="clearance",
        workflow_name="Clearance",
        goal="Sell what has stood too long, at a price that still earns its cost.",
        success="Stock cover of the items falls below 90 days; margin stays above the floor; nothing is put back.",
        runbook="Look at the change table first. If one price is wrong, revert that item; if the pattern is wrong, "
        "freeze workflow:clearance and revert the proposal, then tell Ada.",
        writes=(("variant", "price"),),
        field_classes=frozenset({"cost"}),
        budgets={"runs_per_day": 2_000, "changes_per_day": 5_000, "steps": 200, "time_s": 3_600, "proposals": 200},
    ),
    Role(
        key="copywriter",
        name="Copywriter",
        description="Proposes better texts for products whose copy is thin. Makes no claims.",
        workflow="copy-upkeep",
        workflow_name="Copy upkeep",
        goal="Every product has a description that says what it is for.",
        success="No description is shorter than two sentences; nothing is put back.",
        runbook="Copy without claims goes out unattended. If a text is wrong, revert it and freeze "
        "workflow:copy-upkeep until its owner has looked.",
        writes=(("product", "title"), ("product", "description")),
        budgets={"runs_per_day": 2_000, "changes_per_day": 2_000, "steps": 200, "time_s": 3_600, "proposals": 200},
    ),
    Role(
        key="noscope",
        name="No scope",
        description="Holds a token and no scope: everything it proposes is refused.",
        workflow="assortment",
        workflow_name="Assortment",
        goal="Show that an agent without a scope can do nothing.",
        success="Nothing is ever published.",
        runbook="Nothing to put back.",
        reads=False,
        budgets={"runs_per_day": 100, "changes_per_day": 100, "steps": 50, "time_s": 3_600, "proposals": 50},
    ),
)


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the agents work: segments and channels, wider once another shop stands beside the demo's own."""

    segments: frozenset[str] = frozenset({APPAREL, OUTDOOR})
    channels: frozenset[str] = frozenset(CHANNELS)

    @property
    def added(self) -> frozenset[str]:
        """What the other shop brought."""
        return self.segments - {APPAREL, OUTDOOR}


def employ(
    *, people: dict[str, Account], ground: Ground, at: datetime, roles: Sequence[Role] = AGENTS
) -> dict[str, Agent]:
    """Agents, the tools there are, scopes on those each one needs, and their workflows."""
    ada, olga = people["ada"], people["olga"]
    register_tools(at=at)
    employed = {}
    for role in roles:
        agent = Agent.objects.filter(key=role.key).first() or register_agent(
            key=role.key,
            name=role.name,
            description=role.description,
            owner=_person(ada),
            by=ada,
            at=at,
        )
        for tool in _tools(role):
            _scope(agent, tool, role, ground, ada, olga, at)
        _workflow(agent, role, people, ground, at)
        employed[role.key] = agent
    return employed


def hand_out(agent: Agent, *, held: str, by: Account, at: datetime) -> str:
    """The token the agent holds already if it still opens the door, else a new one."""
    live = AgentToken.objects.filter(agent=agent, sha256=fingerprint(held), revoked_at=None, expires_at__gt=at)
    if held and live.exists():
        return held
    return issue_token(agent_id=agent.pk, by=by, at=at, life=TOKEN_LIFE)[1]


def _tools(role: Role) -> list[Tool]:
    wanted = set(role.writes)
    found = []
    for tool in Tool.objects.filter(withdrawn_at=None).select_related("system").order_by("name"):
        written = {(each["type"], each["field"]) for each in tool.writes}
        reads = role.reads and tool.action_class == "read"
        if reads or (written and written <= wanted):
            found.append(tool)
    return found


def _scope(agent: Agent, tool: Tool, role: Role, ground: Ground, ada: Account, olga: Account, at: datetime) -> None:
    there = live_scope(agent, tool)
    held = None if there is None else Extent.of(there)
    if held is not None and ground.added <= held.segments:
        return  # What an admin has set since stays as it is.
    reads = tool.action_class == "read"
    extent = Extent(
        segments=ground.segments if held is None else held.segments | ground.added,
        channels=ground.channels if held is None else held.channels | ground.channels,
        field_classes=role.field_classes if reads else frozenset(),
        limits={} if reads else {"changes_per_proposal": 100},
    )
    asked = set_scope(agent_id=agent.pk, tool_id=tool.pk, extent=extent, reason=REASON, by=ada, at=at)
    confirm(asked, by=olga, at=at)


def _workflow(agent: Agent, role: Role, people: dict[str, Account], ground: Ground, at: datetime) -> None:
    ada, olga = people["ada"], people["olga"]
    definition = Definition(
        key=role.workflow,
        name=role.workflow_name,
        agent=agent.pk,
        owner=_person(ada).pk,
        escalation_owner=_person(people["omar"]).pk,
        rollback_owner=_person(olga).pk,
        rollback_rota=True,
        goal=role.goal,
        success_criteria=role.success,
        runbook=role.runbook,
        segments=tuple(sorted(ground.segments)),
        channels=tuple(sorted(ground.channels)),
        budgets=dict(role.budgets),
    )
    workflow = Workflow.objects.filter(key=role.workflow).first()
    if workflow is None:
        define_workflow(definition=definition, by=ada, at=at, stage=Stage.TRUSTED)
    elif not _covers(workflow, ground):
        asked = change_workflow(workflow_id=workflow.pk, definition=definition, by=ada, at=at, reason=REASON)
        confirm(asked, by=olga, at=at)


def _covers(workflow: Workflow, ground: Ground) -> bool:
    return ground.added <= set(workflow.segments.values_list("key", flat=True))


def confirm(asked: object, *, by: Account, at: datetime) -> None:
    """The second person's yes, where one is needed."""
    if isinstance(asked, ControlChange):
        control.confirm(change_id=asked.pk, digest=asked.digest, by=by, at=at)


def _person(account: Account) -> Person:
    if account.person is None:
        raise ValueError(f"{account.username} belongs to nobody")
    return account.person
