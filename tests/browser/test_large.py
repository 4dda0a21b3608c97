"""A large change set in Chromium: opened, filtered, narrowed, decided on, and followed while it is published."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect

from launch.live import Live
from orchestr.execution import sessions
from orchestr.execution.claim import claim
from orchestr.execution.drain import drain
from orchestr.execution.models import Execution
from orchestr.execution.queue import queue_ready
from orchestr.execution.worker import Worker
from orchestr.execution.writing.perform import perform
from orchestr.proposals.models import Proposal, Version
from tests import make
from tests.browser.accessibility import axe as axe  # a fixture
from tests.browser.accessibility import barriers
from tests.browser.test_queue import Enter, open_proposal, state
from tests.browser.test_queue import enter as enter  # a fixture
from tests.execution.approved import WINDOW, Clock
from tests.invariants import assert_invariants, shelf_writes
from tests.large import large

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.slow]
COUNT = 150


@pytest.fixture
def house(processes: Live) -> Iterator[make.House]:
    processes.env |= {"PYTHONPATH": "tests/packages"}
    processes.web()
    yield make.house()
    assert_invariants(shelf_writes())


def test_a_large_set_is_opened_filtered_narrowed_decided_and_followed(
    house: make.House, enter: Enter, axe: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = large(house, COUNT)
    mia = enter("mia")
    open_proposal(mia, proposal)
    expect(mia.locator("#large-said")).to_contain_text("150 changes.")
    expect(mia.locator("tr[id^=change-]")).to_have_count(50)
    assert barriers(mia, axe) == []
    mia.get_by_role("link", name="Next page").click()
    expect(mia.get_by_role("link", name="Back to the first")).to_be_visible()
    _search(mia, "nothing is called so", "None of the 150 changes is like this.")
    assert barriers(mia, axe, looks=[(360, "dark"), (1280, "light")]) == []
    _search(mia, "LOT-0014", "10 of 150 changes.")
    expect(mia.locator("tr[id^=change-]")).to_have_count(10)
    assert "q=LOT-0014" in mia.url
    assert barriers(mia, axe, looks=[(360, "light"), (1280, "dark")]) == []
    _drop(mia, "They sell well as it is.")
    expect(mia.locator("#large-said")).to_contain_text("140 changes.")
    assert len(Version.objects.get(proposal=proposal, number=2).plan) == 140
    mia.locator("#approve").click()
    expect(mia.locator("#approve")).to_be_disabled()
    fay = enter("fay")
    open_proposal(fay, proposal)
    fay.locator("#approve").click()
    expect(fay.locator("#decide")).to_have_attribute("data-state", "approved")
    # The shelf stands in this process, which is the worker; the web process, which has an empty one, may not read it.
    for name in ("SHOP_READ", "SHOP_PUBLISH", "ERP_READ", "ERP_PUBLISH"):
        monkeypatch.setenv(f"ORCHESTR_CREDENTIAL_{name}", "shelf")
    _followed(mia, proposal, axe)


def _search(page: Page, text: str, said: str) -> None:
    page.locator("#toolbar-q").fill(text)
    page.locator("#toolbar-q").press("Enter")
    expect(page.locator("#large-said")).to_contain_text(said)


def _drop(page: Page, reason: str) -> None:
    page.locator("#drop-why").fill(reason)
    page.locator("#drop-matching").click()
    expect(page.locator("body")).to_contain_text("This is version 2 now")


def _followed(page: Page, proposal: Proposal, axe: str) -> None:
    """While it is published the page is told over the socket."""
    sessions.close_all()
    clock = Clock(make.now() + WINDOW)
    _write_one(clock)
    execution = Execution.objects.get(proposal=proposal)
    page.goto(f"{'/'.join(page.url.split('/')[:3])}/executions/{execution.pk}/")
    expect(page.locator("html")).to_have_attribute("data-live", "on")
    expect(page.locator("#items progress")).to_be_visible()
    expect(page.locator("[data-count=pending]")).to_be_visible()
    assert barriers(page, axe) == []
    while drain(Worker(name="publish-1", clock=clock)):
        clock.pass_by(0.1)
    expect(page.locator("#items")).to_contain_text("140 of 140 items are settled.")
    expect(page.locator("#items")).to_have_attribute("data-state", "done")
    assert state(proposal) == "published"
    page.locator("#filter-outcome").select_option("applied")
    page.locator("#toolbar-q").fill("LOT-00003")
    page.locator("#toolbar-q").press("Enter")
    expect(page.locator("[data-item]")).to_have_count(1)
    assert barriers(page, axe, looks=[(360, "dark"), (1280, "light")]) == []


def _write_one(clock: Clock) -> None:
    """A worker whose time is up after the first item."""
    worker = Worker(name="publish-1", clock=clock)
    worker.deadline = 0.0
    with transaction.atomic(durable=True):
        queue_ready(at=clock(), limit=1, by=worker.actor)
    with transaction.atomic(durable=True):
        (work,) = claim(worker=worker.name, at=clock(), limit=1, by=worker.actor)
    perform(work, worker=worker)
