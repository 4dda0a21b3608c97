"""What an agent would learn by asking reaches it by push as well: runs that wait, what people said and why, what was written."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import override_settings
from standardwebhooks import Webhook as Signer

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.agents.retire import retire_agent
from orchestr.people.webhooks import queue, setup
from orchestr.people.webhooks.models import Webhook, WebhookDelivery
from orchestr.people.webhooks.secret import secret_of
from orchestr.proposals.deciding.decide import Reason, approve, block
from orchestr.proposals.models import Proposal
from orchestr.proposals.settle import touch
from orchestr.refusal import Refusal
from reviews.webhooks.deliver import deliver_webhooks
from tests import make
from tests.paging.receiver import Receiver, receiving
from tests.proposals.propose import propose
from tests.reviews.door import get, signed_in
from tests.webhooks.test_setup import do


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with ExitStack() as stack:
        found = stack.enter_context(receiving())
        stack.enter_context(override_settings(OUTBOUND_ALLOW=["127.0.0.0/8"]))
        yield found


@pytest.fixture
def hook(house: make.House, receiver: Receiver) -> Webhook:
    return listen(house, receiver)


def listen(house: make.House, receiver: Receiver, name: str = "Repricer") -> Webhook:
    with transaction.atomic():
        return setup.add_webhook(
            name=name, url=receiver.url, agent_id=house.agent.pk, by=house.people.ada, at=make.now()
        )


def told(receiver: Receiver, hook: Webhook) -> list[dict[str, Any]]:
    """What it was told, each signed by its secret."""
    return [Signer(secret_of(hook)).verify(body, headers) for headers, body in receiver.got]


def decided(house: make.House, operation: Any, **fields: Any) -> None:
    row = Proposal.objects.get()
    with transaction.atomic():
        operation(proposal_id=row.pk, digest=row.digest, by=house.people.mia, at=make.now(), **fields)


def test_a_block_reaches_the_agent_with_its_reason(house: make.House, receiver: Receiver, hook: Webhook) -> None:
    propose(house, house.change(after=19_000))
    decided(house, block, reason=Reason(code="price_too_low", text="Not below 199.", constraints={"floor": 19_900}))
    assert deliver_webhooks(at=later()) == 1
    (seen,) = told(receiver, hook)
    row = Proposal.objects.get()
    assert seen["type"] == "proposal.changed"
    assert (seen["data"]["proposal"], seen["data"]["state"]) == (str(row.pk), "blocked")
    assert seen["data"]["revision"] == row.revision
    (said,) = seen["data"]["decisions"]
    assert (said["verdict"], said["reason"], said["constraints"]) == ("block", "Not below 199.", {"floor": 19_900})
    (event,) = AuditEvent.objects.filter(action="webhook.delivered")
    assert (event.data["of"], event.about["agent"]) == ("proposal", str(house.agent.pk))
    assert "Not below" not in json.dumps(event.data)


def test_an_approval_reaches_it_and_what_moves_before_it_was_told_is_told_once(
    house: make.House, receiver: Receiver, hook: Webhook
) -> None:
    propose(house, house.change(after=19_000))
    decided(house, approve)
    with transaction.atomic():
        touch(proposal_id=Proposal.objects.get().pk)
    assert deliver_webhooks(at=later()) == 1
    (seen,) = told(receiver, hook)
    assert seen["data"]["revision"] == Proposal.objects.get().revision
    assert [each["verdict"] for each in seen["data"]["decisions"]] == ["approve"]


def test_what_moves_while_it_is_being_told_is_told_anew(house: make.House, receiver: Receiver, hook: Webhook) -> None:
    propose(house, house.change(after=19_000))
    decided(house, approve)
    claimed = queue.claim(at=later())
    assert claimed is not None
    with transaction.atomic():
        touch(proposal_id=Proposal.objects.get().pk)
        queue.sent(claimed, at=later())
    row = WebhookDelivery.objects.get()
    assert (row.state, row.attempts) == ("due", 0)
    assert deliver_webhooks(at=later(120)) == 1
    assert WebhookDelivery.objects.get().state == "sent"


def test_a_run_that_waits_is_told(house: make.House, receiver: Receiver, hook: Webhook) -> None:
    run = make.run(house.workflow, state="queued")
    assert deliver_webhooks(at=later()) == 1
    (seen,) = told(receiver, hook)
    assert (seen["type"], seen["data"]["run"], seen["data"]["workflow"]) == ("run.queued", str(run.pk), "clearance")


def test_another_agents_address_and_those_of_people_are_told_nothing_of_it(
    house: make.House, receiver: Receiver
) -> None:
    other = make.agent("other", owner=house.people.ada)
    with transaction.atomic():
        setup.add_webhook(name="O", url=receiver.url, agent_id=other.pk, by=house.people.ada, at=make.now())
        setup.add_webhook(name="P", url=receiver.url, calls=True, by=house.people.ada, at=make.now())
    propose(house, house.change(after=19_000))
    decided(house, approve)
    assert not WebhookDelivery.objects.exists()


def test_one_that_is_off_and_an_agent_that_is_retired_are_told_nothing(
    house: make.House, receiver: Receiver, hook: Webhook
) -> None:
    do(setup.switch_off, hook, house)
    propose(house, house.change(after=19_000))
    decided(house, approve)
    assert not WebhookDelivery.objects.exists()
    do(setup.switch_on, hook, house)
    with transaction.atomic():
        touch(proposal_id=Proposal.objects.get().pk)
        retire_agent(agent_id=house.agent.pk, by=house.people.ada, at=make.now())
    assert deliver_webhooks(at=later()) == 0
    assert receiver.got == []


def test_what_is_rolled_back_is_never_told(house: make.House, receiver: Receiver, hook: Webhook) -> None:
    propose(house, house.change(after=19_000))
    with transaction.atomic():
        touch(proposal_id=Proposal.objects.get().pk)
        assert WebhookDelivery.objects.filter(state="due").count() == 1
        transaction.set_rollback(True)
    assert not WebhookDelivery.objects.exists()


def test_what_was_given_up_is_sent_again_once_for_each_proposal(
    house: make.House, receiver: Receiver, hook: Webhook
) -> None:
    propose(house, house.change(after=19_000))
    decided(house, approve)
    WebhookDelivery.objects.update(state="dead", settled_at=make.now())
    with transaction.atomic():
        touch(proposal_id=Proposal.objects.get().pk)
    WebhookDelivery.objects.filter(state="due").update(state="dead", settled_at=make.now())
    assert do(setup.send_again, hook, house) == 1
    assert deliver_webhooks(at=later()) == 1
    assert sorted(WebhookDelivery.objects.values_list("state", flat=True)) == ["needless", "sent"]


def test_one_that_had_arrived_is_sent_again_under_its_id_from_the_page(
    house: make.House, receiver: Receiver, hook: Webhook
) -> None:
    propose(house, house.change(after=19_000))
    decided(house, approve)
    deliver_webhooks(at=later())
    (row,) = WebhookDelivery.objects.all()
    page = get(house.people.ada, "/agents/repricer/webhooks/")
    assert [each.state for each in page.context["sent"]] == ["sent"]
    answer = signed_in(house.people.ada).post(f"/agents/repricer/webhooks/{row.pk}/again/")
    assert answer.status_code == 302
    deliver_webhooks(at=later(120))
    ids = [headers["webhook-id"] for headers, _body in receiver.got]
    assert ids == [str(row.pk)] * 2


def test_one_that_is_on_its_way_is_not_sent_twice(house: make.House, receiver: Receiver, hook: Webhook) -> None:
    propose(house, house.change(after=19_000))
    decided(house, approve)
    deliver_webhooks(at=later())
    (row,) = WebhookDelivery.objects.all()
    with transaction.atomic():
        touch(proposal_id=Proposal.objects.get().pk)
    by = Actor.person(account_id=house.people.ada.pk, person_id=house.people.ada.person_id)
    with pytest.raises(Refusal) as refused, transaction.atomic():
        queue.try_again(delivery_id=row.pk, by=by, at=later())
    assert refused.value.code == "not_in_this_state"


def test_an_agent_without_an_address_costs_no_row(house: make.House) -> None:
    propose(house, house.change(after=19_000))
    decided(house, approve)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM orchestr_webhook_delivery")
        assert cursor.fetchone() == (0,)


def later(seconds: int = 5) -> Any:
    """A little after the database's own clock put something on its way."""
    return make.now() + timedelta(seconds=seconds)
