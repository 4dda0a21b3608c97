"""Reads outside every scope of an agent: asked for by name they are refused, recorded and counted; else held back, and said."""

from typing import Any

import pytest

from audit.models import AuditEvent
from orchestr.agents.models import ScopeRefusal, Tool
from orchestr.agents.refused import lately
from orchestr.catalogue.models import Segment
from tests import make
from tests.api.conftest import AgentClient
from tests.api.test_main_job import body, gather, start

JACKET = "/catalogue/resources/variant/JKT-1"


def refused(answer: Any, status: int, code: str) -> AuditEvent:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert answer.json()["next"]
    event = AuditEvent.objects.filter(action="refused").get()
    assert event.data["code"] == code
    return event


def counted() -> list[tuple[str, str | None, int]]:
    rows = ScopeRefusal.objects.order_by("what", "tool__name")
    return list(rows.values_list("what", "tool__name", "count"))


@pytest.fixture
def reading(house: make.House) -> Tool:
    """The tool that reads the system which is right about cost."""
    erp = house.erp
    return Tool.objects.create(
        name="erp.read", system=erp, action_class="read", reversibility="irreversible", guarantee="none", writes=[]
    )


def test_what_is_not_asked_for_is_held_back_and_said(house: make.House, agent: AgentClient) -> None:
    shown = agent.get(JACKET).json()
    assert "cost" not in {field["field"] for field in shown["fields"]}
    assert shown["withheld"] == ["cost"]
    listed = {each["id"]: each["withheld"] for each in agent.get("/catalogue/resources?type=stock").json()["items"]}
    assert listed == {"JKT-1": []}
    assert not ScopeRefusal.objects.exists()


def test_with_the_class_nothing_is_held_back(house: make.House, agent: AgentClient) -> None:
    house.agent.scopes.update(field_classes=["cost"])
    shown = agent.get(f"{JACKET}?fields=cost").json()
    assert ({field["field"] for field in shown["fields"]}, shown["withheld"]) == ({"cost"}, [])


def test_named_fields_alone_are_shown(house: make.House, agent: AgentClient) -> None:
    assert {field["field"] for field in agent.get(f"{JACKET}?fields=price, title").json()["fields"]} == {"price"}
    assert agent.get(f"{JACKET}?fields=colour").json()["fields"] == []


@pytest.mark.parametrize("path", [f"{JACKET}?fields=price,cost", "/catalogue/resources?type=variant&fields=cost"])
def test_a_field_of_a_class_not_granted_is_refused_by_name(
    house: make.House, agent: AgentClient, reading: Tool, path: str
) -> None:
    event = refused(agent.get(path), 403, "field_out_of_scope")
    assert event.data["params"] == {"type": "variant", "field": "cost", "class": "cost"}
    assert counted() == [("field", "erp.read", 1)]


def test_evidence_of_such_a_field_is_refused_alike(house: make.House, agent: AgentClient, reading: Tool) -> None:
    run = start(agent)
    wanted = {
        "kind": "observed",
        "type": "variant",
        "id": "JKT-1",
        "fields": [{"field": "cost", "address": {"currency": "EUR"}}],
    }
    refused(agent.post(f"/runs/{run['id']}/evidence", wanted), 403, "field_out_of_scope")
    assert counted() == [("field", "erp.read", 1)]


def test_a_resource_out_of_sight_is_as_absent_as_none_and_counted(house: make.House, agent: AgentClient) -> None:
    for scope in house.agent.scopes.all():
        scope.segments.set([house.tents])
    absent = agent.get("/catalogue/resources/variant/NO-SUCH").json()
    assert not ScopeRefusal.objects.exists()
    outside = agent.get(JACKET)
    assert (outside.status_code, outside.json()) == (404, absent)
    assert counted() == [("segment", None, 1)]
    told = AuditEvent.objects.filter(action="refused").order_by("id").values_list("data__params", flat=True)
    assert list(told) == [{}, {"outside": True}]


def test_a_segment_out_of_sight_is_as_absent_as_none_and_counted(house: make.House, agent: AgentClient) -> None:
    Segment.objects.create(key="toys", name="Toys")
    absent, outside = (agent.get(f"/catalogue/resources?segment={key}") for key in ("nowhere", "toys"))
    assert (absent.status_code, outside.status_code, outside.json()) == (404, 404, absent.json())
    assert counted() == [("segment", None, 1)]


def test_a_change_outside_stands_at_the_tool_that_would_write_it(house: make.House, agent: AgentClient) -> None:
    run = start(agent)
    evidence = gather(agent, run)
    house.agent.scopes.filter(tool__action_class="publish").update(revoked_at=make.now())
    for _ in range(2):
        assert agent.post(f"/runs/{run['id']}/proposals", body(house, evidence)).status_code == 403
    assert counted() == [("change", "shop.set_price", 2)]
    tool = Tool.objects.get(name="shop.set_price")
    assert lately(at=make.now())[house.agent.pk, tool.pk].count == 2


def test_other_refusals_are_counted_nowhere(house: make.House, agent: AgentClient) -> None:
    assert agent.get("/catalogue/resources?cursor=x").status_code == 400
    assert agent.get("/runs/01890000-0000-7000-8000-000000000000").status_code == 404
    assert not ScopeRefusal.objects.exists()
