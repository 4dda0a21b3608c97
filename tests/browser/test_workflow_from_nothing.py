"""An admin who follows docs/workflows.md: from nothing to canary in Chromium, the preflight telling each missing piece."""

import pytest
from django.db import transaction
from playwright.sync_api import Browser, Page

from launch.live import Live
from orchestr.agents.models import Agent, Tool
from orchestr.drills.models import Drill
from orchestr.drills.play import play
from orchestr.workflows.models import Workflow
from tests import make, people
from tests.browser.accessibility import axe as axe  # a fixture
from tests.browser.accessibility import barriers
from tests.browser.person import Person
from tests.browser.registering import register_an_agent
from tests.conftest import Committed
from tests.drills.sandbox import sandbox

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.slow]


def standings(page: Page) -> dict[str, str]:
    """The preflight as the page shows it."""
    lines = page.locator("#preflight [data-line]").all()
    return {str(line.get_attribute("data-line")): str(line.get_attribute("data-standing")) for line in lines}


def ask_for_canary(page: Page) -> None:
    page.locator("#id_stage").select_option("canary")
    page.locator("#id_reason").fill("It has run in shadow and said nothing wrong.")
    page.get_by_role("button", name="Set the stage").click()


def test_a_workflow_goes_from_nothing_to_canary(
    committed: Committed,
    shelves: None,
    processes: Live,
    chromium: Browser,
    axe: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ORCHESTR_CREDENTIAL_COPY_READ", "shelf")
    house = make.house()
    sandbox(house)
    people.account("ben", ["admin"])
    processes.web()
    ada, ben = Person(chromium, processes.url, "ada"), Person(chromium, processes.url, "ben")

    register_an_agent(ada)

    define(ada, axe)
    page = ada.page
    assert standings(page) == {
        "trigger": "missing", "tools": "missing", "reviewers": "ready", "rollback": "missing", "reversible": "missing",
        "drill": "missing", "record": "too_new",
    }  # fmt: skip
    assert barriers(page, axe) == []
    ask_for_canary(page)
    page.get_by_text("The preflight lacks what a stage above shadow needs").wait_for()
    assert Workflow.objects.get(key="winter").stage == "shadow"

    grant(ada, ben)
    page = ada.open("/workflows/winter/")
    assert standings(page) | {"rollback": "", "trigger": ""} == {
        "trigger": "", "tools": "too_new", "reviewers": "ready", "rollback": "", "reversible": "ready",
        "drill": "missing", "record": "too_new",
    }  # fmt: skip

    write_a_trigger(ada)
    with transaction.atomic():
        make.duty(house.people.olga)
    drill_it(ada, house)
    page = ada.open("/workflows/winter/")
    assert [name for name, standing in standings(page).items() if standing == "missing"] == []
    ask_for_canary(page)
    page.wait_for_url("**/controls/*")

    page = ben.open("/controls/")
    page.get_by_text("Proposed in 30 days: 0").wait_for()
    page.get_by_role("button", name="Confirm and put in force").click()
    page.get_by_text("It is in force now.").wait_for()
    assert Workflow.objects.get(key="winter").stage == "canary"
    page = ada.open("/workflows/winter/")
    assert barriers(page, axe) == []
    page.get_by_role("link", name="version 1").click()
    page.get_by_text("It is the first.").wait_for()
    assert barriers(page, axe) == []

    # The refused stage is answered 409, which a browser notes as a failed load; nothing else is complained of.
    assert [each for each in ada.complaints if "409" not in each] + ben.complaints == []
    ada.close()
    ben.close()


def define(ada: Person, axe: str) -> None:
    page = ada.open("/workflows/")
    page.get_by_role("link", name="Define a workflow").click()
    page.get_by_label("Key").fill("winter")
    page.get_by_label("Name", exact=True).fill("Winter")
    page.get_by_label("Agent").select_option(label="Winter repricer")
    page.get_by_label("Goal").fill("Sell what is warm before spring.")
    page.get_by_label("Success criteria").fill("Cover below 60 days; nothing is put back.")
    page.get_by_label("Decision owner").select_option(label="Ada")
    page.get_by_label("Escalation owner").select_option(label="Omar")
    page.get_by_label("Rollback owner").select_option(label="Olga")
    page.get_by_label("Apparel", exact=True).check()
    page.get_by_label("web-de").check()
    page.get_by_label("Step 1: Word").fill("gather")
    page.get_by_label("Step 1: Seconds at most").fill("120")
    page.get_by_label("Step 1: What follows").select_option("raise_tier")
    assert barriers(page, axe) == []
    page.get_by_role("button", name="Define the workflow").click()
    page.wait_for_url("**/workflows/winter/")


def grant(ada: Person, ben: Person) -> None:
    page = ada.open("/tools/?agent=winter-repricer")
    page.locator('[data-tool="shop.set_price"]').get_by_role("link", name="Grant").click()
    page.get_by_label("Apparel").check()
    page.get_by_label("web-de").check()
    page.get_by_label("Reason").fill("Winter begins.")
    page.get_by_role("button", name="Ask for this scope").click()
    page.wait_for_url("**/controls/*")
    page = ben.open("/controls/")
    page.get_by_role("button", name="Confirm and put in force").click()
    page.get_by_text("It is in force now.").wait_for()


def drill_it(ada: Person, house: make.House) -> None:
    """The agent has the same tool in the sandbox; a tenth of a price is refused there, and the page says so."""
    with transaction.atomic():
        agent = Agent.objects.get(key="winter-repricer")
        make.scope(agent, Tool.objects.get(name="copy.set_price"), segments=[house.apparel])
    page = ada.open("/workflows/winter/")
    page.get_by_role("button", name="Start the drill").click()
    page.wait_for_url("**/drills/*/")
    play(Drill.objects.get().pk, clock=make.now)
    page.locator('#course[data-state="passed"]').wait_for()


def write_a_trigger(ada: Person) -> None:
    page = ada.open("/workflows/winter/")
    page.locator('[data-line="trigger"]').get_by_role("link").click()
    page.locator("#id_key").fill("warm-stock")
    page.locator("#id_name").fill("Warm stock")
    page.locator("#id_workflow").select_option(label="Winter")
    page.locator("#id_types").fill("stock.slow")
    page.locator("#id_manual_edit_s").fill("3600")
    page.get_by_role("button", name="Define the trigger").click()
    page.wait_for_url("**/triggers/warm-stock/")
