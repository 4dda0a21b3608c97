"""A real Vendure beside the demo shop: the same agents reach into it, the same people decide on it."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from demo.vendure.serve import Vendure
from launch.live import Live
from orchestr.agents.models import Agent
from orchestr.agents.scopes import reach_of, readable
from orchestr.catalogue.models import FieldValue, Resource, Segment, System
from orchestr.catalogue.view import Asked, Reader, page
from orchestr.people.eligibility import deciders_on
from tests.shops.vendure import vendure

__all__ = ["vendure"]


@pytest.fixture
def moved(
    processes: Live, vendure: Vendure, tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch
) -> Vendure:
    shop, erp = processes.demo_shop(), processes.demo_erp()
    for name, value in {**processes.env, **vendure.environment}.items():
        if name.startswith("ORCHESTR_CREDENTIAL_"):
            monkeypatch.setenv(name, value)
    settings.DATA_DIR = tmp_path / "data"  # type: ignore[attr-defined]
    call_command("seed_demo", "--shop", shop.url, "--erp", erp.url, "--vendure", str(vendure.system["url"]))
    return vendure


@pytest.mark.shop
@pytest.mark.node
def test_its_whole_catalogue_is_read_by_the_repricer_and_decided_on_by_the_same_people(moved: Vendure) -> None:
    system = System.objects.get(key="vendure")
    assert (system.degraded_reason, system.refreshed_at is not None) == ("", True)
    assert Resource.objects.filter(type="variant", systems__system=system).count() == 88
    collections = Segment.objects.filter(parent__key="vendure")
    assert collections.exists()
    assert not Resource.objects.filter(segments=None).exists()

    prices = FieldValue.objects.filter(system=system, field="price")
    assert set(prices.values_list("address__channel", flat=True)) == {"vendure", "vendure-uk"}

    segments, classes = readable(reach_of(Agent.objects.get(key="repricer"), at=timezone.now()))
    shown = page(Reader(segments, classes), Asked(type="variant", system="vendure", limit=200), at=timezone.now())
    assert len(shown.items) == 88
    assert all(any(field["field"] == "price" and field["writable"] for field in item["fields"]) for item in shown.items)

    touched = [link.pk for link in Resource.objects.filter(systems__system=system)[0].segments.all()]
    functions = {tuple(sorted(decider.functions)) for decider in deciders_on(touched)}
    assert {("merchandising",), ("finance",), ("legal",)} <= functions
