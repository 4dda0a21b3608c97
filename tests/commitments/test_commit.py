"""Locks and promises: who may set one, what is refused, and what a proposal meets afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from audit.models import AuditEvent
from orchestr.commitments.commit import Asked, commit, lift
from orchestr.commitments.models import Commitment
from orchestr.people.models import Account
from orchestr.policy.values import Money
from orchestr.refusal import Refusal
from tests import make, people
from tests.proposals.propose import propose

EUR = Money(19_500, "EUR")


def asked(kind: str = "reprice", **parts: Any) -> Asked:
    base: dict[str, Any] = {
        "kind": kind,
        "type": "variant",
        "key": "JKT-1",
        "channel": "",
        "until": make.now() + timedelta(hours=2),
        "why": "A customer waits for an answer.",
    }
    if kind == "quote":
        base |= {"price": EUR, "channel": "web-de"}
    if kind == "delivery":
        base |= {"type": "stock", "due_at": make.now() + timedelta(days=3)}
    return Asked(**{**base, **parts})


def stand(by: Account, kind: str = "reprice", **parts: Any) -> Commitment:
    with transaction.atomic():
        return commit(asked=asked(kind, **parts), by=by, at=make.now())


@contextmanager
def refused(code: str) -> Iterator[None]:
    before = list(Commitment.objects.values()), AuditEvent.objects.count()
    with pytest.raises(Refusal) as caught, transaction.atomic():
        yield
    assert caught.value.code == code
    assert (list(Commitment.objects.values()), AuditEvent.objects.count()) == before


def findings(proposal: Any) -> list[tuple[str, str]]:
    rows = proposal.versions.get().verdicts.get().findings
    return [(row["code"], row["effect"]) for row in rows if row["rule"] in ("locked", "promise_broken")]


def test_a_lock_is_set_by_one_who_decides_there_and_is_on_record(house: make.House) -> None:
    lock = stand(house.people.mia)
    assert (lock.sku, lock.channel, lock.set_by_id) == ("JKT-1", "", house.people.mia.person_id)
    event = AuditEvent.objects.get()
    assert (event.action, event.about["commitment"]) == ("lock.set", str(lock.pk))
    assert "customer" not in str(event.data)


def test_a_locked_price_is_refused_to_everybody_until_then(house: make.House) -> None:
    lock = stand(house.people.mia)
    blocked = propose(house, house.change(after=19_000))
    assert (blocked.state, blocked.blocked_reason) == ("blocked", "policy")
    assert findings(blocked) == [("locked_reprice", "refuse")]
    later = propose(house, house.change(after=19_000), at=lock.until, evidence=False)
    assert findings(later) == []


def test_another_thing_and_another_channel_are_free(house: make.House) -> None:
    stand(house.people.mia, channel="web-uk")
    assert findings(propose(house, house.change(after=19_000))) == []
    assert findings(propose(house, house.change(house.jacket_2, after=19_000))) == []


def test_lifting_before_its_time_needs_a_reason_and_frees_it(house: make.House) -> None:
    lock = stand(house.people.mia)
    with refused("reason_missing"):
        lift(commitment_id=lock.pk, reason="  ", by=house.people.mia, at=make.now())
    with transaction.atomic():
        lift(commitment_id=lock.pk, reason="They said yes.", by=house.people.fay, at=make.now())
    assert AuditEvent.objects.order_by("id").last().action == "lock.lifted"  # type: ignore[union-attr]
    assert findings(propose(house, house.change(after=19_000))) == []
    with refused("already_over"):
        lift(commitment_id=lock.pk, reason="Again.", by=house.people.fay, at=make.now())


def test_nobody_lifts_the_lock_that_holds_their_own_work(house: make.House) -> None:
    """Ada owns the agent: what it proposes is her own, refused or not."""
    lock = stand(house.people.mia)
    assert propose(house, house.change(after=19_000)).blocked_reason == "policy"
    ada = people.account(
        "ada-decides",
        ["merchandising"],
        {"view_segment": [house.jackets], "decide_segment": [house.jackets]},
        person=house.people.ada.person,
    )
    with refused("own_proposal_freed"):
        lift(commitment_id=lock.pk, reason="It is in my way.", by=ada, at=make.now())
    with transaction.atomic():
        assert lift(commitment_id=lock.pk, reason="They said yes.", by=house.people.fay, at=make.now()).lifted_at


def test_a_lock_that_holds_nothing_of_theirs_is_lifted_by_whoever_has_proposed_there(house: make.House) -> None:
    lock = stand(house.people.mia, "promote")
    propose(house, house.change(after=19_000), by=house.people.mia)
    with transaction.atomic():
        assert lift(commitment_id=lock.pk, reason="They said yes.", by=house.people.mia, at=make.now()).lifted_at


def test_what_is_over_is_not_lifted(house: make.House) -> None:
    lock = stand(house.people.mia)
    with refused("already_over"):
        lift(commitment_id=lock.pk, reason="Late.", by=house.people.mia, at=lock.until)


def test_a_quote_holds_the_price_it_named(house: make.House) -> None:
    stand(house.people.mia, "quote")
    assert findings(propose(house, house.change(after=19_000))) == []
    broken = propose(house, house.change(after=21_000))
    assert findings(broken) == [("quote_broken", "dual")]
    assert (broken.tier, broken.functions) == ("dual", ["merchandising"])


def test_a_delivery_keeps_its_stock(house: make.House) -> None:
    stand(house.people.mia, "delivery", units=10)
    change = {
        "type": "stock",
        "id": "JKT-1",
        "field": "on_hand",
        "address": make.HAMBURG.wire(),
        "before": 40,
        "after": 9,
        "system": "erp",
    }
    assert ("delivery_broken", "dual") in findings(propose(house, change))


def test_refuses_who_decides_elsewhere_or_nowhere(house: make.House) -> None:
    for who in (house.people.ada, house.people.omar):
        with refused("may_not_decide_here"):
            commit(asked=asked(), by=who, at=make.now())
    with refused("not_found"):
        commit(asked=asked(), by=house.people.marco, at=make.now())
    lock = stand(house.people.mia)
    with refused("not_found"):
        lift(commitment_id=lock.pk, reason="x", by=house.people.marco, at=make.now())
    with refused("may_not_decide_here"):
        lift(commitment_id=lock.pk, reason="x", by=house.people.ada, at=make.now())


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"kind": "eat"}, "unknown_kind"),
        ({"channel": "moon"}, "unknown_channel"),
        ({"until": make.now() - timedelta(days=1)}, "not_in_the_future"),
        ({"why": " "}, "reason_missing"),
        ({"why": "x" * 501}, "reason_missing"),
        ({"price": EUR}, "quote_price"),
        ({"kind": "quote", "price": None}, "quote_price"),
        ({"kind": "quote", "price": Money(0, "EUR")}, "quote_price"),
        ({"due_at": make.now()}, "delivery_date"),
        ({"units": 3}, "delivery_date"),
        ({"kind": "delivery", "type": "variant", "due_at": None}, "delivery_date"),
        ({"key": "NOPE"}, "not_found"),
        ({"key": "\0"}, "not_found"),
    ],
)
def test_refuses_what_would_mean_nothing(house: make.House, parts: dict[str, Any], code: str) -> None:
    kind = parts.pop("kind", "reprice")
    with refused(code):
        commit(asked=asked(kind, **parts), by=house.people.mia, at=make.now())


@pytest.mark.parametrize("broken", [{"kind": "eat"}, {"price": {"amount": 1}}, {"units": 3}, {"lifted_at": make.now()}])
def test_the_database_itself_refuses_what_would_mean_nothing(house: make.House, broken: dict[str, Any]) -> None:
    lock = stand(house.people.mia)
    with pytest.raises(IntegrityError), transaction.atomic():
        Commitment.objects.filter(pk=lock.pk).update(**broken)
