"""The worst unattended day as pages show it: fetched by the page that it belongs to, since it reads the catalogue."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from orchestr.agents.models import Agent
from orchestr.governance.models import ControlChange
from orchestr.http import SignedIn, gate
from orchestr.outcomes.positions import SURGE
from orchestr.outcomes.unattended import Bounds, Day
from orchestr.people.functions import Function
from orchestr.policy.values import Json
from orchestr.refusal import absent
from orchestr.workflows.models import Workflow

READS = (Function.ADMIN, Function.AUDITOR, Function.FINANCE, Function.LEGAL)
CLASSES: dict[str, str | Promise] = {
    "price": gettext_lazy("Prices"),
    "stock": gettext_lazy("Stock"),
    "copy": gettext_lazy("Copy"),
    "storefront": gettext_lazy("Order and layout of collections"),
    "promotion": gettext_lazy("Promotions"),
    "message": gettext_lazy("Messages"),
}


@dataclass(frozen=True, slots=True)
class Amount:
    """Revenue and margin of one currency, net; by class each by itself."""

    revenue: Json
    margin: Json
    parts: list[tuple[str, Json, Json]]


@dataclass(frozen=True, slots=True)
class Shown:
    """One bound. `open` are the classes that may go out unattended, with how many field addresses."""

    amounts: list[Amount]
    open: list[tuple[str, int]]
    deepest_bp: int
    reached: int
    unsold: int
    prices: bool


@require_GET
@gate(Function.ADMIN, Function.AUDITOR)
def agent(request: SignedIn, key: str) -> HttpResponse:
    """Of one agent, over all of its workflows."""
    found = Agent.objects.filter(key=key).first()
    if found is None:
        raise absent("agent")
    return _answer(request, found.name, Bounds(at=timezone.now()).of_agent(found))


@require_GET
@gate(Function.ADMIN, Function.AUDITOR)
def workflow(request: SignedIn, key: str) -> HttpResponse:
    """Of one workflow."""
    found = Workflow.objects.select_related("agent").filter(key=key).first()
    if found is None:
        raise absent("workflow")
    return _answer(request, found.name, Bounds(at=timezone.now()).of_workflow(found))


@require_GET
@gate(*READS)
def everything(request: SignedIn) -> HttpResponse:
    """Of all workflows together."""
    return _answer(request, "", Bounds(at=timezone.now()).of_all())


@require_GET
@gate(*READS)
def change(request: SignedIn, change_id: UUID) -> HttpResponse:
    """What a control change that waits does to it: before and after."""
    row = ControlChange.objects.filter(pk=change_id, state=ControlChange.State.REQUESTED).first()
    found = None if row is None else Bounds(at=timezone.now()).of_change(row)
    if row is None or found is None:
        raise absent("control change")
    context = {
        "who": found.who,
        "days": [("before", _shown(found.before)), ("after", _shown(found.after))],
        "change": row,
    }
    return _render(request, context)


def _answer(request: SignedIn, who: str, day: Day) -> HttpResponse:
    return _render(request, {"who": who, "days": [("", _shown(day))], "change": None})


def _render(request: SignedIn, context: dict[str, Any]) -> HttpResponse:
    part = "#day" if request.htmx else ""
    return render(request, f"admin/unattended.html{part}", context | {"now": timezone.now(), "surge": SURGE})


def _shown(day: Day) -> Shown:
    worst = day.worst
    return Shown(
        amounts=[
            Amount(
                _money(loss.revenue, loss.currency, loss.exponent),
                _money(loss.margin, loss.currency, loss.exponent),
                [
                    (_label(name), *(_money(each, loss.currency, loss.exponent) for each in part))
                    for name, part in sorted(loss.parts.items())
                ],
            )
            for loss in worst.losses
        ],
        open=[(_label(name), count) for name, count in sorted(worst.open.items())],
        deepest_bp=worst.deepest_bp,
        reached=day.reached,
        unsold=day.unsold,
        prices="price" in worst.open,
    )


def _label(name: str) -> str:
    return str(CLASSES.get(name, name))


def _money(amount: int, currency: str, exponent: int) -> Json:
    return {"amount": amount, "currency": currency, "exponent": exponent, "tax": "excluded"}
