"""The sheets on which a person proposes, as axe-core sees them: empty, filled in, and refused."""

import pytest
from playwright.sync_api import Browser

from launch.live import Live
from tests import make
from tests.browser.accessibility import axe as axe  # a fixture
from tests.browser.accessibility import barriers
from tests.browser.person import Person
from tests.browser.test_axe import house as house  # a fixture
from tests.browser.test_axe import look_at
from tests.browser.test_axe import mia as mia  # a fixture

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.slow]


def test_a_sheet_from_its_beginning_to_its_refusal(
    mia: Person, house: make.House, chromium: Browser, processes: Live, axe: str
) -> None:
    look_at(mia, "/propose/", axe)
    page = look_at(mia, "/catalogue/JKT-1/", axe)
    page.locator("form[data-act=begin] button").click()
    page.locator("[data-thing]").first.wait_for()
    page.locator("main details").evaluate_all("all => all.forEach(each => { each.open = true; })")
    assert barriers(page, axe) == []
    page.locator("[data-kind=money] input[inputmode]").first.fill("about nineteen")
    page.locator("button[value=send]").click()
    page.locator(".refusal").wait_for()
    assert barriers(page, axe) == []
    look_at(mia, "/propose/", axe)
