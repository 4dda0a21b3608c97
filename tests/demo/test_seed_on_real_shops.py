"""The demo company on its real servers: what they sell is in the catalogue, and a foreign edit is found."""

import json
import urllib.request
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from launch.live import Live
from orchestr.agents.models import Agent
from orchestr.agents.scopes import reach_of, readable
from orchestr.catalogue import refresh
from orchestr.catalogue.images import picture_of
from orchestr.catalogue.models import FieldValue, Resource, Sales, Segment, System
from orchestr.catalogue.view import Asked, Reader, page
from orchestr.policy.values import Address
from orchestr.proposals.models import Proposal
from orchestr.runs.models import Evidence


@pytest.fixture
def moved(processes: Live, tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch) -> Live:
    """Shop and ERP run, and the demo company has moved in with thirty proposals."""
    shop, erp = processes.demo_shop(), processes.demo_erp()
    for name, value in processes.env.items():
        if name.startswith("ORCHESTR_CREDENTIAL_"):
            monkeypatch.setenv(name, value)
    settings.DATA_DIR = tmp_path / "data"  # type: ignore[attr-defined]
    call_command("seed_demo", "--shop", shop.url, "--erp", erp.url, "--proposals", "30")
    return processes


def test_the_whole_range_is_there_and_a_foreign_edit_is_found(moved: Live) -> None:
    # One test for one start of the servers.
    assert not System.objects.exclude(degraded_since=None).exists()
    assert Resource.objects.filter(type="variant").count() >= 140
    assert Segment.objects.filter(parent__isnull=False).count() == 6
    assert not Resource.objects.filter(segments=None).exists()
    assert set(FieldValue.objects.filter(field="price").values_list("address__channel", flat=True)) == {
        "web-de",
        "web-uk",
        "marketplace",
    }
    assert FieldValue.objects.filter(field="cost", system__key="demo-erp").count() >= 140
    assert Sales.objects.filter(units_7d__gt=0).exists()

    repricer = Agent.objects.get(key="repricer")
    segments, classes = readable(reach_of(repricer, at=timezone.now()))
    shown = page(Reader(segments, classes), Asked(type="variant", limit=200), at=timezone.now())
    assert len(shown.items) >= 140
    assert all(field["fresh"] for item in shown.items for field in item["fields"])
    assert {field["field"] for field in shown.items[0]["fields"]} >= {"price", "cost", "tax_bp"}
    assert not readable(reach_of(Agent.objects.get(key="noscope"), at=timezone.now()))[0]

    assert Proposal.objects.count() == 30
    assert Evidence.objects.filter(kind="observed").count() == 30

    picture = picture_of(Resource.objects.filter(type="variant").exclude(image="").order_by("key")[0])
    assert picture.content_type.startswith("image/")

    _edit(moved, sku="FF-JKT-FJELL-MOS", amount=11_111)
    system = System.objects.get(key="demo-shop")
    assert refresh.claim(system, at=timezone.now())
    assert refresh.refresh(system).failure == ""
    key = Address(channel="web-de", currency="EUR").key()
    edited = FieldValue.objects.get(resource__key="FF-JKT-FJELL-MOS", field="price", address_key=key)
    assert edited.value["amount"] == 11_111


def _edit(live: Live, *, sku: str, amount: int) -> None:
    money = {"amount": amount, "currency": "EUR", "exponent": 2, "tax": "included"}
    address = {"channel": "web-de", "currency": "EUR"}
    body = {"type": "variant", "id": sku, "field": "price", "address": address, "value": money}
    request = urllib.request.Request(
        f"{live.env['ORCHESTR_DEMO_SHOP_URL']}/_control/edit",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status < 300
