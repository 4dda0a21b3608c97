"""Whether its failure has been rehearsed of late, as it is now."""

from datetime import datetime, timedelta

from orchestr.drills.models import Drill, DrillState
from orchestr.readiness.triggers import Found
from orchestr.workflows.models import Workflow

DAYS = 30
LOOKED_AT = 200


def look(workflow: Workflow, *, at: datetime) -> Found:
    """A drill of its present version passed within thirty days, and of no scenario has the last one failed (one query)."""
    newest = Drill.objects.filter(workflow=workflow, started_at__lte=at).order_by("-started_at", "-id")
    rows = list(newest.only("scenario", "state", "workflow_version", "ended_at")[:LOOKED_AT])
    since = at - timedelta(days=DAYS)
    ended = [row for row in rows if row.ended_at is not None]
    passed = [row for row in ended if row.state == DrillState.PASSED]
    current = [row for row in ended if row.workflow_version == workflow.version and _after(row, since)]
    last: dict[str, Drill] = {}
    for row in current:
        last.setdefault(row.scenario, row)
    failed = sorted(name for name, row in last.items() if row.state == DrillState.FAILED)
    if failed:
        return "missing", "drill_failed", {"scenarios": failed}
    if last:
        return "ready", "drill_passed", {"scenarios": sorted(last), "days": DAYS}
    if len(ended) < len(rows):
        return "missing", "drilling", {}
    if any(_after(row, since) for row in passed):
        return "missing", "drill_of_old_version", {"version": passed[0].workflow_version}
    if passed:
        return "missing", "drill_too_old", {"days": DAYS}
    if ended:
        return "missing", "drill_failed", {"scenarios": sorted({row.scenario for row in ended})}
    return "missing", "never_drilled", {}


def _after(row: Drill, since: datetime) -> bool:
    return row.ended_at is not None and row.ended_at > since
