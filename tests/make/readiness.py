"""What a preflight asks for, laid out: a trigger with what holds it back, tools in use, people on call all week."""

from datetime import timedelta

from orchestr.agents.models import Scope
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


def ready(house: House) -> None:
    """Nothing that is required is missing for the house's workflow."""
    trigger_of(house.workflow)
    duty(house.people.olga)
    Scope.objects.filter(agent=house.agent).update(last_used_at=now())
