"""What a preflight asks for, laid out: a trigger with what holds it back, tools in use, people on call all week."""

from datetime import timedelta
from typing import Any

from orchestr.agents.models import Scope
from orchestr.catalogue.models import System
from orchestr.drills.models import Drill
from orchestr.people.models import Account, Shift
from orchestr.policy.values import digest
from orchestr.triggers.definition import Cap, Definition, Holds
from orchestr.triggers.models import Trigger
from orchestr.workflows.models import Workflow
from tests.make.basics import now
from tests.make.company import House


def trigger_of(workflow: Workflow, definition: Definition | None = None, *, key: str = "slow-stock") -> Trigger:
    """A trigger as its own operation would leave it."""
    held = Definition(types=("stock.slow",), holds=Holds(manual_edit_s=3_600), cap=Cap(runs=3))
    wire = (definition or held).wire()
    return Trigger.objects.create(
        key=key,
        name=key.capitalize(),
        workflow=workflow,
        kind="event",
        definition=wire,
        digest=digest(wire),
        created_at=now(),
        changed_at=now(),
    )


def duty(who: Account, *, days: int = 9) -> Shift:
    """This person on call from yesterday on."""
    begins = now() - timedelta(days=1)
    return Shift.objects.create(person_id=who.person_id, starts_at=begins, ends_at=begins + timedelta(days=days))


def drilled(workflow: Workflow, *, days_ago: int = 1, state: str = "passed", **fields: Any) -> Drill:
    """A drill of the workflow as it is now, ended so many days ago."""
    ended = now() - timedelta(days=days_ago)
    values = {
        "workflow_version": workflow.version,
        "scenario": "wrong_prices",
        "system": System.objects.order_by("key").first(),
        "target": {
            "type": "variant",
            "key": "JKT-1",
            "title": "Jacket",
            "field": "price",
            "address": {},
            "kind": "money",
        },
        "touched": [],
        "started_by": workflow.owner,
        "started_at": ended - timedelta(minutes=1),
        "until": ended + timedelta(minutes=29),
        "ended_at": ended,
        "ended_reason": "answered",
    }
    return Drill.objects.create(workflow=workflow, state=state, **(values | fields))


def ready(house: House) -> None:
    """Nothing that is required is missing for the house's workflow."""
    drilled(house.workflow)
    trigger_of(house.workflow)
    duty(house.people.olga)
    Scope.objects.filter(agent=house.agent).update(last_used_at=now())
