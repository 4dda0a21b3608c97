"""Trying a call again that was given up, and saying on the board that one is on it."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orchestr.doors import actor_of
from orchestr.execution.incidents.incident import take_call
from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.people.paging.deliveries import try_again
from orchestr.people.webhooks import queue as webhooks


@require_POST
@gate(str(Function.ONCALL), str(Function.ADMIN))
def try_again_door(request: SignedIn, delivery_id: UUID) -> HttpResponse:
    """Put a dead letter back in the queue."""
    with transaction.atomic(durable=True):
        try_again(delivery_id=delivery_id, by=request.user, at=timezone.now())
    messages.success(request, _("It is sent again."))
    return redirect("reviews:oncall")


@require_POST
@gate(str(Function.ONCALL), str(Function.ADMIN))
def try_webhook_door(request: SignedIn, delivery_id: UUID) -> HttpResponse:
    """Put what was given up for a webhook back in its queue."""
    with transaction.atomic(durable=True):
        webhooks.try_again(delivery_id=delivery_id, by=actor_of(request), at=timezone.now())
    messages.success(request, _("It is sent again."))
    return redirect("reviews:oncall")


@require_POST
@gate(str(Function.ONCALL), str(Function.ADMIN))
def take_door(request: SignedIn, page_id: UUID) -> HttpResponse:
    """I am on it: nobody else is called."""
    with transaction.atomic(durable=True):
        take_call(page_id=page_id, by=request.user, at=timezone.now())
    messages.success(request, _("Nobody else is called."))
    return redirect("reviews:oncall")
