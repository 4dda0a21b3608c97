"""Agents: registering one, its page with tokens shown once, retiring it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from orchestr.agents.models import Agent, AgentToken, Scope
from orchestr.agents.rate import pace_of
from orchestr.agents.register import register_agent
from orchestr.agents.retire import retire_agent
from orchestr.agents.tokens import issue_token, revoke_token
from orchestr.catalogue.models import System
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.people.models import Person
from orchestr.refusal import absent
from reviews.admin.agent_steps import missing_of
from reviews.admin.agent_tokens import shown_once
from reviews.admin.answers import Refused, act, landed, leading_back
from reviews.admin.extents import not_taken, person_choices
from reviews.admin.scopes import Held, held_by
from reviews.admin.webhook_rows import rows_of

LIVES = (30, 90, 180, 365)  # days


class RegisterForm(forms.Form):
    key = forms.SlugField(
        label=gettext_lazy("Key"),
        max_length=60,
        help_text=gettext_lazy("Small letters, digits and dashes, such as spring-repricer. It never changes."),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    owner = forms.ChoiceField(
        label=gettext_lazy("Owner"),
        help_text=gettext_lazy("The person who answers for it. They can never decide on what it proposes."),
    )
    description = forms.CharField(
        label=gettext_lazy("What it does"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = person_choices()  # type: ignore[attr-defined]

    def clean_key(self) -> str:
        return not_taken(self.cleaned_data["key"], "register")


class IssueForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("It is for"),
        choices=[
            ("test", gettext_lazy("tests: writes only to sandboxes")),
            ("real", gettext_lazy("real work")),
        ],
        initial="test",
        required=False,
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("Lives for"), coerce=int, choices=[(days, days) for days in LIVES], initial=90
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["days"].choices = [(days, _("%(n)d days") % {"n": days}) for days in LIVES]  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
@gate(Function.ADMIN)
def register(request: SignedIn) -> HttpResponse:
    """Register an agent: it may do nothing until it holds a token, a scope and a workflow."""
    form = RegisterForm(request.POST or None)
    status = 200
    if request.method == "POST":
        done = act(request, form, lambda given, at: _register(given.cleaned_data, request, at))
        if not isinstance(done, Refused):
            said = _("%(name)s is registered. It may do nothing yet: give it a token and a scope.")
            return landed(request, done, said=said % {"name": done.name}, to=reverse("admin:agent", args=[done.key]))
        status = done.status
    context = {
        "form": form,
        "title": _("Register an agent"),
        "intro": _("An agent is a program that proposes. It never decides, and it starts with no rights at all."),
        "submit": _("Register the agent"),
        "act": "register",
        "back_url": reverse("admin:agents"),
        "back": _("Agents"),
    }
    return render(request, "admin/form.html", context, status=status)


@require_GET
@gate(Function.ADMIN, Function.AUDITOR)
def agent(request: SignedIn, key: str) -> HttpResponse:
    """One agent: tokens, scopes, workflows."""
    return render(request, "admin/agent.html", _page(request, _agent(key), IssueForm()))


@require_POST
@gate(Function.ADMIN)
def issue(request: SignedIn, key: str) -> HttpResponse:
    """Issue a token and show its text, this once: it is not stored and no page can show it again."""
    found, form = _agent(key), IssueForm(request.POST)
    done = act(
        request,
        form,
        lambda given, at: issue_token(
            agent_id=found.pk,
            by=request.user,
            at=at,
            life=timedelta(days=given.cleaned_data["days"]),
            sandbox_only=given.cleaned_data["kind"] != "real",
        ),
    )
    if isinstance(done, Refused):
        return render(request, "admin/agent.html", _page(request, found, form), status=done.status)
    return shown_once(request, found, *done)


@require_POST
@gate(Function.ADMIN)
@leading_back("/agents/")
def revoke(request: SignedIn, key: str, token_id: UUID) -> HttpResponse:
    """Revoke a token: from the next request on it opens nothing."""
    found = _agent(key)
    if not AgentToken.objects.filter(pk=token_id, agent=found).exists():
        raise absent("token")
    with transaction.atomic(durable=True):
        token = revoke_token(token_id=token_id, by=request.user, at=timezone.now())
    said = _("The token %(prefix)s… is revoked.") % {"prefix": token.prefix}
    return landed(request, token, said=said, to=reverse("admin:agent", args=[key]))


@require_POST
@gate(Function.ADMIN)
@leading_back("/agents/")
def retire(request: SignedIn, key: str) -> HttpResponse:
    """Retire an agent for good: its tokens open nothing from the next request on."""
    found = _agent(key)
    with transaction.atomic(durable=True):
        retire_agent(agent_id=found.pk, by=request.user, at=timezone.now())
    return redirect("admin:agent", key=key)


def _register(given: dict[str, Any], request: SignedIn, at: datetime) -> Agent:
    return register_agent(
        key=given["key"],
        name=given["name"],
        description=given["description"],
        owner=Person.objects.get(pk=given["owner"]),
        by=request.user,
        at=at,
    )


def _page(request: SignedIn, found: Agent, form: IssueForm) -> dict[str, Any]:
    now = timezone.now()
    listed = found.tokens.select_related("issued_by", "replaces").prefetch_related("replaced_by", "uses")
    tokens = list(listed.order_by("-issued_at"))
    scopes: list[Held] = held_by(Scope.objects.filter(agent=found, revoked_at=None), at=now)
    return {
        "now": now,
        "agent": found,
        "tokens": [(token, _standing(token, now)) for token in tokens],
        "scopes": scopes,
        "workflows": found.workflows.select_related("owner", "escalation_owner", "rollback_owner").order_by("key"),
        "form": form,
        "sandboxes": System.objects.filter(sandbox=True, enabled=True).exists(),
        "pace": pace_of(found, at=now),
        "hooks": rows_of(agent_id=found.pk, at=now),
        "missing": missing_of(tokens, scopes, found),
        "may_act": _may_act(request) and found.retired_at is None,
        "trail_url": reverse("audit:explorer", query={"agent": str(found.pk)}),
        "tools_url": reverse("admin:tools", query={"agent": found.key}),
    }


def _standing(token: AgentToken, now: datetime) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "expired" if token.expires_at <= now else "live"


def _agent(key: str) -> Agent:
    found = Agent.objects.select_related("owner").filter(key=key).first()
    if found is None:
        raise absent("agent")
    return found


def _may_act(request: SignedIn) -> bool:
    return Function.ADMIN in request.user.functions
