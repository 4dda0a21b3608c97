"""Tools are registered by version: what a connector declares later gives no right to what was granted before."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction

from audit.models import AuditEvent
from orchestr.agents import tools
from orchestr.agents.grants import Extent, set_scope
from orchestr.agents.models import Scope, Tool, ToolVersion
from orchestr.agents.scopes import reach_of
from orchestr.catalogue.models import System
from orchestr.catalogue.systems import declarations
from orchestr.connectors.declaration import Declaration, Writes
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.people.models import Account
from orchestr.refusal import Refusal
from tests import make, people
from tests.reviews.admin.doors import signed_in

MORE = (Writes("variant", "price"), Writes("variant", "tax_bp"))
Declare = Callable[..., None]


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch) -> Declare:
    """Another release of the shop's connector declares its price tool otherwise, or leaves it out."""

    def with_(*, gone: bool = False, **otherwise: Any) -> None:
        def declared() -> list[tuple[System, Declaration]]:
            found = []
            for system, declaration in declarations():
                listed = [
                    replace(tool, **otherwise) if (system.key, tool.name) == ("shop", "set_price") else tool
                    for tool in declaration.tools
                    if not (gone and (system.key, tool.name) == ("shop", "set_price"))
                ]
                found.append((system, replace(declaration, tools=tuple(listed))))
            return found

        monkeypatch.setattr(tools, "declarations", declared)

    return with_


def register() -> None:
    with transaction.atomic():
        tools.register_tools(at=make.now())


def price_tool() -> Tool:
    return Tool.objects.get(name="shop.set_price")


def told(*actions: str) -> list[str]:
    rows = AuditEvent.objects.filter(action__in=actions or ("tool.registered", "tool.changed", "tool.withdrawn"))
    return list(rows.filter(about__tool=str(price_tool().pk)).order_by("id").values_list("action", flat=True))


@pytest.fixture
def registered(house: make.House) -> make.House:
    """The house with its tools registered as a start does it."""
    for row in Tool.objects.all():
        ToolVersion.objects.create(tool=row, number=1, declared=tools.declared_now(row), registered_at=make.now())
    return house


def test_a_tool_is_registered_once_and_again_as_long_as_nothing_differs_costs_nothing(house: make.House) -> None:
    Scope.objects.all().delete()
    Tool.objects.all().delete()
    register()
    register()
    assert set(Tool.objects.values_list("version", flat=True)) == {1}
    assert ToolVersion.objects.count() == Tool.objects.count()
    assert told() == ["tool.registered"]


@pytest.mark.parametrize(
    "otherwise",
    [
        {"reversibility": "irreversible"},
        {"guarantee": "none"},
        {"input_schema": {"type": "object"}},
        {"output_schema": {"type": "object"}},
        {"cost": 500},
        {"action_class": "draft"},
        {"writes": MORE},
    ],
    ids=lambda otherwise: next(iter(otherwise)),
)
def test_each_declaration_that_differs_is_the_next_version(
    registered: make.House, declare: Declare, otherwise: dict[str, Any]
) -> None:
    declare(**otherwise)
    register()
    register()
    tool = price_tool()
    assert (tool.version, list(tool.versions.order_by("number").values_list("number", flat=True))) == (2, [1, 2])
    assert tool.versions.get(number=2).declared == tools.declared_now(tool)
    assert told() == ["tool.changed"]


def test_a_tool_that_is_declared_no_longer_is_withdrawn_and_comes_back_as_it_was(
    registered: make.House, declare: Declare
) -> None:
    declare(gone=True)
    register()
    assert price_tool().withdrawn_at is not None
    declare()
    register()
    assert (price_tool().withdrawn_at, price_tool().version) == (None, 1)
    assert told() == ["tool.withdrawn", "tool.registered"]


def test_a_system_whose_connector_cannot_be_loaded_keeps_its_tools(
    registered: make.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools, "declarations", lambda: [each for each in declarations() if each[0].key != "shop"])
    register()
    assert price_tool().withdrawn_at is None


