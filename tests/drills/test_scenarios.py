"""Each failure is played through the real doors, and its answers come from what the log says."""

from datetime import timedelta

import pytest
from django.db import transaction

from audit.models import AuditEvent
from orchestr.drills.models import Drill
from orchestr.execution.incidents.incident import acknowledge
from orchestr.execution.models import Incident
from orchestr.people.models import Account
from orchestr.people.paging.call import call_due
from orchestr.people.paging.models import Page
from orchestr.proposals.deciding.decide import Reason, block
from orchestr.proposals.models import Proposal
from orchestr.runs.models import Event, Run
from orchestr.triggers.definition import Definition, Storm
from orchestr.triggers.models import Trigger
from tests import make
from tests.drills.sandbox import answers, played, sandbox, start

pytestmark = pytest.mark.django_db


@pytest.fixture
def copy(house: make.House) -> None:
    sandbox(house)


@pytest.fixture
def guarded(house: make.House, copy: None) -> Trigger:
    return make.trigger_of(house.workflow, Definition(types=("stock.slow",), storm=Storm(events=30, per_s=60)))


def test_a_storm_is_one_run_and_pauses_its_own_trigger_alone(house: make.House, guarded: Trigger) -> None:
    drill = played(start(house, "storm"))
    assert answers(drill) == {
        "coalesced": ("met", "one_run"),
        "paused": ("met", "trigger_paused"),
        "told": ("met", "owners_told"),
        "held": ("met", "suppressed"),
    }
    assert (drill.state, Run.objects.filter(drill=drill).count()) == ("passed", 1)
    guarded.refresh_from_db()
    assert (guarded.paused_at, Event.objects.filter(trigger=guarded).count()) == (None, 0)
    assert drill.score[1]["figures"] == {"events": 30, "per_s": 60}


def test_real_events_go_their_own_way_beside_a_storm(house: make.House, guarded: Trigger) -> None:
    drill = start(house, "storm")
    played(drill)
    assert list(Trigger.objects.filter(drill=drill).values_list("paused_reason", flat=True)) == ["storm"]
    assert not Run.objects.filter(drill=None).exists()


def test_a_stale_feed_is_noticed_twice(house: make.House, copy: None) -> None:
    drill = played(start(house, "stale_feed"))
    found = answers(drill)
    assert found["moved"] == ("met", "before_moved")
    assert found["stale"][0] == "met"
    assert AuditEvent.objects.filter(action="refused", about__drill=str(drill.pk)).count() == 1
    assert (drill.state, set(Proposal.objects.values_list("state", flat=True))) == ("passed", {"blocked"})


def test_hostile_copy_is_noticed_and_a_person_blocks_it(house: make.House, copy: None) -> None:
    drill = played(start(house, "hostile_copy"))
    assert answers(drill)["detected"] == ("met", "noticed_by_policy")
    assert (drill.state, answers(drill)["contained"]) == ("running", ("not_yet", "waiting_for_people"))
    proposal = Proposal.objects.get()
    with transaction.atomic():
        block(
            proposal_id=proposal.pk, digest=proposal.digest, by=house.people.lena, at=make.now(),
            reason=Reason(code="other", text="It lies."),
        )  # fmt: skip
    drill = played(drill)
    assert answers(drill) == {
        "detected": ("met", "noticed_by_policy"),
        "contained": ("met", "blocked"),
        "inert": ("met", "nothing_written"),
    }
    assert (drill.state, drill.score[1]["by"]) == ("passed", str(house.people.lena.person_id))


def test_when_nobody_looks_the_drill_ends_by_itself_and_has_failed(house: make.House, copy: None) -> None:
    drill = played(start(house, "hostile_copy"))
    assert played(drill, at=drill.until - timedelta(seconds=1)).state == "running"
    ended = played(drill, at=drill.until)
    assert (ended.state, ended.ended_reason) == ("failed", "time_is_up")
    assert answers(ended)["contained"] == ("not_met", "waiting_for_people")
    assert (Proposal.objects.get().state, Proposal.objects.get().blocked_reason) == ("blocked", "withdrawn")


def calls(drill: Drill) -> list[str]:
    page = Page.objects.get(about__incident=str(Incident.objects.get(proposal__drill=drill).pk))
    return list(page.calls.order_by("step").values_list("person__name", flat=True))


def test_the_call_goes_on_when_the_rollback_owner_is_absent(house: make.House, copy: None) -> None:
    make.duty(house.people.omar)
    drill = played(start(house, "owner_absent"))
    assert answers(drill)["called"] == ("met", "owner_called")
    assert (drill.state, calls(drill)) == ("running", ["Olga"])
    call_due(at=make.now() + timedelta(minutes=11))
    _acknowledge(drill, house.people.omar)
    drill = played(drill)
    assert answers(drill) == {
        "called": ("met", "owner_called"),
        "went_on": ("met", "next_called"),
        "answered": ("met", "answered_by_other"),
    }
    assert drill.state == "passed"


def test_an_owner_who_answers_was_not_absent(house: make.House, copy: None) -> None:
    drill = played(start(house, "owner_absent"))
    _acknowledge(drill, house.people.olga)
    drill = played(drill)
    assert answers(drill)["answered"] == ("not_met", "answered_by_owner")
    assert drill.state == "failed"


def test_when_the_time_is_up_nobody_else_is_called(house: make.House, copy: None) -> None:
    drill = played(start(house, "owner_absent"))
    drill = played(drill, at=drill.until)
    assert (drill.state, answers(drill)["answered"][0]) == ("failed", "not_met")
    assert call_due(at=make.now() + timedelta(hours=2)) == 0


def _acknowledge(drill: Drill, who: Account) -> None:
    with transaction.atomic():
        acknowledge(incident_id=Incident.objects.get(proposal__drill=drill).pk, by=who, at=make.now())
