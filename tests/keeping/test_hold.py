"""Legal holds: one person sets them, two lift them."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from audit.models import AuditEvent
from orchestr.governance.models import ControlChange
from orchestr.keeping.hold import HeldTarget, is_held
from orchestr.keeping.models import LegalHold
from orchestr.refusal import Refusal
from tests import make
from tests.proposals.propose import single
from tests.reviews.admin.doors import one_refusal, signed_in


@pytest.fixture(autouse=True)
def database(db: Any) -> None:
    """Each test in a transaction that is rolled back."""


def test_one_person_sets_a_hold_and_two_lift_it(house: make.House) -> None:
    proposal = single(house)
    lena, aud = signed_in(house.people.lena), signed_in(house.people.aud)
    answer = lena.post("/holds/set/", {"target": f"proposal:{proposal.pk}", "why": "A claim."}, follow=True)
    assert "It is held from now on." in answer.content.decode()
    (row,) = LegalHold.objects.all()
    assert is_held(proposal=proposal.pk)
    assert not is_held(proposal=house.agent.pk)
    lena.post(f"/holds/{row.pk}/lift/", {"why": "It is settled."})
    (change,) = ControlChange.objects.filter(kind="hold.lift")
    assert is_held(proposal=proposal.pk)
    assert "a second person has to confirm" in lena.get("/holds/").content.decode()
    with one_refusal("own_request", by=house.people.lena):
        lena.post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    aud.post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    assert not is_held(proposal=proposal.pk)
    told = AuditEvent.objects.filter(action__startswith="hold.").order_by("id")
    assert [(event.action, event.about["proposal"]) for event in told] == [
        ("hold.set", str(proposal.pk)), ("hold.lifted", str(proposal.pk)),
    ]  # fmt: skip


@pytest.mark.parametrize("target", ["", "all:x", "proposal", "proposal:x", "segment:apparel", "person:"])
def test_refuses_what_is_no_target(house: make.House, target: str) -> None:
    with pytest.raises(Refusal):
        HeldTarget.parse(target)


def test_refuses_what_is_not_there_what_is_held_already_and_who_may_not(house: make.House) -> None:
    ada, mia = signed_in(house.people.ada), signed_in(house.people.mia)
    assert ada.post("/holds/set/", {"target": f"proposal:{house.agent.pk}", "why": "x"}).status_code == 404
    ada.post("/holds/set/", {"target": "all", "why": "An audit."})
    with one_refusal("already_held", by=house.people.ada):
        assert ada.post("/holds/set/", {"target": "all", "why": "Again."}).status_code == 409
    assert mia.post("/holds/set/", {"target": "all", "why": "x"}).status_code == 404
    assert LegalHold.objects.count() == 1


def test_postgres_itself_keeps_one_hold_a_target(house: make.House) -> None:
    LegalHold.objects.create(kind="all", why="x", set_at=make.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        LegalHold.objects.create(kind="all", why="y", set_at=make.now())


def test_the_commands_set_a_hold_and_ask_for_its_end(house: make.House) -> None:
    said = StringIO()
    call_command("hold", "all", "--why", "An audit.", stdout=said)
    assert is_held()
    call_command("lift_hold", "all", "--why", "It is over.", "--as", "aud", stdout=said)
    assert is_held()
    assert ControlChange.objects.get(kind="hold.lift").requested_by == house.people.aud.person
