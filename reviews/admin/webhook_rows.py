"""How each webhook fares, in words: on, off, or not answering; what is on its way, what was given up and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orchestr.people.webhooks.models import Webhook, WebhookDelivery

State = WebhookDelivery.State

PROBLEMS: Mapping[str, str | Promise] = {
    "not_reached": gettext_lazy("nobody answers at its address"),
    "no_answer_in_time": gettext_lazy("it does not answer in time"),
    "host_unknown": gettext_lazy("its host is not known"),
    "address_not_public": gettext_lazy("its address leads inside, where nothing is sent"),
    "address_not_https": gettext_lazy("its address is not https"),
    "answer_too_large": gettext_lazy("its answer is too large"),
    "answered_401": gettext_lazy("it refuses us (401): has its secret been taken over there?"),
    "answered_403": gettext_lazy("it refuses us (403): has its secret been taken over there?"),
    "answered_404": gettext_lazy("there is nothing at its address (404)"),
    "answered_410": gettext_lazy("it says that it is gone for good (410)"),
    "answered_429": gettext_lazy("it asks for patience (429)"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One webhook. `problem` is what the latest failure was, "" where the latest try arrived or there was none."""

    id: UUID
    name: str
    host: str
    told: Sequence[str]
    active: bool
    due: int
    dead: int
    sent: int
    answered_at: datetime | None
    quiet_until: datetime | None
    problem: str
    renewed_at: datetime | None

    @property
    def failing(self) -> bool:
        return self.active and bool(self.problem)


def rows_of(*, agent_id: UUID | None = None, at: datetime) -> list[Row]:
    """Every webhook of people, or of one agent, that is not removed, by name (three queries)."""
    hooks = list(Webhook.objects.filter(removed_at=None, agent=agent_id).order_by("name", "id"))
    ids = [each.pk for each in hooks]
    counted = WebhookDelivery.objects.filter(webhook__in=ids).values_list("webhook", "state")
    counts = {(hook, state): n for hook, state, n in counted.annotate(n=Count("pk")).order_by()}
    latest = WebhookDelivery.objects.filter(webhook__in=ids, state__in=(State.DUE, State.DEAD)).exclude(problem="")
    problems = dict(latest.order_by("webhook", "-next_at").distinct("webhook").values_list("webhook", "problem"))
    return [_row(each, counts, problems.get(each.pk, ""), at) for each in hooks]


def _row(hook: Webhook, counts: Mapping[tuple[UUID, str], int], problem: str, at: datetime) -> Row:
    kinds = (
        (_("calls"), hook.calls),
        (_("urgent notices"), hook.notices),
        (_("runs and proposals of the agent"), hook.agent_id is not None),
    )
    told = [words for words, asked in kinds if asked]
    return Row(
        id=hook.pk,
        name=hook.name,
        host=host_of(hook.url),
        told=told,
        active=hook.active,
        due=counts.get((hook.pk, State.DUE), 0),
        dead=counts.get((hook.pk, State.DEAD), 0),
        sent=counts.get((hook.pk, State.SENT), 0),
        answered_at=hook.answered_at,
        quiet_until=hook.quiet_until if hook.quiet_until is not None and hook.quiet_until > at else None,
        problem=problem_words(problem) if hook.failures and problem else "",
        renewed_at=hook.renewed_at,
    )


def problem_words(code: str) -> str:
    """Why a try failed, in words."""
    return str(PROBLEMS[code]) if code in PROBLEMS else _("it did not take it (%(code)s)") % {"code": code}


def host_of(url: str) -> str:
    """All that pages show of an address."""
    return urlsplit(url).hostname or ""


def deployed_host() -> str:
    """The host of the one that whoever deploys has set, "" without one."""
    return host_of(settings.PAGING_WEBHOOK_URL)
