"""What is frozen, what waits for a second person to thaw it, and what can be frozen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from orchestr.agents.models import Agent
from orchestr.catalogue.models import Segment, System
from orchestr.execution.behaviour.models import Trip
from orchestr.freezes.freeze import THAW
from orchestr.freezes.guard import live_freezes
from orchestr.freezes.models import Freeze
from orchestr.governance.models import ControlChange
from orchestr.people.eligibility import segments_with
from orchestr.people.models import Account
from orchestr.workflows.models import Workflow
from reviews.acts import Act
from reviews.words.behaviour import trip_words
from reviews.words.targets import target_names


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """One freeze that stands. Either thawing can be asked for, or the request waits for a second person."""

    id: UUID
    target: str
    words: str
    why: str
    by: str
    at: datetime
    ask: Act | None
    waits: str
    reason: str
    confirm: Act | None
    digest: str
    reject: Act | None


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    selected: bool


@dataclass(frozen=True, slots=True)
class Choices:
    label: str
    options: Sequence[Choice]


def frozen_now(account: Account) -> list[Frozen]:
    """Every standing freeze with its request to thaw, as this account meets it."""
    freezes = live_freezes()
    targets = [f"freeze:{freeze.pk}" for freeze in freezes]
    requests = ControlChange.objects.filter(kind=THAW, target__in=targets, state=ControlChange.State.REQUESTED)
    asked = {change.target: change for change in requests.select_related("requested_by")}
    trips = {trip.freeze_id: trip for trip in Trip.objects.filter(freeze__in=freezes)}
    names = target_names(freeze.target for freeze in freezes)
    return [
        _frozen(freeze, names[freeze.target], asked.get(f"freeze:{freeze.pk}"), trips.get(freeze.pk), account)
        for freeze in freezes
    ]


def _frozen(freeze: Freeze, name: str, change: ControlChange | None, trip: Trip | None, account: Account) -> Frozen:
    ask = confirm = reject = None
    waits = ""
    if change is None:
        ask = Act(reverse("reviews:thaw", args=[freeze.pk]), _("Ask to thaw"))
    elif change.requested_by_id == account.person_id:
        waits = _("You asked to thaw it; a second person has to confirm.")
        reject = Act(reverse("reviews:thaw_reject", args=[change.pk]), _("Take the request back"))
    else:
        waits = _("%(who)s asks to thaw it.") % {"who": change.requested_by.name}
        confirm = Act(reverse("reviews:thaw_confirm", args=[change.pk]), _("Confirm the thaw"))
        reject = Act(reverse("reviews:thaw_reject", args=[change.pk]), _("Leave it frozen"))
    return Frozen(
        id=freeze.pk,
        target=freeze.target,
        words=name,
        why=trip_words(trip) if trip is not None else freeze.why,
        by=freeze.set_by.name if freeze.set_by else _("a breaker") if trip is not None else _("a worker"),
        at=freeze.set_at,
        ask=ask,
        waits=waits,
        reason=change.reason if change else "",
        confirm=confirm,
        digest=change.digest if change else "",
        reject=reject,
    )


def targets_for(account: Account, *, chosen: str) -> list[Choices]:
    """What can be frozen one by one, in groups; of segments, those the account sees."""
    held = segments_with(account, "view_segment")
    workflows = Workflow.objects.order_by("name").values_list("key", "name")
    agents = Agent.objects.filter(retired_at=None).order_by("name").values_list("key", "name")
    systems = System.objects.order_by("name").values_list("key", "name")
    below = Q(rule__retired_at=None, rule__isnull=False, parent__in=held)  # a rule stops what it holds
    segments = Segment.objects.filter(Q(id__in=held) | below).order_by("key").values_list("key", "name")
    return [
        _choices(_("Workflows"), "workflow", workflows, chosen),
        _choices(_("Agents"), "agent", agents, chosen),
        _choices(_("Systems"), "connector", systems, chosen),
        _choices(_("Segments"), "segment", segments, chosen),
    ]


def _choices(label: str, kind: str, rows: Iterable[tuple[str, str]], chosen: str) -> Choices:
    found = [(f"{kind}:{key}", f"{name} ({key})" if name.lower() != key else name) for key, name in rows]
    return Choices(label, [Choice(value, words, value == chosen) for value, words in found])
