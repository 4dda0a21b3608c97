"""An agent's tokens: issued, replaced with an overlap, each shown once; and how many requests it may make."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from orchestr.agents.models import Agent, AgentToken
from orchestr.agents.rate import MOST, limit_of, pace_of, set_rate
from orchestr.agents.tokens import DEFAULT_LIFE, rotate_token
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.refusal import absent
from reviews.admin.answers import Refused, act, landed

OVERLAPS = (0, 1, 24, 24 * 7)  # hours


class ReplaceForm(forms.Form):
    hours = forms.TypedChoiceField(
        label=gettext_lazy("The old one opens for"),
        coerce=int,
        choices=[(hours, hours) for hours in OVERLAPS],
        initial=24,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = {0: _("no longer"), 1: _("one hour more"), 24: _("one day more"), 24 * 7: _("one week more")}
        self.fields["hours"].choices = [(hours, words[hours]) for hours in OVERLAPS]  # type: ignore[attr-defined]


class RateForm(forms.Form):
    per_minute = forms.IntegerField(
        label=gettext_lazy("Requests in a minute, at most"), min_value=1, max_value=MOST, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        default = settings.AGENT_REQUESTS_PER_MINUTE
        said = _("Blank: %(n)d, as for every agent.") % {"n": default} if default else _("Blank: as many as it likes.")
        self.fields["per_minute"].help_text = said


@require_http_methods(["GET", "POST"])
@gate(Function.ADMIN)
def replace(request: SignedIn, key: str, token_id: UUID) -> HttpResponse:
    """Replace a token: the new one is shown this once, the old one opens until the overlap is over."""
    agent = agent_at_work(key)
    token = AgentToken.objects.filter(pk=token_id, agent=agent).first()
    if token is None:
        raise absent("token")
    form, status = ReplaceForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        done = act(
            request,
            form,
            lambda given, at: rotate_token(
                token_id=token_id, overlap=timedelta(hours=given.cleaned_data["hours"]), by=request.user, at=at
            ),
        )
        if not isinstance(done, Refused):
            return shown_once(request, agent, *done)
        status = done.status
    context = {
        "form": form,
        "title": _("Replace the token %(prefix)s…") % {"prefix": token.prefix},
        "intro": _(
            "The new one lives for %(n)d days. Take it over where the old one is used; its page says who still does."
        )
        % {"n": DEFAULT_LIFE.days},
        "submit": _("Replace it"),
        "act": "replace-token",
        "back_url": reverse("admin:agent", args=[key]),
        "back": agent.name,
    }
    return render(request, "admin/form.html", context, status=status)


@require_http_methods(["GET", "POST"])
@gate(Function.ADMIN)
def rate(request: SignedIn, key: str) -> HttpResponse:
    """How many requests a minute the agent may make."""
    agent = agent_at_work(key)
    pace = pace_of(agent, at=timezone.now())
    initial = {"per_minute": pace.limit if pace.own else None}
    form = RateForm(request.POST) if request.method == "POST" else RateForm(initial=initial)
    status = 200
    if request.method == "POST":
        done = act(
            request,
            form,
            lambda given, at: set_rate(
                agent_id=agent.pk, per_minute=given.cleaned_data["per_minute"], by=request.user, at=at
            ),
        )
        if not isinstance(done, Refused):
            said = _("It stands so from the next request on.")
            return landed(request, done, said=said, to=reverse("admin:agent", args=[key]))
        status = done.status
    context = {
        "form": form,
        "title": _("How often %(name)s may call") % {"name": agent.name},
        "intro": _("Over it the agent is told to wait (429), and that stands on record once a minute."),
        "submit": _("Save the limit"),
        "act": "agent-rate",
        "back_url": reverse("admin:agent", args=[key]),
        "back": agent.name,
    }
    return render(request, "admin/form.html", context, status=status)


@require_GET
@gate(Function.ADMIN)
def seen(request: SignedIn, key: str, token_id: UUID) -> HttpResponse:
    """Whether a token has called yet: the page that shows it asks again until it has."""
    agent = agent_at_work(key)
    token = AgentToken.objects.filter(pk=token_id, agent=agent).first()
    if token is None:
        raise absent("token")
    context = {"agent": agent, "token": token}
    return render(request, "admin/token_seen.html" + ("#seen" if request.htmx else ""), context)


def shown_once(request: HttpRequest, agent: Agent, token: AgentToken, text: str) -> HttpResponse:
    """The page with the token's text, which no cache keeps."""
    context = {
        "agent": agent,
        "token": token,
        "text": text,
        "api_url": f"{settings.PUBLIC_URL}/api/v1",
        "mcp_url": f"{settings.PUBLIC_URL}/mcp",
        "base_url": settings.PUBLIC_URL,
        "seen_url": reverse("admin:token_seen", args=[agent.key, token.pk]),
        "limit": limit_of(agent),
    }
    answer = render(request, "admin/token.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def agent_at_work(key: str) -> Agent:
    """The agent with this key. Absent where it is retired."""
    found = Agent.objects.filter(key=key, retired_at=None).first()
    if found is None:
        raise absent("agent")
    return found
