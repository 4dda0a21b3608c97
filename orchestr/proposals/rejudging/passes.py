"""One pass over what waits, in batches: each proposal in a transaction of its own, the place kept for the next."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import models, transaction

from audit.record import Actor
from orchestr.proposals.queries import ProposalQuerySet
from orchestr.proposals.rejudging.again import rejudge
from orchestr.proposals.rejudging.models import Rejudging

BATCH = 50
NONE = UUID(int=0)
BY = Actor.worker("rejudge")


def next_of(run: Rejudging, concerned: ProposalQuerySet, *, occasion: str, at: datetime) -> bool:
    """Judge the next of these again, by id, and move the pass on. Returns whether more may be left."""
    ids = list(concerned.filter(id__gt=run.after_id or NONE).order_by("id").values_list("id", flat=True)[:BATCH])
    counts = judged(ids, occasion, at)
    full = len(ids) == BATCH
    after: dict[str, object] = {"after_id": ids[-1] if ids else run.after_id}
    return advance(run, after, counts, finished_at=None if full else at) and full


def judged(ids: Sequence[UUID], occasion: str, at: datetime) -> dict[str, int]:
    """Judge each again; how many were, and what became of them."""
    counts = {"judged": 0, "stricter": 0, "refused": 0, "looser": 0}
    for id in ids:
        with transaction.atomic(durable=True):
            outcome = rejudge(proposal_id=id, occasion=occasion, by=BY, at=at)
        counts["judged"] += outcome != "left"
        if outcome in counts:
            counts[outcome] += 1
    return counts


def advance(run: Rejudging, after: dict[str, object], counts: dict[str, int], *, finished_at: datetime | None) -> bool:
    """Move the place on, unless another worker has moved it meanwhile: then that one goes on."""
    added = {name: models.F(name) + count for name, count in counts.items()}
    with transaction.atomic(durable=True):
        moved = Rejudging.objects.filter(pk=run.pk, after_id=run.after_id, after_at=run.after_at).update(
            **after, **added, finished_at=finished_at
        )
    return moved == 1
