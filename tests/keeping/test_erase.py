"""Erasing a person: nothing names them any more, and the log still verifies."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.utils import translation

from audit.models import AuditEvent
from audit.recheck import recheck
from audit.record import Actor, text_digest
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.keeping.erase import erase, request_erasure
from orchestr.keeping.hold import HeldTarget, hold
from orchestr.people.models import Account, Person, SegmentAccountGrant, Shift
from orchestr.proposals.models import Decision
from orchestr.refusal import Refusal
from tests import dump, make, people
from tests.execution.approved import approved, clock_after_window, work_until_settled
from tests.reviews.admin.doors import one_refusal, signed_in


@pytest.fixture
def olive(house: make.House) -> Account:
    """Another admin: two are needed for a control change."""
    return people.account("olive", ["admin"])


def as_person(account: Account) -> Actor:
    return Actor.person(account.pk, account.person_id)


def erased(house: make.House, olive: Account, who: Account) -> Person:
    with transaction.atomic():
        asked = request_erasure(person_id=who.person_id, reason="She left.", by=house.people.ada, at=make.now())
    with transaction.atomic():
        control.confirm(change_id=asked.pk, digest=asked.digest, by=olive, at=make.now())
    return Person.objects.get(pk=who.person_id)


@contextmanager
def refusing(code: str) -> Iterator[None]:
    with pytest.raises(Refusal) as refusal, transaction.atomic():
        yield
    assert refusal.value.code == code


def everything() -> str:
    return "\n".join(dump.tables().values())


def test_nothing_names_an_erased_person_in_any_table_and_the_log_verifies(house: make.House, olive: Account) -> None:
    mia = house.people.mia
    Account.objects.filter(pk=mia.pk).update(username="mia.svensson", email="mia.svensson@fjord.example")
    Person.objects.filter(pk=mia.person_id).update(name="Mia Svensson-Oehlenschlaeger")
    work_until_settled(approved(house), clock_after_window())
    AccessAttempt.objects.create(
        username="mia.svensson", ip_address="192.0.2.7", failures_since_start=1, user_agent="", get_data="",
        post_data="", http_accept="", path_info="/login/",
    )  # fmt: skip
    assert "Oehlenschlaeger" in everything()
    gone = erased(house, olive, mia)
    left = everything()
    assert [word for word in ("Oehlenschlaeger", "svensson", "192.0.2.7") if word in left] == []
    assert (gone.salt, gone.erased_at is not None) == (None, True)
    account = Account.objects.get(pk=mia.pk)
    assert not account.is_active
    assert not account.has_usable_password()
    assert not SegmentAccountGrant.objects.filter(user=mia).exists()
    assert [fault for fault in recheck() if fault is not None] == []
    assert AuditEvent.objects.filter(action="person.erased", about__person=str(gone.pk)).count() == 1


def test_what_they_decided_stays_and_pages_say_erased_person(house: make.House, olive: Account) -> None:
    proposal = approved(house)
    work_until_settled(proposal, clock_after_window())
    by = Decision.objects.get(proposal=proposal).person_id
    erased(house, olive, house.people.mia)
    assert by == house.people.mia.person_id
    page = signed_in(house.people.fay).get(f"/reviews/{proposal.pk}/").content.decode()
    assert "Erased person" in page
    with translation.override("de"):
        assert Person.objects.get(pk=by).name
    shown = signed_in(house.people.ada).get(f"/people/{house.people.mia.pk}/").content.decode()
    assert "This person was erased" in shown
    assert 'data-act="erase-person"' not in shown


def test_a_failed_sign_in_is_told_by_a_digest_that_ends_with_the_salt(house: make.House, olive: Account) -> None:
    mia = Person.objects.get(pk=house.people.mia.person_id)
    assert mia.salt is not None
    assert len(mia.salt) == 16
    Client().post("/login/", {"username": "mia", "password": "wrong"})
    event = AuditEvent.objects.get(action="account.sign_in_failed")
    assert event.data["name_digest"] == text_digest("mia", bytes(mia.salt))
    assert Person.objects.exclude(pk=mia.pk).filter(salt=mia.salt).count() == 0
    Client().post("/login/", {"username": "nobody-here", "password": "wrong"})
    assert "name_digest" not in AuditEvent.objects.filter(action="account.sign_in_failed").latest("id").data


def test_refuses_who_is_held_and_who_still_answers_for_something(house: make.House, olive: Account) -> None:
    ada, marco = house.people.ada, house.people.marco
    with refusing("still_answers"):
        erase(person_id=ada.person_id, by=as_person(olive), at=make.now())
    Shift.objects.create(person=marco.person, starts_at=make.now(), ends_at=make.now() + timedelta(hours=1))
    with refusing("still_answers"):
        erase(person_id=marco.person_id, by=as_person(ada), at=make.now())
    with transaction.atomic():
        hold(
            target=HeldTarget("person", str(house.people.mia.person_id)),
            why="A claim.",
            by=as_person(ada),
            at=make.now(),
        )
    with refusing("held"):
        erase(person_id=house.people.mia.person_id, by=as_person(ada), at=make.now())
    with refusing("not_found"):
        erase(person_id=uuid.uuid4(), by=as_person(ada), at=make.now())
    assert Person.objects.exclude(erased_at=None).count() == 0


def test_refuses_the_last_admin_and_a_second_time(house: make.House, olive: Account) -> None:
    Account.objects.get(pk=house.people.ada.pk).groups.clear()
    with refusing("last_admin"):
        erase(person_id=olive.person_id, by=as_person(olive), at=make.now())
    with transaction.atomic():
        erase(person_id=house.people.mia.person_id, by=as_person(olive), at=make.now())
    with refusing("already_erased"):
        erase(person_id=house.people.mia.person_id, by=as_person(olive), at=make.now())


def test_one_admin_alone_erases_nobody(house: make.House, olive: Account) -> None:
    ada = signed_in(house.people.ada)
    ada.post(f"/people/{house.people.mia.pk}/erase/", {"reason": "She left."})
    (change,) = ControlChange.objects.filter(kind="person.erase")
    page = ada.get("/controls/").content.decode()
    assert "Erase Mia" in page
    with one_refusal("own_request", by=house.people.ada):
        ada.post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    assert Person.objects.get(pk=house.people.mia.person_id).erased_at is None
    signed_in(olive).post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    assert Person.objects.get(pk=house.people.mia.person_id).erased_at is not None


def test_a_refused_erasure_says_why_on_the_page(house: make.House, olive: Account) -> None:
    with one_refusal("still_answers", by=olive):
        answer = signed_in(olive).post(f"/people/{house.people.ada.pk}/erase/", {"reason": "She left."})
    assert answer.status_code == 409
    assert "still answers" in answer.content.decode()


def test_the_command_asks_and_a_second_admin_confirms(house: make.House, olive: Account) -> None:
    said = StringIO()
    call_command("erase_person", "mia", "--why", "She left.", "--as", "ada", stdout=said)
    change = ControlChange.objects.get(kind="person.erase")
    assert str(change.pk) in said.getvalue()
    assert Person.objects.get(pk=house.people.mia.person_id).erased_at is None
    with one_refusal("still_answers", by=olive), pytest.raises(CommandError):
        call_command("erase_person", str(house.people.ada.person_id), "--why", "x", "--as", "olive")


@pytest.fixture(autouse=True)
def database(db: Any) -> None:
    """Each test in a transaction that is rolled back."""
