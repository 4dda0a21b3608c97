"""Notices reach people: in the app, and by mail when it cannot wait and a mail server is set."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.test import override_settings

from audit.models import AuditEvent
from orchestr.people.models import Account, Notice
from orchestr.people.notify import notify
from reviews.delivery import GIVE_UP_AFTER, ONE_AT_A_TIME, deliver
from tests import make

LOCAL = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}


class Unreachable(BaseEmailBackend):
    """A mail server that does not answer."""

    def send_messages(self, messages: Any) -> int:
        raise ConnectionRefusedError("no server")


@pytest.fixture
def mailing() -> Iterator[None]:
    with override_settings(MAILERS=LOCAL, PUBLIC_URL="https://orchestr.example"):
        yield


def tell(account: Account, *, urgent: bool = True, key: str = "a", about: dict[str, str] | None = None) -> Notice:
    notify(
        person_id=account.person_id,
        kind="proposal.escalated",
        about=about or {"proposal": "01890000-0000-7000-8000-000000000001"},
        urgent=urgent,
        dedupe_key=key,
        at=make.now(),
    )
    return Notice.objects.get(person=account.person_id, dedupe_key=key)


def reachable(account: Account) -> Account:
    Account.objects.filter(pk=account.pk).update(email=f"{account.username}@orchestr.example")
    return account


def events() -> list[tuple[str, str]]:
    rows = AuditEvent.objects.filter(action__startswith="notice.").order_by("id")
    return [(row.action, row.data["means"]) for row in rows]


def test_without_a_mail_server_it_is_delivered_by_being_in_the_app(house: make.House) -> None:
    notice = tell(reachable(house.people.omar))
    at = make.now()
    assert deliver(at=at) == 1
    notice.refresh_from_db()
    assert (notice.delivered_at, mail.outbox, events()) == (at, [], [("notice.delivered", "in_app")])
    assert deliver(at=at) == 0


@pytest.mark.usefixtures("mailing")
class TestMail:
    def test_what_cannot_wait_is_one_mail_a_person_with_links_and_no_values(self, house: make.House) -> None:
        omar = reachable(house.people.omar)
        tell(omar, key="a")
        tell(omar, key="b", about={"incident": "01890000-0000-7000-8000-000000000002"})
        assert deliver(at=make.now()) == 2
        (message,) = mail.outbox
        assert (message.to, message.subject) == (["omar@orchestr.example"], "2 things need you")
        assert "https://orchestr.example/reviews/01890000-0000-7000-8000-000000000001/" in message.body
        assert "https://orchestr.example/incidents/01890000-0000-7000-8000-000000000002/" in message.body
        assert events() == [("notice.delivered", "mail")] * 2

    def test_what_can_wait_and_who_has_no_address_stay_in_the_app(self, house: make.House) -> None:
        tell(reachable(house.people.omar), urgent=False)
        tell(house.people.olga)
        assert deliver(at=make.now()) == 2
        assert (mail.outbox, events()) == ([], [("notice.delivered", "in_app")] * 2)

    def test_what_was_read_meanwhile_is_not_mailed(self, house: make.House) -> None:
        notice = tell(reachable(house.people.omar))
        Notice.objects.filter(pk=notice.pk).update(read_at=make.now())
        deliver(at=make.now())
        assert mail.outbox == []


def test_a_mail_server_that_does_not_answer_is_tried_again_for_a_day(house: make.House) -> None:
    notice = tell(reachable(house.people.omar))
    with override_settings(MAILERS={"default": {"BACKEND": f"{__name__}.Unreachable"}}):
        assert deliver(at=make.now()) == 0
        notice.refresh_from_db()
        assert (notice.delivered_at, events()) == (None, [])
        assert deliver(at=make.now() + GIVE_UP_AFTER + timedelta(seconds=1)) == 1
    assert events() == [("notice.failed", "mail")]


def test_two_workers_do_not_deliver_at_once(house: make.House) -> None:
    tell(house.people.omar)
    settings = connection.get_connection_params()
    other = {name: settings[name] for name in ("dbname", "user", "password", "host", "port") if settings.get(name)}
    with psycopg.connect(**other) as held:
        held.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
        assert deliver(at=make.now()) == 0
        # Let go by name: the server ends a closed connection's backend, and its locks, a moment later.
        held.execute("SELECT pg_advisory_unlock(%s)", [ONE_AT_A_TIME])
        assert deliver(at=make.now()) == 1
