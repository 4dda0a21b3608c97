"""Calls reach people by mail and by a signed webhook; what fails is tried again, then visible as given up."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client, override_settings
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from audit.models import AuditEvent
from orchestr.execution.models import Incident
from orchestr.people.models import Account
from orchestr.people.paging.deliveries import BACK_OFF_S, try_again
from orchestr.people.paging.models import Call, Delivery, Page
from orchestr.refusal import Refusal
from reviews.paging.deliver import deliver_calls
from reviews.paging.links import link_of
from tests import make
from tests.execution.test_containment import act
from tests.execution.test_revert import published
from tests.paging.receiver import Receiver, receiving

LOCAL = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
DOWN = {"default": {"BACKEND": "tests.reviews.test_delivery.Unreachable"}}
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with (
        receiving() as made,
        override_settings(PAGING_WEBHOOK_URL=made.url, PAGING_WEBHOOK_SECRET=SECRET, OUTBOUND_ALLOW=["127.0.0.0/8"]),
    ):
        yield made


@pytest.fixture
def mailing() -> Iterator[None]:
    with override_settings(MAILERS=LOCAL, PUBLIC_URL="https://orchestr.example"):
        yield


def contained(house: make.House) -> Incident:
    """Omar contains; Olga is the rollback owner and has an address."""
    Account.objects.filter(pk=house.people.olga.pk).update(email="olga@orchestr.example")
    return act(house, published(house), house.people.omar).incident


def path_of(call: Call) -> str:
    return "/pages/" + link_of(call.pk).partition("/pages/")[2]


@pytest.mark.usefixtures("mailing")
class TestMail:
    def test_the_rollback_owner_gets_one_mail_with_a_link_and_no_value(self, house: make.House) -> None:
        contained(house)
        assert deliver_calls(at=make.now()) == 1
        assert deliver_calls(at=make.now()) == 0
        (message,) = mail.outbox
        assert message.to == ["olga@orchestr.example"]
        assert "https://orchestr.example/pages/" in message.body
        assert "190" not in message.body.replace("https://orchestr.example", "").split("/pages/")[0]
        assert AuditEvent.objects.filter(action="page.delivered").count() == 1

    def test_a_scanner_that_follows_the_link_presses_nothing(self, house: make.House) -> None:
        incident = contained(house)
        path = path_of(Call.objects.get())
        for method in ("get", "head", "options"):
            getattr(Client(), method)(path)
        incident.refresh_from_db()
        assert (incident.acknowledged_at, Page.objects.get().answered_at) == (None, None)

    def test_the_button_answers_without_signing_in_and_the_incident_is_acknowledged(self, house: make.House) -> None:
        incident = contained(house)
        path = path_of(Call.objects.get())
        client = Client(enforce_csrf_checks=True)
        assert client.post(path).status_code == 403
        token = client.get(path).cookies["csrftoken"].value
        assert client.post(path, {"csrfmiddlewaretoken": token}).status_code == 200
        incident.refresh_from_db()
        assert incident.acknowledged_by == house.people.olga.person
        assert Page.objects.get().answered_by == house.people.olga.person
        again = client.post(path, {"csrfmiddlewaretoken": token})
        assert again.status_code == 200
        assert AuditEvent.objects.filter(action="page.answered").count() == 1
        assert AuditEvent.objects.filter(action="incident.acknowledged").count() == 1

    def test_a_link_that_is_not_ours_or_too_old_is_as_absent_as_any(self, house: make.House, monkeypatch: Any) -> None:
        contained(house)
        path = path_of(Call.objects.get())
        assert Client().get(path[:-3] + "xyz").status_code == 404
        monkeypatch.setattr("reviews.paging.links.GOOD_FOR", timedelta(seconds=-1))
        assert Client().get(path).status_code == 404

    def test_the_link_opens_nothing_else(self, house: make.House) -> None:
        incident = contained(house)
        client = Client()
        client.post(path_of(Call.objects.get()))
        assert client.get(f"/incidents/{incident.pk}/").status_code == 302

    def test_what_was_answered_meanwhile_is_not_sent(self, house: make.House) -> None:
        contained(house)
        Client().post(path_of(Call.objects.get()))
        deliver_calls(at=make.now())
        assert (mail.outbox, Delivery.objects.get().state) == ([], "needless")


class TestWebhook:
    def test_it_is_signed_and_carries_ids_alone(self, house: make.House, receiver: Receiver) -> None:
        contained(house)
        deliver_calls(at=make.now())
        ((headers, body),) = receiver.got
        seen = Webhook(SECRET).verify(body, headers)
        assert (seen["type"], seen["data"]["kind"], seen["data"]["to"]) == (
            "page.called",
            "incident.contained",
            ["olga@orchestr.example"],
        )
        assert "Prices are wrong" not in body.decode()
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(body.replace(b"contained", b"reviewed_"), headers)

    def test_what_fails_is_tried_again_under_the_same_id(self, house: make.House, receiver: Receiver) -> None:
        receiver.answers = [500, 429]
        contained(house)
        at = make.now()
        for number in range(3):
            at += timedelta(seconds=BACK_OFF_S[number])
            deliver_calls(at=at)
            deliver_calls(at=at)
        assert len(receiver.got) == 3
        assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
        assert Delivery.objects.get().state == "sent"

    def test_what_keeps_failing_is_a_dead_letter_until_somebody_tries_again(
        self, house: make.House, receiver: Receiver
    ) -> None:
        receiver.answers = [500] * (len(BACK_OFF_S) + 1)
        contained(house)
        at = exhausted(make.now())
        dead = Delivery.objects.get()
        assert (dead.state, dead.problem) == ("dead", "answered_500")
        assert AuditEvent.objects.filter(action="page.undelivered").count() == 1
        with transaction.atomic():
            try_again(delivery_id=dead.pk, by=house.people.omar, at=at)
        deliver_calls(at=at)
        assert Delivery.objects.get().state == "sent"
        with pytest.raises(Refusal) as refused, transaction.atomic():
            try_again(delivery_id=dead.pk, by=house.people.omar, at=at)
        assert refused.value.code == "not_in_this_state"

    def test_one_that_says_it_is_gone_is_given_up_at_once(self, house: make.House, receiver: Receiver) -> None:
        receiver.answers = [410]
        contained(house)
        deliver_calls(at=make.now())
        assert Delivery.objects.get().state == "dead"

    def test_an_address_inside_is_not_asked_unless_it_is_listed(self, house: make.House, receiver: Receiver) -> None:
        contained(house)
        with override_settings(OUTBOUND_ALLOW=[]):
            deliver_calls(at=make.now())
        assert receiver.got == []
        assert Delivery.objects.get().problem == "address_not_https"

    def test_without_a_secret_nothing_is_sent_unsigned(self, house: make.House, receiver: Receiver) -> None:
        contained(house)
        with override_settings(PAGING_WEBHOOK_SECRET=""):
            deliver_calls(at=make.now())
        assert (receiver.got, Delivery.objects.get().problem) == ([], "secret_missing")


@pytest.mark.usefixtures("mailing")
def test_a_worker_that_dies_while_sending_leaves_it_to_another_a_minute_later(
    house: make.House, monkeypatch: Any
) -> None:
    contained(house)

    def dies(*args: Any, **kwargs: Any) -> None:
        raise SystemExit

    at = make.now()
    with monkeypatch.context() as patched:
        patched.setattr("reviews.paging.deliver.send", dies)
        with pytest.raises(SystemExit):
            deliver_calls(at=at)
    assert deliver_calls(at=at + timedelta(seconds=30)) == 0
    assert deliver_calls(at=at + timedelta(seconds=61)) == 1
    assert len(mail.outbox) == 1


def test_a_mail_server_that_is_down_is_tried_again_then_given_up(house: make.House) -> None:
    with override_settings(MAILERS=DOWN):
        contained(house)
        exhausted(make.now())
    assert (Delivery.objects.get().state, Delivery.objects.get().problem) == ("dead", "mail_server")


def exhausted(at: datetime) -> datetime:
    """Every try made, each when it is due."""
    for _ in range(len(BACK_OFF_S) + 1):
        deliver_calls(at=at)
        at += timedelta(hours=2)
    return at


def test_a_body_is_json_without_what_people_wrote(house: make.House, receiver: Receiver) -> None:
    contained(house)
    deliver_calls(at=make.now())
    data = json.loads(receiver.got[0][1])["data"]
    assert set(data) == {"page", "call", "kind", "step", "person", "to", "about", "drill", "opened_at", "answer_url"}
