"""The queue and a proposal in Chromium, over a real web process: keys, live rows, two people at once."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.db import transaction
from playwright.sync_api import Browser, Locator, Page, expect

from launch.live import Live
from orchestr.proposals.models import Decision, Proposal
from orchestr.proposals.submitting.revise import revise
from tests import make
from tests.browser.person import Person
from tests.invariants import assert_invariants
from tests.proposals.propose import agent_of, content, dual, propose, single

pytestmark = [pytest.mark.browser, pytest.mark.slow]

type Enter = Callable[[str], Page]


@pytest.fixture
def house(processes: Live) -> Iterator[make.House]:
    processes.env |= {"PYTHONPATH": "tests/packages"}
    processes.web()
    made = make.house()
    yield made
    assert_invariants([])


@pytest.fixture
def enter(chromium: Browser, processes: Live, house: make.House) -> Iterator[Enter]:
    """A signed-in person's page; nothing may complain in any of them."""
    persons: list[Person] = []

    def came(username: str) -> Page:
        person = Person(chromium, processes.url, username)
        persons.append(person)
        return person.page

    yield came
    complaints = [line for person in persons for line in person.complaints if "/ws/live/" not in line]
    for person in persons:
        person.close()
    assert complaints == []


def row(page: Page, proposal: Proposal) -> Locator:
    return page.locator(f'li[data-proposal="{proposal.pk}"]')


def open_queue(page: Page) -> None:
    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + "/reviews/")
    expect(page.locator("html")).to_have_attribute("data-live", "on")


def open_proposal(page: Page, proposal: Proposal) -> None:
    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + f"/reviews/{proposal.pk}/")
    expect(page.locator("html")).to_have_attribute("data-live", "on")


def state(proposal: Proposal) -> str:
    return Proposal.objects.get(pk=proposal.pk).state


def test_a_whole_approval_by_keyboard_alone(house: make.House, enter: Enter) -> None:
    proposal = single(house)
    page = enter("mia")
    open_queue(page)
    page.keyboard.press("j")
    expect(page.locator(f"#open-{proposal.pk}")).to_be_focused()
    page.keyboard.press("o")
    page.wait_for_url(f"**/reviews/{proposal.pk}/")
    expect(page.locator("#approve")).to_have_text(re.compile(r"Approve version 1 and publish to shop \(1 price\)"))
    page.keyboard.press("a")
    expect(page.locator(".message[data-tone=success]")).to_contain_text("unless you take it back")
    expect(page.locator("#take-back")).to_be_visible()
    assert state(proposal) == "approved"


def test_approving_from_the_list_greys_the_row_where_it_stands_and_keeps_focus(house: make.House, enter: Enter) -> None:
    urgent, calm = propose(house, house.change(house.base_layer, after=16_000)), single(house)
    page = enter("fay")
    open_queue(page)
    places = [row(page, each).bounding_box() for each in (urgent, calm)]
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(row(page, calm)).to_have_class(re.compile("is-settled"))
    expect(row(page, calm)).to_contain_text("approved by Fay")
    expect(row(page, calm).locator("a").first).to_be_focused()
    for each, place in zip((urgent, calm), places, strict=True):
        box = row(page, each).bounding_box()
        assert box is not None
        assert place is not None
        assert box["y"] == place["y"]
    assert (state(urgent), state(calm)) == ("draft", "approved")
    for _ in range(2):  # a row that holds its room is drawn anew: nothing is styled from outside the style sheets
        row(page, calm).evaluate("each => { each.dataset.old = 'yes'; htmx.trigger(each, 'refresh') }")
        expect(row(page, calm)).not_to_have_attribute("data-old", "yes")
        expect(row(page, calm)).to_contain_text("approved by Fay")


