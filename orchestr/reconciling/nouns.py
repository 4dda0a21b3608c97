"""What each governed row must be, told from its events alone.

A noun names the events that change its rows, and what each of them makes of which column. A value may be a set: after
that event the row is one of these (an intent whose send did not happen goes back without an event of its own). Columns
that end in `_at` are compared as set or not set: the log has its own times.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Model, OuterRef

from audit.canonical import instant
from orchestr.agents.models import Agent, AgentToken, Scope
from orchestr.commitments.models import Commitment
from orchestr.discrepancies.models import Acknowledgement
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.freezes.models import Freeze
from orchestr.governance.models import ControlChange
from orchestr.outcomes.measuring.models import Measurement
from orchestr.proposals.exception_models import PolicyException
from orchestr.proposals.models import Decision, Proposal
from orchestr.rulebook.models import PolicyVersion
from orchestr.runs.models import Run
from orchestr.workflows.models import Workflow

type Told = Mapping[str, Any]
type Tell = Callable[[Mapping[str, Any]], Told]
type Step = Told | Tell
type Row = tuple[UUID, Told]

ABSENT: Told = {"": "absent"}  # the row is gone, as its last event says


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """`unsaid` is what a row without any event may be; without it, each row has events."""

    name: str  # what the event is about
    model: type[Model]
    columns: tuple[str, ...]
    steps: Mapping[str, Step]
    unsaid: Told | None = None
    rows: Callable[[], Iterable[Row]] | None = field(default=None)

    def stored(self) -> Iterable[Row]:
        """Every row by its id, in the order of ids, streamed."""
        if self.rows is not None:
            yield from self.rows()
            return
        found = self.model._default_manager.order_by("pk").values_list("pk", *self.columns)
        for id, *values in found.iterator(chunk_size=2_000):
            yield id, {name: shown(name, value) for name, value in zip(self.columns, values, strict=True)}

    def after(self, told: Told, action: str, data: Mapping[str, Any]) -> Told:
        """What the row is after one more event."""
        step = self.steps[action]
        said = step(data) if callable(step) else step
        return said if said is ABSENT else {**told, **said}


def shown(column: str, value: Any) -> Any:
    """A column's value as events tell it."""
    return value is not None if column.endswith("_at") else value


def _to(*columns: str, **constants: Any) -> Tell:
    """These columns from the event's own parameters, `column=parameter` where they differ, and constants."""
    pairs = [part.partition("=")[::2] for part in columns]

    def step(data: Mapping[str, Any]) -> Told:
        return {column: data.get(parameter or column) for column, parameter in pairs} | constants

    return step


def _states(prefix: str, **verbs: str) -> dict[str, Step]:
    return {f"{prefix}.{verb}": {"state": state} for verb, state in verbs.items()}


def _kept_to_sandboxes(step: Tell) -> Tell:
    """Said only where it is so; a later version is kept to them as well."""
    return lambda data: {**step(data), **({"sandbox_only": True} if data.get("sandbox_only") else {})}


_VERSION = _kept_to_sandboxes(_to("state", "digest", "number=version"))
PROPOSAL = Noun(
    name="proposal",
    model=Proposal,
    columns=("state", "digest", "number", "sandbox_only"),
    steps={
        "proposal.submitted": lambda data: {"sandbox_only": False, **_VERSION(data)},
        "proposal.version_added": _VERSION,
        "proposal.narrowed": _to("digest", "number=version"),
        "proposal.decision.taken_back": _to("state"),
        **_states(
            "proposal",
            approved="approved",
            blocked="blocked",
            withdrawn="blocked",
            expired="blocked",
            superseded="blocked",
            reopened="draft",
            requeued="draft",
            published="published",
            reverted="reverted",
        ),
    },
)

DECISION = Noun(
    name="decision",
    model=Decision,
    columns=("verdict", "digest", "taken_back_at", "voided_at"),
    steps={
        "proposal.decision.recorded": _to("verdict", "digest", taken_back_at=False, voided_at=False),
        "proposal.decision.taken_back": {"taken_back_at": True},
        "proposal.decision.voided": {"voided_at": True},
    },
)

EXECUTION = Noun(
    name="execution",
    model=Execution,
    columns=("state",),
    steps=_states(
        "execution",
        queued="queued",
        claimed="running",
        released="queued",
        held="held",
        needs_person="needs_person",
        finished="done",
        stopped="stopped",
    ),
)


def _settled(data: Mapping[str, Any]) -> Told:
    """A person's "try again" names the state it was in; a backward item then starts anew."""
    outcome = data["outcome"]
    return {"state": {outcome, "pending"} if data.get("code") == "person_retry" else outcome}


ITEM = Noun(
    name="item",
    model=ExecutionItem,
    columns=("state",),
    # What is certain never to have been sent goes back to pending; the first releases left no event of that.
    steps={
        "execution.intent": {"state": {"intended", "pending"}},
        "execution.intent_withdrawn": {"state": "pending"},
        "execution.item_settled": _settled,
    },
    unsaid={"state": "pending"},
)


def _started(data: Mapping[str, Any]) -> Told:
    """At once, with the event that it is for, or after it waited: then it was said already what it is kept to."""
    at_once = {"sandbox_only": data.get("sandbox_only", False)} if "source" in data else {}
    return {"state": "running", **at_once}


