"""The demo's trigger: every ten minutes the clock starts a run of the clearance. Ada asks, Olga confirms."""

from datetime import datetime

from demo.seed.agents import REASON, confirm
from orchestr.people.models import Account
from orchestr.triggers.define import define_trigger
from orchestr.triggers.definition import Cap, Definition
from orchestr.triggers.models import Trigger
from orchestr.workflows.models import Workflow

KEY, WORKFLOW = "slow-stock-round", "clearance"
ROUND = Definition(
    on="schedule", cron="*/10 * * * *", zone="Europe/Berlin", intent="clear", cap=Cap(runs=12, per_s=3_600)
)


def set_up(*, by: Account, with_: Account, at: datetime) -> None:
    """Once: what an admin has made of it since stays as it is."""
    if Trigger.objects.filter(key=KEY).exists():
        return
    workflow = Workflow.objects.get(key=WORKFLOW)
    defined = define_trigger(
        key=KEY,
        name="Round for slow stock",
        workflow_id=workflow.pk,
        definition=ROUND,
        reason=REASON,
        by=by,
        at=at,
    )
    confirm(defined.change, by=with_, at=at)
