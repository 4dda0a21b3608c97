"""What goes out on commit after a proposal changed: ids to browsers and long polls, a wake to workers."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings

from orchestr.live import announce, segment_group, wake
from orchestr.proposals.models import Proposal

DRAIN = "orchestr.execution.drain"


def changed(proposal: Proposal, kind: str = "proposal") -> None:
    announce(kind, [proposal.pk], groups=[segment_group(proposal.segment_set_id)])


def changed_all(proposals: Sequence[Proposal]) -> None:
    """`changed` for many: one announcement for each set of segments."""
    by_set: dict[UUID, list[UUID]] = defaultdict(list)
    for proposal in proposals:
        by_set[proposal.segment_set_id].append(proposal.pk)
    for segment_set_id, ids in by_set.items():
        announce("proposal", ids, groups=[segment_group(segment_set_id)])


def ready(proposal: Proposal) -> None:
    """Tell the publish worker there is work, once the take-back window is over."""
    wake(DRAIN, queue="publish", after_s=0 if proposal.tier == "none" else settings.TAKE_BACK_S)


def rank_of(submitted_at: datetime, risk: int) -> int:
    """submitted_at minus one hour per risk point, in epoch milliseconds: the smallest is the most urgent."""
    return int(submitted_at.timestamp() * 1000) - risk * 3_600_000
