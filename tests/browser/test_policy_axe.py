"""The pages of policy as axe-core sees them: a draft with layers and examples, exceptions, and their forms."""

import pytest
from django.db import transaction
from playwright.sync_api import Browser

from launch.live import Live
from orchestr.policy.default import default_rules
from orchestr.policy.default_examples import default_examples
from orchestr.policy.layers.edits import with_allow, with_override
from orchestr.rulebook.drafts import draft_policy
from tests import make
from tests.browser.accessibility import axe as axe  # a fixture
from tests.browser.accessibility import barriers
from tests.browser.person import Person
from tests.browser.test_admin_axe import house as house  # a fixture
from tests.browser.test_admin_axe import look_at
from tests.proposals.test_exceptions import ask, granted, refused

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.slow]


def test_policy_with_layers_examples_and_exceptions(
    house: make.House, chromium: Browser, processes: Live, axe: str
) -> None:
    fill(house)
    waiting = refused(house)
    ask(house, waiting)
    ada, mia = (Person(chromium, processes.url, who) for who in ("ada", "mia"))
    for path in (
        "/policy/", "/policy/2/", "/policy/2/layers/", "/policy/2/layers/?parameter=price_change.dual_over_bp",
        "/policy/2/allow/", "/policy/exceptions/",
    ):  # fmt: skip
        look_at(ada, path, axe)
    for path in ("/policy/2/", "/policy/exceptions/", f"/policy/exceptions/request/{waiting.pk}/"):
        look_at(mia, path, axe)
    assert (ada.complaints, mia.complaints) == ([], [])
    ada.close()
    mia.close()


def test_policy_without_anything(house: make.House, chromium: Browser, processes: Live, axe: str) -> None:
    mia = Person(chromium, processes.url, "mia")
    look_at(mia, "/policy/exceptions/", axe)
    look_at(mia, "/policy/", axe)
    assert mia.complaints == []
    mia.close()


def test_a_layer_in_error(house: make.House, chromium: Browser, processes: Live, axe: str) -> None:
    fill(house)
    ada = Person(chromium, processes.url, "ada")
    page = ada.open("/policy/2/layers/?parameter=price_change.dual_over_bp")
    page.locator("[name=value]").fill("90")
    page.locator("form[data-act=layer] button.primary").click()
    page.locator(".refusal").first.wait_for()
    assert barriers(page, axe) == []
    ada.close()


def fill(house: make.House) -> None:
    """A draft with two layers, one allowed to loosen, and an example that fails; one exception that counts."""
    granted(house, refused(house))
    rules = with_allow(default_rules(), layer="everything", name="margin.dual_under_bp", allowed=True)
    change = {"layer": "site:web-de", "rule": "price_change", "parameter": "dual_over_bp", "value": 500}
    rules = with_override(rules, **change)
    rules = with_override(rules, **change | {"layer": "segment:apparel", "value": 300})
    examples = default_examples()
    examples[0]["expect"] = {"refused": True, "tier": "dual", "functions": []}
    with transaction.atomic():
        draft_policy(rules=rules, by=house.people.ada, at=make.now(), examples=examples)
