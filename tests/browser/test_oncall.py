"""On call with one thumb: a real revert on a phone, against a real shop, by a real worker, over the live socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from launch.live import Live
from orchestr.execution.models import Execution, ExecutionItem, Incident
from orchestr.execution.reverting.models import Revert
from orchestr.proposals.models import Proposal
from tests import make
from tests.browser.accessibility import axe as axe  # a fixture
from tests.browser.accessibility import barriers
from tests.browser.person import Person
from tests.faults.company import Company, found, states

pytestmark = [pytest.mark.browser, pytest.mark.faults, pytest.mark.timeout(600)]
SOON_MS = 60_000
THUMB = 44


@pytest.fixture
def company(processes: Live, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    made = found(processes, monkeypatch)
    processes.web()
    made.worker()
    made.house.workflow.runbook = "Look at the shop.\nRing the rollback owner."
    made.house.workflow.save()
    make.shift(made.house.people.omar, hours=24 * 9)
    yield made
    made.assert_invariants()


@pytest.fixture
def omar(company: Company, chromium: Browser) -> Iterator[Person]:
    """On his phone, in the dark."""
    person = Person(chromium, company.live.url, "omar", width=360)
    person.page.emulate_media(color_scheme="dark")
    yield person
    person.close()


def published(company: Company, *variants: Any) -> Proposal:
    proposal = company.settled(company.approved(*variants))
    assert proposal.state == "published"
    return proposal


def followed(page: Page) -> None:
    """The page has its live socket."""
    expect(page.locator("html")).to_have_attribute("data-live", "on", timeout=SOON_MS)


def test_a_revert_on_a_phone_reaches_the_shop_and_the_page_follows_item_by_item(company: Company, omar: Person) -> None:
    variants = company.variants[:3]
    old = [company.price(each) for each in variants]
    proposal = published(company, *variants)
    company.shop.edit(variants[1].sku, 1_234)
    page = omar.open("/oncall/")
    page.click(f"#recent-revert-{proposal.pk}")
    clash = page.locator("fieldset[data-outcome=conflict]")
    expect(clash).to_have_count(1)
    expect(clash).to_contain_text("somebody in the back office, outside Orchestr")
    expect(clash.locator("input[value=keep]")).to_be_checked()
    page.fill("#why", "Customers complain.")
    company.live.stop("publish")
    page.click("#do-it")
    expect(page.locator("li[data-item][data-outcome=pending]")).to_have_count(3)
    followed(page)
    page.evaluate("window.openedBefore = true")
    company.live.publish_worker(forks=1)
    expect(page.locator("li[data-item][data-outcome=restored]")).to_have_count(2, timeout=SOON_MS)
    expect(page.locator("li[data-item][data-outcome=kept]")).to_have_count(1)
    expect(page.locator("#items")).to_have_attribute("data-state", "done", timeout=SOON_MS)
    assert page.evaluate("window.openedBefore") is True
    assert states(proposal, "revert") == ["restored", "kept", "restored"]
    assert company.shop.values()[3:] == [old[0], old[2]]
    assert omar.complaints == []


def test_a_containment_is_followed_on_its_incident_and_reviewed_by_a_second_person(
    company: Company, omar: Person, chromium: Browser
) -> None:
    proposal = published(company, company.variants[0])
    page = omar.open("/oncall/")
    page.click(f"#recent-contain-{proposal.pk}")
    page.locator("label", has=page.locator("#reason-price")).click()
    page.click("#do-it")
    expect(page.locator("#course li[data-outcome=restored]")).to_have_count(1, timeout=SOON_MS)
    expect(page.locator("#course .why-not")).to_contain_text("You contained it")
    page.click("#acknowledge")
    expect(page.locator("#course")).to_contain_text("Omar")
    incident = Incident.objects.get()

    olga = Person(chromium, company.live.url, "olga")
    olga.open(f"/incidents/{incident.pk}/").fill("#review-text", "It was below cost.")
    olga.page.click("#review-right")
    expect(olga.page.locator("#review-text")).to_have_count(0)
    expect(olga.page.locator("#course")).to_contain_text("It was right: It was below cost.")
    board = omar.open("/oncall/")
    expect(board.locator("#cards article")).to_have_count(0)
    expect(board.locator("li[data-freeze='workflow:clearance']")).to_have_count(1)
    followed(board)
    olga.open("/oncall/")
    olga.page.fill(f"#thaw-why-{incident.freeze_id}", "It was one price.")
    olga.page.click(f"#thaw-{incident.freeze_id}")
    expect(board.locator("form[data-act=thaw] input[name=digest]")).to_have_count(1, timeout=SOON_MS)
    board.click(f"#thaw-{incident.freeze_id}")
    expect(board.locator("#frozen")).to_contain_text("Nothing is frozen.")
    assert (omar.complaints, olga.complaints) == ([], [])
    olga.close()


def test_two_taps_and_a_confirmation_contain_a_bad_run_on_a_phone(company: Company, omar: Person) -> None:
    """Each tap lands on what is in sight at 360 px, without typing; what was tapped is counted."""
    proposal = published(company, company.variants[0])
    page = omar.open("/oncall/")
    page.evaluate("sessionStorage.taps = 0")
    omar.context.add_init_script("addEventListener('click', () => sessionStorage.taps++, true)")
    page.evaluate("addEventListener('click', () => sessionStorage.taps++, true)")
    page.click(f"#recent-contain-{proposal.pk}")
    reason = page.locator("label", has=page.locator("#reason-price"))
    expect(reason).to_be_in_viewport()
    expect(page.locator("#do-it")).to_be_in_viewport()
    page.mouse.click(*middle(page, "label:has(#reason-price)"))
    assert page.evaluate("scrollY") == 0
    page.mouse.click(*middle(page, "#do-it"))
    page.wait_for_url("**/incidents/**")
    # A tap on a label is a click on its field as well.
    assert page.evaluate("Number(sessionStorage.taps)") - 1 == 3
    incident = Incident.objects.get()
    assert (incident.proposal, incident.why) == (proposal, "Prices are wrong.")
    company.settled(proposal)
    proposal.refresh_from_db()
    assert proposal.state == "reverted"
    assert omar.complaints == []


def middle(page: Page, selector: str) -> tuple[float, float]:
    """Where a thumb would land."""
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_big_stop_reaches_another_board_without_a_word_being_lost(
    company: Company, omar: Person, chromium: Browser
) -> None:
    """Who is typing keeps what they have typed; the board changes once they have left the field."""
    board = omar.open("/oncall/")
    followed(board)
    board.fill("#freeze-why", "I was about to")
    ada = Person(chromium, company.live.url, "ada")
    ada.open("/oncall/").fill("#stop-why", "Everything is on fire.")
    ada.page.click("#big-stop")
    expect(ada.page.locator("li[data-freeze=all]")).to_have_count(1)
    expect(board.locator("#freeze-why")).to_have_value("I was about to")
    board.focus("#oncall-q")
    expect(board.locator("li[data-freeze=all]")).to_have_count(1, timeout=SOON_MS)
    assert (omar.complaints, ada.complaints) == ([], [])
    ada.close()


def test_every_page_is_accessible_in_both_themes_and_at_both_widths(company: Company, omar: Person, axe: str) -> None:
    met: list[str] = []
    empty = omar.open("/oncall/?q=NOPE-9")
    met += barriers(empty, axe, least_target=THUMB)
    met += barriers(omar.open("/runs/?state=failed"), axe)

    clashed, contained = published(company, *company.variants[:3]), published(company, company.variants[3])
    company.shop.edit(company.variants[1].sku, 1_234)
    page = omar.open(f"/reviews/{clashed.pk}/revert/")
    expect(page.locator("fieldset[data-outcome=conflict]")).to_have_count(1)
    met += barriers(page, axe, least_target=THUMB)
    contain(omar, contained)
    company.settled(contained)
    incident = Incident.objects.get()
    met += barriers(omar.open("/oncall/revert/"), axe, least_target=THUMB)
    met += barriers(omar.open(f"/oncall/revert/?proposal={clashed.pk}"), axe, least_target=THUMB)
    met += barriers(omar.open(f"/reverts/{Revert.objects.get().pk}/"), axe, least_target=THUMB)
    put_back = Execution.objects.get(proposal=contained, kind="revert")
    met += barriers(omar.open(f"/executions/{put_back.pk}/"), axe, least_target=THUMB)
    met += barriers(omar.open(f"/incidents/{incident.pk}/"), axe, least_target=THUMB)
    met += barriers(omar.open(f"/runs/{clashed.run_id}/"), axe)
    met += barriers(omar.open("/runs/"), axe)
    execution = Execution.objects.get(proposal=clashed)
    with stuck(execution):
        met += barriers(omar.open(f"/executions/{execution.pk}/"), axe, least_target=THUMB)
        met += barriers(omar.open("/oncall/?hours=168"), axe, least_target=THUMB)
    assert met == []
    assert omar.complaints == []


def contain(person: Person, proposal: Proposal) -> None:
    page = person.open(f"/reviews/{proposal.pk}/contain/")
    page.locator("label", has=page.locator("#reason-price")).click()
    page.click("#do-it")
    page.wait_for_url("**/incidents/**")


@contextmanager
def stuck(execution: Execution) -> Iterator[None]:
    """As it looks when nobody knows what became of an item, for as long as a picture takes."""
    item = ExecutionItem.objects.filter(execution=execution, index=1)
    Execution.objects.filter(pk=execution.pk).update(state="needs_person")
    item.update(state="unknown")
    yield
    item.update(state="applied")
    Execution.objects.filter(pk=execution.pk).update(state="done")
