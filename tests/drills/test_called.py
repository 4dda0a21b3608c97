"""Whoever is called or told because of a drill knows it before anything else; real alarms carry no such mark."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.test import Client, override_settings

from orchestr.people.models import Account, Notice
from orchestr.people.paging.models import Call
from orchestr.people.webhooks.models import Webhook
from reviews.delivery import deliver
from reviews.notices import unread
from reviews.oncall.calling import calling_now
from reviews.paging.deliver import deliver_calls
from reviews.rehearsed import of_drills
from reviews.webhooks.deliver import deliver_webhooks
from tests import make
from tests.drills.sandbox import played, sandbox, start
from tests.paging.receiver import receiving
from tests.paging.test_deliver import LOCAL, contained, path_of
from tests.triggers.given import trigger
from tests.webhooks.test_setup import add

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mailing() -> Iterator[None]:
    with override_settings(MAILERS=LOCAL, PUBLIC_URL="https://orchestr.example", OUTBOUND_ALLOW=["127.0.0.0/8"]):
        yield


@pytest.fixture
def called(house: make.House, mailing: None) -> Call:
    """Olga, who owns the rollback, is called because of a drill."""
    Account.objects.filter(pk=house.people.olga.pk).update(email="olga@orchestr.example")
    sandbox(house)
    played(start(house, "owner_absent"))
    return Call.objects.get()


def test_a_mail_begins_with_it_and_so_does_the_page_behind_its_link(called: Call) -> None:
    deliver_calls(at=make.now())
    assert mail.outbox[0].subject.startswith("Drill: ")
    assert mail.outbox[0].body.startswith("Drill: ")
    assert "Drill: " in Client().get(path_of(called)).content.decode()
    assert [each.words.partition(":")[0] for each in calling_now(seen=[])] == ["Drill"]


def test_a_webhook_is_told_which_calls_and_notices_are_of_a_drill(house: make.House, called: Call) -> None:
    assert _told(house, called.page.about, "execution.needs_person") == {True}


def test_a_real_call_is_told_without_the_mark(house: make.House) -> None:
    about = {"incident": str(contained(house).pk)}
    deliver_calls(at=make.now())
    assert not mail.outbox[0].subject.startswith("Drill")
    assert [each.words.partition(":")[0] for each in calling_now(seen=[])] != ["Drill"]
    assert of_drills([about, {}, {"system": "shop"}]) == [False, False, False]
    assert _told(house, about, "execution.needs_person") == {False}


def test_notices_say_it_in_the_app_and_by_mail(house: make.House, called: Call) -> None:
    olga = house.people.olga
    Notice.objects.filter(person=olga.person).delete()
    _notice(olga, called.page.about, "execution.needs_person")
    deliver(at=make.now())
    assert mail.outbox[-1].subject == "Drill: An execution cannot go on without a person."
    assert [line.text for line in unread(olga, seen=[])] == ["Drill: An execution cannot go on without a person."]


def test_a_notice_about_a_trigger_names_it_by_its_key(house: make.House) -> None:
    """One notice that cannot be read would take the whole board with it, and every mail."""
    sandbox(house)
    rehearsal = played(start(house, "storm")).triggers.get()
    ordinary = trigger(house.workflow)
    mia = house.people.mia
    for row in (ordinary, rehearsal):
        _notice(mia, {"trigger": row.key}, "trigger.storm")
    deliver(at=make.now())
    mine = [line.text for line in unread(mia, seen=[]) if "storm" in line.text]
    assert sorted(mine) == ["A storm of events has paused a trigger.", "Drill: A storm of events has paused a trigger."]


def _notice(account: Account, about: Any, kind: str) -> Notice:
    return Notice.objects.create(
        person=account.person, kind=kind, about=about, urgent=True, dedupe_key=f"{kind}:{about}", created_at=make.now()
    )


def _told(house: make.House, about: Any, kind: str) -> set[bool]:
    """What a webhook that is told of calls and notices hears of a notice about this."""
    with receiving() as receiver:
        hook: Webhook = add(house, "Pager", url=receiver.url, calls=True, notices=True)
        Webhook.objects.filter(pk=hook.pk).update(since=make.now().replace(year=2020))
        _notice(house.people.mia, about, kind)
        deliver(at=make.now())
        deliver_webhooks(at=make.now())
        bodies = [json.loads(body) for _headers, body in receiver.got]
    return {body["data"]["drill"] for body in bodies if body["type"] == "notice.created"}
