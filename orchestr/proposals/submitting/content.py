"""What a proposer brings, before it has rows."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from orchestr.catalogue.plans import ProposedChange
from orchestr.policy.facts.proposal import Atomicity
from orchestr.policy.values import Json
from orchestr.workflows.rollout import Terms

if TYPE_CHECKING:
    from orchestr.agents.models import AgentToken
    from orchestr.people.models import Account
    from orchestr.runs.models import Run
    from orchestr.workflows.models import Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A proposal's body: `confidence_bp` in basis points, `evidence` by id, `changes` in their order.

    Nothing of it goes out before `not_before`, where it names one; with `rollout` a first share goes out alone.
    """

    summary: str
    rationale: str
    confidence_bp: int | None
    atomicity: Atomicity
    evidence: tuple[UUID, ...]
    changes: tuple[ProposedChange, ...]
    objectives: dict[str, Json] = field(default_factory=dict)
    alternatives: list[Json] = field(default_factory=list)
    predictions: list[Json] = field(default_factory=list)
    not_before: datetime | None = None
    rollout: Terms | None = None


@dataclass(frozen=True, slots=True)
class AgentProposer:
    """An agent, within a run, by one of its tokens. A dry check may name a workflow instead of a run."""

    token: "AgentToken"
    run: "Run | None"
    checked_for: "Workflow | None" = None

    @property
    def workflow(self) -> "Workflow":
        workflow = self.run.workflow if self.run is not None else self.checked_for
        if workflow is None:
            raise ValueError("An agent proposes within a run, or checks for a workflow.")
        return workflow

    @property
    def sandbox_only(self) -> bool:
        """Whether what it proposes may be written to sandboxes alone: by a test token, or in a run of a drill."""
        return self.token.sandbox_only or (self.run is not None and self.run.sandbox_only)

    @property
    def in_drill(self) -> bool:
        """Whether a rehearsal proposes in the agent's place."""
        return self.run is not None and self.run.drill_id is not None


@dataclass(frozen=True, slots=True)
class PersonProposer:
    account: "Account"
    sandbox_only: bool = False


Proposer = AgentProposer | PersonProposer
