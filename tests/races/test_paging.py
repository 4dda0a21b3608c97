"""Calls and breakers that meet: one call a step, none after an answer, one freeze for one thing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from audit.record import Actor
from orchestr.execution.behaviour.models import Trip
from orchestr.execution.behaviour.rules import DEFAULTS
from orchestr.execution.behaviour.trip import Finding, trip
from orchestr.execution.models import Incident
from orchestr.freezes.freeze import freeze
from orchestr.freezes.models import Freeze
from orchestr.freezes.targets import Target
from orchestr.people.paging.call import answer, call_due, page
from orchestr.people.paging.models import Call, Page
from tests import make
from tests.execution.test_revert import published
from tests.races.duel import duel

pytestmark = pytest.mark.usefixtures("committed")
TARGET = Target("workflow", "clearance")


@pytest.fixture
def house(committed: Any, shelves: None) -> make.House:
    return make.house()


def opened(house: make.House) -> Page:
    with transaction.atomic():
        page(
            kind="incident.contained",
            about={},
            first=[house.people.olga.person_id, house.people.marco.person_id],
            spared=[],
            dedupe_key="a",
            by=Actor.worker("test"),
            at=make.now(),
        )
    return Page.objects.get()


def elsewhere(act: Any) -> Any:
    """On a connection of its own, to its end."""

    def acting() -> Any:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(acting).result(timeout=20)


def called() -> list[str]:
    return list(Call.objects.order_by("step").values_list("person__name", flat=True))


def test_two_workers_at_the_same_step_call_one_person(house: make.House) -> None:
    """The first holds the page while the second looks: the second passes over it."""
    at = opened(house).next_at
    with transaction.atomic():
        Page.objects.select_for_update().get()
        assert elsewhere(lambda: call_due(at=at)) == 0
    assert call_due(at=at) == 1
    assert elsewhere(lambda: call_due(at=at)) == 0
    assert called() == ["Olga", "Marco"]


def test_an_answer_that_comes_with_the_next_step_is_the_end_of_it(house: make.House) -> None:
    found, olga = opened(house), house.people.olga
    with transaction.atomic():
        answer(page_id=found.pk, person_id=olga.person_id, account_id=olga.pk, at=make.now())
        assert elsewhere(lambda: call_due(at=make.now() + timedelta(days=1))) == 0
    assert elsewhere(lambda: call_due(at=make.now() + timedelta(days=1))) == 0
    assert called() == ["Olga"]


def test_two_who_contain_the_same_matter_call_one_person(house: make.House) -> None:
    def open_it() -> Page | None:
        return page(
            kind="incident.contained",
            about={},
            first=[house.people.olga.person_id],
            spared=[],
            dedupe_key="same",
            by=Actor.worker("test"),
            at=make.now(),
        )

    first, second = duel(open_it, open_it)
    assert (isinstance(first, Page), second, called()) == (True, None, ["Olga"])


def test_a_breaker_that_meets_a_person_who_freezes_first_leaves_it_to_them(house: make.House) -> None:
    proposal = published(house)
    finding = Finding(
        rule=DEFAULTS["error_share"],
        target=TARGET,
        value=5_000,
        count=10,
        total=20,
        since=make.now(),
        proposal_id=proposal.pk,
    )
    _, tripped = duel(
        lambda: freeze(target=TARGET, why="By hand.", by=Actor.worker("test"), at=make.now()),
        lambda: trip(finding=finding, at=make.now()),
    )
    assert tripped is None
    assert (Freeze.objects.get().why, Incident.objects.count(), Trip.objects.count()) == ("By hand.", 0, 0)
