"""Control changes and functions that meet: in force once, settled once, and never without an admin."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from audit.models import AuditEvent
from orchestr.agents.grants import Extent, set_scope
from orchestr.agents.models import Scope, Tool
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.people.grants import take_function
from orchestr.people.models import Account
from orchestr.refusal import Refusal
from tests import make, people
from tests.races.duel import duel

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def house(committed: Any, shelves: None) -> make.House:
    return make.house()


@pytest.fixture
def asked(house: make.House) -> ControlChange:
    """Ada asks for a scope of a fresh agent."""
    agent = make.agent("copywriter", owner=house.people.ada)
    with transaction.atomic():
        change = set_scope(
            agent_id=agent.pk,
            tool_id=Tool.objects.get(name="shop.set_price").pk,
            extent=Extent(segments=frozenset({"apparel"}), channels=frozenset({"web-de"})),
            reason="For the winter.",
            by=house.people.ada,
            at=make.now(),
        )
    assert isinstance(change, ControlChange)
    return change


def yes(change: ControlChange, by: Account) -> Callable[[], ControlChange]:
    return lambda: control.confirm(change_id=change.pk, digest=change.digest, by=by, at=make.now())


def no(change: ControlChange, by: Account) -> Callable[[], ControlChange]:
    return lambda: control.reject(change_id=change.pk, by=by, at=make.now())


def test_two_confirmations_at_once_put_it_in_force_once(house: make.House, asked: ControlChange) -> None:
    first, second = duel(yes(asked, house.people.fay), yes(asked, house.people.lena))
    assert first.state == "confirmed"
    assert isinstance(second, Refusal)
    assert second.code == "not_in_this_state"
    assert Scope.objects.filter(agent__key="copywriter").count() == 1
    assert AuditEvent.objects.filter(action="scope.granted").count() == 1


def test_confirming_and_taking_back_at_once_have_one_order(house: make.House, asked: ControlChange) -> None:
    first, second = duel(no(asked, house.people.ada), yes(asked, house.people.fay))
    assert first.state == "rejected"
    assert isinstance(second, Refusal)
    assert second.code == "not_in_this_state"
    assert not Scope.objects.filter(agent__key="copywriter").exists()


def test_the_database_itself_refuses_one_person_for_both(house: make.House, asked: ControlChange) -> None:
    with pytest.raises(IntegrityError, match="control_change_two_persons"):
        ControlChange.objects.filter(pk=asked.pk).update(state="confirmed", settled_by=asked.requested_by)


def test_two_admins_who_take_the_function_from_each_other_leave_one(house: make.House) -> None:
    ada, ben = house.people.ada, people.account("ben", ["admin"])

    def taken_from(whom: Account, by: Account) -> Callable[[], Account]:
        return lambda: take_function(account_id=whom.pk, function="admin", by=by, at=make.now())

    _first, second = duel(taken_from(ben, ada), taken_from(ada, ben))
    assert isinstance(second, Refusal)
    assert second.code == "last_admin"
    assert list(Account.objects.filter(groups__name="admin")) == [ada]
