"""The shop is down while a change goes out: it waits, and is written once when the shop is back."""

import pytest
import shelf
from django.db import transaction

from orchestr.catalogue.models import System
from orchestr.drills.models import Drill
from orchestr.drills.outage import can_play_dead, play_dead
from orchestr.execution.models import Breaker
from orchestr.proposals.deciding.decide import Reason, approve, block
from orchestr.proposals.models import Proposal
from orchestr.refusal import Refusal
from tests import make
from tests.drills.sandbox import answers, played, sandbox, start
from tests.execution.approved import WINDOW, Clock, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def copy(house: make.House) -> System:
    return sandbox(house)


def _say_yes(house: make.House) -> Proposal:
    """Everybody whose yes is needed says it, eleven seconds ago."""
    proposal = Proposal.objects.get()
    for account in (house.people.mia, house.people.fay):
        proposal.refresh_from_db()
        if proposal.state == "draft":
            with transaction.atomic():
                approve(proposal_id=proposal.pk, digest=proposal.digest, by=account, at=make.now() - WINDOW)
    proposal.refresh_from_db()
    assert proposal.state == "approved"
    return proposal


def _until_it_opens(drill: Drill, clock: Clock) -> Drill:
    work(clock)
    while not Breaker.objects.filter(state="open").exists():
        clock.pass_by(1)
        work(clock)
    return played(drill)


def test_nothing_is_written_while_it_is_down_and_once_when_it_is_back(house: make.House, copy: System) -> None:
    drill = played(start(house, "shop_down"))
    assert shelf.SHELVES["copy"].dead
    assert answers(drill)["written"] == ("not_yet", "waiting_for_people")
    proposal, clock = _say_yes(house), Clock()
    drill = _until_it_opens(drill, clock)
    assert shelf.SHELVES["copy"].written == []
    assert {name: standing for name, (standing, _code) in answers(drill).items()} == {
        "kept": "met", "breaker": "met", "closed": "not_yet", "written": "not_yet",
    }  # fmt: skip
    shelf.SHELVES["copy"].dead = False
    while proposal.state != "published":
        clock.pass_by(5)
        work(clock)
        proposal.refresh_from_db()
    drill = played(drill)
    assert answers(drill) == {
        "kept": ("met", "waits_for_breaker"),
        "breaker": ("met", "breaker_opened"),
        "closed": ("met", "breaker_closed"),
        "written": ("met", "written_after_all"),
    }
    assert (drill.state, len(shelf.SHELVES["copy"].written)) == ("passed", 1)


def test_it_is_told_to_stay_down_until_the_breaker_has_opened(house: make.House, copy: System) -> None:
    drill = played(start(house, "shop_down"))
    shelf.SHELVES["copy"].dead = False  # the outage it was told has run out
    drill = played(drill)
    assert shelf.SHELVES["copy"].dead
    _say_yes(house)
    drill = _until_it_opens(drill, Clock())
    shelf.SHELVES["copy"].dead = False
    played(drill)
    assert not shelf.SHELVES["copy"].dead


def test_what_a_person_blocks_was_never_down_for_anything(house: make.House, copy: System) -> None:
    drill = played(start(house, "shop_down"))
    proposal = Proposal.objects.get()
    with transaction.atomic():
        block(
            proposal_id=proposal.pk, digest=proposal.digest, by=house.people.mia, at=make.now(),
            reason=Reason(code="other", text="Not today."),
        )  # fmt: skip
    drill = played(drill)
    assert (drill.state, drill.ended_reason) == ("failed", "answered")
    assert set(answers(drill).values()) == {("not_met", "not_published")}


def test_it_is_refused_where_no_sandbox_can_be_told(
    house: make.House, copy: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestr.drills.target.can_play_dead", lambda system: False)
    with pytest.raises(Refusal) as refused:
        start(house, "shop_down")
    assert refused.value.code == "no_outage"


def test_a_connector_that_cannot_is_told_from_one_that_can() -> None:
    assert can_play_dead(System(kind="demo_shop"))
    assert not can_play_dead(System(kind="demo_erp"))
    assert not can_play_dead(System(kind="nobody-installed-it"))


def test_no_other_system_is_told_to_play_dead(house: make.House) -> None:
    with pytest.raises(ValueError, match="sandbox"):
        play_dead(house.shop, seconds=20)
    assert not shelf.SHELVES["shop"].dead
