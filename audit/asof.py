"""What was in force at a moment, told from the events alone: rights, functions, scopes, policy, stages.

Events are taken in the order in which they were recorded, those of facts after the moment left out. Nothing is read from
today's rows: what somebody changed around the operations is not here, and what was here is not lost with a row.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

_CHUNK = 2_000
_ACTIONS = (
    "account.disabled", "agent.registered", "agent.disabled", "agent.enabled", "grant.given", "grant.taken",
    "policy.published", "policy.retired", "scope.granted", "scope.changed", "scope.narrowed", "scope.revoked",
    "workflow.created", "workflow.changed", "workflow.stage_changed", "workflow.enabled", "workflow.disabled",
)  # fmt: skip
_EVENTS = """
SELECT action, at, about::text, data::text, segments FROM audit_event
WHERE action = ANY(%(actions)s::text[]) AND at <= %(at)s ORDER BY id
"""


@dataclass(slots=True)
class Held:
    """What one account holds: functions, and for each right the ids of the segments it was given on."""

    account: str
    person: str | None
    functions: set[str] = field(default_factory=set)
    rights: dict[str, set[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Reach:
    """What one scope covers; an expired one covers nothing."""

    scope: str
    agent: str
    tool: str
    segments: list[str]
    channels: list[str]
    field_classes: list[str]
    limits: Mapping[str, Any]
    expires_at: datetime | None


@dataclass(slots=True)
class Stood:
    """A workflow as it was."""

    workflow: str
    key: str = ""
    stage: str = ""
    version: int | None = None
    enabled: bool = True


@dataclass(slots=True)
class InForce:
    """Everything that was in force at `at`. `policy` is the number of the version; accounts, agents, … by their ids."""

    at: datetime
    held: dict[str, Held] = field(default_factory=dict)
    scopes: dict[str, Reach] = field(default_factory=dict)
    agents: dict[str, str | None] = field(default_factory=dict)
    workflows: dict[str, Stood] = field(default_factory=dict)
    policies: dict[int, datetime] = field(default_factory=dict)

    @property
    def policy(self) -> int | None:
        """Of the versions that were published and not retired: the last one whose time had come."""
        due = [(since, number) for number, since in self.policies.items() if since <= self.at]
        return max(due)[1] if due else None


def in_force(*, at: datetime) -> InForce:
    """Derive what was in force at a moment. One statement, streamed; memory grows with what is in force alone."""
    found = InForce(at)
    for action, when, about, data in _told(at):
        family, _, verb = action.partition(".")
        _STEPS[family](found, verb, when, about, data)
    found.scopes = {
        id: reach for id, reach in found.scopes.items() if reach.expires_at is None or reach.expires_at > at
    }
    return found


def _told(at: datetime) -> Iterator[tuple[str, datetime, Mapping[str, Any], Mapping[str, Any]]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(_EVENTS, {"actions": list(_ACTIONS), "at": at})
        while rows := cursor.fetchmany(_CHUNK):
            for action, when, about, data, _segments in rows:
                yield action, when, json.loads(about), json.loads(data)


def _grant(found: InForce, verb: str, at: datetime, about: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    account = about["account"]
    held = found.held.setdefault(account, Held(account, about.get("person")))
    if "function" in data:
        (held.functions.add if verb == "given" else held.functions.discard)(data["function"])
        return
    places = held.rights.setdefault(data["right"], set())
    (places.add if verb == "given" else places.discard)(about["segment"])
    if not places:
        del held.rights[data["right"]]


def _account(found: InForce, verb: str, at: datetime, about: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    found.held.pop(about["account"], None)


def _agent(found: InForce, verb: str, at: datetime, about: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    if verb == "disabled":
        found.agents.pop(about["agent"], None)
    else:
        found.agents[about["agent"]] = about.get("person", found.agents.get(about["agent"]))


def _policy(found: InForce, verb: str, at: datetime, about: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    number = int(data["policy_version"])
    if verb == "retired":
        found.policies.pop(number, None)
    else:
        found.policies[number] = datetime.fromisoformat(data["effective_from"]) if data.get("effective_from") else at


def _scope(found: InForce, verb: str, at: datetime, about: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    scope = about["scope"]
    if verb == "revoked":
        found.scopes.pop(scope, None)
        return
    before = found.scopes.get(scope)
    found.scopes[scope] = Reach(
        scope=scope,
        agent=about["agent"],
        tool=about["tool"],
        segments=list(data.get("segments") or []),
        channels=list(data.get("channels") or []),
        # Events of the first releases do not tell which field classes may be read.
        field_classes=list(data.get("field_classes") or (before.field_classes if before else [])),
        limits=data.get("limits") or {},
        expires_at=datetime.fromisoformat(data["expires_at"]) if data.get("expires_at") else None,
    )


def _workflow(found: InForce, verb: str, at: datetime, about: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    stood = found.workflows.setdefault(about["workflow"], Stood(about["workflow"]))
    if verb in ("enabled", "disabled"):
        stood.enabled = verb == "enabled"
    stood.key = data.get("key") or stood.key
    stood.stage = data.get("stage") or stood.stage
    stood.version = data.get("workflow_version") or stood.version


_STEPS = {
    "grant": _grant,
    "account": _account,
    "agent": _agent,
    "policy": _policy,
    "scope": _scope,
    "workflow": _workflow,
}
