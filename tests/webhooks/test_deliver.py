"""Each webhook is told once of each call and notice, signed by its own secret; one that fails holds up no other."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings
from standardwebhooks import Webhook as Signer
from standardwebhooks.webhooks import WebhookVerificationError

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.execution.incidents.incident import acknowledge
from orchestr.people.models import Notice
from orchestr.people.notify import notify
from orchestr.people.paging.models import Delivery
from orchestr.people.webhooks import queue, setup
from orchestr.people.webhooks.models import Webhook, WebhookDelivery
from orchestr.people.webhooks.secret import secret_of
from orchestr.refusal import Refusal
from reviews.delivery import deliver
from reviews.webhooks import deliver as delivering
from reviews.webhooks.deliver import AT_MOST, deliver_webhooks
from tests import make
from tests.paging.receiver import Receiver, receiving
from tests.paging.test_deliver import contained
from tests.reviews.door import get
from tests.webhooks.test_setup import add, do


@pytest.fixture
def two() -> Iterator[tuple[Receiver, Receiver]]:
    with ExitStack() as stack:
        first, second = stack.enter_context(receiving()), stack.enter_context(receiving())
        stack.enter_context(override_settings(OUTBOUND_ALLOW=["127.0.0.0/8"]))
        yield first, second


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time passes while receivers are told."""
    monkeypatch.setattr(delivering, "monotonic", lambda: 0.0)


def hooks(house: make.House, two: tuple[Receiver, Receiver], **fields: Any) -> tuple[Webhook, Webhook]:
    return add(house, "Pager", url=two[0].url, **fields), add(house, "Chat", url=two[1].url, **fields)


def told(receiver: Receiver, secret: str) -> list[dict[str, Any]]:
    """What a receiver was told, each with a signature of this secret."""
    return [Signer(secret).verify(body, headers) for headers, body in receiver.got]


def of(hook: Webhook) -> WebhookDelivery:
    return WebhookDelivery.objects.get(webhook=hook)


def test_each_is_told_of_a_call_once_signed_by_its_own_secret(
    house: make.House, two: tuple[Receiver, Receiver]
) -> None:
    pager, chat = hooks(house, two)
    contained(house)
    assert deliver_webhooks(at=make.now()) == 2
    assert deliver_webhooks(at=make.now()) == 0
    for hook, receiver in zip((pager, chat), two, strict=True):
        (seen,) = told(receiver, secret_of(hook))
        assert (seen["type"], seen["data"]["to"]) == ("page.called", ["olga@orchestr.example"])
        assert "Prices are wrong" not in json.dumps(seen)
    with pytest.raises(WebhookVerificationError):
        told(two[0], secret_of(chat))
    assert AuditEvent.objects.filter(action="webhook.delivered").count() == 2


def test_one_that_fails_holds_up_no_other_and_is_tried_again_under_its_id(
    house: make.House, two: tuple[Receiver, Receiver]
) -> None:
    pager, chat = hooks(house, two)
    two[0].answers = [503]
    contained(house)
    at = make.now()
    deliver_webhooks(at=at)
    assert (of(pager).state, of(pager).problem, of(chat).state) == ("due", "answered_503", "sent")
    assert deliver_webhooks(at=at) == 0
    assert deliver_webhooks(at=at + timedelta(seconds=6)) == 1
    ids = {headers["webhook-id"] for headers, _body in two[0].got}
    assert (len(two[0].got), ids, of(pager).state) == (2, {str(of(pager).pk)}, "sent")
    pager.refresh_from_db()
    assert (pager.failures, pager.quiet_until) == (0, None)


@pytest.mark.usefixtures("still")
def test_one_that_cannot_be_reached_is_left_alone_with_everything_for_it(
    house: make.House, two: tuple[Receiver, Receiver]
) -> None:
    pager, _chat = hooks(house, two)
    two[0].close()
    contained(house)
    at = make.now()
    do(setup.send_trial, pager, house, at=at + timedelta(seconds=1))
    deliver_webhooks(at=at)
    pager.refresh_from_db()
    assert (pager.failures, pager.quiet_until) == (1, at + timedelta(seconds=5))
    assert deliver_webhooks(at=at + timedelta(seconds=2)) == 0, "the trial waits with the rest"
    assert len(two[1].got) == 1


def test_a_refused_message_leaves_the_others_for_it_their_turn(
    house: make.House, two: tuple[Receiver, Receiver]
) -> None:
    pager = add(house, "Pager", url=two[0].url)
    two[0].answers = [422]
    contained(house)
    do(setup.send_trial, pager, house)
    assert deliver_webhooks(at=make.now()) == 2
    assert sorted(WebhookDelivery.objects.values_list("state", flat=True)) == ["due", "sent"]


