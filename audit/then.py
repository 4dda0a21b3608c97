"""A proposal as it was at one moment of the log, told from the events up to it.

Which version stood, in which state, with what tier and findings, and which decisions had been made. Values are not in
the log: it holds the digest of the version, and who shows its changes compares them with that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.models import AuditEvent
from audit.selection import Selection, Sight

MOST_EVENTS = 1_000
_VERSIONS = ("proposal.submitted", "proposal.version_added", "proposal.narrowed", "proposal.overridden")
_STATES: Mapping[str, str] = {
    "proposal.submitted": "draft",
    "proposal.version_added": "draft",
    "proposal.approved": "approved",
    "proposal.blocked": "blocked",
    "proposal.withdrawn": "blocked",
    "proposal.expired": "blocked",
    "proposal.superseded": "blocked",
    "proposal.reopened": "draft",
    "proposal.requeued": "draft",
    "proposal.published": "published",
    "proposal.reverted": "reverted",
}
_DECIDED = "proposal.decision.recorded"
_UNDONE: Mapping[str, str] = {
    "proposal.decision.taken_back": "taken_back",
    "proposal.decision.voided": "voided",
}
_TOLD = (*_VERSIONS, *_STATES, "proposal.judged", _DECIDED, *_UNDONE)


@dataclass(slots=True)
class DecisionThen:
    """One decision. `became` is empty while it stands, else `taken_back` or `voided`."""

    id: str
    person: str
    verdict: str
    functions: Sequence[str]
    digest: str
    at: datetime
    event: UUID
    became: str = ""


@dataclass(slots=True)
class Then:
    """The proposal after the last of these events. None where the events do not tell."""

    proposal: str
    stood: str | None = None  # in which state
    version: int | None = None
    digest: str | None = None
    tier: str | None = None
    functions: Sequence[str] = ()
    risk: int | None = None
    policy_version: int | None = None
    reason: str | None = None
    findings: Sequence[Mapping[str, Any]] = ()
    decisions: list[DecisionThen] = field(default_factory=list)
    events: int = 0
    whole: bool = True  # whether all of its events up to then were read, from its submission on


def as_it_was(proposal: str, sight: Sight | None, *, event: UUID) -> Then | None:
    """The proposal after `event`, from the events that may be seen; None where none tells of it. One statement."""
    events = Selection(proposal=proposal).events(sight).filter(id__lte=event, action__in=_TOLD)
    found = list(events.defer("canonical", "sha256").order_by("id")[: MOST_EVENTS + 1])
    if not found:
        return None
    then = Then(proposal, whole=len(found) <= MOST_EVENTS and found[0].action == "proposal.submitted")
    for each in found[:MOST_EVENTS]:
        _after(then, each)
    return then


def _after(then: Then, event: AuditEvent) -> None:
    data = event.data
    then.events += 1
    if event.action in _VERSIONS:
        then.version, then.digest = data.get("version", then.version), data.get("digest", then.digest)
        then.findings, then.tier, then.functions = (), None, ()  # judged anew: told below, or by the verdict's row
    if event.action in _STATES:
        then.stood = data.get("state") or _STATES[event.action]
        then.reason = data.get("reason")
    elif event.action == "proposal.decision.taken_back":
        then.stood = data.get("state") or then.stood
    if event.action != _DECIDED:
        _judged(then, data)
    if event.action == _DECIDED:
        then.decisions.append(_decision(event))
    elif event.action in _UNDONE:
        for decision in then.decisions:
            if decision.id == event.about.get("decision"):
                decision.became = _UNDONE[event.action]


def _judged(then: Then, data: Mapping[str, Any]) -> None:
    """What policy said, where this event tells it."""
    then.tier, then.risk = data.get("tier", then.tier), data.get("risk", then.risk)
    then.functions = data.get("functions", then.functions)
    then.policy_version = data.get("policy_version", then.policy_version)
    then.findings = data.get("findings", then.findings)


def _decision(event: AuditEvent) -> DecisionThen:
    return DecisionThen(
        id=str(event.about.get("decision", "")),
        person=event.actor_id,
        verdict=str(event.data.get("verdict", "")),
        functions=event.data.get("functions", ()),
        digest=str(event.data.get("digest", "")),
        at=event.at,
        event=event.id,
    )
