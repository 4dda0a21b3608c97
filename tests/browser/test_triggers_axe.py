"""Triggers and events as axe-core sees them: both themes, both widths, empty, full and in error."""

import pytest
from playwright.sync_api import Browser

from launch.live import Live
from orchestr.triggers.definition import Cap, Storm
from tests import make, people
from tests.browser.accessibility import axe as axe  # a fixture
from tests.browser.accessibility import barriers
from tests.browser.person import Person
from tests.conftest import Committed
from tests.triggers.given import event, send, trigger

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.slow]


def test_triggers_with_much_on_them(
    committed: Committed, chromium: Browser, shelves: None, processes: Live, axe: str
) -> None:
    house = make.house()
    trigger(house.workflow, storm=Storm(events=5), cap=Cap(runs=3))
    send(*(event(f"e-{n}") for n in range(6)), event("none", type="price.low"))
    processes.web()
    ada = Person(chromium, processes.url, "ada")
    for path in ("/triggers/", "/triggers/slow-stock/", "/events/", "/triggers/slow-stock/change/"):
        page = ada.open(path)
        page.wait_for_load_state("networkidle")
        assert barriers(page, axe) == [], path
    page.locator("button[name=try]").click()
    page.locator("#tried tbody tr").first.wait_for()
    assert barriers(page, axe) == []
    assert ada.complaints == []
    ada.close()


def test_triggers_with_nothing_on_them_and_in_error(
    committed: Committed, chromium: Browser, processes: Live, axe: str
) -> None:
    people.account("ada", ["admin"])
    processes.web()
    ada = Person(chromium, processes.url, "ada")
    for path in ("/triggers/", "/events/"):
        page = ada.open(path)
        page.wait_for_load_state("networkidle")
        assert barriers(page, axe) == [], path
    page = ada.open("/triggers/define/")
    page.locator("form[data-act=define] button.primary").click()
    page.locator(".has-errors").first.wait_for()
    assert barriers(page, axe) == []
    ada.close()
