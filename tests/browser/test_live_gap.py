"""What happens between the making of a page and its socket is not lost on the page, and takes nothing else from it."""

import pytest
from django.db import transaction
from playwright.sync_api import Browser, Route, expect

from audit.record import Actor
from launch.live import Live
from orchestr.freezes.freeze import freeze
from orchestr.freezes.targets import Target
from tests import make
from tests.browser.person import Person
from tests.proposals.propose import dual
from tests.visitor import Visitor


@pytest.mark.browser
@pytest.mark.slow
def test_a_decision_made_before_the_socket_opens_is_seen_without_asking(processes: Live, chromium: Browser) -> None:
    proposal = dual(make.house())
    processes.env |= {"PYTHONPATH": "tests/packages"}
    web = processes.web()
    path = f"/reviews/{proposal.pk}/"
    fay = Person(chromium, web.url, "fay")
    decided: list[int] = []
    with Visitor(web.url, "mia") as mia:

        def meanwhile(route: Route) -> None:
            """The page is made and shown; the script that will listen is not there yet."""
            decided.append(mia.act(path, "approve").status_code)
            route.continue_()

        fay.page.route("**/js/live.js", meanwhile)
        page = fay.open(path)
        expect(page.locator("#decide .quorum li[data-done=yes]")).to_have_count(1)
        expect(page.locator("#happened")).to_contain_text("Decision recorded")
        for stays in (
            "#changes tbody tr",
            ".findings li[data-rule=price_change]",
            "[aria-labelledby=evidence-title] tbody tr",
        ):
            expect(page.locator(stays)).to_have_count(1)
    assert decided == [200]
    fay.close()


@pytest.mark.browser
@pytest.mark.slow
def test_an_answer_under_way_does_not_take_a_form_from_under_somebodys_hands(
    processes: Live, chromium: Browser
) -> None:
    house = make.house()
    stopped = house.people.omar
    by = Actor.person(account_id=stopped.pk, person_id=stopped.person_id)
    with transaction.atomic():
        freeze(target=Target.parse("workflow:clearance"), why="Something is wrong.", by=by, at=make.now())
    processes.env |= {"PYTHONPATH": "tests/packages"}
    web = processes.web()
    olga = Person(chromium, web.url, "olga")
    under_way: list[Route] = []
    olga.page.route("**/oncall/frozen/**", lambda route: under_way.append(route))
    page = olga.open("/oncall/")
    expect(page.locator("html")).to_have_attribute("data-live", "on")
    while not under_way:
        page.wait_for_timeout(20)
    why = page.locator(".thaw-form input[name=why]")
    why.fill("It was one price.")
    page.evaluate("document.querySelector('.thaw-form button').dataset.mine = 'yes'")
    with page.expect_response("**/oncall/frozen/**"):
        under_way.pop().continue_()
    expect(page.locator("#frozen[data-stale=yes]")).to_have_count(1)
    expect(page.locator(".thaw-form button[data-mine=yes]")).to_have_count(1)
    page.locator("h1").click()
    while not under_way:
        page.wait_for_timeout(20)
    under_way.pop().continue_()
    expect(page.locator(".thaw-form button[data-mine=yes]")).to_have_count(0)
    expect(why).to_have_value("It was one price.")
    olga.close()
