"""Comments: people's notes on a proposal or one of its changes."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audit.record import Actor, record
from orchestr.http import SignedIn, gate
from orchestr.people.models import Account
from orchestr.proposals.locks import in_transaction
from orchestr.proposals.models import Proposal
from orchestr.refusal import Kind, Refusal, absent
from reviews.after import done
from reviews.models import Comment
from reviews.refused import leading_back

LONGEST = 4_000


def comment(*, proposal_id: UUID, text: str, by: Account, at: datetime) -> Comment:
    """Add a note for everybody who sees the proposal. Refuses an empty one; locks nothing.

    The event names the comment; its words stay in its row.
    """
    in_transaction()
    proposal = Proposal.objects.visible_to(by).select_related("segment_set").filter(pk=proposal_id).first()
    if proposal is None:
        raise absent("proposal")
    said = text.replace("\0", "").strip()
    if not said or len(said) > LONGEST:
        raise Refusal(
            Kind.UNPROCESSABLE,
            "comment_length",
            f"A comment has between 1 and {LONGEST} characters.",
            next="Write it anew.",
            params={"most": LONGEST},
            about={"proposal": str(proposal_id)},
        )
    row = Comment.objects.create(proposal=proposal, person_id=by.person_id, text=said, at=at)
    record(
        action="comment.added",
        actor=Actor.person(account_id=by.pk, person_id=by.person_id),
        at=at,
        about={"proposal": str(proposal.pk), "comment": str(row.pk)},
        segments=proposal.segment_ids,
    )
    return row


@require_POST
@gate()
@leading_back
def comment_door(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    with transaction.atomic(durable=True):
        comment(proposal_id=proposal_id, text=request.POST.get("text", ""), by=request.user, at=timezone.now())
    return done(request, proposal_id, _("Comment added."))
