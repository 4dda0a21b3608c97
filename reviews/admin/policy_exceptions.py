"""Exceptions: what is asked for, what counts now, and what has been."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit.record import Actor
from orchestr.http import SignedIn, gate
from orchestr.people.models import Account
from orchestr.policy.exceptions import functions_for
from orchestr.policy.rules import RULES
from orchestr.proposals.exceptions.course import confirm_exception, reject_exception
from orchestr.proposals.exceptions.models import PolicyException
from orchestr.proposals.exceptions.request import LONGEST, request_exception
from orchestr.proposals.models import Proposal
from orchestr.refusal import absent
from reviews.acts import Act
from reviews.admin.answers import Refused, act, leading_back
from reviews.words.proposal import function_label
from reviews.words.titles import intents_of

LISTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionWords:
    """One exception as people judge it."""

    id: UUID
    rule: str
    title: str
    proposal_id: UUID
    proposal: str
    items: int
    until: datetime
    reason: str
    state: str
    live: bool
    digest: str
    asked_by: str
    asked_at: datetime
    functions: list[str]
    confirmed: list[str]
    confirm: Act | None
    reject: Act | None


class RequestForm(forms.Form):
    """Which rule, until when, and why."""

    until = forms.DateTimeField(
        label=gettext_lazy("Until (UTC)"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("At most 30 days ahead. From then on the rule refuses again."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Two persons judge by it."),
    )
    field_order = ("rule", "until", "reason")

    def __init__(self, *args: Any, proposal: Proposal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rule"] = forms.ChoiceField(label=_("Rule"), choices=_refusing(proposal))
        self.fields["until"].initial = timezone.now() + timedelta(days=1)
        self.order_fields(self.field_order)


@require_GET
@gate()
def exceptions(request: SignedIn) -> HttpResponse:
    """What waits first, then what counts, then the rest; of proposals that this person may see."""
    now = timezone.now()
    rows = PolicyException.objects.filter(proposal__in=Proposal.objects.visible_to(request.user))
    counted = rows.filter(requested_at__gte=now - LONGEST, confirmations__isnull=False, state__in=("granted", "ended"))
    context = {
        "now": now,
        "waiting": _in_words(rows.waiting(now).order_by("requested_at")[:LISTED], request.user, now),
        "live": _in_words(rows.live(now).order_by("until")[:LISTED], request.user, now),
        "past": _in_words(
            rows.exclude(id__in=rows.waiting(now)).exclude(id__in=rows.live(now)).order_by("-requested_at")[:LISTED],
            request.user,
            now,
        ),
        "counts": [
            {"rule": row["rule"], "title": _title(row["rule"]), "count": row["count"]}
            for row in counted.values("rule").annotate(count=Count("id", distinct=True)).order_by("-count", "rule")
        ],
    }
    return render(request, "admin/policy_exceptions.html", context)


@require_http_methods(["GET", "POST"])
@gate()
def request_one(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    """Ask for an exception for a proposal that policy has refused."""
    proposal = Proposal.objects.visible_to(request.user).select_related("segment_set").filter(pk=proposal_id).first()
    if proposal is None:
        raise absent("proposal")
    form = RequestForm(request.POST if request.method == "POST" else None, proposal=proposal)
    status = 200
    if request.method == "POST":
        done = act(
            request,
            form,
            lambda given, at: request_exception(
                proposal_id=proposal.pk,
                rule=given.cleaned_data["rule"],
                reason=given.cleaned_data["reason"],
                until=given.cleaned_data["until"],
                by=Actor.person(account_id=request.user.pk, person_id=request.user.person_id),
                person_id=request.user.person_id,
                at=at,
            ),
        )
        if not isinstance(done, Refused):
            messages.warning(
                request, _("This waits for two persons. The proposal stays blocked until they confirm it.")
            )
            return redirect(f"{reverse('admin:policy_exceptions')}#exception-{done.pk}")
        status = done.status
    context = {
        "form": form,
        "proposal": proposal,
        "title": intents_of([proposal])[proposal.pk],
        "choices": _refusing(proposal),
    }
    return render(request, "admin/policy_exception.html", context, status=status)


@require_POST
@gate()
@leading_back("/policy/exceptions/")
def confirm(request: SignedIn, exception_id: UUID) -> HttpResponse:
    """One person's yes to exactly what was shown."""
    with transaction.atomic(durable=True):
        row = confirm_exception(
            exception_id=exception_id, digest=request.POST.get("digest", ""), by=request.user, at=timezone.now()
        )
    granted = row.state == PolicyException.State.GRANTED
    said = (
        _("The exception counts now, and the proposal was judged again.")
        if granted
        else _("One more person confirms it.")
    )
    messages.success(request, said)
    return redirect("admin:policy_exceptions")


