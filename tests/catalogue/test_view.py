"""What readers get: every value with system, age and right, and nothing outside their segments."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orchestr.catalogue import finding
from orchestr.catalogue.models import FieldValue, System
from orchestr.catalogue.view import Asked, Reader, one, page
from orchestr.refusal import Refusal
from tests import make


def everything(house: make.House, *classes: str) -> Reader:
    ids = {house.apparel.pk, house.jackets.pk, house.base_layers.pk, house.outdoor.pk, house.tents.pk}
    return Reader(frozenset(ids), frozenset(classes))


def test_a_resource_reads_as_the_contract_says(house: make.House) -> None:
    price = house.price(house.jacket)
    shown = one(everything(house), type="variant", key="JKT-1", at=price.observed_at + timedelta(seconds=90))
    assert {name: shown[name] for name in ("type", "id", "sku", "title", "segments")} == {
        "type": "variant",
        "id": "JKT-1",
        "sku": "JKT-1",
        "title": "variant JKT-1",
        "segments": ["apparel/jackets"],
    }
    assert shown["sales"]["units_7d"] == 14
    assert shown["sales"]["net_revenue_7d"] == make.money(230_000, tax="excluded")
    (field,) = [each for each in shown["fields"] if each["field"] == "price" and each["address"] == make.DE.wire()]
    assert field == {
        "field": "price",
        "address": make.DE.wire(),
        "value": make.money(20_000),
        "kind": "money",
        "system": "shop",
        "source_of_truth": True,
        "observed_at": price.observed_at.isoformat().replace("+00:00", "Z"),
        "age_s": 90,
        "max_age_s": 3600,
        "fresh": True,
        "writable": True,
        "degraded": False,
    }


def test_a_value_says_whether_its_system_is_down(house: make.House) -> None:
    System.objects.filter(key="erp").update(degraded_since=make.now())
    shown = one(everything(house), type="stock", key="JKT-1", at=make.now())
    assert {each["system"]: each["degraded"] for each in shown["fields"]} == {"erp": True, "shop": False}


def test_a_value_is_stale_the_second_after_its_age(house: make.House) -> None:
    price = house.price(house.jacket)
    for seconds, fresh in ((3600, True), (3601, False)):
        shown = one(everything(house), type="variant", key="JKT-1", at=price.observed_at + timedelta(seconds=seconds))
        (there,) = [each for each in shown["fields"] if (each["field"], each["address"]) == ("price", make.DE.wire())]
        assert there["fresh"] is fresh


def test_of_two_systems_one_is_right(house: make.House) -> None:
    shown = one(everything(house), type="stock", key="JKT-1", at=make.now())
    assert {each["system"]: each["source_of_truth"] for each in shown["fields"]} == {"erp": True, "shop": False}


def test_cost_is_hidden_unless_the_class_is_granted(house: make.House) -> None:
    for classes, seen in (((), False), (("cost",), True)):
        shown = one(everything(house, *classes), type="variant", key="JKT-1", at=make.now())
        assert ("cost" in {each["field"] for each in shown["fields"]}) is seen


def test_absent_and_out_of_sight_are_the_same_refusal(house: make.House) -> None:
    tents_only = Reader(frozenset({house.tents.pk}))
    refusals = []
    for key in ("JKT-1", "NO-SUCH", "NUL\0"):
        with pytest.raises(Refusal) as caught:
            one(tents_only, type="variant", key=key, at=make.now())
        refusals.append((caught.value.status, caught.value.code, caught.value.detail))
    assert refusals == [(404, "not_found", "There is no such resource.")] * 3


def test_a_resource_in_two_segments_needs_both(house: make.House) -> None:
    house.jacket.segments.add(house.tents)
    jackets_only = Reader(frozenset({house.jackets.pk}))
    assert "JKT-1" not in {item["id"] for item in page(jackets_only, Asked(type="variant"), at=make.now()).items}


def test_pages_follow_each_other_without_gap_or_repeat(house: make.House) -> None:
    reader, seen, cursor = everything(house), [], ""
    while True:
        found = page(reader, Asked(limit=2, cursor=cursor), at=make.now())
        seen += [(item["type"], item["id"]) for item in found.items]
        if found.next_cursor is None:
            break
        cursor = found.next_cursor
    assert seen == sorted(seen)
    assert len(seen) == 6


def test_filters_narrow_and_never_widen(house: make.House) -> None:
    def ids(reader: Reader, **asked: str) -> list[str]:
        return [item["id"] for item in page(reader, Asked(**asked), at=make.now()).items]  # type: ignore[arg-type]

    reader = everything(house)
    assert ids(reader, segment="outdoor-gear") == ["TNT-1"]
    assert ids(reader, type="stock") == ["JKT-1"]
    assert ids(reader, type="variant", q="jkt") == ["JKT-1", "JKT-2"]
    assert ids(reader, type="variant", q="%") == []
    assert ids(reader, system="erp", segment="apparel/base-layers") == ["BAS-1"]
    assert ids(reader, q="nul\0") == []
    assert ids(Reader(frozenset({house.tents.pk})), segment="apparel") == []


@pytest.mark.parametrize("cursor", ["x", "!!!!", "WzFd", "bnVsbA", "🦊", "W1tbW1tb"])
def test_a_cursor_that_is_not_ours_is_refused(house: make.House, cursor: str) -> None:
    with pytest.raises(Refusal) as caught:
        page(everything(house), Asked(cursor=cursor), at=make.now())
    assert (caught.value.status, caught.value.code) == (400, "cursor")


def test_the_number_of_queries_does_not_grow_with_the_page(house: make.House) -> None:
    page(everything(house), Asked(type="variant"), at=make.now())  # what a process keeps is kept from the first on
    with CaptureQueriesContext(connection) as short:
        page(everything(house), Asked(type="variant", limit=1), at=make.now())
    with CaptureQueriesContext(connection) as long:
        page(everything(house), Asked(type="variant", limit=50), at=make.now())
    assert len(short) == len(long) == 4


def test_one_resource_is_two_queries(house: make.House) -> None:
    one(everything(house), type="variant", key="JKT-1", at=make.now())
    with CaptureQueriesContext(connection) as asked:
        one(everything(house), type="variant", key="JKT-1", at=make.now())
    assert len(asked) == 2


def test_many_in_a_segment_are_found_as_few_are(house: make.House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Either way of looking: up to a number each by itself, beyond it in the order of all."""
    everybody, tents = everything(house), Reader(frozenset({house.tents.pk}))
    asked = [Asked(), Asked(segment="apparel"), Asked(segment="apparel", limit=2), Asked(system="erp"), Asked(q="jkt")]
    found = {}
    for few in (5_000, 0):
        monkeypatch.setattr(finding, "FEW", few)
        found[few] = [page(reader, each, at=make.now()) for reader in (everybody, tents) for each in asked]
    assert [each.next_cursor for each in found[0]] == [each.next_cursor for each in found[5_000]]
    assert [[r["id"] for r in each.items] for each in found[0]] == [
        [r["id"] for r in each.items] for each in found[5_000]
    ]


def test_words_are_found_without_regard_to_case_and_signs_mean_themselves(house: make.House) -> None:
    def ids(q: str) -> list[str]:
        return [item["id"] for item in page(everything(house), Asked(type="variant", q=q), at=make.now()).items]

    house.jacket.title = r"Straße 100% \ sure_thing"
    house.jacket.save(update_fields=["title"])
    assert ids("straße") == ids("100%") == ids("\\ SURE_") == ["JKT-1"]
    assert ids("100_") == ids("thing\nJKT") == ids("'; --") == []


def test_a_resource_that_is_gone_is_not_shown(house: make.House) -> None:
    FieldValue.objects.filter(resource=house.tent).delete()
    house.tent.gone_at = make.now()
    house.tent.save()
    assert page(everything(house), Asked(segment="outdoor-gear"), at=make.now()).items == ()
