"""Legal holds: what is kept although its time is over; set by one person, lifted by two."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from orchestr.doors import actor_of
from orchestr.governance.models import ControlChange
from orchestr.http import SignedIn, gate
from orchestr.keeping.hold import LIFT, HeldTarget, hold, request_lift
from orchestr.keeping.models import LegalHold
from orchestr.keeping.period import periods, request_period
from orchestr.people.functions import Function
from reviews.admin.answers import Refused, act, landed
from reviews.admin.hold_choices import LONGEST, MOST, choices_for, named
from reviews.admin.keeping_words import days

CONCERNED = (Function.ADMIN, Function.AUDITOR, Function.LEGAL)
LIFTED = 30


class HoldForm(forms.Form):
    target = forms.CharField(
        max_length=60, widget=forms.HiddenInput, error_messages={"required": gettext_lazy("Choose what is to be held.")}
    )
    why = forms.CharField(label=gettext_lazy("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class LiftForm(forms.Form):
    why = forms.CharField(label=gettext_lazy("Reason"), max_length=2000)


@require_GET
@gate(*CONCERNED)
def holds(request: SignedIn) -> HttpResponse:
    """What is held, what was, and for how long texts and personal data are kept."""
    return _page(request, HoldForm())


@require_POST
@gate(*CONCERNED)
def set_hold(request: SignedIn) -> HttpResponse:
    """Hold something: in force at once."""
    form = HoldForm(request.POST)
    done = act(
        request,
        form,
        lambda given, at: hold(
            target=HeldTarget.parse(given.cleaned_data["target"]),
            why=given.cleaned_data["why"],
            by=actor_of(request),
            at=at,
        ),
    )
    if isinstance(done, Refused):
        return _page(request, form, status=done.status)
    return landed(request, None, said=_("It is held from now on."), to=reverse("admin:holds"))


@require_POST
@gate(*CONCERNED)
def lift(request: SignedIn, hold_id: UUID) -> HttpResponse:
    """Ask for a hold to be lifted: a second person confirms it."""
    form = LiftForm(request.POST)
    done = act(
        request,
        form,
        lambda given, at: request_lift(hold_id=hold_id, why=given.cleaned_data["why"], by=request.user, at=at),
    )
    if isinstance(done, Refused):
        return _page(request, HoldForm(), lift_form=form, status=done.status)
    return landed(request, done, said="", to=reverse("admin:holds"))


@require_POST
@gate(*CONCERNED)
def ask_period(request: SignedIn, kind: str) -> HttpResponse:
    """Ask for the period of the settings to be put in force: a second person confirms it."""
    form = LiftForm(request.POST)
    done = act(
        request,
        form,
        lambda given, at: request_period(kind=kind, why=given.cleaned_data["why"], by=request.user, at=at),
    )
    if isinstance(done, Refused):
        return _page(request, HoldForm(), lift_form=form, status=done.status)
    return landed(request, done, said="", to=reverse("admin:holds"))


@require_GET
@gate(*CONCERNED)
def hold_choices(request: SignedIn) -> HttpResponse:
    """What fits the words, while somebody writes them: the part of the page that stands there without scripts too."""
    return render(request, "admin/holds.html#choices", _asked(request, HoldForm()))


def _asked(request: SignedIn, form: HoldForm) -> dict[str, Any]:
    asked = request.GET.get("q", request.POST.get("q", "")).strip()[:LONGEST]
    choices = choices_for(asked, by=request.user)
    return {"asked": asked, "choices": choices, "most": MOST, "chosen": form.data.get("target", ""), "form": form}


def _page(request: SignedIn, form: HoldForm, *, lift_form: LiftForm | None = None, status: int = 200) -> HttpResponse:
    asked = ControlChange.objects.filter(kind=LIFT, state="requested").values_list("target", flat=True)
    waiting = set(asked)
    rows = LegalHold.objects.select_related("set_by")
    standing = list(rows.filter(lifted_at=None).order_by("set_at"))
    lifted = list(rows.exclude(lifted_at=None).order_by("-lifted_at")[:LIFTED])
    names = named([*standing, *lifted], by=request.user)
    context = {
        "now": timezone.now(),
        "holds": [(row, f"hold:{row.pk}" in waiting, names.get(row.pk, "")) for row in standing],
        "lifted": [(row, names.get(row.pk, "")) for row in lifted],
        **_asked(request, form),
        "lift_form": lift_form,
        "periods": [(each, days(each.days), days(each.asked)) for each in periods()],
    }
    return render(request, "admin/holds.html", context, status=status)
