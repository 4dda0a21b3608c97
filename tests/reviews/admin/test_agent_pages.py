"""From nothing to the first call, by the pages: what is missing, tokens replaced, limits set, addresses added."""

import re

from django.test import Client

from audit.models import AuditEvent
from orchestr.agents.models import AgentToken, Scope
from orchestr.agents.tokens import token_for
from orchestr.catalogue.models import System
from orchestr.people.webhooks.models import Webhook
from tests import make
from tests.reviews.admin.doors import actions_since, events, one_refusal, signed_in


def text_in(answer: object) -> str:
    (text,) = set(re.findall(r"orc_[\w-]{43}", answer.content.decode()))  # type: ignore[attr-defined]
    return text


def test_the_page_of_an_agent_names_what_is_missing_until_its_first_call(house: make.House) -> None:
    admin = signed_in(house.people.ada)
    Scope.objects.update(revoked_at=make.now())
    missing = admin.get("/agents/repricer/").context["missing"]
    assert [step.done for step in missing] == [True, False, True, True, False]
    Scope.objects.update(revoked_at=None)
    Client().get("/api/v1/tools", headers={"Authorization": f"Bearer {house.token}"})
    assert admin.get("/agents/repricer/").context["missing"] == []


def test_a_new_token_comes_with_what_to_type_and_its_first_call_is_seen(house: make.House) -> None:
    admin = signed_in(house.people.ada)
    answer = admin.post("/agents/repricer/tokens/", {"days": "30"})
    page, text = answer.content.decode(), text_in(answer)
    assert all(word in page for word in ("curl", "from orchestr.client import Orchestr", "mcpServers"))
    assert page.count(text) == 3, "shown, copied, and exported in a shell; nowhere else"
    token = token_for(text, at=make.now())
    assert token is not None
    part = f"/agents/repricer/tokens/{token.pk}/seen/"
    waiting = admin.get(part, headers={"HX-Request": "true"}).content.decode()
    assert 'data-seen="no"' in waiting
    assert "hx-trigger" in waiting
    Client().get("/api/v1/tools", headers={"Authorization": f"Bearer {text}"})
    seen = admin.get(part, headers={"HX-Request": "true"}).content.decode()
    assert 'data-seen="yes"' in seen
    assert "hx-trigger" not in seen
    assert 'data-seen="yes"' in admin.get(part).content.decode()


def test_a_token_is_replaced_and_the_old_one_opens_for_a_day(house: make.House) -> None:
    admin, old = signed_in(house.people.ada), AgentToken.objects.get()
    path = f"/agents/repricer/tokens/{old.pk}/replace/"
    assert admin.get(path).status_code == 200
    seen = events()
    answer = admin.post(path, {"hours": "24"})
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert actions_since(seen) == ["token.issued", "token.rotated"]
    for text in (house.token, text_in(answer)):
        assert Client().get("/api/v1/tools", headers={"Authorization": f"Bearer {text}"}).status_code == 200
    page = admin.get("/agents/repricer/").content.decode()
    assert "from 127.0.0.1" in page, "it says from where each is used"
    assert f"in place of {old.prefix}…" in page
    with one_refusal("form_unreadable", by=house.people.ada):
        assert admin.post(path, {"hours": "5"}).status_code == 422


def test_a_limit_is_set_and_taken_back(house: make.House) -> None:
    admin, seen = signed_in(house.people.ada), events()
    assert admin.post("/agents/repricer/rate/", {"per_minute": "120"}).status_code == 302
    assert admin.get("/agents/repricer/").context["pace"].limit == 120
    assert admin.post("/agents/repricer/rate/", {"per_minute": ""}).status_code == 302
    assert admin.get("/agents/repricer/").context["pace"].own is False
    assert actions_since(seen) == ["agent.rate_changed"] * 2
    with one_refusal("form_unreadable", by=house.people.ada):
        assert admin.post("/agents/repricer/rate/", {"per_minute": "0"}).status_code == 422


def test_an_address_is_added_with_its_secret_shown_once_and_listed_with_the_agent_alone(house: make.House) -> None:
    admin = signed_in(house.people.ada)
    given = {"name": "Listener", "url": "https://agent.example/in"}
    answer = admin.post("/agents/repricer/webhooks/add/", given)
    assert answer["Cache-Control"] == "no-store"
    assert "whsec_" in answer.content.decode()
    hook = Webhook.objects.get()
    assert [row.id for row in admin.get("/agents/repricer/webhooks/").context["rows"]] == [hook.pk]
    assert admin.get("/webhooks/").context["rows"] == []
    changed = admin.post(f"/webhooks/{hook.pk}/", {"name": "Ear", "url": ""})
    assert changed["Location"] == "/agents/repricer/webhooks/"
    hook.refresh_from_db()
    assert (hook.name, hook.url, hook.calls) == ("Ear", "https://agent.example/in", False)
    event = AuditEvent.objects.get(action="webhook.added")
    assert (event.about["agent"], event.data) == (str(house.agent.pk), {"of": ["agent"]})


def test_an_address_inside_is_refused(house: make.House) -> None:
    with one_refusal("address_not_public", by=house.people.ada):
        answer = signed_in(house.people.ada).post(
            "/agents/repricer/webhooks/add/", {"name": "Inside", "url": "https://127.0.0.1/in"}
        )
    assert answer.status_code == 422


def test_a_token_is_for_tests_until_real_work_is_chosen(house: make.House) -> None:
    admin = signed_in(house.people.ada)
    page = admin.get("/agents/repricer/").content.decode()
    assert page.index('value="test" selected') < page.index('value="real"')
    shown = admin.post("/agents/repricer/tokens/", {"days": "30"}).content.decode()
    assert "data-sandbox-only" in shown
    real = admin.post("/agents/repricer/tokens/", {"days": "30", "kind": "real"}).content.decode()
    assert "data-sandbox-only" not in real
    assert [token.sandbox_only for token in AgentToken.objects.order_by("issued_at")] == [False, True, False]
    assert "test token" in admin.get("/agents/repricer/").content.decode()


def test_the_page_says_where_no_system_is_a_sandbox_yet(house: make.House) -> None:
    admin, said = signed_in(house.people.ada), "No system is marked as a sandbox yet"
    assert said in admin.get("/agents/repricer/").content.decode()
    System.objects.filter(key="shop").update(sandbox=True)
    assert said not in admin.get("/agents/repricer/").content.decode()
