"""Agents by the page: registered with no rights, tokens shown once, revoked and retired at once."""

import re
from uuid import uuid4

import pytest
from django.test import Client

from orchestr.agents.models import Agent, AgentToken, Scope
from orchestr.agents.tokens import fingerprint
from tests import make
from tests.reviews.admin.doors import actions_since, events, one_refusal, signed_in


def given(house: make.House, **changed: str) -> dict[str, str]:
    return {
        "key": "spring-repricer",
        "name": "Spring repricer",
        "owner": str(house.people.ada.person_id),
        "description": "Lowers what is slow.",
    } | changed


def test_a_registered_agent_has_no_right_at_all(house: make.House) -> None:
    seen = events()
    answer = signed_in(house.people.ada).post("/agents/register/", given(house))
    assert (answer.status_code, answer["Location"]) == (302, "/agents/spring-repricer/")
    agent = Agent.objects.get(key="spring-repricer")
    assert (agent.tokens.count(), agent.scopes.count(), agent.workflows.count()) == (0, 0, 0)
    assert actions_since(seen) == ["agent.registered"]


@pytest.mark.parametrize(
    ("changed", "code", "status"),
    [
        ({"key": "repricer"}, "agent_exists", 409),
        ({"key": "Spring"}, "agent_key", 422),
        ({"key": "no spaces"}, "form_unreadable", 422),
        ({"key": "register"}, "form_unreadable", 422),
        ({"owner": str(uuid4())}, "form_unreadable", 422),
        ({"name": ""}, "form_unreadable", 422),
    ],
)
def test_refuses_what_cannot_be_registered(house: make.House, changed: dict[str, str], code: str, status: int) -> None:
    with one_refusal(code, by=house.people.ada):
        answer = signed_in(house.people.ada).post("/agents/register/", given(house, **changed))
    assert answer.status_code == status
    assert answer.context["form"].errors


def test_a_token_is_shown_once_and_opens_the_agents_door(house: make.House) -> None:
    admin, seen = signed_in(house.people.ada), events()
    answer = admin.post("/agents/repricer/tokens/", {"days": "90"})
    (text,) = set(re.findall(r"orc_[\w-]{43}", answer.content.decode()))
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert "curl" in answer.content.decode()
    assert AgentToken.objects.get(sha256=fingerprint(text)).issued_by_id == house.people.ada.person_id
    assert actions_since(seen) == ["token.issued"]
    assert text not in admin.get("/agents/repricer/").content.decode()
    assert Client().get("/api/v1/tools", headers={"Authorization": f"Bearer {text}"}).status_code == 200


def test_a_revoked_token_opens_nothing(house: make.House) -> None:
    token, seen = AgentToken.objects.get(), events()
    answer = signed_in(house.people.ada).post(f"/agents/repricer/tokens/{token.pk}/revoke/")
    assert (answer.status_code, actions_since(seen)) == (302, ["token.revoked"])
    assert Client().get("/api/v1/tools", headers={"Authorization": f"Bearer {house.token}"}).status_code == 401


def test_refuses_to_revoke_another_agents_token_at_this_address(house: make.House) -> None:
    make.agent("copywriter", owner=house.people.ada)
    token = AgentToken.objects.get()
    with one_refusal("not_found", by=house.people.ada):
        answer = signed_in(house.people.ada).post(f"/agents/copywriter/tokens/{token.pk}/revoke/")
    assert answer.status_code == 404


@pytest.mark.parametrize("days", ["", "0", "5000", "ninety"])
def test_refuses_a_life_that_is_not_offered(house: make.House, days: str) -> None:
    with one_refusal("form_unreadable", by=house.people.ada):
        answer = signed_in(house.people.ada).post("/agents/repricer/tokens/", {"days": days})
    assert answer.status_code == 422


def test_a_retired_agent_is_shut_out_and_gets_no_token(house: make.House) -> None:
    admin, seen = signed_in(house.people.ada), events()
    assert admin.post("/agents/repricer/retire/").status_code == 302
    held = Scope.objects.filter(agent__key="repricer").count()
    assert actions_since(seen) == ["agent.disabled", "token.revoked"] + ["scope.revoked"] * held
    assert not AgentToken.objects.filter(agent__key="repricer", revoked_at=None).exists()
    assert not Scope.objects.filter(agent__key="repricer", revoked_at=None).exists()
    assert Client().get("/api/v1/tools", headers={"Authorization": f"Bearer {house.token}"}).status_code == 401
    with one_refusal("not_found", by=house.people.ada):
        assert admin.post("/agents/repricer/tokens/", {"days": "90"}).status_code == 404


@pytest.mark.parametrize("path", ["register/", "repricer/tokens/", "repricer/retire/"])
def test_refuses_who_is_no_admin_as_if_there_were_no_such_page(house: make.House, path: str) -> None:
    for who in (house.people.mia, house.people.aud):
        with one_refusal("not_found", by=who):
            assert signed_in(who).post(f"/agents/{path}", {"days": "90"}).status_code == 404