def reached(house: make.House) -> tuple[str, set[str]]:
    (found,) = [each for each in reach_of(house.agent, at=make.now()) if each.tool == "shop.set_price"]
    return found.action_class, {field for _, field in found.writes}


def test_a_scope_covers_what_its_tool_did_when_it_was_granted(registered: make.House, declare: Declare) -> None:
    declare(writes=MORE)
    register()
    assert reached(registered) == ("publish", {"price"})


def test_a_tool_that_does_less_takes_it_from_every_scope_at_once(registered: make.House, declare: Declare) -> None:
    declare(writes=())
    register()
    assert reached(registered) == ("publish", set())


def test_a_draft_tool_that_publishes_by_now_still_drafts(registered: make.House, declare: Declare) -> None:
    declare(action_class="draft")
    register()
    scope = Scope.objects.get(tool=price_tool())
    Scope.objects.filter(pk=scope.pk).update(tool_version=2)
    declare()
    register()
    assert (price_tool().version, price_tool().action_class) == (3, "publish")
    assert reached(registered)[0] == "draft"


def ask(house: make.House, *, by: Account, **extent: Any) -> Scope | ControlChange:
    scope = Scope.objects.get(tool=price_tool(), revoked_at=None)
    with transaction.atomic():
        return set_scope(
            agent_id=house.agent.pk,
            tool_id=scope.tool_id,
            extent=replace(Extent.of(scope), **extent),
            reason="The newer one.",
            by=by,
            at=make.now(),
        )


def confirm(change: ControlChange, by: Account) -> None:
    with transaction.atomic():
        control.confirm(change_id=change.pk, digest=change.digest, by=by, at=make.now())


def test_the_later_version_is_asked_for_with_the_scope_as_it_is_and_takes_two(
    registered: make.House, declare: Declare
) -> None:
    declare(writes=MORE)
    register()
    asked = ask(registered, by=registered.people.ada)
    assert isinstance(asked, ControlChange)
    assert asked.after is not None
    assert (asked.after["wrote"], asked.after["writes"]) == (
        ["publish", "variant.price"],
        ["publish", "variant.price", "variant.tax_bp"],
    )
    assert reached(registered) == ("publish", {"price"})
    confirm(asked, people.account("ben", ["admin"]))
    assert reached(registered) == ("publish", {"price", "tax_bp"})


def test_narrowing_goes_on_at_once_and_takes_up_nothing(registered: make.House, declare: Declare) -> None:
    declare(writes=MORE)
    register()
    done = ask(registered, by=registered.people.ada, channels=frozenset({"web-de"}))
    assert isinstance(done, Scope)
    assert reached(registered) == ("publish", {"price"})


def test_what_was_asked_for_of_one_version_is_not_given_of_the_next(registered: make.House, declare: Declare) -> None:
    declare(writes=MORE)
    register()
    asked = ask(registered, by=registered.people.ada)
    assert isinstance(asked, ControlChange)
    declare(writes=(*MORE, Writes("product", "title")))
    register()
    with pytest.raises(Refusal) as caught:
        confirm(asked, people.account("ben", ["admin"]))
    assert caught.value.code == "scope_moved"
    assert reached(registered) == ("publish", {"price"})


def test_the_matrix_and_the_scope_say_that_the_tool_does_more_by_now(registered: make.House, declare: Declare) -> None:
    ada = signed_in(registered.people.ada)
    page = f"/tools/repricer/{price_tool().pk}/"
    assert "data-older" not in ada.get(page).content.decode()
    declare(writes=MORE)
    register()
    assert ada.get("/tools/").content.decode().count("the tool does more by now") == 1
    told = ada.get(page).content.decode()
    assert "data-older" in told
    assert "publish, variant.price. Version 2 does more" in told
    asked = ask(registered, by=registered.people.ada)
    assert isinstance(asked, ControlChange)
    lines = ada.get("/controls/").content.decode()
    assert "variant.tax_bp" in lines
