"""What the events tell of one publication, and an answer about it with the events it stands on."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.models import AuditEvent
from orchestr.catalogue.tree import Tree, tree

VERSIONS = ("proposal.submitted", "proposal.version_added", "proposal.narrowed")
COURSE = (
    *VERSIONS, "proposal.overridden", "proposal.judged", "proposal.reopened", "proposal.approved",
    "proposal.decision.recorded", "proposal.decision.taken_back", "proposal.decision.voided", "execution.queued",
    "execution.claimed", "evidence.confirmed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One event, as far as an answer needs it."""

    id: UUID
    at: datetime
    action: str
    actor_kind: str
    actor_id: str
    account: str | None
    about: Mapping[str, Any]
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attribute:
    """`holds` is yes, no, or None where the events do not tell; `said` are the figures; `proofs` are the events it
    stands on, each with its action, the first the most telling."""

    holds: bool | None
    said: Mapping[str, Any] = field(default_factory=dict)
    proofs: tuple[tuple[UUID, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Attributes:
    """Of one publication: who let it, on what, and whether what was written was seen."""

    authorised: Attribute
    distinct: Attribute
    policy: Attribute
    fresh: Attribute
    read_back: Attribute


class Above:
    """The segments above each, read once and only where a grant speaks of one."""

    def __init__(self) -> None:
        self._tree: Tree | None = None

    def of(self, segment: str) -> list[str]:
        """The segment, given by its id or its key, and those above it, as the tree is today."""
        found = self._tree = self._tree or tree()
        try:
            id = found.ids[segment] if segment in found.ids else UUID(segment)
        except ValueError:
            return [segment]
        return [str(each) for each in found.lineage(id)]


@dataclass(frozen=True, slots=True)
class Case:
    """One publication with all that is told about it: its course, grants of those who decided, policies, items."""

    published: AuditEvent
    course: Sequence[Told]
    intents: Sequence[Told]
    settled: Sequence[tuple[Any, ...]]
    expiry: tuple[Any, ...] | None
    owners: Mapping[str, str]
    grants: Mapping[str, Sequence[Told]]
    policies: Sequence[Told]
    above: Above

    @property
    def approved(self) -> Told | None:
        return last(self.course, "proposal.approved")

    @property
    def claimed(self) -> Told | None:
        """The first time a worker took the apply that wrote it."""
        execution = applied(self.course)
        claims = (told for told in self.course if told.action == "execution.claimed")
        return next((told for told in claims if told.about.get("execution") == execution), None)

    @property
    def evidence(self) -> list[str]:
        told = [each for each in self.course if each.action in VERSIONS and each.data.get("evidence")]
        return list(told[-1].data["evidence"]) if told else []

    @property
    def version(self) -> Told | None:
        """The event that made the last version."""
        return next((told for told in reversed(self.course) if told.action in VERSIONS), None)


def applied(course: Iterable[Told]) -> str | None:
    """The apply that wrote it: the last execution that was queued for it and is no revert."""
    queued = [told for told in course if told.action == "execution.queued" and told.data.get("kind") == "apply"]
    return str(queued[-1].about["execution"]) if queued else None


def last(course: Sequence[Told], action: str) -> Told | None:
    """The last event of this action."""
    return next((told for told in reversed(course) if told.action == action), None)


def proofs(*told: Told | None) -> tuple[tuple[UUID, str], ...]:
    """These events, those that there are, as what an answer stands on."""
    return tuple((each.id, each.action) for each in told if each is not None)


def read(id: UUID, at: datetime, action: str, kind: str, actor: str, account: Any, about: Any, data: Any) -> Told:
    """One event as a statement returns it."""
    return Told(id, at, action, kind, actor, None if account is None else str(account), _object(about), _object(data))


def _object(value: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(value) if isinstance(value, str) else value
    return found
