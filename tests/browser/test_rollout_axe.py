"""A set that goes out in shares as axe-core sees it: asked for, held with its numbers, and for a person."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from launch.live import Live
from orchestr.execution import sessions
from orchestr.execution.rollout.look import look
from tests import make
from tests.browser.accessibility import axe as axe  # a fixture
from tests.browser.accessibility import barriers
from tests.browser.person import Person
from tests.execution.rollout.held import HOUR, TERMS, held, rollout_of, sells
from tests.proposals.propose import propose

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


@pytest.fixture
def omar(chromium: Browser, processes: Live, house: make.House) -> Iterator[Person]:
    person = Person(chromium, processes.url, "omar")
    yield person
    person.close()


def test_no_barriers_on_its_way(mia: Person, omar: Person, house: make.House, axe: str) -> None:
    changes = [house.change(each, after=19_000) for each in (house.jacket, house.jacket_2, house.base_layer)]
    asked = propose(house, *changes, rollout=TERMS)
    page = mia.open(f"/reviews/{asked.pk}/")
    page.locator("#rollout-choice summary").click()
    assert barriers(page, axe) == []
    _picture(page, "asked")
    proposal, clock = held(house)
    sells(proposal, clock, first=(100, 90))
    clock.pass_by(HOUR / 2)
    look(clock=clock)
    for person in (mia, omar):
        for path in (f"/reviews/{proposal.pk}/", f"/executions/{rollout_of(proposal).execution_id}/"):
            page = person.open(path)
            page.wait_for_load_state("networkidle")
            assert page.locator("#rollout[data-rollout=holding]").count() == 1
            assert barriers(page, axe) == []
            _picture(page, "held" + path.split("/")[1] + ("-omar" if person is omar else ""))
    sells(proposal, clock, first=(1, 1))
    clock.pass_by(HOUR)
    look(clock=clock)
    page = omar.open(f"/reviews/{proposal.pk}/")
    page.wait_for_load_state("networkidle")
    assert page.locator("#rollout[data-rollout=asking]").count() == 1
    assert barriers(page, axe) == []
    _picture(page, "asking")
    page = omar.open("/oncall/")
    page.wait_for_load_state("networkidle")
    assert page.locator("[data-card=rollout_asking]").count() == 1
    assert barriers(page, axe, least_target=44) == []
    _picture(page, "card")


def _picture(page: object, name: str) -> None:
    folder = os.environ.get("H3PICS")
    if folder:
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 900})  # type: ignore[attr-defined]
            page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)  # type: ignore[attr-defined]
        page.set_viewport_size({"width": 1280, "height": 900})  # type: ignore[attr-defined]
