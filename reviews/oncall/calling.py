"""Who is being called about what, who comes next, and calls that could not be delivered."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.mail import mailers
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orchestr.people.paging.means import MAILER
from orchestr.people.paging.models import Delivery, Page
from orchestr.people.webhooks.models import Webhook, WebhookDelivery
from reviews.acts import Act
from reviews.notices import OTHERWISE, WORDS, page_about
from reviews.rehearsed import marked, of_drills
from reviews.words.subjects import subjects_of

SHOWN = 20
MEANS: dict[str, str | Promise] = {"mail": gettext_lazy("mail"), "webhook": gettext_lazy("webhook")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """One page nobody has answered. `next_at` is None when nobody is left."""

    id: UUID
    words: str
    subject: str
    url: str
    since: datetime
    called: str
    next_at: datetime | None
    take: Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Dead:
    """A call that was given up: who it was for, by which means, and why."""

    id: UUID
    who: str
    means: str
    problem: str
    at: datetime
    again: Act


def calling_now(*, seen: Collection[UUID]) -> list[Calling]:
    """Every page that is open, the oldest first, by name where the viewer may see it (seven queries)."""
    rows = Page.objects.filter(answered_at=None).prefetch_related("calls__person").order_by("id")[:SHOWN]
    subjects = subjects_of([page.about for page in rows], seen=seen)
    return [
        Calling(
            id=page.pk,
            words=marked(WORDS.get(page.kind, OTHERWISE), drill=drill),
            subject=subject,
            url=page_about(page.about),
            since=page.opened_at,
            called=", ".join(call.person.name for call in sorted(page.calls.all(), key=lambda call: call.step)),
            next_at=page.next_at,
            take=Act(reverse("reviews:take_call", args=[page.pk]), _("I am on it")),
        )
        for page, subject, drill in zip(rows, subjects, of_drills([page.about for page in rows]), strict=True)
    ]


def dead_letters() -> Sequence[Dead]:
    """What was given up and nobody has tried again, the newest first (two queries)."""
    found = [*_dead_calls(), *_dead_webhooks()]
    return sorted(found, key=lambda each: each.at, reverse=True)[:SHOWN]


def _dead_calls() -> list[Dead]:
    rows = Delivery.objects.filter(state=Delivery.State.DEAD, call__page__answered_at=None)
    return [
        Dead(
            id=each.pk,
            who=each.call.person.name,
            means=str(MEANS[each.means]),
            problem=each.problem,
            at=each.settled_at or each.next_at,
            again=Act(reverse("reviews:try_again", args=[each.pk]), _("Try again")),
        )
        for each in rows.select_related("call__person").order_by("-settled_at")[:SHOWN]
    ]


def _dead_webhooks() -> list[Dead]:
    rows = WebhookDelivery.objects.filter(state=WebhookDelivery.State.DEAD, call__page__answered_at=None)
    rows = rows.filter(webhook__active=True, call__isnull=False).select_related("call__person", "webhook")
    return [
        Dead(
            id=each.pk,
            who=each.call.person.name if each.call is not None else "",
            means=_("webhook %(name)s") % {"name": each.webhook.name},
            problem=each.problem,
            at=each.settled_at or each.next_at,
            again=Act(reverse("reviews:try_webhook_again", args=[each.pk]), _("Try again")),
        )
        for each in rows.order_by("-settled_at")[:SHOWN]
    ]


def silent_words() -> str:
    """That nobody can be rung, where no means is set up (one query at most)."""
    if MAILER in mailers or settings.PAGING_WEBHOOK_URL or Webhook.objects.filter(active=True, calls=True).exists():
        return ""
    return _("No mail server and no webhook is set up: who is called only sees it here.")
