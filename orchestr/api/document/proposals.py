"""What the door answers about proposals, for the OpenAPI document."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from orchestr.api.document.measured import Measured
from orchestr.api.document.work import Budget
from orchestr.api.shapes import Json


class Finding(BaseModel):
    rule: str
    code: str
    params: dict[str, Json]
    effect: str
    functions: list[str]
    items: list[int]
    message: str
    value: Json
    threshold: Json
    unit: str
    weight: int


class Lower(BaseModel):
    """The last value of what a finding looks at that would be one effect less."""

    rule: str
    code: str
    items: list[int]
    parameters: list[str]
    limit: str | None
    value: Json
    unit: str
    effect: str | None
    alone: bool
    message: str


class Judged(BaseModel):
    refused: bool
    tier: Literal["none", "single", "dual"]
    functions: list[str]
    risk: int
    findings: list[Finding]
    lower: list[Lower]
    budgets: list[Budget]
    conflicts: list[UUID]


class Withheld(BaseModel):
    """A change that its workflow's stage keeps back: it is no part of the plan."""

    change: int
    system: str
    type: str
    id: str
    sku: str
    title: str
    field: str
    address: dict[str, Json]
    kind: str
    before: Json
    after: Json


class Fallback(BaseModel):
    """What holds since a step of the run or a system failed; `cause` is step:<word> or feed:<system>."""

    kind: Literal["hold", "narrow", "raise_tier"]
    cause: str


class Prompt(BaseModel):
    id: str
    version: str | None


class ToolOfLineage(BaseModel):
    name: str
    version: int


class Lineage(BaseModel):
    """What made a version: what its run had told by then, and the tools that would write it."""

    models: list[str]
    prompts: list[Prompt]
    tools: list[ToolOfLineage]
    steps: int
    tokens: int
    cost: int
    tool_calls: int


class Submitted(BaseModel):
    id: UUID
    version: int
    digest: str
    revision: int
    state: Literal["draft", "approved", "published", "reverted", "blocked"]
    blocked_reason: str | None
    turn: str
    tier: Literal["none", "single", "dual"]
    functions: list[str]
    risk: int
    findings: list[Finding]
    plan: list[dict[str, Json]]
    withheld: list[Withheld]
    fallback: Fallback | None
    lineage: Lineage | None
    sandbox_only: bool
    url: str


class Decision(BaseModel):
    verdict: str
    reason_code: str | None
    reason: str
    constraints: dict[str, Json]
    function: str | None
    functions: list[str]
    standing: Literal["standing", "taken_back", "voided"]
    at: datetime
    by: str


class PolicyException(BaseModel):
    id: UUID
    proposal: UUID
    rule: str
    state: str
    functions: list[str]
    items: int
    until: datetime
    url: str


class Item(BaseModel):
    change: int
    operation_key: UUID
    state: str
    outcome: str | None
    observed: Json
    intended_at: datetime | None
    settled_at: datetime | None
    message: str


class Execution(BaseModel):
    id: UUID
    kind: Literal["apply", "revert"]
    state: str
    held_by: Json
    rollout: dict[str, Json] | None
    items: list[Item]


class Drift(BaseModel):
    proposal: UUID
    change: int
    type: str
    id: str
    sku: str | None
    field: str
    address: dict[str, Json]
    system: str
    kind: str
    expected: Json
    live: Json
    seen_at: datetime
    changed_at: datetime | None
    gone_at: datetime | None


class Drifts(BaseModel):
    items: list[Drift]


class Proposal(Submitted):
    """All that its proposer may know of it. `revision` grows with whatever happens to it."""

    summary: str
    submitted_at: datetime
    due_at: datetime | None
    expires_at: datetime | None
    not_before: datetime | None
    rollout: dict[str, Json] | None
    narrowing: Json
    decisions: list[Decision]
    exceptions: list[PolicyException]
    executions: list[Execution]
    drifts: list[Drift]
    measured: list[Measured] | None


class Part(BaseModel):
    id: UUID
    changes: int
    until: datetime


class Feedback(BaseModel):
    """One decision, or with `decided_by` policy what went out without one. `news_at`: decided, or last measured."""

    proposal: UUID
    version: int
    state: str
    decided_by: Literal["person", "policy"]
    verdict: str
    reason_code: str | None
    reason: str
    constraints: dict[str, Json]
    override: Json
    measured: list[Measured] | None
    news_at: datetime
    at: datetime


class Feedbacks(BaseModel):
    items: list[Feedback]
