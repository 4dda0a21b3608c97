"""The breakers on behaviour: when each trips, what has tripped, and changing a threshold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from orchestr.execution.behaviour.models import Trip
from orchestr.execution.behaviour.rules import Rule, in_force
from orchestr.execution.behaviour.thresholds import LOOSEN, set_threshold
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.refusal import Kind, Refusal, absent
from reviews.acts import Act
from reviews.words.behaviour import MEANINGS, NAMES, percent, span_words, trip_words
from reviews.words.targets import target_names

ONCALL, ADMIN = str(Function.ONCALL), str(Function.ADMIN)
SHOWN = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One breaker: limits in minutes and per cent as people type them; a change that waits for a second person."""

    name: str
    words: str
    meaning: str
    limit_words: str
    span: str
    least: int
    minutes: int
    limit: float | int
    is_share: bool
    waits: str
    confirm: Act | None
    digest: str
    reject: Act | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tripped:
    words: str
    target: str
    why: str
    at: datetime
    url: str
    thawed_at: datetime | None


@require_GET
@gate(ONCALL, ADMIN)
def breakers(request: SignedIn) -> HttpResponse:
    """The page of the breakers."""
    trips = Trip.objects.select_related("freeze").order_by("-at", "-id")[:SHOWN]
    names = target_names(trip.freeze.target for trip in trips)
    context: dict[str, Any] = {
        "now": timezone.now(),
        "rows": rows_for(request.user),
        "trips": [_tripped(trip, names) for trip in trips],
        "set_url": reverse("reviews:breaker_set"),
        "board_url": reverse("reviews:oncall"),
    }
    return render(request, "reviews/breakers.html", context)


@require_POST
@gate(ONCALL, ADMIN)
def set_door(request: SignedIn) -> HttpResponse:
    """Change a threshold: stricter at once, looser with a second person."""
    given = request.POST
    rule = in_force().get(given.get("rule", ""))  # type: ignore[call-overload]
    if rule is None:
        raise absent("breaker")
    with transaction.atomic(durable=True):
        asked = set_threshold(
            rule=rule.name,
            window_s=round(_number(given.get("minutes", "")) * 60),
            least=round(_number(given.get("least", "")) if rule.is_share else rule.least),
            limit=round(_number(given.get("limit", "")) * (100 if rule.is_share else 1)),
            reason=given.get("why", ""),
            by=request.user,
            at=timezone.now(),
        )
    if asked is None:
        messages.success(request, _("It is stricter from now on."))
    else:
        messages.success(request, _("It would trip later, so a second person has to confirm."))
    return redirect("reviews:breakers")


@require_POST
@gate(ONCALL, ADMIN)
def confirm_door(request: SignedIn, change_id: UUID) -> HttpResponse:
    """The second person's yes to a looser threshold."""
    _loosening(change_id)
    with transaction.atomic(durable=True):
        control.confirm(change_id=change_id, digest=request.POST.get("digest", ""), by=request.user, at=timezone.now())
    messages.success(request, _("It is in force."))
    return redirect("reviews:breakers")


@require_POST
@gate(ONCALL, ADMIN)
def reject_door(request: SignedIn, change_id: UUID) -> HttpResponse:
    """Turn the request down, or take it back."""
    _loosening(change_id)
    with transaction.atomic(durable=True):
        control.reject(change_id=change_id, by=request.user, at=timezone.now())
    messages.success(request, _("It stays as it is."))
    return redirect("reviews:breakers")


def rows_for(account: Account) -> list[Row]:
    """Every breaker with what waits for it (two queries)."""
    open_changes = ControlChange.objects.filter(kind=LOOSEN, state=ControlChange.State.REQUESTED)
    asked = {change.target: change for change in open_changes.select_related("requested_by")}
    return [_row(rule, asked.get(f"breaker:{rule.name}"), account) for rule in in_force().values()]


def _row(rule: Rule, change: ControlChange | None, account: Account) -> Row:
    waits, confirm, reject = "", None, None
    if change is not None:
        words = {"who": change.requested_by.name, "what": _limit_words(dict(change.after or {})), "why": change.reason}
        waits = _("%(who)s asks for %(what)s: %(why)s") % words
        reject = Act(reverse("reviews:breaker_reject", args=[change.pk]), _("Leave it as it is"))
        own = change.requested_by_id == account.person_id
        why_not = _("A second person has to confirm.") if own else ""
        confirm = Act(reverse("reviews:breaker_confirm", args=[change.pk]), _("Confirm"), why_not)
    limit = rule.limit / 100 if rule.is_share else rule.limit
    return Row(
        name=rule.name,
        words=str(NAMES[rule.name]),
        meaning=str(MEANINGS[rule.name]),
        limit_words=percent(rule.limit) if rule.is_share else str(rule.limit),
        span=span_words(rule.window_s),
        least=rule.least,
        minutes=rule.window_s // 60,
        limit=int(limit) if limit == int(limit) else limit,
        is_share=rule.is_share,
        waits=waits,
        confirm=confirm,
        digest=change.digest if change else "",
        reject=reject,
    )


def _limit_words(after: dict[str, Any]) -> str:
    limit = percent(after["limit"]) if str(after["name"]).endswith("_share") else str(after["limit"])
    words = {"limit": limit, "span": span_words(after["window_s"]), "least": after["least"]}
    if str(after["name"]).endswith("_share"):
        return _("%(limit)s within %(span)s, of at least %(least)d") % words
    return _("%(limit)s within %(span)s") % words


def _tripped(trip: Trip, names: Mapping[str, str]) -> Tripped:
    return Tripped(
        words=str(NAMES[trip.rule]),
        target=names[trip.freeze.target],
        why=trip_words(trip),
        at=trip.at,
        url=reverse("reviews:incident", args=[trip.incident_id]),
        thawed_at=trip.freeze.thawed_at,
    )


def _loosening(change_id: UUID) -> None:
    """Other control changes have doors of their own."""
    if not ControlChange.objects.filter(pk=change_id, kind=LOOSEN).exists():
        raise absent("control change")


def _number(text: str) -> float:
    try:
        value = float(text.strip().replace(",", "."))
        if not 0 <= value <= 1_000_000:
            raise ValueError
        return value
    except ValueError:
        raise Refusal(
            Kind.INVALID,
            "number_unreadable",
            _("This is no number."),
            next=_("Correct the figures and send them again."),
        ) from None
