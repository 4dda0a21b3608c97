"""What a freeze stops, for how long, and who lifts it."""

from io import StringIO

import pytest
import shelf
from django.core.management import CommandError, call_command
from django.db import transaction

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.execution import sessions
from orchestr.execution.models import Execution
from orchestr.execution.sweep import sweep
from orchestr.freezes.freeze import freeze, request_thaw
from orchestr.freezes.models import Freeze
from orchestr.freezes.targets import Target
from orchestr.governance import control
from orchestr.people.models import Account
from orchestr.refusal import Refusal
from tests import make
from tests.execution.approved import approved, clock_after_window, states, work
from tests.invariants import assert_invariants, shelf_writes

TARGETS = [
    "all",
    "connector:shop",
    "segment:apparel",
    "segment:apparel/jackets",
    "workflow:clearance",
    "agent:repricer",
]


@pytest.fixture(autouse=True)
def fresh_sessions() -> None:
    sessions.close_all()


def actor(account: Account) -> Actor:
    return Actor.person(account_id=account.pk, person_id=str(account.person_id))


def stop(target: str, by: Actor) -> Freeze:
    with transaction.atomic():
        return freeze(target=Target.parse(target), why="Something is wrong.", by=by, at=make.now())


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_frozen_is_held_and_goes_on_after_two_people_thaw_it(house: make.House, target: str) -> None:
    proposal = approved(house)
    frozen = stop(target, actor(house.people.omar))
    clock = clock_after_window()
    work(clock)
    execution = Execution.objects.get()
    assert (execution.state, execution.held_by, states(proposal)) == ("held", target, ["pending"])
    assert shelf.SHELVES["shop"].written == []
    proposal.refresh_from_db()
    assert proposal.state == "approved"

    asked = request_thaw(target=Target.parse(target), why="It was a false alarm.", by=house.people.omar, at=make.now())
    control.confirm(change_id=asked.pk, digest=asked.digest, by=house.people.olga, at=make.now())
    frozen.refresh_from_db()
    assert frozen.thawed_at is not None
    assert sweep(at=clock.now, by=Actor.worker("sweeper")) is True
    work(clock)
    proposal.refresh_from_db()
    assert proposal.state == "published"
    assert_invariants(shelf_writes())


@pytest.mark.parametrize("target", ["connector:erp", "segment:outdoor-gear"])
def test_a_freeze_elsewhere_stops_nothing_here(house: make.House, target: str) -> None:
    proposal = approved(house)
    stop(target, actor(house.people.omar))
    work(clock_after_window())
    proposal.refresh_from_db()
    assert proposal.state == "published"


def test_a_thaw_needs_a_second_person(house: make.House) -> None:
    stop("all", actor(house.people.omar))
    asked = request_thaw(target=Target("all"), why="It was a false alarm.", by=house.people.omar, at=make.now())
    with pytest.raises(Refusal) as refused:
        control.confirm(change_id=asked.pk, digest=asked.digest, by=house.people.omar, at=make.now())
    assert refused.value.code == "own_request"
    assert Freeze.objects.get().thawed_at is None


def test_what_was_taken_back_while_held_is_stopped(house: make.House) -> None:
    from orchestr.proposals.deciding.take_back import take_back

    proposal = approved(house)
    stop("all", actor(house.people.omar))
    clock = clock_after_window()
    work(clock)
    take_back(proposal_id=proposal.pk, by=house.people.mia, at=clock.now)
    sweep(at=clock.now, by=Actor.worker("sweeper"))
    execution = Execution.objects.get()
    assert (execution.state, execution.reason) == ("stopped", "proposal_moved")


@pytest.mark.parametrize(
    ("who", "target", "why", "code"),
    [
        ("mia", "all", "Stop.", "function_missing"),
        ("omar", "all", " ", "reason_missing"),
        ("omar", "workflow:no-such", "Stop.", "not_found"),
        ("omar", "connector:erp", "Stop.", "already_frozen"),
    ],
)
def test_refuses_and_freezes_nothing(house: make.House, who: str, target: str, why: str, code: str) -> None:
    stop("connector:erp", actor(house.people.omar))
    before = AuditEvent.objects.count()
    with pytest.raises(Refusal) as refused:
        freeze(target=Target.parse(target), why=why, by=actor(getattr(house.people, who)), at=make.now())
    assert (refused.value.code, Freeze.objects.count(), AuditEvent.objects.count()) == (code, 1, before)


@pytest.mark.parametrize("text", ["", "everything", "all:x", "connector:", "connector", "price:x"])
def test_refuses_a_target_it_does_not_know(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        Target.parse(text)
    assert refused.value.code == "unknown_target"


def test_the_command_freezes_at_once(house: make.House) -> None:
    out = StringIO()
    call_command("freeze", "workflow:clearance", why="Stop.", stdout=out)
    assert Freeze.objects.get().target == "workflow:clearance"
    assert "workflow:clearance" in out.getvalue()


def test_the_command_that_is_refused_leaves_one_event(house: make.House) -> None:
    with pytest.raises(CommandError):
        call_command("freeze", "workflow:no-such", why="Stop.")
    assert list(AuditEvent.objects.values_list("action", "data__code")) == [("refused", "not_found")]
    assert Freeze.objects.count() == 0


def test_the_thaw_command_only_asks(house: make.House) -> None:
    stop("all", actor(house.people.omar))
    call_command("thaw", "all", why="It was a false alarm.", stdout=StringIO())
    assert Freeze.objects.get().thawed_at is None
    asked = AuditEvent.objects.get(action="control_change.requested")
    assert asked.actor_id == str(house.people.ada.person_id)
