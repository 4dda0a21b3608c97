"""The smallest scope is what 30 days of proposals used; narrowing to it is in force at once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction

from audit.models import AuditEvent
from orchestr.agents.grants import Extent, set_scope
from orchestr.agents.models import Scope
from orchestr.governance.models import ControlChange
from orchestr.proposals.models import Proposal
from orchestr.proposals.reached import smallest
from tests import make
from tests.proposals.propose import propose
from tests.reviews.admin.doors import one_refusal, signed_in


def scope_of(house: make.House) -> Scope:
    return Scope.objects.select_related("tool__system").get(agent=house.agent, tool__name="shop.set_price")


def test_it_is_what_was_proposed_and_no_more(house: make.House) -> None:
    propose(house, house.change(after=19_000))
    found = smallest(scope_of(house), at=make.now())
    assert found is not None
    assert (found.channels, found.limits["changes_per_proposal"]) == (frozenset({"web-de"}), 1)
    assert found.segments == frozenset(Proposal.objects.get().versions.get().plan[0]["segments"])


def test_nothing_proposed_is_nothing_to_go_by(house: make.House) -> None:
    assert smallest(scope_of(house), at=make.now()) is None
    propose(house, house.change(after=19_000))
    assert smallest(scope_of(house), at=make.now() + timedelta(days=31)) is None


def test_a_tool_that_only_reads_has_none(house: make.House) -> None:
    reading = Scope.objects.select_related("tool__system").get(agent=house.agent, tool__name="shop.read_catalogue")
    propose(house, house.change(after=19_000))
    assert smallest(reading, at=make.now()) is None


def test_an_admin_narrows_by_one_click_and_once(house: make.House) -> None:
    propose(house, house.change(after=19_000))
    scope = scope_of(house)
    path = f"/tools/repricer/{scope.tool_id}/"
    admin = signed_in(house.people.ada)
    assert admin.get(path).context["smallest"] is not None
    assert admin.post(f"{path}narrow/").status_code == 302
    assert Extent.of(scope_of(house)).channels == frozenset({"web-de"})
    assert AuditEvent.objects.filter(action="scope.narrowed").count() == 1
    assert not ControlChange.objects.exists()
    assert admin.get(path).context["smallest"] is None
    with one_refusal("nothing_to_narrow", by=house.people.ada):
        assert admin.post(f"{path}narrow/").status_code == 409


@pytest.mark.parametrize(("wider", "at_once"), [(False, True), (True, False)])
def test_a_segment_below_is_narrower_and_one_beside_is_not(house: make.House, wider: bool, at_once: bool) -> None:
    scope = scope_of(house)
    standing = Extent.of(scope)
    below = make.segment("outlet", parent=None if wider else scope.segments.earliest("key"))
    with transaction.atomic():
        done = set_scope(
            agent_id=house.agent.pk, tool_id=scope.tool_id, extent=replace(standing, segments=frozenset({below.key})),
            reason="Only this.", by=house.people.ada, at=make.now(),
        )  # fmt: skip
    assert isinstance(done, Scope) is at_once
