"""The tick of the spine: what nobody answered escalates, then expires. It never approves itself."""

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from audit.record import Actor
from orchestr.live import wake
from orchestr.proposals.arbitration.choose import close_gone
from orchestr.proposals.arbitration.gather import HOLD, hold_again
from orchestr.proposals.close import close
from orchestr.proposals.escalate import escalate
from orchestr.proposals.exposure.totals import fold
from orchestr.proposals.locks import has_intent
from orchestr.proposals.models import Proposal
from orchestr.proposals.rejudging.passes import BY
from orchestr.proposals.rejudging.rounds import next_batch
from orchestr.proposals.states import BlockedReason
from orchestr.refusal import Refusal
from orchestr.rulebook.publish import REJUDGE, retire_past

BATCH = 200
FOLDS = 40  # batches of one tick: what was there before there were sums is counted within minutes
BATCHES = 20  # of a judging task, before it lets others have the worker


@shared_task(name="orchestr.proposals.sweep")
def sweep() -> None:
    """Expire what is over its time, escalate what is over its SLA, close arbitrations that nothing is left of."""
    at = timezone.now()
    for proposal in Proposal.objects.due(at).order_by("expires_at")[:BATCH]:
        if has_intent(proposal):
            continue
        with transaction.atomic(durable=True):
            try:
                close(proposal_id=proposal.pk, reason=BlockedReason.EXPIRED, by=Actor.worker("sweep"), at=at)
            except Refusal:
                continue  # decided, or taken up by a worker, since the list was read
    for id in Proposal.objects.overdue(at).order_by("due_at").values_list("id", flat=True)[:BATCH]:
        with transaction.atomic(durable=True):
            escalate(proposal_id=id, at=at)
    hold_again(at=at)
    with transaction.atomic(durable=True):
        close_gone(at=at)


@shared_task(name=HOLD)
def hold() -> None:
    """What was being decided while other work on the same thing came is held together with it."""
    hold_again(at=timezone.now())


@shared_task(name="orchestr.proposals.rejudging.again")
def judge_again() -> None:
    """Judge again what waits where policy, evidence or exceptions have changed; go on in another task if need be."""
    with transaction.atomic(durable=True):
        retire_past(by=BY, at=timezone.now())
    for _ in range(BATCHES):
        if not next_batch(at=timezone.now()):
            return
    wake(REJUDGE, queue="default")


@shared_task(name="orchestr.proposals.add_up")
def add_up() -> None:
    """Count in sums by the hour what the exposure ledger has held for a minute."""
    for _ in range(FOLDS):
        with transaction.atomic(durable=True):
            if not fold(at=timezone.now()):
                return
