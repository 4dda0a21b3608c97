"""A list of a thousand segments in Chromium: what one looks for is found, and what is ticked stays and is sent."""

import pytest
from playwright.sync_api import Browser, Page

from launch.live import Live
from orchestr.agents.models import Tool
from orchestr.catalogue.models import Segment
from orchestr.governance.models import ControlChange
from tests import make
from tests.browser.accessibility import axe as axe  # a fixture
from tests.browser.accessibility import barriers
from tests.browser.person import Person
from tests.conftest import Committed

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.slow]


def in_sight(page: Page) -> list[str]:
    return [each.strip() for each in page.locator("#id_segments > div:visible").all_inner_texts()]


def test_a_segment_among_a_thousand_is_found_and_what_is_ticked_is_sent(
    committed: Committed, processes: Live, chromium: Browser, axe: str
) -> None:
    house = make.house()
    Segment.objects.bulk_create(
        Segment(key=f"aisle-{n:03}", name=f"Aisle {n:03}", parent=house.apparel) for n in range(1_000)
    )
    tool = Tool.objects.get(name="shop.set_price")
    house.agent.scopes.filter(tool=tool).delete()
    processes.web()
    ada = Person(chromium, processes.url, "ada")
    page = ada.open(f"/tools/repricer/{tool.pk}/")

    find = page.get_by_role("searchbox", name="Segments")
    find.fill("aisle 77")
    assert in_sight(page) == [f"Aisle 77{n}" for n in range(10)]
    page.get_by_label("Aisle 777").check()
    find.fill("no such thing")
    assert in_sight(page) == ["Aisle 777"]
    find.press("Enter")  # finds, and sends nothing
    assert page.url.endswith(f"/{tool.pk}/")
    assert not ControlChange.objects.exists()
    assert barriers(page, axe) == []
    find.press("Escape")
    assert len(in_sight(page)) > 1_000
    page.get_by_label("Aisle 004").check()
    find.fill("outdoor")
    page.get_by_label("Reason").fill("Two aisles more.")
    page.get_by_role("button", name="Ask for this scope").click()
    page.wait_for_url("**/controls/*")

    asked = ControlChange.objects.get().after
    assert asked is not None
    assert asked["segments"] == ["aisle-004", "aisle-777"]
    assert ada.complaints == []
    ada.close()
