"""Webhooks: which addresses outside are told of calls and notices, how each of them fares, and what admins do to them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.people.webhooks import setup
from orchestr.people.webhooks.models import Webhook
from orchestr.people.webhooks.secret import secret_of
from orchestr.refusal import absent
from reviews.admin.answers import Refused, act, leading_back
from reviews.admin.webhook_rows import deployed_host, host_of, rows_of


class WebhookForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, help_text=gettext_lazy("By which people on call know it.")
    )
    url = forms.URLField(
        label=gettext_lazy("Address"), max_length=500, assume_scheme="https",
        help_text=gettext_lazy("Public https. It is kept and never shown again: it may hold a key itself."),
    )  # fmt: skip
    calls = forms.BooleanField(label=gettext_lazy("Calls: somebody on call is called"), required=False, initial=True)
    notices = forms.BooleanField(label=gettext_lazy("Notices that cannot wait, of everybody"), required=False)


class ChangeForm(WebhookForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["url"].required = False
        self.fields["url"].help_text = gettext_lazy("Leave it empty to keep the one it has.")


@require_GET
@gate(Function.ADMIN, Function.AUDITOR, Function.ONCALL)
def webhooks(request: SignedIn) -> HttpResponse:
    """Every webhook with how it fares."""
    context = {
        "now": timezone.now(),
        "rows": rows_of(at=timezone.now()),
        "deployed": deployed_host(),
        "may_act": str(Function.ADMIN) in request.user.functions,
    }
    return render(request, "admin/webhooks.html", context)


@require_http_methods(["GET", "POST"])
@gate(Function.ADMIN)
def add(request: SignedIn) -> HttpResponse:
    """Add one, and show its secret, this once."""
    form, status = WebhookForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        done = act(request, form, lambda given, at: setup.add_webhook(**given.cleaned_data, by=request.user, at=at))
        if not isinstance(done, Refused):
            return _secret(request, done)
        status = done.status
    context = {
        "form": form,
        "title": _("Add a webhook"),
        "intro": _("It is told by a signed POST: ids, codes and whom to ring, never a value or what people wrote."),
        "submit": _("Add it"),
        "act": "add-webhook",
        "back_url": reverse("admin:webhooks"),
        "back": _("Webhooks"),
    }
    return render(request, "admin/form.html", context, status=status)


@require_http_methods(["GET", "POST"])
@gate(Function.ADMIN)
def change(request: SignedIn, webhook_id: UUID) -> HttpResponse:
    """Another name, address, or told of something else."""
    found, status = _found(webhook_id), 200
    standing = {"name": found.name, "calls": found.calls, "notices": found.notices}
    form = ChangeForm(request.POST) if request.method == "POST" else ChangeForm(initial=standing)
    if found.agent_id is not None:  # an agent's is told of that agent and of nothing else
        del form.fields["calls"], form.fields["notices"]
    if request.method == "POST":
        done = act(
            request,
            form,
            lambda given, at: setup.change_webhook(webhook_id=webhook_id, **given.cleaned_data, by=request.user, at=at),
        )
        if not isinstance(done, Refused):
            messages.success(request, _("It stands so now."))
            return redirect(_home(webhook_id))
        status = done.status
    context = {
        "form": form,
        "title": _("Change %(name)s") % {"name": found.name},
        "intro": _("Now at %(host)s. What is on its way goes to the new address.") % {"host": host_of(found.url)},
        "submit": _("Change it"),
        "act": "change-webhook",
        "back_url": _home(webhook_id),
        "back": found.agent.name if found.agent else _("Webhooks"),
    }
    return render(request, "admin/form.html", context, status=status)


@require_POST
@gate(Function.ADMIN)
@leading_back("/webhooks/")
def renew(request: SignedIn, webhook_id: UUID) -> HttpResponse:
    """A new secret, shown this once."""
    with transaction.atomic(durable=True):
        found = setup.renew_secret(webhook_id=webhook_id, by=request.user, at=timezone.now())
    return _secret(request, found)


@require_POST
@gate(Function.ADMIN)
@leading_back("/webhooks/")
def off(request: SignedIn, webhook_id: UUID) -> HttpResponse:
    """Nothing is sent to it from now on."""
    return _acted(request, setup.switch_off, webhook_id, _("Nothing is sent to it from now on."))


@require_POST
@gate(Function.ADMIN)
@leading_back("/webhooks/")
def on(request: SignedIn, webhook_id: UUID) -> HttpResponse:
    """It is told of what comes from now on."""
    return _acted(request, setup.switch_on, webhook_id, _("It is told of what comes from now on."))


@require_POST
@gate(Function.ADMIN)
@leading_back("/webhooks/")
def trial(request: SignedIn, webhook_id: UUID) -> HttpResponse:
    """Send it a word about nothing."""
    said = _("A word about nothing is on its way to it. Reload in a few seconds to see whether it arrived.")
    return _acted(request, setup.send_trial, webhook_id, said)


@require_POST
@gate(Function.ADMIN)
@leading_back("/webhooks/")
def again(request: SignedIn, webhook_id: UUID) -> HttpResponse:
    """Send what was given up once more."""
    with transaction.atomic(durable=True):
        count = setup.send_again(webhook_id=webhook_id, by=request.user, at=timezone.now())
    messages.success(request, ngettext("%(n)d is sent again.", "%(n)d are sent again.", count) % {"n": count})
    return redirect(_home(webhook_id))


@require_POST
@gate(Function.ADMIN)
@leading_back("/webhooks/")
def remove(request: SignedIn, webhook_id: UUID) -> HttpResponse:
    """It is told nothing more, and its address is forgotten."""
    return _acted(request, setup.remove_webhook, webhook_id, _("It is gone, and its address is forgotten."))


def _acted(request: SignedIn, operation: Callable[..., object], webhook_id: UUID, said: str) -> HttpResponse:
    with transaction.atomic(durable=True):
        operation(webhook_id=webhook_id, by=request.user, at=timezone.now())
    messages.success(request, said)
    return redirect(_home(webhook_id))


def _home(webhook_id: UUID) -> str:
    """Where a webhook is listed: with all others, or with the agent that it tells."""
    key = Webhook.objects.filter(pk=webhook_id).values_list("agent__key", flat=True).first()
    return reverse("admin:agent_webhooks", args=[key]) if key else reverse("admin:webhooks")


def _secret(request: SignedIn, found: Webhook) -> HttpResponse:
    answer = render(request, "admin/webhook_secret.html", {"name": found.name, "secret": secret_of(found),
                    "renewed": found.generation > 1, "agent": found.agent})  # fmt: skip
    answer["Cache-Control"] = "no-store"
    return answer


def _found(webhook_id: UUID) -> Webhook:
    found = Webhook.objects.select_related("agent").filter(pk=webhook_id, removed_at=None).first()
    if found is None:
        raise absent("webhook")
    return found
