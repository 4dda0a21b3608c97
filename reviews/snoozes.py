"""Snoozing: not now, for one person. It changes nothing for anybody else."""

from datetime import datetime, timedelta
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
from reviews.models import Snooze
from reviews.refused import leading_back

LENGTH = timedelta(hours=1)


def snooze(*, proposal_id: UUID, by: Account, at: datetime) -> Snooze:
    """Put a waiting proposal off for this person, for an hour or until it is due, whichever comes first.

    Refuses what is absent or invisible and what does not wait. Locks nothing.
    """
    proposal = _visible(proposal_id, by)
    if proposal.state != "draft":
        raise Refusal(
            Kind.CONFLICT,
            "not_waiting",
            "It does not wait any more, so there is nothing to put off.",
            next="Reload the queue.",
            about={"proposal": str(proposal_id)},
        )
    until = at + LENGTH
    if proposal.due_at is not None and at < proposal.due_at < until:
        until = proposal.due_at
    row, _made = Snooze.objects.update_or_create(proposal=proposal, person_id=by.person_id, defaults={"until": until})
    record(
        action="proposal.snoozed",
        actor=Actor.person(account_id=by.pk, person_id=by.person_id),
        at=at,
        about={"proposal": str(proposal.pk)},
        data={"until": until},
        segments=proposal.segment_ids,
    )
    return row


def wake(*, proposal_id: UUID, by: Account, at: datetime) -> None:
    """End this person's own snooze; none is fine too."""
    proposal = _visible(proposal_id, by)
    if Snooze.objects.filter(proposal=proposal, person_id=by.person_id).delete()[0]:
        record(
            action="proposal.snoozed",
            actor=Actor.person(account_id=by.pk, person_id=by.person_id),
            at=at,
            about={"proposal": str(proposal.pk)},
            data={"until": at},
            segments=proposal.segment_ids,
        )


def _visible(proposal_id: UUID, by: Account) -> Proposal:
    in_transaction()
    found = Proposal.objects.visible_to(by).select_related("segment_set").filter(pk=proposal_id).first()
    if found is None:
        raise absent("proposal")
    return found


@require_POST
@gate()
@leading_back
def snooze_door(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    with transaction.atomic(durable=True):
        snooze(proposal_id=proposal_id, by=request.user, at=timezone.now())
    return done(request, proposal_id, _("Snoozed for an hour, or until it is due."))


@require_POST
@gate()
@leading_back
def wake_door(request: SignedIn, proposal_id: UUID) -> HttpResponse:
    with transaction.atomic(durable=True):
        wake(proposal_id=proposal_id, by=request.user, at=timezone.now())
    return done(request, proposal_id, _("Back in the queue."))
