"""On call's pages and those of systems as axe-core sees them: both themes, both widths, empty, full and in error."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import shelf
from django.db import transaction
from playwright.sync_api import Browser, Page

from launch.live import Live
from orchestr.execution.drift.scan import scan
from orchestr.execution.incidents.closing import request_close
from orchestr.execution.incidents.incident import review
from orchestr.execution.models import Breaker, Incident
from orchestr.execution.systems.configure import add_system
from orchestr.execution.systems.use import request_use
from orchestr.execution.systems.wanted import Wanted
from orchestr.people.paging.models import Call
from orchestr.people.webhooks.models import Webhook, WebhookDelivery
from orchestr.people.webhooks.setup import add_webhook, switch_off
from orchestr.proposals.models import Proposal
from reviews.paging.links import link_of
from tests import make
from tests.browser.accessibility import axe as axe  # a fixture
from tests.browser.accessibility import barriers
from tests.browser.person import Person
from tests.connectors.feeds import ARTICLES
from tests.execution.approved import clock_after_window, work
from tests.execution.test_containment import SAID, act
from tests.execution.test_drift import _by_hand, _published
from tests.execution.test_revert import published

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.slow]
THUMB = 44
FILES = Wanted(key="erp-files", kind="files", name="ERP exports", url="files:erp", settings={"feeds": [ARTICLES]})


@pytest.fixture
def house(processes: Live, shelves: None) -> make.House:
    processes.env |= {"PYTHONPATH": "tests/packages"}
    processes.web()
    return make.house()


@pytest.fixture
def omar(chromium: Browser, processes: Live, house: make.House) -> Iterator[Person]:
    person = Person(chromium, processes.url, "omar")
    yield person
    person.close()


@pytest.fixture
def ada(chromium: Browser, processes: Live, house: make.House) -> Iterator[Person]:
    person = Person(chromium, processes.url, "ada")
    yield person
    person.close()


def look_at(person: Person, path: str, axe: str, *, least_target: int = 0) -> Page:
    page = person.open(path)
    page.wait_for_load_state("networkidle")
    page.locator("main details").evaluate_all("all => all.forEach(each => { each.open = true; })")
    assert barriers(page, axe, least_target=least_target) == []
    return page


def drifted(house: make.House) -> Proposal:
    """Published, and changed by somebody else since."""
    proposal, clock = _published(house)
    _by_hand(21_000, who="till@shop")
    clock.pass_by(301)
    assert scan(clock=clock) == 1
    return proposal


def contained(house: make.House) -> Incident:
    """Omar has contained two prices, one of which somebody else had changed; its review is overdue."""
    proposal = published(house)
    shelf.set_value("shop", "variant", "JKT-2", "price", make.money(18_000), make.DE)
    shelf.SHELVES["shop"].last_hand = "till@shop"
    found = act(house, proposal, house.people.omar).incident
    work(clock_after_window())
    Incident.objects.filter(pk=found.pk).update(overdue_at=make.now())
    return found


def test_pages_of_an_incident_from_the_call_to_its_closing(house: make.House, omar: Person, axe: str) -> None:
    found = contained(house)
    call = Call.objects.order_by("id").first()
    assert call is not None
    link = link_of(call.pk)
    answer = link[link.index("/pages/") :]
    for path in ("/oncall/", f"/incidents/{found.pk}/", answer):
        look_at(omar, path, axe, least_target=THUMB)
    look_at(omar, f"/incidents/{found.pk}/report/", axe)
    with transaction.atomic():
        review(incident_id=found.pk, **SAID, by=house.people.olga, at=make.now())
    look_at(omar, f"/incidents/{found.pk}/", axe, least_target=THUMB)
    with transaction.atomic():
        request_close(incident_id=found.pk, reason="Prices are right again.", by=house.people.olga, at=make.now())
    look_at(omar, f"/incidents/{found.pk}/", axe, least_target=THUMB)
    omar.page.locator("#confirm-close").click()
    omar.page.get_by_text("It is in force now.").wait_for()
    look_at(omar, f"/incidents/{found.pk}/", axe, least_target=THUMB)
    look_at(omar, f"/incidents/{found.pk}/report/", axe)


def test_drift_containing_the_rota_breakers_and_the_calendar(house: make.House, omar: Person, axe: str) -> None:
    look_at(omar, "/oncall/rota/", axe)  # nobody is on
    proposal = drifted(house)
    make.shift(house.people.omar)
    make.shift(house.people.olga, starts_in=timedelta(hours=11))
    look_at(omar, f"/reviews/{proposal.pk}/", axe)
    look_at(omar, f"/reviews/{proposal.pk}/contain/", axe)
    for path in ("/oncall/rota/", "/oncall/breakers/", "/calendar/"):
        look_at(omar, path, axe)
    page = omar.open(f"/reviews/{proposal.pk}/contain/")
    page.locator("#do-it").click()  # without a reason
    page.wait_for_load_state("networkidle")
    assert barriers(page, axe) == []


def test_pages_of_webhooks_empty_working_failing_off_and_in_error(house: make.House, ada: Person, axe: str) -> None:
    for path in ("/webhooks/", "/webhooks/add/"):
        look_at(ada, path, axe)
    page = ada.open("/webhooks/add/")
    page.get_by_role("button", name="Add it").click()
    page.locator(".has-errors").first.wait_for()
    assert barriers(page, axe) == []
    page.fill("#id_name", "Pager")
    page.fill("#id_url", "https://pager.example/in")
    page.get_by_role("button", name="Add it").click()
    page.locator("#secret-text").wait_for()
    assert barriers(page, axe) == []
    now = make.now()
    with transaction.atomic():
        working = add_webhook(
            name="Chat", url="https://chat.example/in", calls=True, notices=True, by=house.people.ada, at=now
        )
        off = add_webhook(
            name="Old", url="https://old.example/in", calls=True, notices=False, by=house.people.ada, at=now
        )
        switch_off(webhook_id=off.pk, by=house.people.ada, at=now)
    Webhook.objects.filter(pk=working.pk).update(answered_at=now)
    failing = Webhook.objects.get(name="Pager")
    Webhook.objects.filter(pk=failing.pk).update(failures=3, quiet_until=now + timedelta(hours=1))
    for state in ("due", "dead"):
        WebhookDelivery.objects.create(
            webhook=failing, state=state, created_at=now, next_at=now + timedelta(hours=1), problem="not_reached"
        )
    page = look_at(ada, "/webhooks/", axe)
    assert page.locator("[data-webhook]").count() == 3
    look_at(ada, f"/webhooks/{failing.pk}/", axe)


def test_pages_of_systems_new_open_and_in_error(house: make.House, ada: Person, axe: str) -> None:
    now = make.now()
    Breaker.objects.create(
        system=house.shop, state="open", failures=5, reason="timed_out", opened_at=now, until=now + timedelta(hours=1)
    )
    for path in ("/connectors/", "/connectors/add/", "/connectors/add/files/", "/connectors/add/commercetools/"):
        look_at(ada, path, axe)
    page = ada.open("/connectors/add/files/")
    page.get_by_role("button", name="Add the system").click()
    page.locator(".has-errors").first.wait_for()
    assert barriers(page, axe) == []
    with transaction.atomic():
        add_system(wanted=FILES, by=house.people.ada, at=now)
    page = look_at(ada, "/connectors/erp-files/", axe)
    page.get_by_role("button", name="Try the connection").click()
    page.locator("#tried").wait_for()
    assert barriers(page, axe) == []
    with transaction.atomic():
        request_use(wanted=FILES, reason="Costs for the margin rules.", by=house.people.ada, at=now)
    for path in ("/connectors/erp-files/", "/connectors/shop/", "/connectors/shop/change/", "/controls/"):
        look_at(ada, path, axe)
