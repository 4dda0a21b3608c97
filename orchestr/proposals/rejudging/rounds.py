"""Passes over what waits: a fixed number at a time, going on where the last one stopped, each in its transaction."""

from datetime import datetime

from django.db import models, transaction
from django.db.models.fields.tuple_lookups import TupleGreaterThan

from orchestr.proposals.exceptions.course import end_exception
from orchestr.proposals.exceptions.models import PolicyException
from orchestr.proposals.models import Proposal
from orchestr.proposals.rejudging import passes
from orchestr.proposals.rejudging.again import rejudge
from orchestr.proposals.rejudging.models import Rejudging
from orchestr.proposals.rejudging.of_facts import next_of_commitments, next_of_freezes
from orchestr.rulebook.models import PolicyVersion


def next_batch(*, at: datetime) -> bool:
    """Judge again what is next of each occasion. Returns whether more may be left.

    Exceptions that have ended count no more, evidence that has run out is a finding, and a policy that has come
    into force judges everything that was submitted before it; a lock, a promise or a freeze what it meets. An
    exception that is granted judges its own proposal where it is confirmed. Two at once do the same work twice and change
    nothing by it.
    """
    more = [_exceptions(at), _evidence(at), next_of_commitments(at=at), next_of_freezes(at=at), _policy(at)]
    return any(more)


def _exceptions(at: datetime) -> bool:
    due = PolicyException.objects.filter(state__in=("requested", "granted"), until__lte=at).order_by("until", "id")
    rows = list(due.values_list("id", "proposal_id")[: passes.BATCH])
    for id, proposal_id in rows:
        with transaction.atomic(durable=True):
            if end_exception(exception_id=id, by=passes.BY, at=at):
                rejudge(proposal_id=proposal_id, occasion="exception_ended", by=passes.BY, at=at)
    return len(rows) == passes.BATCH


def _evidence(at: datetime) -> bool:
    run, _ = Rejudging.objects.get_or_create(occasion="evidence", defaults={"started_at": at, "after_at": at})
    place = (models.F("evidence_until"), models.F("id"))
    due = Proposal.objects.waiting().filter(
        TupleGreaterThan(place, (run.after_at, run.after_id or passes.NONE)), evidence_until__lte=at
    )
    rows = list(due.order_by("evidence_until", "id").values_list("id", "evidence_until")[: passes.BATCH])
    counts = passes.judged([id for id, _ in rows], "evidence_expired", at)
    full = len(rows) == passes.BATCH
    after: dict[str, object] = {"after_at": at, "after_id": passes.NONE}
    if rows and full:
        after = {"after_at": rows[-1][1], "after_id": rows[-1][0]}
    return passes.advance(run, after, counts, finished_at=None) and full


def _policy(at: datetime) -> bool:
    standing = PolicyVersion.objects.standing(at)
    if standing is None or standing.effective_from is None:
        return False
    run, _ = Rejudging.objects.get_or_create(occasion=f"policy:{standing.number}", defaults={"started_at": at})
    if run.finished_at is not None:
        return False
    waits = Proposal.objects.filter(state__in=("draft", "approved"), submitted_at__lte=run.started_at)
    return passes.next_of(run, waits, occasion="policy_changed", at=at)
