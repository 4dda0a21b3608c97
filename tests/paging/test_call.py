"""Calling people in turn: durable, one at a step, nobody twice, ended by the first answer."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.people.models import Account, Notice
from orchestr.people.paging.call import answer, call_due, page
from orchestr.people.paging.models import Call, Delivery, Page
from orchestr.people.rota.shifts import set_shifts
from tests import make, people

BY = Actor.worker("test")
TEN_MINUTES = timedelta(minutes=10)


def opened(house: make.House, *first: Account, spared: Account | None = None, key: str = "a") -> Page:
    with transaction.atomic():
        page(
            kind="incident.contained",
            about={"incident": "01890000-0000-7000-8000-000000000001"},
            first=[each.person_id for each in first],
            spared=[spared.person_id] if spared else [],
            dedupe_key=key,
            by=BY,
            at=make.now(),
        )
    return Page.objects.get(dedupe_key=key)


def called() -> list[str]:
    return list(Call.objects.order_by("page", "step").values_list("person__name", flat=True))


def test_the_first_is_called_at_once_and_the_next_after_ten_minutes(house: make.House) -> None:
    found = opened(house, house.people.olga, house.people.marco)
    assert called() == ["Olga"]
    at = found.opened_at
    assert call_due(at=at + TEN_MINUTES - timedelta(seconds=1)) == 0
    assert call_due(at=at + TEN_MINUTES) == 1
    assert called() == ["Olga", "Marco"]
    assert call_due(at=at + TEN_MINUTES) == 0


def test_after_those_named_comes_who_is_on_call_then_who_comes_next_then_the_others(house: make.House) -> None:
    oscar = people.account("oscar", ["oncall"])
    anna = people.account("anna", ["oncall"])
    make.shift(oscar, hours=48)
    make.shift(anna, starts_in=timedelta(hours=49), hours=10)
    at = opened(house, house.people.marco).opened_at
    for step in range(1, 6):
        call_due(at=at + step * TEN_MINUTES)
    assert called() == ["Marco", "Oscar", "Anna", "Olga", "Omar"]
    found = Page.objects.get()
    assert (found.exhausted_at, found.next_at) == (at + 5 * TEN_MINUTES, None)
    assert AuditEvent.objects.filter(action="page.exhausted").count() == 1


def test_the_rota_is_read_when_the_step_comes(house: make.House) -> None:
    at = opened(house, house.people.olga).opened_at
    oscar = people.account("oscar", ["oncall"])
    make.shift(oscar)
    call_due(at=at + TEN_MINUTES)
    assert called() == ["Olga", "Oscar"]


def test_who_did_it_is_spared_and_who_has_left_is_passed_over(house: make.House) -> None:
    Account.objects.filter(pk=house.people.olga.pk).update(is_active=False)
    opened(house, house.people.omar, house.people.olga, house.people.fay, spared=house.people.omar)
    assert called() == ["Fay"]


def test_an_answer_ends_it_and_what_was_not_sent_is_needless(house: make.House) -> None:
    found = opened(house, house.people.olga, house.people.marco)
    Delivery.objects.create(call=Call.objects.get(), means="mail", next_at=make.now())
    for who in (house.people.olga, house.people.omar):
        with transaction.atomic():
            answer(page_id=found.pk, person_id=who.person_id, account_id=who.pk, at=make.now())
    found.refresh_from_db()
    assert (found.answered_by, found.next_at) == (house.people.olga.person, None)
    assert Delivery.objects.get().state == "needless"
    assert AuditEvent.objects.filter(action="page.answered").count() == 1
    assert call_due(at=make.now() + timedelta(days=1)) == 0


def test_the_same_matter_calls_once(house: make.House) -> None:
    opened(house, house.people.olga)
    opened(house, house.people.olga)
    assert (Page.objects.count(), called(), Notice.objects.count()) == (1, ["Olga"], 1)


def test_postgresql_refuses_a_second_call_at_a_step_or_of_a_person(house: make.House) -> None:
    found = opened(house, house.people.olga)
    for step, who in ((0, house.people.omar), (1, house.people.olga)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Call.objects.create(page=found, step=step, person=who.person, at=make.now())


def test_an_override_is_who_is_called(house: make.House) -> None:
    make.shift(house.people.omar, hours=48)
    now = make.now().replace(tzinfo=None)
    with transaction.atomic():
        set_shifts(
            person_id=house.people.olga.person_id,
            starts=now - timedelta(hours=1),
            ends=now + timedelta(hours=2),
            zone="UTC",
            override=True,
            by=house.people.ada,
            at=make.now(),
        )
    opened(house)
    assert called() == ["Olga"]
