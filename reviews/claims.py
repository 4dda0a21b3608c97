"""Claiming and releasing, from a row or the page."""

from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orchestr.http import SignedIn, gate
from orchestr.proposals import claims
from reviews.after import done
from reviews.refused import leading_back


@require_POST
@gate()
@leading_back
def claim(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    with transaction.atomic(durable=True):
        claims.claim(proposal_id=proposal_id, by=request.user, at=timezone.now())
    return done(request, proposal_id, _("Claimed: others see that you are looking."))


@require_POST
@gate()
@leading_back
def release(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    with transaction.atomic(durable=True):
        claims.release(proposal_id=proposal_id, by=request.user, at=timezone.now())
    return done(request, proposal_id, _("Released."))
