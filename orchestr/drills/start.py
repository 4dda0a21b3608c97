"""Starting a drill: by a person who may, on a thing of a sandbox, one at a time."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from audit.record import Actor, record
from orchestr.drills.models import Drill, DrillState
from orchestr.drills.scenarios import SCENARIOS
from orchestr.drills.target import find_target
from orchestr.live import EVERYONE, announce, wake
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.refusal import Kind, Refusal, absent
from orchestr.runs.locks import in_transaction
from orchestr.workflows.models import Workflow

PLAY = "orchestr.drills.tick"


def may_drill(workflow: Workflow, account: Account) -> bool:
    """Admins, and whoever owns the workflow."""
    return str(Function.ADMIN) in account.functions or account.person_id == workflow.owner_id


def start_drill(*, workflow_id: UUID, scenario: str, by: Account, at: datetime) -> Drill:
    """A drill that a worker plays from now on. Ends by itself after DRILL_S seconds.

    Refuses (403 `may_not_drill`) anybody but admins and the workflow's owner; a scenario that is none; a workflow that
    is switched off; what `find_target` refuses (no sandbox); 409 `drill_running` where one runs on the workflow or in
    the sandbox. Locks the workflow, then the sandbox.
    """
    in_transaction()
    workflow = Workflow.objects.select_for_update(of=("self",)).select_related("agent").filter(pk=workflow_id).first()
    if workflow is None:
        raise absent("workflow")
    _refuse(workflow, scenario, by)
    target = find_target(workflow, wanted=SCENARIOS[scenario], at=at)
    type(target.system).objects.select_for_update(no_key=True).get(pk=target.system.pk)
    _refuse_second(workflow, target.system.pk)
    drill = Drill.objects.create(
        workflow=workflow,
        workflow_version=workflow.version,
        scenario=scenario,
        system=target.system,
        target=target.wire(),
        touched=list(target.segment_ids),
        started_by_id=by.person_id,
        started_at=at,
        until=at + timedelta(seconds=settings.DRILL_S),
        score=[],
    )
    record(
        action="drill.started",
        actor=Actor.person(account_id=by.pk, person_id=str(by.person_id)),
        at=at,
        about=about(drill),
        data={"scenario": scenario, "workflow_version": workflow.version, "until": drill.until},
        segments=drill.touched,
    )
    wake(PLAY, queue="catalogue")
    announce("drill", [drill.pk], groups=[EVERYONE])
    return drill


def about(drill: Drill) -> dict[str, UUID]:
    """What every event of a drill is about."""
    return {"drill": drill.pk, "workflow": drill.workflow_id, "system": drill.system_id}


def _refuse(workflow: Workflow, scenario: str, by: Account) -> None:
    named = {"workflow": str(workflow.pk)}
    if by.person_id is None or not may_drill(workflow, by):
        raise Refusal(
            Kind.FORBIDDEN, "may_not_drill", "Only admins and the workflow's owner start a drill.",
            next="Ask one of them.", about=named,
        )  # fmt: skip
    if scenario not in SCENARIOS:
        raise Refusal(
            Kind.UNPROCESSABLE, "no_such_scenario", "There is no such scenario.",
            next=f"Choose one of {', '.join(sorted(SCENARIOS))}.", about=named,
        )  # fmt: skip
    if not workflow.enabled or workflow.agent.retired_at is not None:
        raise Refusal(
            Kind.CONFLICT, "workflow_disabled", f"The workflow {workflow.key} is switched off.",
            next="Let new runs start first.", about=named,
        )  # fmt: skip


def _refuse_second(workflow: Workflow, system_id: UUID) -> None:
    running = Drill.objects.filter(state=DrillState.RUNNING)
    other = (running.filter(workflow=workflow) | running.filter(system=system_id)).first()
    if other is not None:
        raise Refusal(
            Kind.CONFLICT,
            "drill_running",
            "A drill runs already, on this workflow or in this sandbox.",
            next="Wait until it has ended, or end it on its page.",
            about={"workflow": str(workflow.pk), "drill": str(other.pk)},
            answer={"drill": str(other.pk)},
        )
