"""Home, queue and proposal as axe-core sees them: both themes, both widths, empty, full and in error."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from playwright.sync_api import Browser, Page, expect

from launch.live import Live
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.models import Proposal
from tests import make
from tests.browser.accessibility import axe as axe  # a fixture
from tests.browser.accessibility import barriers
from tests.browser.person import Person
from tests.proposals.propose import dual, propose, single

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.slow]


@pytest.fixture
def house(processes: Live) -> make.House:
    processes.env |= {"PYTHONPATH": "tests/packages"}
    processes.web()
    return make.house()


@pytest.fixture
def mia(chromium: Browser, processes: Live, house: make.House) -> Iterator[Person]:
    person = Person(chromium, processes.url, "mia")
    yield person
    person.close()


def look_at(person: Person, path: str, axe: str) -> Page:
    page = person.open(path)
    page.wait_for_load_state("networkidle")
    assert barriers(page, axe) == []
    return page


def test_pages_with_nothing_on_them(mia: Person, axe: str) -> None:
    for path in ("/", "/reviews/", "/reviews/?tier=dual"):
        look_at(mia, path, axe)


def test_pages_with_much_on_them(mia: Person, house: make.House, axe: str) -> None:
    work = full(house)
    for path in ("/", "/reviews/", "/reviews/?group=mine&tier=dual"):
        look_at(mia, path, axe)
    for proposal in work:
        page = look_at(mia, f"/reviews/{proposal.pk}/", axe)
        page.locator("main details").evaluate_all("all => all.forEach(each => { each.open = true; })")
        assert barriers(page, axe) == []


def test_dialogs_and_selections(mia: Person, house: make.House, axe: str) -> None:
    single(house)
    page = mia.open("/reviews/")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert barriers(page, axe) == []
    page.keyboard.press("b")
    expect(page.locator("#block-dialog")).to_be_visible()
    assert barriers(page, axe) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Approve together").click()
    expect(page.locator("h1")).to_have_text("Approve 1 proposal")
    assert barriers(page, axe) == []


def test_pages_in_error(mia: Person, house: make.House, axe: str) -> None:
    proposal = single(house)
    with mia.page.expect_response(lambda answer: answer.url.endswith(f"/reviews/{proposal.pk}/course/")) as looked:
        page = mia.open(f"/reviews/{proposal.pk}/")  # and once for itself when its socket opens: then it can grow old
    looked.value.finished()
    Proposal.objects.filter(pk=proposal.pk).update(evidence_until=make.now())
    page.locator("#approve").click()
    expect(page.locator(".problem-status")).to_have_text("409")
    assert barriers(page, axe) == []
    look_at(mia, f"/reviews/{proposal.pk}/", axe)
    expect(page.locator("#approve")).to_be_disabled()
    for path in ("/reviews/00000000-0000-7000-8000-000000000000/", "/reviews/?after=nonsense"):
        page.goto(f"{mia.url}{path}")
        assert barriers(page, axe) == []


def full(house: make.House) -> list[Proposal]:
    """Prices of many kinds, copy with hostile words, one refused by policy, one half approved."""
    copy = {
        "type": "product",
        "id": "jacket-one",
        "field": "description",
        "address": make.ENGLISH.wire(),
        "before": "Keeps the rain out.",
        "after": "Keeps the rain and the wind out, guaranteed. <script>alert(1)</script>",
    }
    expected = {"metric": "units_7d", "direction": "up", "low": 3, "high": 9, "unit": "units", "horizon_hours": 168}
    several = propose(
        house,
        house.change(house.jacket, after=16_000),
        house.change(house.jacket_2, after=19_000),
        house.change(house.base_layer, after=19_500),
        house.change(house.jacket, after=19_000, address=make.UK),
        predictions=[expected],
        alternatives=["Wait a week."],
    )
    refused = propose(house, house.change(house.base_layer, after=7_000))
    return [several, propose(house, copy), refused, half_approved(house)]


def half_approved(house: make.House) -> Proposal:
    """Fay has spoken; merchandising is open."""
    other = make.workflow(house.agent, key="other", segments=[house.apparel], owner=house.people.ada)
    proposal = dual(house, run=make.run(other))
    with transaction.atomic():
        return approve(proposal_id=proposal.pk, digest=proposal.digest, by=house.people.fay, at=make.now())
