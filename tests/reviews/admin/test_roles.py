"""Every address of the set-up, the catalogue and the figures against every function: who may come in at all."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern

from orchestr.agents.models import AgentToken, Tool
from orchestr.governance.models import ControlChange
from reviews.admin import urls as admin_urls
from reviews.catalogue import urls as catalogue_urls
from reviews.insight import urls as insight_urls
from tests import make
from tests.reviews.admin.doors import signed_in

EVERYBODY = {"mia", "fay", "lena", "omar", "ada", "aud"}
READERS, ADMIN = {"ada", "aud"}, {"ada"}
CONCERNED = {"ada", "aud", "fay", "lena", "omar"}

# name of the URL → who passes its gate; the others get the 404 of a page that is not there.
TABLE = {
    "agents": READERS,
    "register": ADMIN,
    "agent": READERS,
    "issue": ADMIN,
    "revoke_token": ADMIN,
    "retire": ADMIN,
    "replace_token": ADMIN,
    "token_seen": ADMIN,
    "agent_rate": ADMIN,
    "agent_webhooks": READERS,
    "agent_webhook_add": ADMIN,
    "agent_webhook_again": ADMIN,
    "tools": READERS,
    "scope": ADMIN,
    "revoke_scope": ADMIN,
    "narrow_scope": ADMIN,
    "rules": READERS | {"fay", "lena"},
    "define_rule": ADMIN,
    "change_rule": ADMIN,
    "retire_rule": ADMIN,
    "workflows": READERS | {"omar"},
    "define_workflow": ADMIN,
    "workflow": READERS | {"omar"},
    "workflow_version": READERS | {"omar"},
    "change_workflow": ADMIN,
    "stage": ADMIN,
    "switch_workflow": ADMIN,
    "controls": CONCERNED,
    "confirm": CONCERNED,
    "reject": CONCERNED,
    "people": READERS,
    "account": READERS,
    "ask_right": ADMIN,
    "take_right": ADMIN,
    "ask_function": ADMIN,
    "take_function": ADMIN,
    "erase_person": ADMIN,
    "webhooks": READERS | {"omar"},
    "webhook": ADMIN,
    "webhook_add": ADMIN,
    "webhook_off": ADMIN,
    "webhook_on": ADMIN,
    "webhook_secret": ADMIN,
    "webhook_try": ADMIN,
    "webhook_again": ADMIN,
    "webhook_remove": ADMIN,
    "holds": READERS | {"lena"},
    "hold_choices": READERS | {"lena"},
    "set_hold": READERS | {"lena"},
    "lift_hold": READERS | {"lena"},
    "ask_period": READERS | {"lena"},
    "events": READERS | {"omar"},
    "triggers": READERS | {"omar"},
    "trigger": READERS | {"omar"},
    "define_trigger": ADMIN,
    "change_trigger": ADMIN,
    "pause_trigger": ADMIN,
    "resume_trigger": ADMIN,
    "policy": EVERYBODY,
    "draft_policy": ADMIN,
    "policy_version": EVERYBODY,
    "publish_policy": ADMIN,
    "simulation": {"ada", "aud", "fay", "lena"},
    "simulate": {"ada", "fay", "lena"},
    "unattended": {"ada", "aud", "fay", "lena"},
    "change_unattended": {"ada", "aud", "fay", "lena"},
    "agent_unattended": READERS,
    "workflow_unattended": READERS,
    "commit": EVERYBODY,
    "lift": EVERYBODY,
    "discard_policy": ADMIN,
    "policy_layers": ADMIN,
    "remove_override": ADMIN,
    "policy_allow": ADMIN,
    "add_example": ADMIN,
    "drop_example": ADMIN,
    "policy_exceptions": EVERYBODY,
    "request_exception": EVERYBODY,
    "confirm_exception": EVERYBODY,
    "reject_exception": EVERYBODY,
    "connectors": {"ada", "omar"},
    "connector_rate": ADMIN,
    "system_kinds": ADMIN,
    "add_system": ADMIN,
    "system": {"ada", "omar"},
    "configure_system": ADMIN,
    "try_system": ADMIN,
    "use_system": ADMIN,
    "pause_system": ADMIN,
    "refresh_system": ADMIN,
    "remove_system": ADMIN,
    "calendar": EVERYBODY,
    "add_window": ADMIN,
    "remove_window": ADMIN,
    "plan_freeze": {"ada", "omar"},
    "unplan": {"ada", "omar"},
    "list": EVERYBODY,
    "resource": EVERYBODY,
    "picture": EVERYBODY,
    "insight": EVERYBODY,
    "proposals": EVERYBODY,
    "outcomes": EVERYBODY,
}
POSTED = {
    "issue", "revoke_token", "retire", "revoke_scope", "stage", "switch_workflow", "confirm", "reject", "ask_right",
    "take_right", "ask_function", "take_function", "publish_policy", "discard_policy", "remove_override", "simulate", "commit", "lift",
    "add_example", "drop_example", "confirm_exception", "reject_exception", "connector_rate", "add_window",
    "remove_window", "plan_freeze", "unplan", "try_system", "use_system", "pause_system", "refresh_system",
    "remove_system", "erase_person", "set_hold", "lift_hold", "ask_period", "pause_trigger", "resume_trigger",
    "webhook_off", "webhook_on", "webhook_secret", "webhook_try", "webhook_again", "webhook_remove",
    "agent_webhook_again", "narrow_scope", "retire_rule",
}  # fmt: skip
PATTERNS = {
    pattern.name: pattern for module in (admin_urls, catalogue_urls, insight_urls) for pattern in module.urlpatterns
}


def _key(route: str) -> str:
    return "clearance" if "workflow" in route else "shop" if "connectors" in route else "repricer"


def address(pattern: URLPattern, house: make.House) -> str:
    """The pattern filled with what the house holds."""
    change = ControlChange.objects.first()
    words = {
        "key": _key(str(pattern.pattern)),
        "kind": "files",
        "tool_id": Tool.objects.get(name="shop.set_price").pk,
        "token_id": AgentToken.objects.get().pk,
        "change_id": change.pk if change else uuid4(),
        "account_id": house.people.mia.pk,
        "number": 1,
        "proposal_id": uuid4(),
        "exception_id": uuid4(),
        "commitment_id": uuid4(),
        "resource_id": house.jacket.pk,
        "window_id": uuid4(),
        "planned_id": uuid4(),
        "hold_id": uuid4(),
        "webhook_id": uuid4(),
        "delivery_id": uuid4(),
    }
    if pattern.name == "resource":
        words["key"] = "JKT-1"
    route = str(pattern.pattern)
    for name, value in words.items():
        for converter in ("slug", "uuid", "int", "path"):
            route = route.replace(f"<{converter}:{name}>", str(value))
    assert "<" not in route
    return f"/{route}"


def test_the_table_names_every_address() -> None:
    assert set(TABLE) == set(PATTERNS)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_only_who_the_table_names_passes(house: make.House, name: str) -> None:
    where = address(PATTERNS[name], house)
    passed = set()
    for who in sorted(EVERYBODY):
        client = signed_in(getattr(house.people, who))
        # A change id that is not there: whoever passes the gate is told so by the operation, with its own code.
        answer = client.post(where) if name in POSTED else client.get(where)
        refusal = (answer.context or {}).get("refusal")
        if refusal is None or refusal.detail != "There is no such page.":
            passed.add(who)
    assert passed == TABLE[name]


@pytest.mark.parametrize("name", sorted(TABLE))
def test_who_is_not_signed_in_is_sent_to_sign_in(house: make.House, name: str) -> None:
    where = address(PATTERNS[name], house)
    answer = Client().post(where) if name in POSTED else Client().get(where)
    assert (answer.status_code, answer["Location"][:7]) == (302, "/login/")


@pytest.mark.parametrize("name", sorted(POSTED))
def test_an_act_is_not_done_by_looking(house: make.House, name: str) -> None:
    assert signed_in(house.people.ada).get(address(PATTERNS[name], house)).status_code == 405
