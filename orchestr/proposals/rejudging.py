"""Passes over what waits: a fixed number at a time, going on where the last one stopped, each in its transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import models, transaction
from django.db.models.fields.tuple_lookups import TupleGreaterThan

from audit.record import Actor
from orchestr.proposals.exception_models import PolicyException
from orchestr.proposals.exceptions import end_exception
from orchestr.proposals.models import Proposal
from orchestr.proposals.rejudge import rejudge
from orchestr.proposals.rejudge_models import Rejudging
from orchestr.rulebook.models import PolicyVersion

BATCH = 50
NONE = UUID(int=0)
BY = Actor.worker("rejudge")


def next_batch(*, at: datetime) -> bool:
    """Judge again what is next of each occasion. Returns whether more may be left.

    Exceptions that have ended count no more, evidence that has run out is a finding, and a policy that has come
    into force judges everything that was submitted before it. Two at once do the same work twice and change
    nothing by it.
    """
    more = [_exceptions(at), _evidence(at), _policy(at)]
    return any(more)


def _exceptions(at: datetime) -> bool:
    due = PolicyException.objects.filter(state__in=("requested", "granted"), until__lte=at).order_by("until", "id")
    rows = list(due.values_list("id", "proposal_id")[:BATCH])
    for id, proposal_id in rows:
        with transaction.atomic(durable=True):
            if end_exception(exception_id=id, by=BY, at=at):
                rejudge(proposal_id=proposal_id, occasion="exception_ended", by=BY, at=at)
    return len(rows) == BATCH


def _evidence(at: datetime) -> bool:
    run, _ = Rejudging.objects.get_or_create(occasion="evidence", defaults={"started_at": at, "after_at": at})
    place = (models.F("evidence_until"), models.F("id"))
    due = Proposal.objects.waiting().filter(
        TupleGreaterThan(place, (run.after_at, run.after_id or NONE)), evidence_until__lte=at
    )
    rows = list(due.order_by("evidence_until", "id").values_list("id", "evidence_until")[:BATCH])
    counts = _judge([id for id, _ in rows], "evidence_expired", at)
    full = len(rows) == BATCH
    after: dict[str, object] = {"after_at": at, "after_id": NONE}
    if rows and full:
        after = {"after_at": rows[-1][1], "after_id": rows[-1][0]}
    return _advance(run, after, counts, finished_at=None) and full


def _policy(at: datetime) -> bool:
    standing = PolicyVersion.objects.standing(at)
    if standing is None or standing.effective_from is None:
        return False
    run, _ = Rejudging.objects.get_or_create(occasion=f"policy:{standing.number}", defaults={"started_at": at})
    if run.finished_at is not None:
        return False
    waits = Proposal.objects.filter(state__in=("draft", "approved"), submitted_at__lte=run.started_at)
    ids = list(waits.filter(id__gt=run.after_id or NONE).order_by("id").values_list("id", flat=True)[:BATCH])
    counts = _judge(ids, "policy_changed", at)
    full = len(ids) == BATCH
    after: dict[str, object] = {"after_id": ids[-1] if ids else run.after_id}
    return _advance(run, after, counts, finished_at=None if full else at) and full


def _judge(ids: Sequence[UUID], occasion: str, at: datetime) -> dict[str, int]:
    counts = {"judged": 0, "stricter": 0, "refused": 0, "looser": 0}
    for id in ids:
        with transaction.atomic(durable=True):
            outcome = rejudge(proposal_id=id, occasion=occasion, by=BY, at=at)
        counts["judged"] += outcome != "left"
        if outcome in counts:
            counts[outcome] += 1
    return counts


def _advance(run: Rejudging, after: dict[str, object], counts: dict[str, int], *, finished_at: datetime | None) -> bool:
    """Move the place on, unless another worker has moved it meanwhile: then that one goes on."""
    added = {name: models.F(name) + count for name, count in counts.items()}
    with transaction.atomic(durable=True):
        moved = Rejudging.objects.filter(pk=run.pk, after_id=run.after_id, after_at=run.after_at).update(
            **after, **added, finished_at=finished_at
        )
    return moved == 1
