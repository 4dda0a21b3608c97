"""The worst unattended day by the pages: of an agent, a workflow, all, and of what a control change would do."""

from typing import Any

import pytest
from django.db import transaction

from orchestr.agents.grants import Extent, set_scope
from orchestr.agents.models import Scope, Tool
from orchestr.outcomes.positions import Catalogue
from orchestr.outcomes.unattended import Bounds, Settings
from orchestr.policy.default import default_rules
from orchestr.policy.ruleset import parse_policy
from orchestr.rulebook.drafts import draft_policy
from orchestr.rulebook.publish import request_publication
from orchestr.workflows.models import Stage, Workflow
from orchestr.workflows.stage import set_stage
from tests import make
from tests.outcomes.past import rules
from tests.reviews.admin.doors import signed_in


def loosened(percent_bp: int = 500) -> dict[str, Any]:
    """One price move of so much goes out unattended, and nothing keeps prices attended for good."""
    raw = rules(price_change={"single_over_bp": percent_bp}, native_compare={"none_effect": "info"})
    return raw | {"rules": [row for row in raw["rules"] if row["rule"] != "class_ceiling"]}


def trusted(house: make.House) -> Workflow:
    Workflow.objects.filter(pk=house.workflow.pk).update(stage=Stage.TRUSTED)
    return Workflow.objects.select_related("agent").get(pk=house.workflow.pk)


@pytest.mark.django_db
def test_the_catalogue_is_read_in_four_statements(house: make.House, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(8):  # with sites, tree and locations
        catalogue = Catalogue.load(at=make.now())
    prices = [each for each in catalogue.standing if each.position.item.field_class == "price"]
    assert len(prices) == 8
    sale = catalogue.sales["JKT-1|web-de"]
    assert (sale.price.amount, sale.cost and sale.cost.amount, sale.tax_bp) == (20_000, 8_000, 1_900)


@pytest.mark.django_db
def test_under_the_default_policy_no_price_is_lost_and_copy_is_said_by_itself(house: make.House) -> None:
    day = Bounds(at=make.now()).of_workflow(trusted(house))
    assert day.reached > 8
    assert "price" not in day.worst.open
    assert day.worst.deepest_bp == 0
    for loss in day.worst.losses:
        assert set(loss.parts) == {"copy"}
    page = signed_in(house.people.ada).get("/workflows/clearance/unattended/").content.decode()
    assert "<span data-age>Worked out anew" in page
    assert "No price does." in page


@pytest.mark.django_db
def test_below_trusted_nothing_can_be_lost(house: make.House) -> None:
    assert Bounds(at=make.now()).of_workflow(house.workflow).worst.open == {}
    page = signed_in(house.people.ada).get("/agents/repricer/unattended/").content.decode()
    assert "Nothing goes out unattended" in page


@pytest.mark.django_db
def test_under_a_loosened_policy_it_is_real_money(house: make.House) -> None:
    policy = parse_policy(loosened(), number=9)
    day = Bounds(at=make.now()).of_workflow(trusted(house), Settings(policy=policy))
    assert day.worst.open["price"] == 4  # of those in pounds no cost is known
    assert day.worst.deepest_bp == 1_000
    euro = next(loss for loss in day.worst.losses if loss.currency == "EUR")
    assert euro.parts["price"][0] > 0


@pytest.mark.django_db
def test_an_agent_without_a_scope_reaches_nothing(house: make.House) -> None:
    workflow = trusted(house)
    Scope.objects.filter(agent=house.agent).update(revoked_at=make.now())
    day = Bounds(at=make.now()).of_workflow(workflow, Settings(policy=parse_policy(loosened(), number=9)))
    assert (day.reached, day.worst.losses) == (0, ())


@pytest.mark.django_db
def test_publishing_a_looser_policy_says_before_and_after(house: make.House) -> None:
    trusted(house)
    with transaction.atomic():
        row = draft_policy(rules=loosened(), by=house.people.ada, at=make.now())
        change = request_publication(number=row.number, reason="Try it.", by=house.people.ada, at=make.now())
    found = Bounds(at=make.now()).of_change(change)
    assert found is not None
    assert "price" not in found.before.worst.open
    assert found.after.worst.open["price"] == 4
    page = signed_in(house.people.fay).get(f"/controls/{change.pk}/unattended/").content.decode()
    assert page.index("As it stands") < page.index("Once it is confirmed") < page.index("Prices")
    assert f"/controls/{change.pk}/unattended/" in signed_in(house.people.fay).get("/controls/").content.decode()
    assert f"/controls/{change.pk}/unattended/" not in signed_in(house.people.omar).get("/controls/").content.decode()


@pytest.mark.django_db
def test_a_higher_stage_and_a_wider_scope_say_before_and_after(house: make.House) -> None:
    tool = Tool.objects.get(name="shop.set_price")
    with transaction.atomic():
        stage = set_stage(
            workflow_id=house.workflow.pk,
            stage=Stage.TRUSTED,
            reason="It has earned it.",
            by=house.people.ada,
            at=make.now(),
        )
        extent = Extent(
            segments=frozenset({"apparel", "outdoor-gear"}), channels=frozenset({"web-de", "web-uk", "market"})
        )
        scope = set_scope(
            agent_id=house.agent.pk,
            tool_id=tool.pk,
            extent=extent,
            reason="One more.",
            by=house.people.ada,
            at=make.now(),
        )
    bounds = Bounds(at=make.now())
    raised = bounds.of_change(stage)  # type: ignore[arg-type]  # both are control changes
    assert raised is not None
    assert (raised.before.worst.open, raised.after.worst.open != {}) == ({}, True)
    widened = bounds.of_change(scope)  # type: ignore[arg-type]
    assert widened is not None
    assert (widened.who, widened.before.reached <= widened.after.reached) == (house.agent.name, True)


@pytest.mark.django_db
def test_a_change_that_has_no_bearing_is_absent(house: make.House) -> None:
    from orchestr.governance.grants import request_function

    with transaction.atomic():
        change = request_function(
            account_id=house.people.mia.pk, function="legal", reason="She knows.", by=house.people.ada, at=make.now()
        )
    assert signed_in(house.people.ada).get(f"/controls/{change.pk}/unattended/").status_code == 404


def test_the_default_policy_keeps_prices_attended() -> None:
    assert "class_ceiling" in {row["rule"] for row in default_rules()["rules"]}
