"""What the log says of a drill: the only thing it is scored by."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from audit.models import AuditEvent
from orchestr.drills.models import Drill
from orchestr.execution.models import ExecutionItem, Incident
from orchestr.people.paging.models import Page
from orchestr.proposals.models import Proposal

MOST = 500
LEFT_OUT = ("event.coalesced",)  # of a storm they say nothing more than the run, the count and the pause
OF_THE_SYSTEM = ("breaker.opened", "breaker.closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One event of the log."""

    id: UUID
    at: datetime
    action: str
    by_kind: str
    by: str
    about: dict[str, Any]
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """A drill, its proposals as they stand, and the events about it in their order."""

    drill: Drill
    proposals: tuple[Proposal, ...]
    written: frozenset[UUID]  # proposals of which something was written
    facts: tuple[Fact, ...]

    def first(self, *actions: str, **about: str) -> Fact | None:
        """The first event of one of these actions that is about these."""
        return next(iter(self.all(*actions, **about)), None)

    def all(self, *actions: str, **about: str) -> list[Fact]:
        return [
            fact
            for fact in self.facts
            if fact.action in actions and all(fact.about.get(kind) == id for kind, id in about.items())
        ]


def look(drill: Drill) -> Seen:
    """Everything there is about it now (six queries)."""
    proposals = tuple(Proposal.objects.filter(drill=drill).order_by("id"))
    ids = [each.pk for each in proposals]
    written = ExecutionItem.objects.filter(execution__proposal__in=ids, intended_at__isnull=False)
    return Seen(
        drill,
        proposals,
        frozenset(written.values_list("execution__proposal_id", flat=True)),
        tuple(_fact(event) for event in events_of(drill)),
    )


def events_of(drill: Drill) -> list[AuditEvent]:
    """What is on record about the drill and whatever it made, oldest first, until it ended (five queries)."""
    proposals = list(drill.proposals.values_list("pk", flat=True))
    incidents = list(Incident.objects.filter(proposal__in=proposals).values_list("pk", flat=True))
    of_incidents = [{"incident": str(id)} for id in incidents]
    pages = [Q(about__contains=each) for each in of_incidents]
    called = Page.objects.filter(_any(pages)).values_list("pk", flat=True) if pages else []
    wanted = [{"drill": str(drill.pk)}, *of_incidents, *({"page": str(id)} for id in called)]
    wanted += [{"proposal": str(id)} for id in proposals]
    wanted += [{"run": str(id)} for id in drill.runs.values_list("pk", flat=True)]
    wanted += [{"trigger": str(id)} for id in drill.triggers.values_list("pk", flat=True)]
    about = _any([Q(about__contains=each) for each in wanted])
    about |= Q(about__contains={"system": str(drill.system_id)}, action__in=OF_THE_SYSTEM)
    rows = AuditEvent.objects.filter(about, at__gte=drill.started_at).exclude(action__in=LEFT_OUT)
    if drill.ended_at is not None:
        rows = rows.filter(at__lte=drill.ended_at)
    return list(rows.order_by("id").defer("canonical", "sha256")[:MOST])


def _any(parts: list[Q]) -> Q:
    found = parts[0]
    for part in parts[1:]:
        found |= part
    return found


def _fact(event: AuditEvent) -> Fact:
    return Fact(
        id=event.pk,
        at=event.at,
        action=event.action,
        by_kind=event.actor_kind,
        by=event.actor_id,
        about=event.about,
        data=event.data,
    )
