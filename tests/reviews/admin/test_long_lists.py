"""Agents, workflows and triggers by the thousand: so many at once, each once, found by key or name."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orchestr.agents.models import Agent
from orchestr.triggers.models import Trigger
from orchestr.workflows.models import Workflow
from tests import make
from tests.reviews.admin.doors import signed_in

MANY = 120
ADDRESSES = ("/agents/", "/workflows/", "/triggers/")


@pytest.fixture
def ada(house: make.House) -> Client:
    """120 further agents, each with a workflow and a trigger; each tenth is retired, its trigger paused."""
    at = make.now()
    agents = Agent.objects.bulk_create(
        Agent(
            key=f"lot-{n:03}",
            name=f"Lot {n:03}",
            owner=house.people.ada.person,
            created_at=at,
            retired_at=at if n % 10 == 0 else None,
        )
        for n in range(MANY)
    )
    for agent in agents:
        made = make.workflow(agent, key=agent.key, segments=[house.apparel], owner=house.people.ada)
        Trigger.objects.create(
            key=agent.key,
            name=agent.name,
            workflow=made,
            kind="event",
            definition={},
            digest="",
            paused_at=agent.retired_at,
            paused_reason="person" if agent.retired_at else "",
            created_at=at,
            changed_at=at,
        )
    return signed_in(house.people.ada)


def pages(client: Client, address: str) -> list[list[str]]:
    """The keys of each page, as one goes from one to the next."""
    found: list[list[str]] = []
    following = address
    while following:
        answer = client.get(following)
        assert answer.status_code == 200
        found.append([key_of(row) for row in answer.context["rows"]])
        following = answer.context["next_url"]
    return found


def key_of(row: Any) -> str:
    return next(getattr(row, name) for name in ("agent", "workflow", "trigger") if hasattr(row, name)).key


def test_every_agent_stands_on_one_page_and_the_retired_come_last(ada: Client) -> None:
    found = pages(ada, "/agents/")
    listed = [key for page in found for key in page]
    assert [len(page) for page in found] == [50, 50, len(listed) - 100]
    assert sorted(listed) == sorted(Agent.objects.values_list("key", flat=True))
    assert set(listed[-12:]) == set(Agent.objects.filter(retired_at__isnull=False).values_list("key", flat=True))


def test_every_workflow_stands_on_one_page_in_order(ada: Client) -> None:
    listed = [key for page in pages(ada, "/workflows/") for key in page]
    assert listed == sorted(Workflow.objects.values_list("key", flat=True))


def test_every_trigger_stands_on_one_page_and_what_is_paused_comes_first(ada: Client) -> None:
    listed = [key for page in pages(ada, "/triggers/") for key in page]
    paused = Trigger.objects.filter(paused_at__isnull=False).values_list("key", flat=True)
    assert sorted(listed) == sorted(Trigger.objects.values_list("key", flat=True))
    assert listed[: len(paused)] == sorted(paused)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_search_finds_by_key_or_name_and_goes_on_from_page_to_page(ada: Client, address: str) -> None:
    assert pages(ada, f"{address}?q=LOT-007") == [["lot-007"]]
    assert [len(page) for page in pages(ada, f"{address}?q=lot")] == [50, 50, 20]
    answer = ada.get(f"{address}?q=no+such+thing")
    assert (answer.status_code, answer.context["rows"]) == (200, [])
    assert "is like this" in answer.content.decode()


def test_an_address_that_nobody_was_given_is_answered(ada: Client) -> None:
    nobody = ["after=", "after=.", "after=9.x", "after=-1.x", "after=1.", "after=%00.%00", "after=²", "q=%00"]
    for address in ADDRESSES:
        for asked in [*nobody, "q=" + "x" * 9_000]:
            assert ada.get(f"{address}?{asked}").status_code == 200, (address, asked)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_asks_as_much_of_many_as_of_few(ada: Client, address: str) -> None:
    ada.get(address)
    with CaptureQueriesContext(connection) as many:
        ada.get(address)
    with CaptureQueriesContext(connection) as few:
        ada.get(f"{address}?q=lot-001")
    assert len(many) <= len(few)
