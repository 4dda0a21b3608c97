"""What came of a proposal as axe-core sees it: too new, worse than predicted, better, and put back."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from launch.live import Live
from orchestr.execution import sessions
from orchestr.outcomes.measuring.take import measure
from tests import make
from tests.browser.accessibility import axe as axe  # a fixture
from tests.browser.accessibility import barriers
from tests.browser.person import Person
from tests.outcomes.measuring.given import A_DAY_LATER, A_WEEK_LATER, measure_after, prediction, published, sells

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.slow]


@pytest.fixture
def house(processes: Live, monkeypatch: pytest.MonkeyPatch) -> make.House:
    for stage in ("READ", "PUBLISH"):
        monkeypatch.setenv(f"ORCHESTR_CREDENTIAL_SHOP_{stage}", "shelf")
    sessions.close_all()
    processes.env |= {"PYTHONPATH": "tests/packages"}
    processes.web()
    return make.house()


@pytest.fixture
def mia(chromium: Browser, processes: Live, house: make.House) -> Iterator[Person]:
    person = Person(chromium, processes.url, "mia")
    yield person
    person.close()


def test_no_barriers_from_too_new_to_told(mia: Person, house: make.House, axe: str) -> None:
    said = (prediction(), prediction(metric="margin_7d", horizon_hours=168), prediction(metric="conversion"))
    proposal, clock = published(house, *said)
    sells(clock, touched=(10, 7), rest=(10, 9))
    measure_after(clock, 0)
    for name, seconds in (("new", 0), ("worse", A_DAY_LATER), ("week", A_WEEK_LATER)):
        clock.pass_by(seconds)
        measure(clock=clock)
        page = mia.open(f"/reviews/{proposal.pk}/")
        page.wait_for_load_state("networkidle")
        assert page.locator("#measured").count() == 1
        assert barriers(page, axe) == []
        _picture(page, name)
    page = mia.open(f"/runs/{proposal.run_id}/")
    page.wait_for_load_state("networkidle")
    assert barriers(page, axe) == []


def _picture(page: Page, name: str) -> None:
    """Kept where somebody asks for them, to be looked at."""
    folder = os.environ.get("PICTURES")
    if not folder:
        return
    for width, scheme in ((360, "light"), (1280, "light"), (1280, "dark")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.locator("#measured").screenshot(path=str(Path(folder) / f"measured-{name}-{width}-{scheme}.png"))
        page.locator("[aria-labelledby=predictions-title]").first.screenshot(
            path=str(Path(folder) / f"predicted-{name}-{width}-{scheme}.png")
        )
