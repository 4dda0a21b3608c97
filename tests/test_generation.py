"""What is kept is never older than the one look at the database's stamp."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from orchestr.agents import scopes
from orchestr.catalogue.models import Segment
from orchestr.catalogue.tree import tree
from orchestr.generation import pinned
from orchestr.people.eligibility import deciders_on
from orchestr.rulebook.in_force import in_force
from tests import make, people


def stamp() -> object:
    with connection.cursor() as cursor:
        cursor.execute("SELECT stamp FROM orchestr_generation")
        return cursor.fetchone()[0]


def test_asks_for_the_stamp_alone_once_all_is_kept(house: make.House) -> None:
    def look() -> None:
        with pinned():
            scopes.reach_of(house.agent, at=make.now())
            deciders_on([house.jackets.pk])
            in_force(at=make.now())

    look()
    with CaptureQueriesContext(connection) as asked:
        look()
    assert len(asked) == 1


def test_outside_a_pinned_generation_everything_is_read(house: make.House) -> None:
    with CaptureQueriesContext(connection) as asked:
        tree()
        tree()
    assert len(asked) == 2


def test_a_revoked_scope_is_gone_at_the_next_look(house: make.House) -> None:
    with pinned():
        assert scopes.reach_of(house.agent, at=make.now())
    house.agent.scopes.update(revoked_at=make.now())
    with pinned():
        assert not scopes.reach_of(house.agent, at=make.now())


def test_a_scope_that_expires_is_kept_no_longer_than_it_lasts(house: make.House) -> None:
    house.agent.scopes.update(expires_at=make.now() + timedelta(hours=1))
    with pinned():
        assert scopes.reach_of(house.agent, at=make.now())
        assert not scopes.reach_of(house.agent, at=make.now() + timedelta(hours=2))


def test_a_grant_taken_by_raw_sql_is_gone_at_the_next_look(house: make.House) -> None:
    with pinned():
        before = {each.person_id for each in deciders_on([house.tents.pk])}
    assert house.people.marco.person_id in before
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM orchestr_segment_account_grant WHERE user_id = %s", [house.people.marco.pk])
    with pinned():
        assert {each.person_id for each in deciders_on([house.tents.pk])} == before - {house.people.marco.person_id}


def test_what_was_rolled_back_was_never_kept(house: make.House) -> None:
    with pinned():
        known = set(tree().keys.values())
    with transaction.atomic():
        Segment.objects.create(key="ghosts", name="Ghosts")
        with pinned():
            assert "ghosts" in tree().ids
        transaction.set_rollback(True)
    with pinned():
        assert set(tree().keys.values()) == known
    Segment.objects.create(key="gloves", name="Gloves")
    with pinned():
        assert set(tree().keys.values()) == {*known, "gloves"}


@contextmanager
def unmoved():
    before = stamp()
    yield
    assert stamp() == before


def test_use_and_refreshing_change_no_generation(house: make.House) -> None:
    with unmoved():
        house.agent.scopes.update(last_used_at=make.now())
        house.shop.refreshed_at = house.shop.degraded_since = make.now()
        house.shop.save()
        house.people.mia.last_login = make.now()
        house.people.mia.save()
        house.agent.scopes.filter(limits={"none": 1}).update(revoked_at=make.now())


@pytest.mark.parametrize("touch", ["grant", "group", "account", "tool", "system", "policy", "segment"])
def test_everything_kept_moves_the_stamp(house: make.House, touch: str) -> None:
    before = stamp()
    if touch == "grant":
        people.grant(house.people.aud, people.DECIDE, house.tents)
    elif touch == "group":
        house.people.fay.groups.clear()
    elif touch == "account":
        type(house.people.mia).objects.filter(pk=house.people.mia.pk).update(is_active=False)
    elif touch == "tool":
        house.shop.tools.update(withdrawn_at=make.now())
    elif touch == "system":
        type(house.shop).objects.filter(pk=house.shop.pk).update(enabled=False)
    elif touch == "policy":
        make.tighten_policy(house, "confidence")
    else:
        Segment.objects.filter(pk=house.tents.pk).update(parent=house.apparel)
    assert stamp() != before
