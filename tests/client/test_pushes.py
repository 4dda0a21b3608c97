"""A push is believed only where its signature holds, at about the time it says, whoever sent it."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.test import override_settings
from standardwebhooks import Webhook as Signer

from orchestr.client import Forged, Push, read_push
from orchestr.people.webhooks import setup
from orchestr.people.webhooks.models import Webhook
from orchestr.people.webhooks.secret import OVERLAP, secret_of
from orchestr.proposals.deciding.decide import Reason, block
from orchestr.proposals.models import Proposal
from reviews.webhooks.deliver import deliver_webhooks
from tests import make
from tests.paging.receiver import Receiver, receiving
from tests.proposals.propose import single

OLD, NEW, OTHER = (f"whsec_{each * 32}" for each in ("AAAA", "BBBB", "CCCC"))
BODY = b'{"type":"run.queued","timestamp":"2026-03-01T12:00:00Z","data":{"run":"r-1"}}'
NOW = 1_772_366_400


def headers(*secrets: str, at: int = NOW, id: str = "msg_1", body: bytes = BODY) -> dict[str, str]:
    signed = [Signer(each).sign(id, datetime.fromtimestamp(at, UTC), body.decode()) for each in secrets]
    return {"Webhook-Id": id, "Webhook-Timestamp": str(at), "Webhook-Signature": " ".join(signed)}


def forged(body: bytes, given: dict[str, str], *secrets: str, now: float = NOW) -> str:
    with pytest.raises(Forged) as caught:
        read_push(body, given, secrets=secrets or (NEW,), now=now)
    return caught.value.code


def test_what_is_signed_is_read() -> None:
    push = read_push(BODY, headers(NEW), secrets=NEW, now=NOW)
    assert push == Push(id="msg_1", type="run.queued", timestamp=NOW, data={"run": "r-1"})


@pytest.mark.parametrize(("signing", "held"), [((NEW, OLD), (OLD,)), ((NEW, OLD), (NEW,)), ((OLD,), (NEW, OLD))])
def test_either_side_may_hold_the_old_secret_as_well(signing: tuple[str, ...], held: tuple[str, ...]) -> None:
    assert read_push(BODY, headers(*signing), secrets=held, now=NOW).data == {"run": "r-1"}


def test_another_secret_body_id_or_time_is_forged() -> None:
    given = headers(NEW)
    assert forged(BODY, given, OTHER) == "signature"
    assert forged(BODY.replace(b"r-1", b"r-2"), given) == "signature"
    assert forged(BODY, given | {"Webhook-Id": "msg_2"}) == "signature"
    assert forged(BODY, given | {"Webhook-Timestamp": str(NOW + 1)}) == "signature"


@pytest.mark.parametrize(("off", "code"), [(-301, "too_old"), (-300, ""), (300, ""), (301, "too_new")])
def test_it_is_believed_for_five_minutes_either_way(off: int, code: str) -> None:
    given = headers(NEW, at=NOW + off)
    if code:
        assert forged(BODY, given) == code
    else:
        assert read_push(BODY, given, secrets=NEW, now=NOW).timestamp == NOW + off


@pytest.mark.parametrize("moment", ["", "now", "-1", "1e9", "٣", "9" * 40])
def test_a_time_that_is_none_is_forged(moment: str) -> None:
    assert forged(BODY, headers(NEW) | {"Webhook-Timestamp": moment}) == "timestamp"


@pytest.mark.parametrize("signature", ["", "v1,", "v1", "v2,abc", "v1a,abc", "v1,ä v1,é", "AAAA"])
def test_a_signature_that_is_none_is_forged(signature: str) -> None:
    assert forged(BODY, headers(NEW) | {"Webhook-Signature": signature}) == "signature"


@pytest.mark.parametrize("missing", ["Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"])
def test_a_missing_header_is_forged(missing: str) -> None:
    given = headers(NEW)
    del given[missing]
    assert forged(BODY, given) == "headers"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"type":"x"}', b'{"type":"x","data":3}', b"nothing"])
def test_a_signed_body_that_is_no_message_is_forged(body: bytes) -> None:
    assert forged(body, headers(NEW, body=body)) == "body"


@pytest.mark.parametrize("secrets", [(), ("",), ("whsec_",), ("whsec_no base64!",)])
def test_who_names_no_secret_is_told(secrets: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"secret"):
        read_push(BODY, headers(NEW), secrets=secrets, now=NOW)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with ExitStack() as stack:
        found = stack.enter_context(receiving())
        stack.enter_context(override_settings(OUTBOUND_ALLOW=["127.0.0.0/8"]))
        yield found


def delivered(house: make.House, receiver: Receiver) -> tuple[dict[str, str], bytes]:
    """The last delivery, as it came over the wire."""
    proposal = single(house)
    with transaction.atomic():
        block(
            proposal_id=proposal.pk,
            digest=proposal.digest,
            by=house.people.mia,
            reason=Reason(code="price_too_low", text="Not below 199."),
            at=make.now(),
        )
    assert deliver_webhooks(at=make.now() + timedelta(seconds=2)) == 1
    return receiver.got[-1]


def test_a_real_delivery_is_read_before_and_after_the_secret_was_renewed(house: make.House, receiver: Receiver) -> None:
    with transaction.atomic():
        setup.add_webhook(name="R", url=receiver.url, agent_id=house.agent.pk, by=house.people.ada, at=make.now())
    hook = Webhook.objects.get()
    old = secret_of(hook)
    given, body = delivered(house, receiver)
    push = read_push(body, given, secrets=old)
    assert (push.type, push.data["proposal"]) == ("proposal.changed", str(Proposal.objects.get().pk))
    assert abs(push.timestamp - time.time()) < 60

    with transaction.atomic():
        setup.renew_secret(webhook_id=hook.pk, by=house.people.ada, at=make.now())
    hook.refresh_from_db()
    given, body = delivered(house, receiver)
    for held in (old, secret_of(hook), [secret_of(hook), old]):
        assert read_push(body, given, secrets=held).type == "proposal.changed"
    assert timedelta(days=1) == OVERLAP
