"""Exports, and a proposal as it was, as axe-core sees them: both themes, both widths, empty, full and in error."""

from pathlib import Path
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Browser

from audit.exporting.making import perform
from audit.exporting.taking import claim
from audit.keys import announce
from audit.models import AuditEvent, Export
from audit.notes import Signer
from audit.seal import Stretch, seal
from launch.live import Live
from orchestr.people.models import Account
from tests import make
from tests.browser.accessibility import axe as axe  # a fixture
from tests.browser.accessibility import barriers
from tests.browser.person import Person
from tests.proposals.propose import dual

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.slow]
STATES = {"queued": {}, "making": {"done": 3}, "failed": {"failure": "too_scattered"}, "gone": {}}


@pytest.fixture
def folder(settings, processes: Live, tmp_path: Path) -> Path:
    settings.EXPORTS_DIR = str(tmp_path / "exports")
    processes.env |= {"PYTHONPATH": "tests/packages", "ORCHESTR_EXPORTS_DIR": settings.EXPORTS_DIR}
    return tmp_path / "exports"


def asked(by: Account, state: str, **more: object) -> Export:
    given = {"format": "bundle", "asked": {"action": "proposal.submitted"}, "segments": [], "unsegmented": True}
    now = timezone.now()
    return Export.objects.create(
        **given, question=uuid4().hex, size=12, account_id=by.pk, person_id=by.person_id, asked_at=now,
        state=state, beat_at=now, settled_at=now, **more,
    )  # fmt: skip


def made(by: Account) -> Export:
    """As a worker leaves it."""
    signer = Signer.new("orchestr-audit/test")
    with transaction.atomic():
        announce([signer], at=timezone.now())
    seal(signers=[signer], at=timezone.now(), within=Stretch())
    export = asked(by, "queued")
    taken = claim(at=timezone.now())
    assert taken is not None
    perform(taken)
    return export


def test_exports_in_every_state_and_a_proposal_as_it_was(
    chromium: Browser, folder: Path, shelves: None, processes: Live, axe: str
) -> None:
    house = make.house()
    proposal = dual(house)
    processes.web()
    aud = Person(chromium, processes.url, "aud")
    page = aud.open("/audit/exports/")
    page.wait_for_load_state("networkidle")
    assert barriers(page, axe) == []
    ready = made(house.people.aud)
    paths = [f"/audit/exports/{asked(house.people.aud, state, **more).pk}/" for state, more in STATES.items()]
    event = AuditEvent.objects.get(action="proposal.submitted", about__proposal=str(proposal.pk))
    then = f"/audit/events/{event.pk}/proposal/"
    for path in (*paths, f"/audit/exports/{ready.pk}/", "/audit/exports/", "/audit/?sku=NONE", then):
        page = aud.open(path)
        page.locator("h1").wait_for()
        assert barriers(page, axe) == [], path
    page = aud.open(f"/audit/exports/{ready.pk}/")
    with page.expect_download() as download:
        page.locator("form[data-act=download] button").click()
    assert download.value.suggested_filename.endswith(".bundle.tar")
    assert aud.complaints == []
    aud.close()
    ada = Person(chromium, processes.url, "ada")
    page = ada.open(then)
    assert barriers(page, axe) == []
    assert page.locator("tr[data-item]").count() == len(proposal.versions.get().plan)
    ada.close()
