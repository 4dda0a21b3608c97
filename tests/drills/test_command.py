"""`manage.py drill`: it starts what the page starts, says who may not, and leaves one refusal on record."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from audit.models import AuditEvent
from orchestr.drills.models import Drill
from orchestr.drills.play import play
from tests import make
from tests.drills.sandbox import sandbox


def drill(workflow: str, scenario: str, account: str) -> str:
    out = StringIO()
    call_command("drill", workflow, scenario, account=account, stdout=out)
    return out.getvalue()


def refused(code: str) -> AuditEvent:
    event = AuditEvent.objects.get(action="refused")
    assert (event.data["code"], event.data["door"]) == (code, "command:drill")
    return event


def test_an_admin_starts_one_and_a_worker_plays_it(house: make.House) -> None:
    sandbox(house)
    said = drill(house.workflow.key, "wrong_prices", house.people.ada.username)
    begun = Drill.objects.get()
    assert (begun.state, begun.scenario, begun.started_by_id) == ("running", "wrong_prices", house.people.ada.person_id)
    assert str(begun.pk) in said
    assert f"{begun.until:%Y-%m-%d %H:%M} UTC" in said
    event = AuditEvent.objects.get(action="drill.started")
    assert event.actor_id == str(house.people.ada.person_id)
    assert play(begun.pk, clock=make.now).proposals.get().sandbox_only


def test_refuses_who_neither_is_an_admin_nor_owns_the_workflow(house: make.House) -> None:
    sandbox(house)
    with pytest.raises(CommandError, match="Only admins and the workflow's owner start a drill"):
        drill(house.workflow.key, "wrong_prices", house.people.mia.username)
    assert refused("may_not_drill").actor_id == str(house.people.mia.person_id)
    assert not Drill.objects.exists()


def test_refuses_a_second_one_a_scenario_that_is_none_and_a_workflow_without_a_sandbox(house: make.House) -> None:
    key, ada = house.workflow.key, house.people.ada.username
    with pytest.raises(CommandError):
        drill(key, "wrong_prices", ada)
    assert refused("no_sandbox").about["workflow"] == str(house.workflow.pk)
    sandbox(house)
    with pytest.raises(CommandError, match="Choose one of"):
        drill(key, "earthquake", ada)
    drill(key, "wrong_prices", ada)
    with pytest.raises(CommandError, match="Wait until it has ended"):
        drill(key, "storm", ada)
    assert Drill.objects.count() == 1
    assert AuditEvent.objects.filter(action="refused").count() == 3


@pytest.mark.parametrize(("workflow", "account"), [("nothing", "ada"), ("clearance", "nobody")])
def test_says_what_it_does_not_know(house: make.House, workflow: str, account: str) -> None:
    with pytest.raises(CommandError, match="There is no such"):
        drill(workflow, "wrong_prices", account)
    assert not AuditEvent.objects.exists()


def test_an_account_that_is_switched_off_starts_nothing(house: make.House) -> None:
    sandbox(house)
    house.people.ada.is_active = False
    house.people.ada.save(update_fields=["is_active"])
    with pytest.raises(CommandError, match="There is no such account in use"):
        drill(house.workflow.key, "wrong_prices", house.people.ada.username)
    assert not Drill.objects.exists()
