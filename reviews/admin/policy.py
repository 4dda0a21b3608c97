"""Policy: the version in force, every other, drafting the next and asking for it to come into force."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.policy.default import default_policy
from orchestr.policy.values import Json
from orchestr.refusal import absent
from orchestr.rulebook.drafts import discard_draft, draft_policy
from orchestr.rulebook.models import PolicyVersion
from orchestr.rulebook.publish import request_publication
from reviews.admin.answers import Refused, act, landed, leading_back
from reviews.admin.policy_form import PolicyForm
from reviews.admin.policy_page import PublishForm, around
from reviews.admin.policy_words import policy_of


@require_GET
@gate()
def policy(request: SignedIn) -> HttpResponse:
    """The version in force."""
    row = PolicyVersion.objects.standing(timezone.now())
    return render(request, "admin/policy.html", around(request, row, PublishForm()))


@require_GET
@gate()
def version(request: SignedIn, number: int) -> HttpResponse:
    """One version: a draft beside the one in force, any other beside its predecessor."""
    return render(request, "admin/policy.html", around(request, _row(number), PublishForm()))


@require_http_methods(["GET", "POST"])
@gate(Function.ADMIN)
def draft(request: SignedIn) -> HttpResponse:
    """Draft the next version, from the one in force or from the one named in `from`, its layers and examples with it.

    A draft judges nothing.
    """
    row = _base(request)
    base = default_policy(number=0) if row is None else policy_of(row)
    kept: dict[str, Json] = {name: part for name, part in base.wire().items() if name in ("layers", "allows")}
    form = PolicyForm(request.POST if request.method == "POST" else None, base=base)
    status = 200
    if request.method == "POST":
        done = act(
            request,
            form,
            lambda given, at: draft_policy(
                rules=given.rules() | kept, by=request.user, at=at, examples=None if row is None else row.examples
            ),
        )
        if not isinstance(done, Refused):
            return redirect("admin:policy_version", number=done.number)
        status = done.status
    return render(request, "admin/policy_draft.html", {"form": form, "base": base.number}, status=status)


@require_POST
@gate(Function.ADMIN)
def publish(request: SignedIn, number: int) -> HttpResponse:
    """Ask for a draft to come into force: a second person confirms it."""
    row, form = _row(number), PublishForm(request.POST)
    done = act(
        request,
        form,
        lambda given, at: request_publication(
            number=number,
            reason=given.cleaned_data["reason"],
            effective_from=given.cleaned_data["effective_from"],
            by=request.user,
            at=at,
        ),
    )
    if isinstance(done, Refused):
        return render(request, "admin/policy.html", around(request, row, form), status=done.status)
    return landed(request, done, said="", to=reverse("admin:policy"))


@require_POST
@gate(Function.ADMIN)
@leading_back("/policy/")
def discard(request: SignedIn, number: int) -> HttpResponse:
    """Put a draft away for good."""
    done = act(
        request, forms.Form(request.POST), lambda _given, at: discard_draft(number=number, by=request.user, at=at)
    )
    if isinstance(done, Refused):
        return render(request, "admin/policy.html", around(request, _row(number), PublishForm()), status=done.status)
    messages.success(request, _("The draft is put away; its number is not used again."))
    return redirect("admin:policy")


def _base(request: SignedIn) -> Any:
    asked = request.GET.get("from", "")
    if asked.isdecimal() and len(asked) < 9:
        return _row(int(asked))
    return PolicyVersion.objects.standing(timezone.now())


def _row(number: int) -> PolicyVersion:
    row = PolicyVersion.objects.select_related("author", "approver").filter(number=number).first()
    if row is None:
        raise absent("policy version")
    return row
