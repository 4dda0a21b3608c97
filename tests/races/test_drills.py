"""Two people who start a drill at once, two workers who play one, and somebody who ends it meanwhile: one order each."""

from typing import Any

import pytest
from django.db import transaction

from audit.models import AuditEvent
from orchestr.drills.agent import begin_run
from orchestr.drills.end import stop_drill
from orchestr.drills.models import Drill
from orchestr.drills.play import play
from orchestr.drills.start import start_drill
from orchestr.drills.step import Played, step
from orchestr.people.models import Account
from orchestr.refusal import Refusal
from orchestr.runs.models import Run
from tests import make, people
from tests.drills.sandbox import sandbox
from tests.races.duel import duel

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def house(committed: Any, shelves: None, monkeypatch: pytest.MonkeyPatch) -> make.House:
    monkeypatch.setenv("ORCHESTR_CREDENTIAL_COPY_READ", "shelf")
    house = make.house()
    sandbox(house)
    return house


def started(house: make.House) -> Drill:
    with transaction.atomic():
        drill = start_drill(workflow_id=house.workflow.pk, scenario="wrong_prices", by=house.people.ada, at=make.now())
    return Drill.objects.select_related("workflow__agent", "system").get(pk=drill.pk)


def test_two_people_start_one_drill(house: make.House) -> None:
    ben = people.account("ben", ["admin"])

    def start(by: Account) -> Drill:
        return start_drill(workflow_id=house.workflow.pk, scenario="wrong_prices", by=by, at=make.now())

    first, second = duel(lambda: start(house.people.ada), lambda: start(ben))
    assert isinstance(second, Refusal)
    assert (second.code, second.answer) == ("drill_running", {"drill": str(first.pk)})
    assert Drill.objects.count() == 1


def test_two_workflows_do_not_share_a_sandbox_at_once(house: make.House) -> None:
    other = make.workflow(
        house.agent, key="markdowns", segments=house.workflow.segments.all(), owner=people.person("Wilma")
    )

    def start(workflow: Any) -> Drill:
        return start_drill(workflow_id=workflow.pk, scenario="wrong_prices", by=house.people.ada, at=make.now())

    first, second = duel(lambda: start(house.workflow), lambda: start(other))
    assert isinstance(second, Refusal)
    assert (second.code, second.answer) == ("drill_running", {"drill": str(first.pk)})


def test_of_two_workers_who_play_an_act_at_once_one_plays_it(house: make.House) -> None:
    drill = started(house)

    def other() -> str:
        try:
            with step(drill) as locked:
                begin_run(locked, name="again", at=make.now())
        except Played:
            return "played"
        return "played twice"

    first, second = duel(lambda: _act(drill), other, opens_its_own=True)
    assert (first, second) == ("acted", "played")
    assert (Run.objects.filter(drill=drill).count(), Drill.objects.get().phase) == (1, 1)


def test_an_act_that_waited_for_the_end_is_not_played(house: make.House) -> None:
    drill = started(house)

    def other() -> str:
        try:
            with step(drill) as locked:
                begin_run(locked, name="late", at=make.now())
        except Played:
            return "played"
        return "played after the end"

    ended, second = duel(lambda: _stop(house, drill), other, opens_its_own=True)
    assert (ended.state, second) == ("failed", "played")
    assert not Run.objects.filter(drill=drill).exists()


def test_whoever_ends_it_waits_for_the_act_and_clears_away_what_that_made(house: make.House) -> None:
    drill = started(house)
    acted, ended = duel(lambda: _act(drill), lambda: _stop(house, drill))
    assert (acted, ended.state) == ("acted", "failed")
    assert set(Run.objects.filter(drill=drill).values_list("state", flat=True)) == {"stopped"}


def test_a_drill_that_is_ended_while_it_is_scored_ends_once(house: make.House) -> None:
    drill = started(house)
    play(drill.pk, clock=make.now)
    Drill.objects.filter(pk=drill.pk).update(state="running", ended_at=None, ended_reason="")
    before = AuditEvent.objects.filter(action="drill.ended").count()
    ended, scored = duel(lambda: _stop(house, drill), lambda: play(drill.pk, clock=make.now), opens_its_own=True)
    assert (ended.state, scored.state, Drill.objects.get().ended_reason) == ("failed", "failed", "stopped")
    assert AuditEvent.objects.filter(action="drill.ended").count() == before + 1


def _stop(house: make.House, drill: Drill) -> Drill:
    return stop_drill(drill_id=drill.pk, by=house.people.ada, at=make.now())


def _act(drill: Drill) -> str:
    """An act with its transaction left open, as `step` has it: locked, looked at, counted."""
    locked = Drill.objects.select_for_update(of=("self",)).select_related("workflow__agent", "system").get(pk=drill.pk)
    begin_run(locked, name="first", at=make.now())
    locked.phase += 1
    locked.save(update_fields=["phase"])
    return "acted"
