"""Scopes by the page: narrowing is in force at once, widening waits for a second person, and every refusal is one event."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from orchestr.agents.models import Scope, Tool
from orchestr.agents.refused import count
from orchestr.governance.models import ControlChange
from orchestr.people.models import Account
from orchestr.refusal import Kind, Refusal
from tests import make, people
from tests.reviews.admin.doors import actions_since, events, one_refusal, signed_in

GIVEN: dict[str, Any] = {
    "segments": ["apparel"],
    "channels": ["web-de"],
    "limit": "20",
    "expires_on": "",
    "reason": "For the winter.",
}


@pytest.fixture
def ben(house: make.House) -> Account:
    """A second admin."""
    return people.account("ben", ["admin"])


@pytest.fixture
def tool(house: make.House) -> Tool:
    return Tool.objects.get(name="shop.set_price")


def address(tool: Tool, agent: str = "repricer") -> str:
    return f"/tools/{agent}/{tool.pk}/"


def live(tool: Tool) -> Scope:
    return Scope.objects.get(tool=tool, agent__key="repricer", revoked_at=None)


def asked(house: make.House, tool: Tool) -> ControlChange:
    """Ada asks for a scope of a fresh agent."""
    make.agent("copywriter", owner=house.people.ada)
    answer = signed_in(house.people.ada).post(address(tool, "copywriter"), GIVEN)
    change = ControlChange.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/controls/#change-{change.pk}")
    return change


def test_narrowing_is_in_force_at_once(house: make.House, tool: Tool) -> None:
    seen = events()
    answer = signed_in(house.people.ada).post(address(tool), GIVEN)
    assert (answer.status_code, answer["Location"]) == (302, "/tools/")
    scope = live(tool)
    assert [segment.key for segment in scope.segments.all()] == ["apparel"]
    assert (scope.channels, scope.limits) == (["web-de"], {"changes_per_proposal": 20})
    assert actions_since(seen) == ["scope.narrowed"]
    assert not ControlChange.objects.exists()


def test_widening_alone_changes_nothing(house: make.House, tool: Tool) -> None:
    seen = events()
    make.site("marketplace")
    answer = signed_in(house.people.ada).post(
        address(tool), GIVEN | {"segments": ["apparel", "outdoor-gear"], "channels": ["web-de", "marketplace"]}
    )
    assert answer.status_code == 302
    assert live(tool).channels == ["web-de", "web-uk"]
    assert actions_since(seen) == ["control_change.requested"]


def test_a_scope_from_nothing_is_in_force_once_a_second_admin_confirms(
    house: make.House, tool: Tool, ben: Account
) -> None:
    change, seen = asked(house, tool), events()
    assert not Scope.objects.filter(agent__key="copywriter").exists()
    answer = signed_in(ben).post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    assert (answer.status_code, answer["Location"]) == (302, "/controls/")
    scope = Scope.objects.get(agent__key="copywriter")
    assert (scope.tool, scope.channels) == (tool, ["web-de"])
    assert actions_since(seen) == ["scope.granted", "control_change.confirmed"]


@pytest.mark.parametrize("name", ["fay", "lena"])
def test_finance_and_legal_may_be_the_second_person(house: make.House, tool: Tool, name: str) -> None:
    change = asked(house, tool)
    signed_in(getattr(house.people, name)).post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    assert Scope.objects.filter(agent__key="copywriter").exists()


def test_refuses_to_be_confirmed_by_who_asked(house: make.House, tool: Tool) -> None:
    change = asked(house, tool)
    with one_refusal("own_request", by=house.people.ada):
        answer = signed_in(house.people.ada).post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    assert answer.status_code == 403


def test_refuses_to_be_confirmed_by_another_account_of_who_asked(house: make.House, tool: Tool) -> None:
    change = asked(house, tool)
    other = people.account("ada-2", ["admin"], person=house.people.ada.person)
    with one_refusal("own_request", by=other):
        answer = signed_in(other).post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    assert answer.status_code == 403


def test_refuses_a_digest_that_is_not_the_one_shown(house: make.House, tool: Tool, ben: Account) -> None:
    change = asked(house, tool)
    with one_refusal("stale_digest", by=ben):
        answer = signed_in(ben).post(f"/controls/{change.pk}/confirm/", {"digest": "0" * 64})
    assert answer.status_code == 409


def test_refuses_what_has_moved_since_it_was_asked_for(house: make.House, tool: Tool, ben: Account) -> None:
    make.site("marketplace")
    wider = GIVEN | {"segments": ["apparel", "outdoor-gear"], "channels": ["web-de", "web-uk", "marketplace"]}
    signed_in(house.people.ada).post(address(tool), wider)
    signed_in(house.people.ada).post(address(tool), GIVEN)
    change = ControlChange.objects.get()
    with one_refusal("scope_moved", by=ben):
        answer = signed_in(ben).post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    assert answer.status_code == 409
    change.refresh_from_db()
    assert change.state == "requested"


@pytest.mark.parametrize("name", ["omar", "aud"])
def test_refuses_a_second_person_without_the_function(house: make.House, tool: Tool, name: str) -> None:
    change, who = asked(house, tool), getattr(house.people, name)
    with one_refusal("function_missing", by=who):
        answer = signed_in(who).post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    assert answer.status_code == 403


def test_refuses_a_settled_change(house: make.House, tool: Tool, ben: Account) -> None:
    change = asked(house, tool)
    signed_in(ben).post(f"/controls/{change.pk}/reject/")
    with one_refusal("not_in_this_state", by=ben):
        answer = signed_in(ben).post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    assert answer.status_code == 409


def test_whoever_asked_may_take_it_back(house: make.House, tool: Tool) -> None:
    change, seen = asked(house, tool), events()
    assert signed_in(house.people.ada).post(f"/controls/{change.pk}/reject/").status_code == 302
    change.refresh_from_db()
    assert (change.state, actions_since(seen)) == ("rejected", ["control_change.rejected"])


def test_refuses_a_second_request_while_one_waits(house: make.House, tool: Tool) -> None:
    asked(house, tool)
    with one_refusal("already_requested", by=house.people.ada):
        answer = signed_in(house.people.ada).post(address(tool, "copywriter"), GIVEN)
    assert answer.status_code == 409
    assert "waiting for a second person" in answer.content.decode()


@pytest.mark.parametrize(
    ("changed", "code", "status"),
    [
        ({"reason": ""}, "reason_missing", 422),
        ({"segments": []}, "form_unreadable", 422),
        ({"segments": ["nowhere"]}, "form_unreadable", 422),
        ({"limit": "many"}, "form_unreadable", 422),
        ({"limit": "0"}, "form_unreadable", 422),
        ({"expires_on": "soon"}, "form_unreadable", 422),
    ],
)
def test_refuses_a_form_that_cannot_be_read_and_keeps_what_was_typed(
    house: make.House, tool: Tool, changed: dict[str, Any], code: str, status: int
) -> None:
    make.agent("copywriter", owner=house.people.ada)
    with one_refusal(code, by=house.people.ada):
        answer = signed_in(house.people.ada).post(address(tool, "copywriter"), GIVEN | changed)
    assert answer.status_code == status
    assert answer.context["form"].errors


def test_taking_a_scope_away_is_in_force_at_once(house: make.House, tool: Tool) -> None:
    seen = events()
    assert signed_in(house.people.ada).post(f"{address(tool)}revoke/").status_code == 302
    assert not Scope.objects.filter(tool=tool, revoked_at=None).exists()
    assert actions_since(seen) == ["scope.revoked"]


def test_refuses_who_is_no_admin_as_if_there_were_no_such_page(house: make.House, tool: Tool) -> None:
    for who in (house.people.mia, house.people.aud):
        with one_refusal("not_found", by=who):
            assert signed_in(who).post(address(tool), GIVEN).status_code == 404


def test_refuses_an_agent_or_tool_that_is_not_there(house: make.House, tool: Tool) -> None:
    for wrong in (f"/tools/nobody/{tool.pk}/", f"/tools/repricer/{uuid4()}/"):
        with one_refusal("not_found", by=house.people.ada):
            assert signed_in(house.people.ada).post(wrong, GIVEN).status_code == 404


def test_what_would_change_is_said_in_words(house: make.House, tool: Tool) -> None:
    change = asked(house, tool)
    (shown,) = signed_in(house.people.fay).get("/controls/").context["changes"]
    assert shown.title == "Let Copywriter use shop.set_price"
    assert [(line.label, line.before, line.after, line.way) for line in shown.lines] == [
        ("Segments", "–", "Apparel", "wider"),
        ("Channels", "–", "web-de", "wider"),
        ("Changes in one proposal, at most", "–", "20", ""),
        ("Ends", "–", "never by itself", ""),
    ]
    assert (shown.digest, shown.confirm.why_not) == (change.digest, "")


def test_ones_own_request_has_a_disabled_button_that_says_why(house: make.House, tool: Tool) -> None:
    asked(house, tool)
    (shown,) = signed_in(house.people.ada).get("/controls/").context["changes"]
    assert shown.confirm.why_not == "You asked for this: a second person confirms it."
    assert shown.reject.label == "Take the request back"


def test_the_matrix_counts_what_was_refused_at_the_tool_and_at_the_agent(house: make.House, tool: Tool) -> None:
    """What no tool would have given stands under the agent; what is older than 30 days stands nowhere."""
    lacking = Refusal(
        Kind.FORBIDDEN, "out_of_scope", "Outside.", next="Ask.",
        params={"type": "variant", "field": "price", "system": "shop"},
    )  # fmt: skip
    outside = Refusal(Kind.FORBIDDEN, "not_found", "Outside.", next="Ask.", params={"outside": True})
    for refusal, days in ((lacking, 0), (lacking, 1), (outside, 0), (lacking, 31)):
        count(refusal, agent_id=house.agent.pk, at=make.now() - timedelta(days=days))
    page = signed_in(house.people.ada).get("/tools/").content.decode()
    assert page.count("data-refused=") == 2
    assert 'data-refused="2"' in page
    assert "refused 2 times" in page
    assert "asked 1 time for what lies outside its segments" in page
    assert "3 requests outside every scope were refused in 30 days." in page
    assert 'data-refused="2"' in signed_in(house.people.ada).get(address(tool)).content.decode()


def test_the_matrix_says_what_a_scope_to_read_withholds(house: make.House) -> None:
    Scope.objects.filter(tool__action_class="read", tool__system=house.erp).update(field_classes=["cost"])
    page = signed_in(house.people.ada).get("/tools/").content.decode()
    assert page.count('data-withheld="personal"') == 1
    assert page.count('data-withheld="cost personal"') == 1


def test_thousands_of_agents_stand_so_many_side_by_side(house: make.House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviews.admin.scopes.COLUMNS", 2)
    for n in range(3):
        bot = make.agent(f"zz-{n}", owner=house.people.ada)
        make.scope(bot, Tool.objects.order_by("pk")[0], segments=[house.apparel])
    ada = signed_in(house.people.ada)
    first = ada.get("/tools/")
    assert [column.agent.key for column in first.context["agents"]] == ["repricer", "zz-0"]
    assert first.context["total"] == Scope.objects.filter(revoked_at=None).count()
    second = ada.get(first.context["next_url"])
    assert [column.agent.key for column in second.context["agents"]] == ["zz-1", "zz-2"]
    assert (second.context["next_url"], second.context["first_url"]) == ("", "/tools/")
    assert second.context["total"] == first.context["total"]
    assert [column.agent.key for column in ada.get("/tools/?agent=zz-2").context["agents"]] == ["zz-2"]
