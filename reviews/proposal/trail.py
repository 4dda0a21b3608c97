"""What happened to a proposal, from the audit log, as far as the viewer may see it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from audit.actions import ACTIONS
from audit.models import AuditEvent
from audit.selection import Selection, Sight
from orchestr.agents.models import Agent
from orchestr.people.models import Person
from reviews.templatetags.marks import OUTCOMES
from reviews.templatetags.show import span
from reviews.words.measured import measured_words
from reviews.words.proposal import BLOCKED, FOLLOWED, JUDGED, REASONS

MOST = 300
ITEM_ACTIONS = ("execution.intent", "execution.intent_withdrawn", "execution.item_settled")
LOOKS: dict[str, tuple[str, str]] = {
    "proposal.submitted": ("neutral", "running"),
    "proposal.version_added": ("neutral", "running"),
    "proposal.approved": ("approved", "approved"),
    "proposal.blocked": ("blocked", "blocked"),
    "proposal.published": ("published", "published"),
    "proposal.reverted": ("reverted", "reverted"),
    "proposal.requeued": ("waiting", "waiting"),
    "proposal.judged": ("waiting", "triangle"),
    "proposal.reopened": ("waiting", "waiting"),
    "exception.requested": ("waiting", "person"),
    "exception.granted": ("approved", "approved"),
    "exception.ended": ("blocked", "blocked"),
    "proposal.escalated": ("waiting", "triangle"),
    "proposal.changes_requested": ("waiting", "swap"),
    "proposal.decision.recorded": ("approved", "person"),
    "proposal.decision.taken_back": ("waiting", "reverted"),
    "measurement.taken": ("neutral", "eye"),
    "execution.needs_person": ("blocked", "person"),
    "execution.held": ("waiting", "hold"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """See templates/components/timeline.html."""

    at: datetime
    who: str
    text: str
    detail: str
    tone: str
    shape: str
    url: str


def trail_of(proposal_id: UUID, *, view: Iterable[UUID], keys: Iterable[str]) -> list[Moment]:
    """Oldest first, the last MOST events; what was done to items is told together (three queries)."""
    sight = Sight(segments=frozenset({*map(str, view), *keys}), unsegmented=False)
    rows = Selection(proposal=str(proposal_id)).events(sight).exclude(action="refused")
    events = list(rows.order_by("-id").defer("canonical", "sha256")[:MOST])[::-1]
    return moments_of(events)


def moments_of(events: Sequence[AuditEvent]) -> list[Moment]:
    """These events, oldest first, in words; what was done to items in a row is told together (two queries)."""
    names = _names(events)
    moments: list[Moment] = []
    for item, group in groupby(events, key=lambda event: event.action in ITEM_ACTIONS):
        listed = list(group)
        moments += [_items(listed)] if item else [_moment(event, names) for event in listed]
    return moments


def _moment(event: AuditEvent, names: dict[str, str]) -> Moment:
    known = ACTIONS.get(event.action)
    tone, shape = LOOKS.get(event.action, ("neutral", "dash"))
    return Moment(
        at=event.at,
        who=names.get(event.actor_id, "") or _nameless(event),
        text=str(known.words) if known else event.action,
        detail=_detail(event, names),
        tone=tone,
        shape=shape,
        url=reverse("audit:event", args=[event.id]),
    )


def _nameless(event: AuditEvent) -> str:
    if event.actor_kind == "worker":
        return _("The worker %(name)s") % {"name": event.actor_id}
    return _("Policy") if event.actor_kind == "system" else ""


def _detail(event: AuditEvent, names: dict[str, str]) -> str:
    parts = []
    if event.action == "page.called" and (called := names.get(str(event.about.get("person", "")))):
        parts.append(called)
    if (number := event.data.get("version")) is not None:
        parts.append(_("version %(n)s") % {"n": number})
    verdict = event.data.get("verdict")
    if verdict in ("approve", "block", "request_changes"):
        words = {"approve": _("approved"), "block": _("blocked"), "request_changes": _("asked for changes")}
        parts.append(words[verdict])
    if (hours := event.data.get("horizon_h")) is not None:
        parts += [_("after %(time)s") % {"time": span(int(hours) * 3_600)}, measured_words(event.data.get("verdict"))]
    if event.action == "proposal.judged":
        reason, followed = str(event.data.get("reason", "")), str(event.data.get("verdict", ""))
        parts += [str(words) for words in (FOLLOWED.get(followed), JUDGED.get(reason)) if words is not None]
    elif (reason := event.data.get("reason")) or (reason := event.data.get("reason_code")):
        parts.append(str(BLOCKED.get(reason) or REASONS.get(reason) or str(reason).replace("_", " ")))
    if outcomes := event.data.get("outcomes"):
        parts.append(_counted(outcomes))
    return " · ".join(part for part in parts if part)


def _items(events: Sequence[AuditEvent]) -> Moment:
    settled = Counter(str(event.data.get("outcome")) for event in events if event.action == "execution.item_settled")
    intents = sum(event.action == "execution.intent" for event in events)
    last = events[-1]
    return Moment(
        at=last.at,
        who=_nameless(last),
        text=_("Wrote item by item") if intents else _("Settled items"),
        detail=_counted(settled) or _("%(n)d intended, none settled yet") % {"n": intents},
        tone="blocked" if settled.keys() & {"conflict", "unknown"} else "neutral",
        shape="running",
        url=reverse("audit:explorer", query={"proposal": last.about["proposal"]}) if "proposal" in last.about else "",
    )


def _counted(outcomes: Counter[str] | dict[str, int]) -> str:
    return ", ".join(f"{count} {OUTCOMES[name][0] if name in OUTCOMES else name}" for name, count in outcomes.items())


def _names(events: Sequence[AuditEvent]) -> dict[str, str]:
    persons = [event.actor_id for event in events if event.actor_kind == "person"]
    persons += [
        str(event.about["person"]) for event in events if event.action == "page.called" and "person" in event.about
    ]
    agents = [event.actor_id for event in events if event.actor_kind == "agent"]
    found = {str(id): name for id, name in Person.objects.filter(id__in=persons).values_list("id", "name")}
    return found | {str(id): name for id, name in Agent.objects.filter(id__in=agents).values_list("id", "name")}