@require_POST
@gate()
@leading_back("/policy/exceptions/")
def reject(request: SignedIn, exception_id: UUID) -> HttpResponse:
    """Turn it down, or take one's own request back."""
    with transaction.atomic(durable=True):
        reject_exception(exception_id=exception_id, by=request.user, at=timezone.now())
    messages.success(request, _("The exception is off the table."))
    return redirect("admin:policy_exceptions")


def _in_words(rows: Any, account: Account, now: datetime) -> list[ExceptionWords]:
    listed: Sequence[PolicyException] = rows.select_related(
        "proposal", "proposal__agent", "requested_by"
    ).prefetch_related("confirmations__person")
    intents = intents_of([row.proposal for row in listed])
    return [_one(row, intents[row.proposal_id], account, now) for row in listed]


def _one(row: PolicyException, intent: str, account: Account, now: datetime) -> ExceptionWords:
    waiting = row.state == PolicyException.State.REQUESTED and row.until > now
    agent = row.proposal.agent
    return ExceptionWords(
        id=row.pk,
        rule=row.rule,
        title=_title(row.rule),
        proposal_id=row.proposal_id,
        proposal=intent,
        items=len(row.items),
        until=row.until,
        reason=row.reason,
        state=row.state,
        live=row.state == PolicyException.State.GRANTED and row.until > now,
        digest=row.digest,
        asked_by=row.requested_by.name if row.requested_by else agent.name if agent else "",
        asked_at=row.requested_at,
        functions=[function_label(name) for name in row.functions],
        confirmed=[each.person.name for each in row.confirmations.all()],
        confirm=_confirm(row, account) if waiting else None,
        reject=_reject(row, account) if waiting else None,
    )


def _confirm(row: PolicyException, account: Account) -> Act:
    why_not = ""
    if row.requested_by_id == account.person_id:
        why_not = _("You asked for this: two others confirm it.")
    elif account.person_id in {each.person_id for each in row.confirmations.all()}:
        why_not = _("You have confirmed it: one more person does.")
    elif not account.functions & set(row.functions):
        why_not = _("Your account holds none of the functions that confirm this.")
    return Act(reverse("admin:confirm_exception", args=[row.pk]), _("Confirm the exception"), why_not)


def _reject(row: PolicyException, account: Account) -> Act | None:
    if row.requested_by_id == account.person_id:
        return Act(reverse("admin:reject_exception", args=[row.pk]), _("Take the request back"))
    if not account.functions & set(row.functions):
        return None
    return Act(reverse("admin:reject_exception", args=[row.pk]), _("Reject"))


def _refusing(proposal: Proposal) -> list[tuple[str, str]]:
    """The rules that refuse it and may be excepted."""
    version = proposal.versions.filter(number=proposal.number).first()
    last = version.verdicts.order_by("-at", "-id").first() if version else None
    names = {each["rule"] for each in (last.findings if last else ()) if each["effect"] == "refuse"}
    return [(name, _title(name)) for name in sorted(names) if functions_for(name)]


def _title(rule: str) -> str:
    return _(RULES[rule].title) if rule in RULES else rule