@pytest.mark.usefixtures("still")
def test_patience_it_asks_for_is_given(house: make.House, two: tuple[Receiver, Receiver]) -> None:
    pager = add(house, "Pager", url=two[0].url)
    two[0].answers, two[0].retry_after = [429], "90"
    contained(house)
    at = make.now()
    deliver_webhooks(at=at)
    pager.refresh_from_db()
    assert pager.quiet_until == at + timedelta(seconds=90)
    assert of(pager).next_at == at + timedelta(seconds=90)


def test_what_keeps_failing_is_given_up_and_stands_on_the_board_until_sent_again(
    house: make.House, two: tuple[Receiver, Receiver]
) -> None:
    pager = add(house, "Pager", url=two[0].url)
    two[0].answers = [500] * (len(queue.BACK_OFF_S) + 1)
    contained(house)
    at = exhausted(make.now())
    dead = of(pager)
    assert (dead.state, dead.problem) == ("dead", "answered_500")
    assert AuditEvent.objects.filter(action="webhook.undelivered").count() == 1
    (letter,) = get(house.people.omar, "/oncall/calling/").context["dead_letters"]
    assert (letter.who, letter.means) == ("Olga", "webhook Pager")
    by = Actor.person(account_id=house.people.omar.pk, person_id=house.people.omar.person_id)
    with transaction.atomic():
        queue.try_again(delivery_id=dead.pk, by=by, at=at)
    deliver_webhooks(at=at + timedelta(minutes=1))
    assert of(pager).state == "sent"
    with pytest.raises(Refusal) as refused, transaction.atomic():
        queue.try_again(delivery_id=dead.pk, by=by, at=at)
    assert refused.value.code == "not_in_this_state"


def test_all_that_was_given_up_is_sent_again_but_what_was_answered_since(
    house: make.House, two: tuple[Receiver, Receiver]
) -> None:
    pager = add(house, "Pager", url=two[0].url)
    two[0].answers = [410, 410]
    incident = contained(house)
    do(setup.send_trial, pager, house)
    deliver_webhooks(at=make.now())
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"dead"}
    with transaction.atomic():
        acknowledge(incident_id=incident.pk, by=house.people.omar, at=make.now())
    assert do(setup.send_again, pager, house) == 1
    assert deliver_webhooks(at=make.now()) == 1
    assert sorted(WebhookDelivery.objects.values_list("state", flat=True)) == ["dead", "sent"]


def test_what_was_answered_meanwhile_is_not_sent(house: make.House, two: tuple[Receiver, Receiver]) -> None:
    pager = add(house, "Pager", url=two[0].url)
    incident = contained(house)
    with transaction.atomic():
        acknowledge(incident_id=incident.pk, by=house.people.omar, at=make.now())
    assert (deliver_webhooks(at=make.now()), of(pager).state) == (0, "needless")


def test_switched_off_while_it_is_being_sent_it_stays_needless(
    house: make.House, two: tuple[Receiver, Receiver]
) -> None:
    pager = add(house, "Pager", url=two[0].url)
    contained(house)
    at = make.now()
    claimed = queue.claim(at=at)
    assert claimed is not None
    do(setup.switch_off, pager, house)
    with transaction.atomic():
        queue.sent(claimed, at=at)
    assert of(pager).state == "needless"
    contained_again = WebhookDelivery.objects.count()
    assert contained_again == 1


def test_one_that_is_off_is_told_nothing(house: make.House, two: tuple[Receiver, Receiver]) -> None:
    pager, chat = hooks(house, two)
    do(setup.switch_off, pager, house)
    contained(house)
    deliver_webhooks(at=make.now())
    assert (two[0].got, len(two[1].got)) == ([], 1)
    assert not WebhookDelivery.objects.filter(webhook=pager).exists()
    assert of(chat).state == "sent"


def test_an_address_that_leads_inside_is_not_asked(house: make.House, two: tuple[Receiver, Receiver]) -> None:
    """What was let through when it was added is looked at again at each connection."""
    pager = add(house, "Pager", url=two[0].url)
    contained(house)
    with override_settings(OUTBOUND_ALLOW=[]):
        deliver_webhooks(at=make.now())
    assert (two[0].got, of(pager).problem) == ([], "address_not_https")


