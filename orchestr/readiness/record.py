"""What a workflow has proposed of late and what became of it: what the second person judges a wider stage by."""

from datetime import datetime, timedelta

from django.db.models import Count, Q

from orchestr.policy.values import Json
from orchestr.proposals.models import Proposal
from orchestr.workflows.models import Workflow

DAYS = 30


def track_record(workflow: Workflow, *, at: datetime) -> dict[str, Json]:
    """Counts of the last thirty days of its present agent (one query): another one begins without a record.

    `unattended`: what policy alone would have let go out.
    """
    rows = Proposal.objects.filter(agent_id=workflow.agent_id, submitted_at__gt=at - timedelta(days=DAYS))
    rows = rows.filter(workflow=workflow, submitted_at__lte=at, drill=None)  # a rehearsal is no record
    found: dict[str, Json] = rows.aggregate(
        proposals=Count("id"),
        published=Count("id", filter=Q(state__in=("published", "reverted"))),
        put_back=Count("id", filter=Q(state="reverted")),
        refused=Count("id", filter=Q(state="blocked", blocked_reason="policy")),
        turned_down=Count("id", filter=Q(state="blocked", blocked_reason="reviewer")),
        kept_back=Count("id", filter=Q(state="blocked", blocked_reason="shadow")),
        unattended=Count("id", filter=Q(tier="none") & ~Q(blocked_reason="policy")),
    )
    return {"days": DAYS, **found}
