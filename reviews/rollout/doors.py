"""The doors of a rollout that holds: each reads a form, calls one operation, leads back."""

from uuid import UUID

from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orchestr.execution.rollout.by_person import go_on_now, hold_longer, put_back_now
from orchestr.execution.rollout.states import RolloutState
from orchestr.http import SignedIn, gate
from orchestr.refusal import Kind, Refusal
from orchestr.workflows.rollout import Terms
from reviews.after import done
from reviews.refused import leading_back


@require_POST
@gate()
@leading_back
def go_on(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    with transaction.atomic(durable=True):
        rollout = go_on_now(proposal_id=proposal_id, digest=_digest(request), by=request.user, at=timezone.now())
    if rollout.state == RolloutState.WENT_ON:
        return done(request, proposal_id, _("The rest goes out now."))
    return done(request, proposal_id, _("It is on record; a second person has to say so, too."))


@require_POST
@gate()
@leading_back
def put_back(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    why = request.POST.get("why", "").replace("\0", "")
    with transaction.atomic(durable=True):
        put_back_now(proposal_id=proposal_id, digest=_digest(request), why=why, by=request.user, at=timezone.now())
    return done(request, proposal_id, _("What went out is put back, and the rest stays as it is."))


@require_POST
@gate()
@leading_back
def longer(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    with transaction.atomic(durable=True):
        hold_longer(proposal_id=proposal_id, digest=_digest(request), by=request.user, at=timezone.now())
    return done(request, proposal_id, _("It is looked at for longer."))


def terms_of(form: QueryDict, proposal_id: UUID) -> Terms | None:
    """The terms that an approving person asks for; None where all of it may go out at once."""
    share, hold = form.get("rollout_share", ""), form.get("rollout_hold", "")
    if not share:
        return None
    if not (share.isascii() and share.isdigit() and hold.isascii() and hold.isdigit() and len(share + hold) < 20):
        raise Refusal(
            Kind.UNPROCESSABLE, "rollout_terms", _("A first share and its hold are chosen from the lists."),
            next=_("Choose again."), about={"proposal": str(proposal_id)},
        )  # fmt: skip
    return Terms(share_bp=int(share), hold_s=int(hold))


def _digest(request: SignedIn) -> str:
    return request.POST.get("digest", "")
