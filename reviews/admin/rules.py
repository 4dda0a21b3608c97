"""Segments by rule: what each holds, who names it, and the form by which two people change it."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from orchestr.agents.models import Scope
from orchestr.catalogue.models import Segment, SegmentRule
from orchestr.catalogue.rules.conditions import Conditions
from orchestr.catalogue.rules.members import GOOD_FOR, Held, preview
from orchestr.freezes.models import Freeze
from orchestr.governance.models import ControlChange
from orchestr.governance.segment_rules import KIND, check, request_retirement, request_rule, standing
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.refusal import absent
from orchestr.workflows.models import Workflow
from reviews.admin.answers import Refused, act, landed
from reviews.admin.rule_form import RuleForm
from reviews.admin.rule_words import condition_words, type_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One rule as the list shows it. `stuck`: it was not worked out for so long that it gives no right any more."""

    rule: SegmentRule
    types: str
    conditions: list[str]
    members: int
    stuck: bool
    agents: list[str]
    workflows: list[str]
    frozen: bool
    waits: bool


class RetireForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=2000)


@require_GET
@gate(Function.ADMIN, Function.AUDITOR, Function.FINANCE, Function.LEGAL)
def rules(request: SignedIn) -> HttpResponse:
    """Every rule in force, with what it holds and who names it."""
    return _page(request)


@require_http_methods(["GET", "POST"])
@gate(Function.ADMIN)
def define(request: SignedIn) -> HttpResponse:
    """Ask for a new one; a second person confirms it."""
    return _form(request, None)


@require_http_methods(["GET", "POST"])
@gate(Function.ADMIN)
def change(request: SignedIn, key: str) -> HttpResponse:
    """Ask that it hold something else; a second person confirms it."""
    return _form(request, key)


@require_POST
@gate(Function.ADMIN)
def retire(request: SignedIn, key: str) -> HttpResponse:
    """Ask that it hold nothing any more; a second person confirms it."""
    form = RetireForm(request.POST)
    done = act(
        request,
        form,
        lambda given, at: request_retirement(key=key, reason=given.cleaned_data["reason"], by=request.user, at=at),
    )
    if isinstance(done, Refused):
        return _page(request, retire_form=form, status=done.status)
    return landed(request, done, said="", to=reverse("admin:rules"))


def _form(request: SignedIn, key: str | None) -> HttpResponse:
    rule = None if key is None else standing(key)
    if key is not None and rule is None:
        raise absent("segment")
    context: dict[str, Any] = {
        "title": _("Define a segment by rule") if rule is None else rule.name,
        "intro": _("It is worked out anew twice a minute. What is not known of a thing keeps it out."),
        "act": "define-rule" if rule is None else "change-rule",
        "back_url": reverse("admin:rules"),
        "back": _("Segments by rule"),
    }
    if request.method != "POST":
        return render(request, "admin/rule_form.html", context | {"form": RuleForm(rule=rule)})
    form = RuleForm(request.POST, rule=rule)
    if "try" in request.POST:
        seen = act(request, form, lambda given, at: _look(given))
        status = seen.status if isinstance(seen, Refused) else 200
        more = {} if isinstance(seen, Refused) else {"seen": seen}
        return render(request, "admin/rule_form.html", context | {"form": form} | more, status=status)
    done = act(
        request,
        form,
        lambda given, at: request_rule(rule=given.rule(), reason=given.cleaned_data["reason"], by=request.user, at=at),
    )
    if isinstance(done, Refused):
        return render(request, "admin/rule_form.html", context | {"form": form}, status=done.status)
    return landed(request, done, said="", to=reverse("admin:rules"))


def _look(form: RuleForm) -> Held:
    """What the form as it stands would hold now. Saves nothing."""
    rule = form.rule()
    check(rule)
    return preview(rule.conditions, Segment.objects.get(key=rule.within).pk, at=timezone.now())


def _page(request: SignedIn, *, status: int = 200, **more: Any) -> HttpResponse:
    now = timezone.now()
    rows = SegmentRule.objects.filter(retired_at=None).select_related("segment__parent").order_by("segment__key")
    waiting = set(ControlChange.objects.filter(kind=KIND, state="requested").values_list("target", flat=True))
    frozen = set(Freeze.objects.filter(kind="segment", thawed_at=None).values_list("key", flat=True))
    context = {
        "now": now,
        "rows": [
            Row(
                rule=row,
                types=type_words((read := Conditions.parse(row.conditions)).types),
                conditions=[condition_words(each) for each in read.every],
                members=row.held.count(),
                stuck=row.evaluated_at is None or row.evaluated_at < now - GOOD_FOR,
                agents=sorted(
                    set(Scope.objects.filter(segments=row.pk, revoked_at=None).values_list("agent__name", flat=True))
                ),
                workflows=sorted(Workflow.objects.filter(segments=row.pk).values_list("name", flat=True)),
                frozen=row.segment.key in frozen,
                waits=f"segment:{row.segment.key}" in waiting,
            )
            for row in rows
        ],
        "may_act": Function.ADMIN in request.user.functions,
    }
    return render(request, "admin/rules.html", context | more, status=status)
