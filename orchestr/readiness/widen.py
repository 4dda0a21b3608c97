"""A wider stage is asked for, and confirmed, only while the preflight lacks nothing it needs."""

from datetime import datetime
from uuid import UUID

from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.people.models import Account
from orchestr.readiness.preflight import refuse_unready
from orchestr.readiness.record import track_record
from orchestr.workflows.models import Stage, Workflow
from orchestr.workflows.stage import KIND, apply_stage, is_wider, lock_workflow, set_stage


def ask_for_stage(
    *, workflow_id: UUID, stage: Stage, reason: str, by: Account, at: datetime
) -> Workflow | ControlChange:
    """`set_stage`, for people: a wider one carries the track record of the last thirty days to the second person.

    Refuses (409 `preflight_missing`) a wider stage while the preflight lacks something. Locks the workflow.
    """
    workflow = lock_workflow(workflow_id)
    wider = is_wider(stage, workflow.stage)
    if wider:
        control.entitled(KIND, by)
        refuse_unready(workflow, at=at)
    shown = track_record(workflow, at=at) if wider else None
    return set_stage(workflow_id=workflow_id, stage=stage, reason=reason, by=by, at=at, shown=shown)


def _apply(change: ControlChange, by: Account, at: datetime) -> None:
    """Put a confirmed stage in force, if nothing has gone missing since it was asked for."""
    workflow = Workflow.objects.select_for_update(of=("self",)).get(key=change.target.removeprefix("workflow:"))
    refuse_unready(workflow, at=at)
    apply_stage(change, by, at)


control.register(KIND, _apply, confirmers=control.ADMINS_AND_ANSWERABLE)
