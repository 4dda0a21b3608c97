"""Policy: the version in force, every other, drafting the next and asking for it to come into force."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from orchestr.governance.models import ControlChange
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.policy.default import default_policy
from orchestr.policy.ruleset import loosens
from orchestr.refusal import absent
from orchestr.rulebook.models import PolicyVersion
from orchestr.rulebook.drafts import draft_policy
from orchestr.rulebook.publish import request_publication
from reviews.admin.answers import Refused, act, landed
from reviews.admin.changes import changes_in_words
from reviews.admin.policy_form import PolicyForm
from reviews.admin.policy_words import differences_between, policy_of, rules_in_words

LISTED = 50


class PublishForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The second person judges by it."),
    )


@require_GET
@gate()
def policy(request: SignedIn) -> HttpResponse:
    """The version in force."""
    row = PolicyVersion.objects.filter(state="published").select_related("author", "approver").first()
    if row is None:
        return render(request, "admin/policy.html", _around(request, None, PublishForm()))
    return render(request, "admin/policy.html", _around(request, row, PublishForm()))


@require_GET
@gate()
def version(request: SignedIn, number: int) -> HttpResponse:
    """One version: a draft beside the one in force, any other beside its predecessor."""
    return render(request, "admin/policy.html", _around(request, _row(number), PublishForm()))


@require_http_methods(["GET", "POST"])
@gate(Function.ADMIN)
def draft(request: SignedIn) -> HttpResponse:
    """Draft the next version, from the one in force or from the one named in `from`. A draft judges nothing."""
    base = _base(request)
    form = PolicyForm(request.POST if request.method == "POST" else None, base=base)
    status = 200
    if request.method == "POST":
        done = act(request, form, lambda given, at: draft_policy(rules=given.rules(), by=request.user, at=at))
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
            number=number, reason=given.cleaned_data["reason"], by=request.user, at=at
        ),
    )
    if isinstance(done, Refused):
        return render(request, "admin/policy.html", _around(request, row, form), status=done.status)
    return landed(request, done, said="", to=reverse("admin:policy"))


def _around(request: SignedIn, row: PolicyVersion | None, form: PublishForm) -> dict[str, Any]:
    now: datetime = timezone.now()
    standing = PolicyVersion.objects.filter(state="published").first()
    before = None if row is None else _before(row, standing)
    waiting = ControlChange.objects.filter(kind="policy.publish", state="requested").order_by("-requested_at")
    may_act = Function.ADMIN in request.user.functions
    parsed = None if row is None else policy_of(row)
    is_draft = row is not None and row.state == PolicyVersion.State.DRAFT
    return {
        "now": now,
        "version": row,
        "in_force": standing,
        "policy": parsed,
        "rules": [] if parsed is None else rules_in_words(parsed),
        "before": before,
        "differences": [] if row is None else differences_between(before, row),
        "loosens": parsed is not None and before is not None and loosens(policy_of(before), parsed),
        "versions": PolicyVersion.objects.select_related("author", "approver").order_by("-number")[:LISTED],
        "changes": changes_in_words(waiting, account=request.user),
        "asked": is_draft and row is not None and waiting.filter(target=f"policy:{row.number}").exists(),
        "is_draft": is_draft,
        "may_act": may_act,
        "form": form,
    }


def _before(row: PolicyVersion, standing: PolicyVersion | None) -> PolicyVersion | None:
    """What a version is compared with: the one in force for a draft, else the one that was in force before it."""
    if row.state == PolicyVersion.State.DRAFT:
        return standing
    earlier = PolicyVersion.objects.filter(effective_from__lt=row.effective_from).order_by("-effective_from")
    return earlier.first()


def _base(request: SignedIn) -> Any:
    asked = request.GET.get("from", "")
    if asked.isdecimal() and len(asked) < 9:
        return policy_of(_row(int(asked)))
    standing = PolicyVersion.objects.filter(state="published").first()
    return default_policy(number=0) if standing is None else policy_of(standing)


def _row(number: int) -> PolicyVersion:
    row = PolicyVersion.objects.select_related("author", "approver").filter(number=number).first()
    if row is None:
        raise absent("policy version")
    return row
