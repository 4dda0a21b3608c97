"""What happens between the making of a page and its socket is not lost on the page, and takes nothing else from it."""

import pytest
from playwright.sync_api import Browser, Route, expect

from launch.live import Live
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
