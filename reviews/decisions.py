"""The doors of decisions: each reads a form, calls one operation, leads back."""

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from orchestr.http import SignedIn, gate
from orchestr.proposals.deciding.decide import Reason, approve, block, request_changes
from orchestr.proposals.deciding.take_back import take_back
from orchestr.proposals.locks import current
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import ProposalState
from orchestr.proposals.submitting.revise import narrow
from orchestr.refusal import Kind, Refusal, absent
from reviews.after import done
from reviews.proposal import narrowing
from reviews.proposal.large.dropping import matching
from reviews.refused import leading_back
from reviews.rollout.doors import terms_of

LONGEST_TEXT = 2_000


@require_POST
@gate()
@leading_back
def approve_door(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    terms = terms_of(request.POST, proposal_id)
    with transaction.atomic(durable=True):
        decided = approve(
            proposal_id=proposal_id, digest=_digest(request), by=request.user, at=timezone.now(), rollout=terms
        )
    return done(request, proposal_id, _approved_words(decided))


@require_POST
@gate()
@leading_back
def block_door(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    reason = _reason(request, proposal_id)
    with transaction.atomic(durable=True):
        block(proposal_id=proposal_id, digest=_digest(request), by=request.user, reason=reason, at=timezone.now())
    return done(request, proposal_id, _("Blocked. The proposer is told why."))


@require_POST
@gate()
@leading_back
def request_changes_door(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    reason = _reason(request, proposal_id)
    with transaction.atomic(durable=True):
        request_changes(
            proposal_id=proposal_id, digest=_digest(request), by=request.user, reason=reason, at=timezone.now()
        )
    return done(request, proposal_id, _("Changes requested: it is the proposer's turn."))


@require_POST
@gate()
@leading_back
def take_back_door(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    with transaction.atomic(durable=True):
        take_back(proposal_id=proposal_id, by=request.user, at=timezone.now())
    return done(request, proposal_id, _("Taken back. It waits again."))


@require_POST
@gate()
@leading_back
def narrow_door(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    seen = _visible(request, proposal_id)
    edits = matching(request, seen) if "matching" in request.POST else narrowing.read(request.POST, current(seen))
    with transaction.atomic(durable=True):
        narrowed = narrow(
            proposal_id=proposal_id, digest=_digest(request), edits=edits, by=request.user, at=timezone.now()
        )
    words = {"n": narrowed.proposal.number}
    if narrowed.as_editor:
        return done(
            request, proposal_id, _("This is version %(n)d now, and you are its editor: somebody else decides.") % words
        )
    return done(request, proposal_id, _("This is version %(n)d now; you may still approve it.") % words)


def _digest(request: SignedIn) -> str:
    return request.POST.get("digest", "")


def _reason(request: SignedIn, proposal_id: UUID) -> Reason:
    """The reason of a form: a code of the list, and words for the proposer."""
    text = request.POST.get("reason_text", "").replace("\0", "").strip()
    if len(text) > LONGEST_TEXT:
        raise Refusal(
            Kind.UNPROCESSABLE,
            "reason_too_long",
            _("A reason has at most %(n)d characters.") % {"n": LONGEST_TEXT},
            next=_("Say it more briefly."),
            params={"most": LONGEST_TEXT},
            about={"proposal": str(proposal_id)},
        )
    return Reason(code=request.POST.get("reason_code", ""), text=text)


def _visible(request: SignedIn, proposal_id: UUID) -> Proposal:
    found = Proposal.objects.visible_to(request.user).filter(pk=proposal_id).first()
    if found is None:
        raise absent("proposal")
    return found


def _approved_words(proposal: Proposal) -> str:
    if proposal.state != ProposalState.APPROVED:
        return _("Your approval is recorded; it still needs another person.")
    seconds = int(settings.TAKE_BACK_S)
    return ngettext(
        "Approved. It is published in %(n)d second unless you take it back.",
        "Approved. It is published in %(n)d seconds unless you take it back.",
        seconds,
    ) % {"n": seconds}
