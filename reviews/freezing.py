"""Stopping a target, and the two acts by which two people start it again."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orchestr.doors import actor_of
from orchestr.freezes.freeze import THAW, freeze, request_thaw
from orchestr.freezes.models import Freeze
from orchestr.freezes.targets import Target
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.refusal import absent

ONCALL, ADMIN = str(Function.ONCALL), str(Function.ADMIN)


@require_POST
@gate(ONCALL, ADMIN)
def set_freeze(request: SignedIn) -> HttpResponse:
    """Stop what `target` names, at once."""
    target = Target.parse(request.POST.get("target", ""))
    with transaction.atomic(durable=True):
        frozen = freeze(target=target, why=request.POST.get("why", ""), by=actor_of(request), at=timezone.now())
    messages.success(request, _("%(target)s is frozen.") % {"target": frozen.target})
    return _back()


@require_POST
@gate(ONCALL, ADMIN)
def ask_thaw(request: SignedIn, freeze_id: UUID) -> HttpResponse:
    """Ask for a freeze to be lifted; a second person confirms."""
    found = Freeze.objects.filter(pk=freeze_id, thawed_at=None).first()
    if found is None:
        raise absent("freeze")
    with transaction.atomic(durable=True):
        request_thaw(
            target=Target(found.kind, found.key),
            why=request.POST.get("why", ""),
            by=request.user,
            at=timezone.now(),
        )
    messages.success(request, _("A second person has to confirm the thaw of %(target)s.") % {"target": found.target})
    return _back()


@require_POST
@gate(ONCALL, ADMIN)
def confirm_thaw(request: SignedIn, change_id: UUID) -> HttpResponse:
    """The second person's yes: lifts the freeze whose digest the form carries."""
    _thaw(change_id)
    with transaction.atomic(durable=True):
        control.confirm(change_id=change_id, digest=request.POST.get("digest", ""), by=request.user, at=timezone.now())
    messages.success(request, _("It is thawed. What waited is checked again before it is written."))
    return _back()


@require_POST
@gate(ONCALL, ADMIN)
def reject_thaw(request: SignedIn, change_id: UUID) -> HttpResponse:
    """Turn the request down, or take it back."""
    _thaw(change_id)
    with transaction.atomic(durable=True):
        control.reject(change_id=change_id, by=request.user, at=timezone.now())
    messages.success(request, _("The request is off the table. It stays frozen."))
    return _back()


def _thaw(change_id: UUID) -> None:
    """Other control changes have doors of their own."""
    if not ControlChange.objects.filter(pk=change_id, kind=THAW).exists():
        raise absent("control change")


def _back() -> HttpResponse:
    return redirect("reviews:oncall")
