"""The admin's work in Chromium: a right from nothing, a second person's yes, and what the agent then sees."""

import httpx
import pytest
from playwright.sync_api import Browser

from launch.live import Live
from orchestr.agents.models import Scope, Tool
from orchestr.agents.tokens import fingerprint
from tests import make, people
from tests.browser.person import Person
from tests.browser.registering import register_an_agent
from tests.conftest import Committed

pytestmark = pytest.mark.browser


def tools_of(url: str, token: str) -> dict[str, object]:
    """What the agent is told it may do."""
    answer = httpx.get(f"{url}/api/v1/tools", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    return {tool["name"]: (tool["segments"], tool["channels"], tool["limits"]) for tool in answer.json()["tools"]}


def test_an_agent_gets_its_first_scope_from_two_admins(
    committed: Committed, shelves: None, processes: Live, chromium: Browser
) -> None:
    house = make.house()
    people.account("ben", ["admin"])
    processes.web()
    ada, ben = Person(chromium, processes.url, "ada"), Person(chromium, processes.url, "ben")

    page = register_an_agent(ada)

    page.get_by_role("button", name="Issue a token").click()
    token = page.locator("#token-text").inner_text()
    assert tools_of(processes.url, token) == {}
    page.get_by_role("link", name="I have copied it").click()
    assert token not in page.content()

    page = ada.open("/tools/?agent=winter-repricer")
    page.locator('[data-tool="shop.set_price"]').get_by_role("link", name="Grant").click()
    page.get_by_label("Apparel").check()
    page.get_by_label("web-de").check()
    page.get_by_label("Changes in one proposal, at most").fill("25")
    page.get_by_role("button", name="Ask for this scope").click()
    page.locator("form[data-act=scope] .refusal").wait_for()  # a widening without a reason is not even asked for
    assert page.get_by_label("Apparel").is_checked()
    page.get_by_label("Reason").fill("The winter campaign begins on Monday.")
    page.get_by_role("button", name="Ask for this scope").click()
    page.wait_for_url("**/controls/*")

    own = page.get_by_role("button", name="Confirm and put in force")
    assert own.is_disabled()
    assert "You asked for this" in page.locator(f"#{own.get_attribute('aria-describedby')}").inner_text()
    assert tools_of(processes.url, token) == {}

    page = ben.open("/controls/")
    assert "Let Winter repricer use shop.set_price" in page.content()
    page.get_by_role("button", name="Confirm and put in force").click()
    page.get_by_text("It is in force now.").wait_for()

    assert tools_of(processes.url, token) == {"shop.set_price": (["apparel"], ["web-de"], {"changes_per_proposal": 25})}
    scope = Scope.objects.get(agent__key="winter-repricer")
    assert scope.tool == Tool.objects.get(name="shop.set_price")
    assert scope.agent.tokens.get().sha256 == fingerprint(token)
    assert house.workflow.stage == "supervised"
    # The refused request is answered 422, which a browser notes as a failed load; nothing else is complained of.
    assert [each for each in ada.complaints if "422" not in each] + ben.complaints == []
    ada.close()
    ben.close()
