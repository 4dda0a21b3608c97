"""Locks and promises on one thing: what stands, setting one, lifting one before its time."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from orchestr.catalogue.models import Resource
from orchestr.catalogue.sites import sites
from orchestr.catalogue.view import Reader
from orchestr.commitments.commit import LONGEST_WHY, Asked, commit, lift
from orchestr.commitments.models import Commitment
from orchestr.commitments.standing import standing_for, standing_on
from orchestr.http import SignedIn, gate
from orchestr.people.eligibility import holds_on
from orchestr.people.models import Account
from orchestr.policy.values import Money
from orchestr.refusal import Kind, Refusal

SHOWN = 20
KIND_WORDS: dict[str, str | Promise] = {
    "sell": gettext_lazy("Do not put it on sale"),
    "promote": gettext_lazy("Do not promote it"),
    "reprice": gettext_lazy("Do not change its price"),
    "quote": gettext_lazy("A price was quoted"),
    "delivery": gettext_lazy("A delivery was promised"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One lock or promise that stands."""

    row: Commitment
    words: str | Promise
    channel: str
    lift_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What stands on one thing, and the form to add to it for whoever may."""

    rows: list[Standing]
    form: "CommitmentForm | None"


class CommitmentForm(forms.Form):
    """A lock or a promise. Times are in UTC, as the pages show them; a price is in the channel's currency."""

    type = forms.CharField(max_length=20, widget=forms.HiddenInput)
    key = forms.CharField(max_length=160, widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=gettext_lazy("What holds"))
    channel = forms.ChoiceField(label=gettext_lazy("Where"), required=False)
    until = forms.DateTimeField(
        label=gettext_lazy("Until"),
        help_text=gettext_lazy("In UTC."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    why = forms.CharField(label=gettext_lazy("Why"), max_length=LONGEST_WHY, widget=forms.Textarea(attrs={"rows": 2}))
    price = forms.DecimalField(
        label=gettext_lazy("Price quoted"),
        help_text=gettext_lazy("For a quote, in the currency of its channel."),
        required=False,
        min_value=Decimal(0),
        max_digits=14,
    )
    due_at = forms.DateTimeField(
        label=gettext_lazy("Delivery date"),
        help_text=gettext_lazy("For a delivery that was promised, in UTC."),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    units = forms.IntegerField(
        label=gettext_lazy("Units promised"),
        help_text=gettext_lazy("For a delivery, where they were counted."),
        required=False,
        min_value=1,
        max_value=10**9,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "commitment-%s", **kwargs})
        self.fields["kind"].choices = list(KIND_WORDS.items())  # type: ignore[attr-defined]
        self.fields["channel"].choices = [("", _("Every channel")), *((key, key) for key in sorted(sites()))]  # type: ignore[attr-defined]

    def asked(self) -> Asked:
        """What the form asks for. Raises Refusal for a quote without a channel, whose currency nobody could tell."""
        given = self.cleaned_data
        return Asked(
            kind=given["kind"],
            type=given["type"],
            key=given["key"],
            channel=given["channel"],
            until=given["until"],
            why=given["why"],
            price=None if given["price"] is None else _money(given["price"], given["channel"]),
            due_at=given["due_at"],
            units=given["units"],
        )


def commitments_on(row: Resource, account: Account, segment_ids: Collection[UUID], *, at: datetime) -> Panel:
    """What stands on this thing, for the page of one who may see it."""
    decides = holds_on(account, "decide_segment", segment_ids)
    rows = [
        Standing(
            row=each,
            words=KIND_WORDS[each.kind],
            channel=each.channel,
            lift_url=reverse("catalogue:lift", args=[each.pk]) if decides else "",
        )
        for each in standing_on([row.pk], at=at)
    ]
    return Panel(rows=rows, form=CommitmentForm(initial={"type": row.type, "key": row.key}) if decides else None)


def commitments_seen(reader: Reader, *, at: datetime) -> list[Standing]:
    """What stands on anything this reader may see, the first to end first; the catalogue's page shows so many."""
    return [
        Standing(row=each, words=KIND_WORDS[each.kind], channel=each.channel, lift_url="")
        for each in standing_for(reader, at=at)[:SHOWN]
    ]


@require_POST
@gate()
def set_one(request: SignedIn) -> HttpResponse:
    """Lock a thing or record a promise, as the form on its page asks."""
    form = CommitmentForm(request.POST)
    if not form.is_valid():
        raise _unreadable(form)
    with transaction.atomic(durable=True):
        made = commit(asked=form.asked(), by=request.user, at=timezone.now())
    messages.success(request, _("It stands. Whatever is proposed from now on is judged by it."))
    return _back(made)


@require_POST
@gate()
def lift_one(request: SignedIn, commitment_id: UUID) -> HttpResponse:
    """End a lock or promise before its time."""
    with transaction.atomic(durable=True):
        ended = lift(
            commitment_id=commitment_id,
            reason=request.POST.get("reason", ""),
            by=request.user,
            at=timezone.now(),
        )
    messages.success(request, _("It does not hold any more."))
    return _back(ended)


def _money(amount: Decimal, channel: str) -> Money:
    site = sites().get(channel)
    minor = None if site is None else amount.scaleb(site.exponent)
    if site is None or minor is None or minor != minor.to_integral_value():
        raise Refusal(
            Kind.UNPROCESSABLE,
            "quote_price",
            "A quote is an amount in the currency of one channel.",
            next="Choose the channel, and no more decimals than its currency has.",
        )
    return Money(int(minor), site.currency, site.exponent, "included" if site.tax_included else "excluded")


def _unreadable(form: forms.Form) -> Refusal:
    return Refusal(
        Kind.UNPROCESSABLE,
        "form_unreadable",
        "Something in the form is missing or cannot be read.",
        next="Go back and fill in what it asks for.",
        params={"fields": sorted(form.errors)},
    )


def _back(row: Commitment) -> HttpResponse:
    address = reverse("catalogue:resource", args=[row.resource.key])
    return redirect(f"{address}?type={row.resource.type}#commitments")
