"""What files in a folder say becomes the catalogue's truth, as old as the files are."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import shelf
from django.utils import timezone

from orchestr.catalogue import live, refresh
from orchestr.catalogue.models import FieldValue, Resource, System
from orchestr.catalogue.systems import close_idle
from orchestr.catalogue.truth import owners_of, true_systems
from orchestr.connectors.base import Address
from tests import make
from tests.connectors.feeds import ARTICLES, drop

HEADER = "SKU;EK netto;MwSt\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ORCHESTR_CREDENTIAL_ERP_FILES_READ", str(tmp_path))
    return tmp_path


@pytest.fixture
def files(db: None, shelves: None, folder: Path) -> Any:
    settings = {"feeds": [{**ARTICLES, "max_age_s": 86_400}]}
    yield make.system("erp-files", kind="files", url="files:erp", settings=settings)
    close_idle()


def cost() -> FieldValue:
    return FieldValue.objects.get(resource__key="JKT-0", field="cost")


def written_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime_ns / 1e9, UTC)


def test_a_cost_from_a_file_is_the_truth_and_leaves_the_shops_segments_alone(files: System, folder: Path) -> None:
    shop = make.system("shop")
    shelf.put("shop", shelf.variant("JKT-0", segment="apparel/jackets", eur=10_000, gbp=9_000))
    refresh.refresh(shop)
    path = drop(folder, "articles-1.csv", f"{HEADER}JKT-0;41,20;19\n", age_s=3600)
    assert refresh.refresh(files) == refresh.Refreshed(resources=1, changed=2)
    row = cost()
    assert row.value == {"amount": 4_120, "currency": "EUR", "exponent": 2, "tax": "excluded"}
    assert abs(row.observed_at - written_at(path)) < timedelta(milliseconds=1), "A value is as old as its file."
    resource = Resource.objects.get(type="variant", key="JKT-0")
    assert [segment.key for segment in resource.segments.all()] == ["apparel/jackets"]
    assert resource.title == "Variant JKT-0"
    owners = owners_of({("variant", "cost")})
    (owner,) = owners["variant", "cost"]
    assert (owner.system, owner.source_of_truth, owner.writable, owner.max_age_s) == (files, True, False, 86_400)
    assert true_systems("variant", [row], owners) == {("cost", row.address_key): files.pk}


def test_a_look_at_the_same_file_makes_nothing_younger(files: System, folder: Path) -> None:
    drop(folder, "articles-1.csv", f"{HEADER}JKT-0;41,20;19\n", age_s=3600)
    refresh.refresh(files)
    before = cost().observed_at
    for _ in range(2):
        files.refresh_from_db()
        later = timezone.now() + timedelta(minutes=2)
        result = refresh.refresh(files, clock=lambda at=later: at)  # type: ignore[misc]
        assert (result.changed, result.failure) == (0, "")
    assert not result.full
    assert cost().observed_at == before
    resource = Resource.objects.get(key="JKT-0")
    wanted = live.Wanted(
        resource_id=resource.pk,
        type="variant",
        key="JKT-0",
        system_id=files.pk,
        field="cost",
        address=Address(currency="EUR"),
        kind="money",
    )
    (reading,) = live.read_now([wanted])
    assert reading.failure == ""
    assert reading.observed_at == before


def test_a_newer_file_changes_what_is_known_and_what_it_leaves_out_is_gone(files: System, folder: Path) -> None:
    drop(folder, "articles-1.csv", f"{HEADER}JKT-0;41,20;19\nJKT-1;5,00;19\n", age_s=3600)
    refresh.refresh(files)
    drop(folder, "articles-2.csv", f"{HEADER}JKT-0;39,90;19\n")
    System.objects.filter(pk=files.pk).update(swept_at=None)
    files.refresh_from_db()
    refresh.refresh(files)
    assert cost().value["amount"] == 3_990
    assert Resource.objects.get(key="JKT-1").gone_at is not None


def test_a_file_with_one_bad_row_changes_nothing_and_the_system_says_which(files: System, folder: Path) -> None:
    drop(folder, "articles-1.csv", f"{HEADER}JKT-0;41,20;19\n", age_s=3600)
    refresh.refresh(files)
    drop(folder, "articles-2.csv", f"{HEADER}JKT-0;39,90;19\nJKT-1;a lot;19\n")
    assert refresh.refresh(files).failure == "bad_rows"
    assert cost().value["amount"] == 4_120
    files.refresh_from_db()
    assert files.degraded_since is not None
    assert "articles-2.csv line 3: EK netto: 'a lot' is not a number" in files.degraded_reason


def test_a_feed_that_stopped_degrades_the_system(files: System, folder: Path) -> None:
    drop(folder, "articles-1.csv", f"{HEADER}JKT-0;41,20;19\n", age_s=90_000)
    assert refresh.refresh(files).failure == "feed_stale"
    assert not FieldValue.objects.filter(system=files).exists()


def test_settings_that_cannot_be_followed_degrade_the_system_in_words(files: System) -> None:
    System.objects.filter(pk=files.pk).update(settings={"feeds": []})
    files.refresh_from_db()
    assert refresh.refresh(files).failure == "settings"
    files.refresh_from_db()
    assert "`feeds` is a list" in files.degraded_reason
