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
from tests import make, people
from tests.proposals.propose import propose, single
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


def test_finds_what_to_hold_by_person_agent_segment_and_id_with_names(house: make.House) -> None:
    mine, other = single(house), propose(house, house.change(house.tent, after=19_000))
    ada = signed_in(house.people.ada)
    for words, targets in (
        ("mia", {f"person:{house.people.mia.person_id}"}),
        ("Repricer", {f"proposal:{mine.pk}", f"proposal:{other.pk}"}),
        ("apparel", {f"proposal:{mine.pk}"}),
        (str(mine.pk), {f"proposal:{mine.pk}"}),
        ("nobody at all", set()),
    ):
        for url in ("/holds/", "/holds/choices/"):
            found = ada.get(url, {"q": words})
            assert {each.target for each in found.context["choices"]} == targets, words
    page = ada.get("/holds/", {"q": "mia"}).content.decode()
    assert f'value="person:{house.people.mia.person_id}"' in page
    assert "Mia" in page


def test_nobody_finds_what_they_may_not_see(house: make.House) -> None:
    hidden = propose(house, house.change(house.tent, after=19_000))
    lena = people.account("lena-apparel", ["legal"], {people.VIEW: [house.apparel]})
    for words in (str(hidden.pk), "Repricer", "tents"):
        assert signed_in(lena).get("/holds/", {"q": words}).context["choices"] == []


def test_what_was_looked_for_and_chosen_stays_where_the_reason_is_missing(house: make.House) -> None:
    lena, target = signed_in(house.people.lena), f"person:{house.people.mia.person_id}"
    with one_refusal("form_unreadable", by=house.people.lena):
        answer = lena.post("/holds/set/", {"target": target, "why": "", "q": "mia"})
    assert answer.status_code == 422
    assert f'value="{target}" checked' in answer.content.decode()


def test_a_hold_is_listed_by_name_and_costs_the_same_however_many(
    house: make.House, django_assert_max_num_queries: Any
) -> None:
    ada = signed_in(house.people.ada)
    ada.post("/holds/set/", {"target": f"person:{house.people.mia.person_id}", "why": "x"})
    with django_assert_max_num_queries(60) as few:
        assert "<strong>Mia</strong>" in ada.get("/holds/").content.decode()
    first = len(few)
    for who in (house.people.fay, house.people.omar):
        ada.post("/holds/set/", {"target": f"person:{who.person_id}", "why": "x"})
    for each in (house.jacket, house.tent):
        row = propose(house, house.change(each, after=19_000))
        ada.post("/holds/set/", {"target": f"proposal:{row.pk}", "why": "x"})
    with django_assert_max_num_queries(first + 3):  # titles of proposals
        assert len(ada.get("/holds/").context["holds"]) == 5


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
