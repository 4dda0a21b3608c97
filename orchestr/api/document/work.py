"""What the door answers about rights, runs and events, for the OpenAPI document."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from orchestr.api.shapes import Json


class Problem(BaseModel):
    """A refusal (RFC 9457): `code` is for programs, `detail` says why, `next` says in one sentence what to do."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    next: str


class Budget(BaseModel):
    kind: str
    limit: int
    used: int
    resets_at: datetime | None


class Me(BaseModel):
    id: UUID
    key: str
    owner: str
    stage: str | None
    sandbox_only: bool


class MyWorkflow(BaseModel):
    id: UUID
    key: str
    version: int
    stage: str
    segments: list[str]
    channels: list[str]
    budgets: list[Budget]


class Writes(BaseModel):
    type: str
    field: str


class MyTool(BaseModel):
    name: str
    system: str
    version: int
    action_class: Literal["read", "draft", "stage", "publish"]
    cost: int
    reversibility: str
    writes: list[Writes]
    input_schema: dict[str, Json]
    output_schema: dict[str, Json]
    segments: list[str]
    channels: list[str]
    limits: dict[str, Json]
    expires_at: datetime | None


class Tools(BaseModel):
    agent: Me
    workflows: list[MyWorkflow]
    tools: list[MyTool]


class RunWorkflow(BaseModel):
    id: UUID
    key: str
    version: int


class Run(BaseModel):
    id: UUID
    state: Literal["queued", "leased", "running", "finished", "failed", "stopped"]
    reason: str | None
    workflow: RunWorkflow
    escalation_owner: str
    rollback_owner: str
    budget: list[Budget]
    sandbox_only: bool
    url: str


class CauseEvent(BaseModel):
    id: str
    type: str
    source: str
    subject: str | None
    data: dict[str, Json]


class LeftOut(BaseModel):
    target: str
    reason: str


class RunWithCause(Run):
    """A run, and the last of the events that are one with the one that started it."""

    event: CauseEvent
    trigger: str | None
    collapsed: int
    left_out: list[LeftOut]


class Proposed(BaseModel):
    id: UUID
    state: str
    url: str


class RunWithProposals(Run):
    proposals: list[Proposed]


class Runs(BaseModel):
    items: list[RunWithProposals]


class Leased(BaseModel):
    run: RunWithCause
    lease: str
    lease_until: datetime


class Stepped(BaseModel):
    number: int
    run: Run


class Evidence(BaseModel):
    id: UUID
    kind: Literal["observed", "claimed"]
    field: str | None
    address: dict[str, Json] | None
    source: str
    value: Json
    sha256: str
    observed_at: datetime
    expires_at: datetime


class Gathered(BaseModel):
    evidence: list[Evidence]


class Event(BaseModel):
    event_id: UUID
    outcome: Literal["started", "coalesced", "suppressed", "capped", "refused"]
    reason: str | None
    run_id: UUID | None


class Events(BaseModel):
    events: list[Event]
