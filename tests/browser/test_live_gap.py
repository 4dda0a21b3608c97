"""What happens between the making of a page and its socket is not lost on the page, and takes nothing else from it."""

import pytest
from django.db import transaction
from playwright.sync_api import APIResponse, Browser, Route, expect

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
def test_what_happens_while_an_answer_is_under_way_is_asked_for_once_more(processes: Live, chromium: Browser) -> None:
    proposal = dual(make.house())
    processes.env |= {"PYTHONPATH": "tests/packages"}
    web = processes.web()
    path = f"/reviews/{proposal.pk}/"
    fay = Person(chromium, web.url, "fay")
    heard: list[str | bytes] = []
    fay.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(frame)))
    held: list[tuple[Route, APIResponse]] = []

    def of_before(route: Route) -> None:
        """What the part was answered first, brought to it only when told to."""
        if route.request.headers.get("hx-request") and not decided:
            held.append((route, route.fetch()))
        else:
            route.continue_()

    decided: list[int] = []
    fay.page.route(f"**{path}**", of_before)
    page = fay.open(path)
    while not held:
        page.wait_for_timeout(20)
    with Visitor(web.url, "mia") as mia:
        decided.append(mia.act(path, "approve").status_code)
    while not any("proposal" in str(each) for each in heard):
        page.wait_for_timeout(20)
    page.wait_for_timeout(400)  # until the page has looked at what it heard; without it the case is not met
    for route, answer in held:
        route.fulfill(response=answer)
    expect(page.locator("#decide .quorum li[data-done=yes]")).to_have_count(1)
    assert decided == [200]
    fay.close()


@pytest.mark.browser
@pytest.mark.slow
def test_an_answer_under_way_does_not_take_a_form_from_under_somebodys_hands(
    processes: Live, chromium: Browser
) -> None:
    olga = _on_call_while_something_is_frozen(processes, chromium)
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


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("scrolls", [False, True], ids=["taken by the system", "becomes a scroll"])
def test_a_touch_that_presses_nothing_leaves_the_part_to_be_asked_for_again(
    processes: Live, chromium: Browser, scrolls: bool
) -> None:
    olga = _on_call_while_something_is_frozen(processes, chromium, width=360, touch=True)
    under_way: list[Route] = []
    olga.page.route("**/oncall/frozen/**", lambda route: under_way.append(route))
    page = olga.open("/oncall/")
    while not under_way:
        page.wait_for_timeout(20)
    button = page.locator(".thaw-form button")
    button.scroll_into_view_if_needed()
    page.evaluate(
        """() => {
            document.querySelector(".thaw-form button").dataset.mine = "yes";
            document.addEventListener("pointerdown", ({ target }) => (target.dataset.touched = "yes"));
        }"""
    )
    box = button.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    finger = page.context.new_cdp_session(page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    expect(page.locator(".thaw-form button[data-touched=yes]")).to_have_count(1)
    with page.expect_response("**/oncall/frozen/**"):
        under_way.pop().continue_()
    expect(page.locator("#frozen[data-stale=yes]")).to_have_count(1)
    expect(page.locator(".thaw-form button[data-mine=yes]")).to_have_count(1)
    with page.expect_request("**/oncall/frozen/**"):
        if scrolls:
            for moved in range(20, 220, 20):
                point = {"x": x, "y": y - moved}
                finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
            finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        else:
            finger.send("Input.dispatchTouchEvent", {"type": "touchCancel", "touchPoints": []})
    while not under_way:
        page.wait_for_timeout(20)
    under_way.pop().continue_()
    expect(page.locator(".thaw-form button[data-mine=yes]")).to_have_count(0)
    expect(page.locator(".thaw-form button")).to_have_count(1)
    olga.close()


def _on_call_while_something_is_frozen(
    processes: Live, chromium: Browser, *, width: int = 1280, touch: bool = False
) -> Person:
    stopped = make.house().people.omar
    by = Actor.person(account_id=stopped.pk, person_id=stopped.person_id)
    with transaction.atomic():
        freeze(target=Target.parse("workflow:clearance"), why="Something is wrong.", by=by, at=make.now())
    processes.env |= {"PYTHONPATH": "tests/packages"}
    return Person(chromium, processes.web().url, "olga", width=width, touch=touch)