def test_a_worker_that_dies_while_telling_leaves_it_to_another_a_minute_later(
    house: make.House, two: tuple[Receiver, Receiver], monkeypatch: Any
) -> None:
    add(house, "Pager", url=two[0].url)
    contained(house)

    def dies(*args: Any, **kwargs: Any) -> None:
        raise SystemExit

    at = make.now()
    with monkeypatch.context() as patched:
        patched.setattr("reviews.webhooks.deliver.tell", dies)
        with pytest.raises(SystemExit):
            deliver_webhooks(at=at)
    assert deliver_webhooks(at=at + timedelta(seconds=30)) == 0
    assert deliver_webhooks(at=at + timedelta(seconds=61)) == 1
    assert len(two[0].got) == 1


class TestNotices:
    def tell(self, house: make.House, *, urgent: bool, key: str, at: datetime | None = None) -> None:
        person = house.people.mia.person_id
        assert person is not None
        notify(
            person_id=person, kind="proposal.escalated", about={}, urgent=urgent, dedupe_key=key, at=at or make.now()
        )

    def test_an_urgent_one_is_told_once_and_one_that_can_wait_is_not(
        self, house: make.House, two: tuple[Receiver, Receiver]
    ) -> None:
        pager = add(house, "Pager", url=two[0].url, calls=False, notices=True)
        add(house, "Chat", url=two[1].url)
        self.tell(house, urgent=True, key="a")
        self.tell(house, urgent=False, key="b")
        deliver(at=make.now())
        deliver(at=make.now())
        deliver_webhooks(at=make.now())
        (seen,) = told(two[0], secret_of(pager))
        assert (seen["type"], seen["data"]["kind"]) == ("notice.created", "proposal.escalated")
        assert two[1].got == [], "it is told of calls alone"
        assert Notice.objects.filter(delivered_at=None).count() == 0

    def test_a_mail_server_that_is_down_delays_no_webhook_and_doubles_nothing(
        self, house: make.House, two: tuple[Receiver, Receiver]
    ) -> None:
        type(house.people.mia).objects.filter(pk=house.people.mia.pk).update(email="mia@orchestr.example")
        add(house, "Pager", url=two[0].url, notices=True)
        self.tell(house, urgent=True, key="a")
        with override_settings(MAILERS={"default": {"BACKEND": "tests.reviews.test_delivery.Unreachable"}}):
            for _tick in range(3):
                deliver(at=make.now())
        deliver_webhooks(at=make.now())
        assert (len(two[0].got), Notice.objects.filter(delivered_at=None).count()) == (1, 1)

    def test_nothing_from_before_it_was_added_is_told(self, house: make.House, two: tuple[Receiver, Receiver]) -> None:
        self.tell(house, urgent=True, key="a", at=make.now() - timedelta(minutes=1))
        add(house, "Pager", url=two[0].url, notices=True)
        deliver(at=make.now())
        assert WebhookDelivery.objects.count() == 0


def test_what_whoever_deploys_has_set_stands_beside_them(house: make.House, two: tuple[Receiver, Receiver]) -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    add(house, "Chat", url=two[1].url)
    with override_settings(PAGING_WEBHOOK_URL=two[0].url, PAGING_WEBHOOK_SECRET=secret):
        contained(house)
        assert (Delivery.objects.count(), WebhookDelivery.objects.count()) == (1, 1)


def exhausted(at: datetime) -> datetime:
    """Every try made, each when it is due."""
    for _ in range(len(queue.BACK_OFF_S) + 1):
        deliver_webhooks(at=at)
        at += timedelta(hours=2)
    return at


def test_time_goes_on_while_slow_receivers_are_told_and_a_round_ends_in_time(
    house: make.House, two: tuple[Receiver, Receiver], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes 20 seconds here: the second is taken up later than the first, and the third is left to the next round."""
    first = add(house, "Pager", url=two[0].url)
    contained(house)
    for _ in range(2):
        do(setup.send_trial, first, house)
    at, passed, leased = make.now(), [0.0], []
    post = delivering.post_signed

    def slowly(*given: Any, **more: Any) -> Any:
        leased.append((more["at"], WebhookDelivery.objects.get(pk=more["id"]).next_at - queue.LEASE))
        passed[0] += 20
        return post(*given, **more)

    monkeypatch.setattr(delivering, "monotonic", lambda: passed[0])
    monkeypatch.setattr(delivering, "post_signed", slowly)
    assert deliver_webhooks(at=at) == 2
    later = at + timedelta(seconds=20)
    assert leased == [(at, at), (later, later)], "when it is signed, and from when its lease is counted"
    assert at + AT_MOST <= last_sent(first).settled_at
    assert WebhookDelivery.objects.filter(webhook=first, state="due").count() == 1


def last_sent(hook: Webhook) -> Any:
    """The last of this webhook's that was settled."""
    return WebhookDelivery.objects.filter(webhook=hook, state="sent").order_by("settled_at").last()
