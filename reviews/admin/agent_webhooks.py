"""Push: by which addresses an agent listens, what was sent to each, and sending it again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit.record import Actor
from orchestr.agents.models import Agent
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.people.webhooks import queue, setup
from orchestr.people.webhooks.models import WebhookDelivery
from orchestr.people.webhooks.queue import kind_of
from orchestr.people.webhooks.secret import secret_of
from orchestr.refusal import absent
from reviews.admin.agent_tokens import agent_at_work
from reviews.admin.answers import Refused, act, leading_back
from reviews.admin.webhook_rows import problem_words, rows_of

SHOWN = 100
KINDS: dict[str, str | Promise] = {
    "proposal": gettext_lazy("a proposal moved"),
    "run": gettext_lazy("a run waits"),
    "trial": gettext_lazy("a word about nothing"),
}


class ListenForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    url = forms.URLField(
        label=gettext_lazy("Address"), max_length=500, assume_scheme="https",
        help_text=gettext_lazy("Public https. It is kept and never shown again: it may hold a key itself."),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One delivery as the page shows it."""

    id: UUID
    hook: str
    what: str
    about: UUID | None
    about_url: str
    state: str
    attempts: int
    problem: str
    at: datetime
    again: bool


@require_GET
@gate(Function.ADMIN, Function.AUDITOR)
def listening(request: SignedIn, key: str) -> HttpResponse:
    """How the agent listens, and the latest that was sent to it."""
    agent = _agent(key)
    now = timezone.now()
    may_act = str(Function.ADMIN) in request.user.functions and agent.retired_at is None
    context = {
        "now": now,
        "agent": agent,
        "rows": rows_of(agent_id=agent.pk, at=now),
        "sent": _latest(agent, may_act),
        "may_act": may_act,
    }
    return render(request, "admin/agent_webhooks.html", context)


@require_http_methods(["GET", "POST"])
@gate(Function.ADMIN)
def add(request: SignedIn, key: str) -> HttpResponse:
    """Have an address told of the agent's runs and proposals, and show its secret, this once."""
    agent = agent_at_work(key)
    form, status = ListenForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        done = act(
            request,
            form,
            lambda given, at: setup.add_webhook(**given.cleaned_data, agent_id=agent.pk, by=request.user, at=at),
        )
        if not isinstance(done, Refused):
            context = {"name": done.name, "secret": secret_of(done), "renewed": False, "agent": agent}
            answer = render(request, "admin/webhook_secret.html", context)
            answer["Cache-Control"] = "no-store"
            return answer
        status = done.status
    context = {
        "form": form,
        "title": _("An address by which %(name)s listens") % {"name": agent.name},
        "intro": _(
            "It is told by a signed POST when a run waits and when a proposal of the agent moves, with the reason."
        ),
        "submit": _("Add it"),
        "act": "add-agent-webhook",
        "back_url": reverse("admin:agent_webhooks", args=[key]),
        "back": agent.name,
    }
    return render(request, "admin/form.html", context, status=status)


@require_POST
@gate(Function.ADMIN)
@leading_back("/agents/")
def again(request: SignedIn, key: str, delivery_id: UUID) -> HttpResponse:
    """Send one again, whether it was given up or had arrived; as its proposal or run is now."""
    agent = agent_at_work(key)
    if not WebhookDelivery.objects.filter(pk=delivery_id, webhook__agent=agent).exists():
        raise absent("delivery")
    by = Actor.person(account_id=request.user.pk, person_id=request.user.person_id)
    with transaction.atomic(durable=True):
        queue.try_again(delivery_id=delivery_id, by=by, at=timezone.now())
    messages.success(request, _("It is sent again, as things stand now."))
    return redirect("admin:agent_webhooks", key=key)


def _latest(agent: Agent, may_act: bool) -> list[Sent]:
    rows = WebhookDelivery.objects.filter(webhook__agent=agent, webhook__removed_at=None).select_related("webhook")
    return [_sent(row, may_act) for row in rows.order_by("-id")[:SHOWN]]


def _sent(row: WebhookDelivery, may_act: bool) -> Sent:
    about = row.proposal_id or row.run_id
    path = "" if about is None else f"/reviews/{about}/" if row.proposal_id else f"/runs/{about}/"
    ended = row.state in (WebhookDelivery.State.SENT, WebhookDelivery.State.DEAD)
    return Sent(
        id=row.pk,
        hook=row.webhook.name,
        what=str(KINDS[kind_of(row)]),
        about=about,
        about_url=path,
        state=row.state,
        attempts=row.attempts,
        problem=problem_words(row.problem) if row.problem else "",
        at=row.settled_at or row.created_at,
        again=may_act and ended and row.webhook.active and about is not None,
    )


def _agent(key: str) -> Agent:
    found = Agent.objects.filter(key=key).first()
    if found is None:
        raise absent("agent")
    return found
