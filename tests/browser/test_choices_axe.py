"""Choices between work, campaigns, and how an agent listens, as axe-core sees them: empty, full and in error."""

import pytest
from django.db import transaction
from playwright.sync_api import Browser

from launch.live import Live
from orchestr.agents.models import AgentToken
from orchestr.people.webhooks.setup import add_webhook
from orchestr.proposals.arbitration.models import Arbitration
from orchestr.proposals.settle import touch
from tests import make
from tests.browser.accessibility import axe as axe  # a fixture
from tests.browser.accessibility import barriers
from tests.browser.person import Person
from tests.browser.test_admin_axe import look_at
from tests.conftest import Committed
from tests.proposals.arbitration.three import three
from tests.triggers.briefs import given

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.slow]


@pytest.fixture
def house(committed: Committed, shelves: None, processes: Live) -> make.House:
    processes.env |= {"PYTHONPATH": "tests/packages"}
    processes.web()
    return make.house()


def test_what_is_held_together_and_campaigns(house: make.House, chromium: Browser, processes: Live, axe: str) -> None:
    mia = Person(chromium, processes.url, "mia")
    for path in ("/arbitrations/", "/briefs/", "/briefs/ask/"):
        look_at(mia, path, axe)
    proposals, held = three(house).cascade()
    waiting, running = given.asked(house, name="Spring"), given.approved(house)
    for path in (
        "/arbitrations/", f"/arbitrations/{held.pk}/", f"/reviews/{proposals[0].pk}/", "/briefs/",
        f"/briefs/{waiting.pk}/", f"/briefs/{running.pk}/",
    ):  # fmt: skip
        look_at(mia, path, axe)
    assert Arbitration.objects.filter(settled_at=None).count() == 1
    page = mia.open("/briefs/ask/")
    page.locator("main form button.primary").click()
    page.locator(".has-errors").first.wait_for()
    assert barriers(page, axe) == []
    mia.close()


def test_how_an_agent_calls_and_listens(house: make.House, chromium: Browser, processes: Live, axe: str) -> None:
    held = AgentToken.objects.get()
    with transaction.atomic():
        add_webhook(
            name="Listener", url="https://agent.example/in", agent_id=house.agent.pk, by=house.people.ada, at=make.now()
        )
        touch(proposal_id=three(house).raises().pk)
    ada = Person(chromium, processes.url, "ada")
    for path in (
        "/agents/repricer/rate/", "/agents/repricer/webhooks/", "/agents/repricer/webhooks/add/",
        f"/agents/repricer/tokens/{held.pk}/replace/", f"/agents/repricer/tokens/{held.pk}/seen/",
        "/workflows/clearance/",
    ):  # fmt: skip
        look_at(ada, path, axe)
    ada.close()
