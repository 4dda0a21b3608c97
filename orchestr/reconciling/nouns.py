"""Every governed row that has a noun, and what its events make of it (`noun.py` says how it is told)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from audit.canonical import instant
from orchestr.agents.models import Agent, AgentToken, Scope
from orchestr.commitments.models import Commitment
from orchestr.discrepancies.models import Acknowledgement
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.freezes.models import Freeze
from orchestr.governance.models import ControlChange
from orchestr.outcomes.measuring.models import Measurement
from orchestr.proposals.exceptions.models import PolicyException
from orchestr.proposals.models import Decision, Proposal
from orchestr.reconciling.noun import Noun, Row, Told, kept_to_sandboxes, states, to
from orchestr.rulebook.models import PolicyVersion
from orchestr.runs.models import Run
from orchestr.workflows.models import Workflow

_VERSION = kept_to_sandboxes(to("state", "digest", "number=version"))
PROPOSAL = Noun(
    name="proposal",
    model=Proposal,
    columns=("state", "digest", "number", "sandbox_only"),
    steps={
        "proposal.submitted": lambda data: {"sandbox_only": False, **_VERSION(data)},
        "proposal.version_added": _VERSION,
        "proposal.narrowed": to("digest", "number=version"),
        "proposal.decision.taken_back": to("state"),
        **states(
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
        "proposal.decision.recorded": to("verdict", "digest", taken_back_at=False, voided_at=False),
        "proposal.decision.taken_back": {"taken_back_at": True},
        "proposal.decision.voided": {"voided_at": True},
    },
)

EXECUTION = Noun(
    name="execution",
    model=Execution,
    columns=("state",),
    steps=states(
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
    steps=states(
        "run",
        leased="leased",
        expired="queued",
        finished="finished",
        failed="failed",
        stopped="stopped",
    )
    | {
        "run.queued": kept_to_sandboxes(to(state="queued", sandbox_only=False)),
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


_REACHES = to("segments", "channels", "limits", "expires=expires_at", revoked_at=False)


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
        "token.issued": kept_to_sandboxes(to("prefix", revoked_at=False, sandbox_only=False)),
        "token.revoked": {"revoked_at": True},
    },
)

AGENT = Noun(
    name="agent",
    model=Agent,
    columns=("key", "retired_at"),
    steps={"agent.registered": to("key", retired_at=False), "agent.disabled": {"retired_at": True}},
)

_DEFINED = to("key", "stage", "version=workflow_version", enabled=True)
WORKFLOW = Noun(
    name="workflow",
    model=Workflow,
    columns=("key", "stage", "version", "enabled"),
    steps={
        "workflow.created": _DEFINED,
        "workflow.changed": to("stage", "version=workflow_version"),
        "workflow.stage_changed": to("stage"),
        "workflow.enabled": {"enabled": True},
        "workflow.disabled": {"enabled": False},
    },
)

POLICY = Noun(
    name="policy",
    model=PolicyVersion,
    columns=("number", "digest", "state"),
    steps={
        "policy.drafted": to("number=policy_version", "digest", state="draft"),
        "policy.changed": to("digest"),
        "policy.published": to("number=policy_version", "digest", state="published"),
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
    steps=states(
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
    steps=states("exception", requested="requested", granted="granted", rejected="rejected", ended="ended"),
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
    steps={"discrepancy.acknowledged": to("digest")},
    rows=_acknowledgements,
)

MEASUREMENT = Noun(
    name="measurement",
    model=Measurement,
    columns=("horizon_h",),
    steps={"measurement.taken": to("horizon_h")},
)

NOUNS = (
    PROPOSAL, DECISION, EXECUTION, ITEM, RUN, SCOPE, TOKEN, AGENT, WORKFLOW, POLICY, FREEZE, CONTROL_CHANGE,
    EXCEPTION, COMMITMENT, ACKNOWLEDGEMENT, MEASUREMENT,
)  # fmt: skip
