"""A system set up in Chromium from nothing: its form, the connection, two people, and the first price read by a worker."""

import json
import os

import pytest
from playwright.sync_api import Browser, expect

from launch.live import Live
from orchestr.catalogue.models import FieldValue, System
from tests import make
from tests.browser.person import Person
from tests.conftest import Committed
from tests.connectors.feeds import drop

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SOON_MS = 60_000
FEEDS = [
    {
        "file": "floors.csv",
        "id": "SKU",
        "settle_s": 0,
        "columns": [{"column": "Floor", "field": "minimum_price", "currency": "EUR"}],
    }
]


def test_a_folder_of_files_from_nothing_to_its_first_price(
    committed: Committed, shelves: None, processes: Live, chromium: Browser
) -> None:
    make.house()
    exports, mounted = processes.folder / "exports", processes.deployment.data / "credentials" / "reading"
    exports.mkdir()
    mounted.mkdir(parents=True, exist_ok=True)
    os.chmod(exports, 0o755)
    processes.env |= {"PYTHONPATH": "tests/packages"}
    processes.web()
    processes.catalogue_worker()
    processes.beat()
    ada, fay = Person(chromium, processes.url, "ada"), Person(chromium, processes.url, "fay")

    page = ada.open("/connectors/")
    page.get_by_role("link", name="Add a system").click()
    page.get_by_role("link", name="Files in a folder").click()
    page.get_by_label("Key").fill("erp-files")
    page.get_by_label("Name", exact=True).fill("ERP exports")
    page.get_by_label("Address").fill("files:erp")
    page.get_by_label("Files and their columns").fill(json.dumps(FEEDS))
    page.get_by_role("button", name="Add the system").click()
    page.wait_for_url("**/connectors/erp-files/")

    page.get_by_role("button", name="Try the connection").click()
    expect(page.locator("#tried")).to_contain_text("ORCHESTR_CREDENTIAL_ERP_FILES_READ")
    # Whoever runs the machine lays the credential ready; nothing is restarted.
    (mounted / "ERP_FILES_READ").write_text(str(exports))
    drop(exports, "floors.csv", "SKU,Floor\nJKT-1,149.90\n", age_s=60)
    page.get_by_role("button", name="Try the connection").click()
    expect(page.locator("#tried")).to_have_attribute("data-outcome", "well")
    expect(page.locator("#tried")).to_contain_text("variant JKT-1: minimum_price")

    page.get_by_label("Why").fill("The ERP is right about floors.")
    page.get_by_role("button", name="Ask a second person").click()
    page.wait_for_url("**/controls/*")
    page = fay.open("/controls/")
    page.get_by_role("button", name="Confirm and put in force").click()
    page.get_by_text("It is in force now.").wait_for()

    page = ada.open("/connectors/erp-files/")
    expect(page.locator("#course")).to_have_attribute("data-values", "1", timeout=SOON_MS)
    expect(page.locator("#course")).to_contain_text("working", timeout=SOON_MS)
    value = FieldValue.objects.get(system=System.objects.get(key="erp-files"))
    assert value.value == {"amount": 14_990, "currency": "EUR", "exponent": 2, "tax": "included"}
    assert ada.complaints + fay.complaints == []
    ada.close()
    fay.close()