RUN = Noun(
    name="run",
    model=Run,
    columns=("state", "sandbox_only"),
    steps=_states(
        "run",
        leased="leased",
        expired="queued",
        finished="finished",
        failed="failed",
        stopped="stopped",
    )
    | {
        "run.queued": _kept_to_sandboxes(_to(state="queued", sandbox_only=False)),
        "run.started": _started,
    },
)


def _scopes() -> Iterable[Row]:
    through = Scope.segments.through.objects.filter(scope=OuterRef("pk")).order_by("segment__key")
    found = Scope.objects.order_by("pk").annotate(keys=ArraySubquery(through.values("segment__key")))
    for scope in found.iterator(2_000):
        told = {
            "segments": sorted(scope.keys),
            "channels": sorted(scope.channels),
            "field_classes": sorted(scope.field_classes),
            "limits": scope.limits,
            "expires": None if scope.expires_at is None else instant(scope.expires_at),
            "revoked_at": scope.revoked_at is not None,
        }
        yield scope.pk, told


_REACHES = _to("segments", "channels", "limits", "expires=expires_at", revoked_at=False)


def _extent(data: Mapping[str, Any]) -> Told:
    """Events of the first releases do not tell which field classes may be read."""
    told = _REACHES(data)
    return {**told, "field_classes": data["field_classes"]} if "field_classes" in data else told


SCOPE = Noun(
    name="scope",
    model=Scope,
    columns=("segments", "channels", "field_classes", "limits", "expires", "revoked_at"),
    steps={
        "scope.granted": _extent,
        "scope.changed": _extent,
        "scope.narrowed": _extent,
        "scope.revoked": {"revoked_at": True},
    },
    rows=_scopes,
)

TOKEN = Noun(
    name="token",
    model=AgentToken,
    columns=("prefix", "revoked_at", "sandbox_only"),
    steps={
        "token.issued": _kept_to_sandboxes(_to("prefix", revoked_at=False, sandbox_only=False)),
        "token.revoked": {"revoked_at": True},
    },
)

AGENT = Noun(
    name="agent",
    model=Agent,
    columns=("key", "retired_at"),
    steps={"agent.registered": _to("key", retired_at=False), "agent.disabled": {"retired_at": True}},
)

_DEFINED = _to("key", "stage", "version=workflow_version", enabled=True)
WORKFLOW = Noun(
    name="workflow",
    model=Workflow,
    columns=("key", "stage", "version", "enabled"),
    steps={
        "workflow.created": _DEFINED,
        "workflow.changed": _to("stage", "version=workflow_version"),
        "workflow.stage_changed": _to("stage"),
        "workflow.enabled": {"enabled": True},
        "workflow.disabled": {"enabled": False},
    },
)

POLICY = Noun(
    name="policy",
    model=PolicyVersion,
    columns=("number", "digest", "state"),
    steps={
        "policy.drafted": _to("number=policy_version", "digest", state="draft"),
        "policy.changed": _to("digest"),
        "policy.published": _to("number=policy_version", "digest", state="published"),
        "policy.retired": {"state": "retired"},
        "policy.discarded": {"state": "discarded"},
    },
)

FREEZE = Noun(
    name="freeze",
    model=Freeze,
    columns=("thawed_at",),
    steps={"freeze.set": {"thawed_at": False}, "freeze.lifted": {"thawed_at": True}},
)

CONTROL_CHANGE = Noun(
    name="control_change",
    model=ControlChange,
    columns=("state",),
    steps=_states(
        "control_change",
        requested="requested",
        confirmed="confirmed",
        rejected="rejected",
        withdrawn="withdrawn",
        expired="expired",
    ),
)

EXCEPTION = Noun(
    name="exception",
    model=PolicyException,
    columns=("state",),
    steps=_states("exception", requested="requested", granted="granted", rejected="rejected", ended="ended"),
)

COMMITMENT = Noun(
    name="commitment",
    model=Commitment,
    columns=("lifted_at",),
    steps={
        "lock.set": {"lifted_at": False},
        "promise.recorded": {"lifted_at": False},
        "lock.lifted": {"lifted_at": True},
        "promise.withdrawn": {"lifted_at": True},
    },
)


def _acknowledgements() -> Iterable[Row]:
    """By what they acknowledge."""
    for id, digest in Acknowledgement.objects.order_by("discrepancy_id").values_list("discrepancy_id", "digest"):
        yield id, {"digest": digest}


ACKNOWLEDGEMENT = Noun(
    name="discrepancy",
    model=Acknowledgement,
    columns=("digest",),
    steps={"discrepancy.acknowledged": _to("digest")},
    rows=_acknowledgements,
)

MEASUREMENT = Noun(
    name="measurement",
    model=Measurement,
    columns=("horizon_h",),
    steps={"measurement.taken": _to("horizon_h")},
)

NOUNS = (
    PROPOSAL, DECISION, EXECUTION, ITEM, RUN, SCOPE, TOKEN, AGENT, WORKFLOW, POLICY, FREEZE, CONTROL_CHANGE,
    EXCEPTION, COMMITMENT, ACKNOWLEDGEMENT, MEASUREMENT,
)  # fmt: skip