def test_blocking_asks_for_a_reason_and_gives_focus_back(house: make.House, enter: Enter) -> None:
    proposal = single(house)
    page = enter("mia")
    open_queue(page)
    page.keyboard.press("j")
    page.keyboard.press("b")
    expect(page.locator("#block-dialog")).to_be_visible()
    expect(page.locator("#dialog-reason-code")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#block-dialog")).to_be_hidden()
    assert state(proposal) == "draft"
    page.keyboard.press("b")
    page.select_option("#dialog-reason-code", "margin")
    page.fill("#dialog-reason-text", "Too thin.")
    page.locator("#block-dialog .btn.danger").click()
    expect(row(page, proposal)).to_have_attribute("data-state", "blocked")
    expect(page.locator("#block-dialog")).to_be_hidden()
    assert Decision.objects.get().reason == "Too thin."


def test_a_row_decided_elsewhere_greys_in_place_with_who(house: make.House, enter: Enter) -> None:
    first, second = propose(house, house.change(house.base_layer, after=16_000)), single(house)
    watching, deciding = enter("fay"), enter("mia")
    open_queue(watching)
    before = [row(watching, each).bounding_box() for each in (first, second)]
    open_proposal(deciding, second)
    deciding.locator("#approve").click()
    expect(row(watching, second)).to_contain_text("approved by Mia")
    expect(row(watching, second)).to_have_attribute("data-state", "approved")
    assert [row(watching, each).bounding_box() for each in (first, second)] == before
    expect(watching.locator("#live-line")).to_contain_text("Changed elsewhere")


def test_new_work_is_counted_and_moves_nothing_until_asked_for(house: make.House, enter: Enter) -> None:
    calm = single(house)
    page = enter("mia")
    open_queue(page)
    place = row(page, calm).bounding_box()
    urgent = propose(house, house.change(house.base_layer, after=16_000))
    propose(house, house.change(house.tent, after=16_000))  # outdoor gear: Mia never hears of it
    bar = page.locator("#new-bar")
    expect(bar).to_have_text("1 new")
    expect(row(page, urgent)).to_have_count(0)
    assert row(page, calm).bounding_box() == place
    bar.click()
    expect(page.locator("li[data-proposal]").first).to_have_attribute("data-proposal", str(urgent.pk))
    expect(bar).to_be_hidden()


def test_two_people_approve_and_the_second_sees_the_first_at_once(house: make.House, enter: Enter) -> None:
    proposal = dual(house)
    finance, merchandising = enter("fay"), enter("mia")
    open_proposal(finance, proposal)
    open_proposal(merchandising, proposal)
    expect(merchandising.locator("#approve")).to_contain_text("Finance decides next")
    merchandising.keyboard.press("a")
    expect(finance.locator(".quorum")).to_contain_text("Mia")
    expect(finance.locator("#approve")).to_contain_text("publish to shop")
    assert state(proposal) == "draft"
    finance.keyboard.press("a")
    expect(finance.locator("#decide")).to_have_attribute("data-state", "approved")
    expect(merchandising.locator("#decide")).to_have_attribute("data-state", "approved")
    expect(merchandising.locator("#headline .chip").first).to_have_text("approved")
    assert state(proposal) == "approved"


def test_a_new_version_takes_the_buttons_away_until_it_was_looked_at(house: make.House, enter: Enter) -> None:
    proposer = agent_of(house)
    proposal = propose(house, house.change(after=19_000), run=proposer.run)
    page = enter("mia")
    open_proposal(page, proposal)
    body = content(house, [house.change(after=18_800)], proposer)
    with transaction.atomic():
        revise(proposal_id=proposal.pk, digest=proposal.digest, proposer=proposer, content=body, at=make.now())
    expect(page.locator("#decide")).to_contain_text("There is a version 2 now.")
    expect(page.locator("#approve")).to_have_count(0)
    page.get_by_role("link", name="Look at version 2").click()
    expect(page.locator(".since")).to_contain_text("€188.00 instead of €190.00")
    expect(page.locator("#approve")).to_contain_text("Approve version 2")


def test_a_session_lost_while_writing_keeps_the_text_and_decides_nothing(house: make.House, enter: Enter) -> None:
    proposal = single(house)
    page = enter("mia")
    open_proposal(page, proposal)
    page.select_option("#reason-code", "margin")
    page.fill("#reason-text", "Half of this would do, because")
    page.context.clear_cookies(name="sessionid")
    page.locator("#block-button").click()
    page.wait_for_url("**/login/**")
    assert (state(proposal), Decision.objects.count()) == ("draft", 0)
    page.fill("#username", "mia")
    page.fill("#password", "orchestr-demo")
    page.click("main form button")
    page.wait_for_url(f"**/reviews/{proposal.pk}/")
    expect(page.locator("#reason-text")).to_have_value("Half of this would do, because")
    expect(page.locator("#reason-code")).to_have_value("margin")
    assert (state(proposal), Decision.objects.count()) == ("draft", 0)


def test_taking_back_stops_when_its_time_is_over(house: make.House, enter: Enter) -> None:
    proposal = single(house)
    page = enter("mia")
    open_proposal(page, proposal)
    page.keyboard.press("a")
    expect(page.locator("#take-back")).to_be_enabled()
    page.locator("#take-back").click()
    expect(page.locator("#approve")).to_be_visible()
    assert state(proposal) == "draft"


def test_several_alike_are_selected_by_key_asked_about_and_decided(house: make.House, enter: Enter) -> None:
    first, second = single(house), propose(house, house.change(house.jacket_2, after=19_000))
    page = enter("mia")
    open_queue(page)
    expect(page.locator("#bulk")).to_be_hidden()
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    page.get_by_role("button", name="Approve together").click()
    expect(page.locator("h1")).to_have_text("Approve 2 proposals")
    assert Decision.objects.count() == 0
    page.locator('form[data-act="bulk"] .btn.primary').click()
    expect(page.locator("h1")).to_have_text("2 of 2 decided")
    assert (state(first), state(second)) == ("approved", "approved")


def test_shortcuts_can_be_switched_off(house: make.House, enter: Enter) -> None:
    proposal = single(house)
    page = enter("mia")
    open_proposal(page, proposal)
    page.locator(".person").click()
    page.locator("[data-keys-switch]").click()
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("a")
    page.reload()
    page.keyboard.press("a")
    expect(page.locator("#approve")).to_be_enabled()
    assert state(proposal) == "draft"


def test_everything_works_without_javascript(chromium: Browser, processes: Live, house: make.House) -> None:
    proposal = dual(house)
    for username in ("mia", "fay"):
        context = chromium.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{processes.url}/login/?next=/reviews/")
        page.fill("#username", username)
        page.fill("#password", "orchestr-demo")
        page.click("main form button")
        page.click(f"#open-{proposal.pk}")
        page.click("#approve")
        expect(page.locator(".message")).to_be_visible()
        context.close()
    assert state(proposal) == "approved"
