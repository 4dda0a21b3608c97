"""Events as the explorer shows them: names for ids, words for actions, links to their pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from audit.actions import ACTIONS
from audit.models import ActorKinds, AuditEvent
from audit.parameters import DIGEST, is_word
from orchestr.agents.models import Agent
from orchestr.catalogue.models import Segment
from orchestr.people.models import Person
from orchestr.workflows.models import Workflow

# What has a page of its own, by its address; everything else leads to its trail in the explorer.
_PAGES = {"proposal": "/reviews/%s/", "run": "/runs/%s/", "incident": "/incidents/%s/"}
_FILTERS = frozenset({"proposal", "run", "person", "agent", "workflow"})


@dataclass(frozen=True, slots=True)
class Mention:
    """One thing an event is about: what it is, its id or name, and where it leads."""

    kind: str
    id: str
    label: str
    url: str | None
    trail_url: str


@dataclass(frozen=True, slots=True)
class Detail:
    """One parameter of an event, as text; an id or digest (`exact`) is shown short and copied whole."""

    name: str
    value: str
    exact: bool = False

    @property
    def short(self) -> str:
        return self.value[-6:] if self.exact else self.value


@dataclass(frozen=True, slots=True)
class Row:
    """One event, fully loaded."""

    id: UUID
    at: datetime
    action: str
    words: str
    actor: str
    actor_kind: str
    actor_id: str
    actor_url: str
    on_behalf_of: str | None
    mentions: Sequence[Mention]
    details: Sequence[Detail]
    url: str
    then_url: str


@dataclass(frozen=True, slots=True)
class Names:
    """The names of the persons, agents and workflows that a set of events speaks of."""

    persons: dict[str, str]
    agents: dict[str, str]
    workflows: dict[str, str]

    def of(self, kind: str, id: str) -> str | None:
        known = {"person": self.persons, "agent": self.agents, "workflow": self.workflows}.get(kind, {})
        return known.get(id)


def rows_of(events: Sequence[AuditEvent]) -> list[Row]:
    """The rows of these events, in three more queries however many there are."""
    names = _names(events)
    return [_row(event, names) for event in events]


def segment_names(given: Sequence[str]) -> list[Detail]:
    """The segments of one event, each id or key with its name."""
    ids = [known for key in given if (known := _uuid(key)) is not None]
    names: dict[str, str] = {}
    for id, key, name in Segment.objects.filter(Q(id__in=ids) | Q(key__in=given)).values_list("id", "key", "name"):
        names |= {str(id): name, key: name}
    return [Detail(names.get(key, key), key) for key in given]


def _names(events: Iterable[AuditEvent]) -> Names:
    wanted: dict[str, set[UUID]] = {"person": set(), "agent": set(), "workflow": set()}
    for event in events:
        for kind, id in [(event.actor_kind, event.actor_id), *event.about.items()]:
            if kind in wanted and (known := _uuid(id)) is not None:
                wanted[kind].add(known)
        if (for_whom := _uuid(event.on_behalf_of)) is not None:
            wanted["person"].add(for_whom)
    persons = Person.objects.filter(id__in=wanted["person"]).values_list("id", "name")
    agents = Agent.objects.filter(id__in=wanted["agent"]).values_list("id", "name")
    workflows = Workflow.objects.filter(id__in=wanted["workflow"]).values_list("id", "name")
    return Names(*({str(id): name for id, name in found} for found in (persons, agents, workflows)))


def _row(event: AuditEvent, names: Names) -> Row:
    known = ACTIONS.get(event.action)
    name = names.of(event.actor_kind, event.actor_id)
    return Row(
        id=event.id,
        at=event.at,
        action=event.action,
        # An action that a newer or older release knows is shown by its bare name.
        words=str(known.words) if known else event.action,
        actor=name or _nameless(event),
        actor_kind=str(ActorKinds(event.actor_kind).label),
        actor_id=event.actor_id,
        actor_url=_trail(event.actor_kind if name else "actor", event.actor_id),
        on_behalf_of=event.on_behalf_of and (names.of("person", event.on_behalf_of) or event.on_behalf_of),
        mentions=[_mention(kind, str(id), names) for kind, id in sorted(event.about.items())],
        details=[_detail(name, value) for name, value in sorted(event.data.items())],
        url=reverse("audit:event", args=[event.id]),
        then_url=reverse("audit:then", args=[event.id]) if "proposal" in event.about else "",
    )


def _nameless(event: AuditEvent) -> str:
    if event.actor_kind == ActorKinds.SYSTEM:
        return _("Nobody signed in") if event.actor_id == "anonymous" else _("The system")
    return event.actor_id


def page_of(kind: str, id: str) -> str | None:
    """The address of the page of its own that a thing has, if it has one."""
    page = _PAGES.get(kind)
    return page % id if page else None


def _mention(kind: str, id: str, names: Names) -> Mention:
    return Mention(
        kind=kind.replace("_", " "),
        id=id,
        label=names.of(kind, id) or (id[-6:] if _uuid(id) else id),
        url=page_of(kind, id),
        trail_url=_trail(kind if kind in _FILTERS else "id", id),
    )


def _trail(field: str, value: str) -> str:
    return reverse("audit:explorer", query={field: value})


def _detail(name: str, value: Any) -> Detail:
    exact = isinstance(value, str) and (_uuid(value) is not None or DIGEST.accepts(value))
    return Detail(name.replace("_", " "), _text(value), exact)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None:
        return "–"
    if isinstance(value, list):
        return ", ".join(_text(part) for part in value) or "–"
    if isinstance(value, dict):
        return "; ".join(f"{name} {_text(part)}" for name, part in value.items()) or "–"
    return str(value)


def _uuid(value: Any) -> UUID | None:
    if not is_word(value):
        return None
    try:
        return UUID(value)
    except ValueError:
        return None
