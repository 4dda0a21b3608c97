"""Drills, as axe-core sees them: none yet, under way, passed and failed."""

import pytest
from django.db import transaction
from playwright.sync_api import Browser

from launch.live import Live
from orchestr.drills.play import play
from orchestr.drills.start import start_drill
from tests import make
from tests.browser.accessibility import axe as axe  # a fixture
from tests.browser.person import Person
from tests.browser.test_admin_axe import look_at
from tests.conftest import Committed
from tests.drills.sandbox import sandbox

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.slow]


@pytest.fixture
def house(committed: Committed, shelves: None, processes: Live, monkeypatch: pytest.MonkeyPatch) -> make.House:
    monkeypatch.setenv("ORCHESTR_CREDENTIAL_COPY_READ", "shelf")
    processes.env |= {"PYTHONPATH": "tests/packages"}
    processes.web()
    return make.house()


def test_drills_from_none_to_failed(house: make.House, chromium: Browser, processes: Live, axe: str) -> None:
    ada = Person(chromium, processes.url, "ada")
    look_at(ada, "/drills/", axe)
    sandbox(house)
    for scenario in ("wrong_prices", "hostile_copy"):
        with transaction.atomic():
            drill = start_drill(workflow_id=house.workflow.pk, scenario=scenario, by=house.people.ada, at=make.now())
        look_at(ada, f"/drills/{drill.pk}/", axe)
        play(drill.pk, clock=make.now)
        look_at(ada, f"/drills/{drill.pk}/", axe)
    play(drill.pk, clock=lambda: drill.until)
    for path in (f"/drills/{drill.pk}/", "/drills/", "/workflows/clearance/"):
        look_at(ada, path, axe)
    ada.close()
