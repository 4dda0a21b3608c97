"""The sweep: what the systems say becomes rows, history grows only on change, nothing is guessed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import pytest
import shelf

from audit.models import AuditEvent
from orchestr.catalogue import refresh
from orchestr.catalogue.models import FieldValue, Resource, Sales, Segment, System, SystemResource, ValueHistory
from orchestr.connectors.base import SalesBucket, SegmentSnapshot, SystemUnavailable
from orchestr.policy.values import Money
from tests import make

START = make.now() + timedelta(hours=1)


@pytest.fixture
def shop(db: None, shelves: None) -> System:
    shelf.SHELVES["shop"].segments = (
        SegmentSnapshot(key="apparel", name="Apparel"),
        SegmentSnapshot(key="apparel/jackets", name="Jackets", parent="apparel"),
    )
    return make.system("shop")


@pytest.fixture
def clock() -> Callable[[], datetime]:
    ticks = count()
    return lambda: START + timedelta(seconds=next(ticks))


def sweep(system: System, clock: Callable[[], datetime]) -> refresh.Refreshed:
    return refresh.refresh(system, clock=clock)


def price_of(sku: str) -> FieldValue:
    return FieldValue.objects.get(resource__key=sku, field="price", address_key=make.DE.key())


def history_of(sku: str) -> list[tuple[object, str]]:
    rows = ValueHistory.objects.filter(resource__key=sku, field="price", address_key=make.DE.key()).order_by("since")
    return [(row.value["amount"] if row.value else None, row.cause) for row in rows]


def test_a_first_sweep_makes_resources_segments_values_and_field_owners(
    shop: System, clock: Callable[[], datetime]
) -> None:
    for n in range(3):
        shelf.put("shop", shelf.variant(f"JKT-{n}", segment="apparel/jackets", eur=10_000, gbp=9_000))
    assert sweep(shop, clock) == refresh.Refreshed(resources=3, changed=12)
    assert Resource.objects.count() == 3
    assert Segment.objects.get(key="apparel/jackets").parent == Segment.objects.get(key="apparel")
    assert price_of("JKT-0").value == make.money(10_000)
    assert history_of("JKT-0") == [(10_000, "imported")]
    assert shop.owned_fields.get(type="variant", field="price").writable
    shop.refresh_from_db()
    assert shop.refreshed_at == START
    assert shop.refreshing_until is None


def test_a_second_sweep_of_the_same_makes_values_younger_and_nothing_else(
    shop: System, clock: Callable[[], datetime]
) -> None:
    shelf.put("shop", shelf.variant("JKT-0", segment="apparel/jackets", eur=10_000, gbp=9_000))
    sweep(shop, clock)
    before, events = price_of("JKT-0"), AuditEvent.objects.count()
    assert sweep(shop, clock).changed == 0
    assert price_of("JKT-0").observed_at > before.observed_at
    assert history_of("JKT-0") == [(10_000, "imported")]
    assert AuditEvent.objects.count() == events


def test_a_foreign_edit_is_found_with_its_history(shop: System, clock: Callable[[], datetime]) -> None:
    shelf.put("shop", shelf.variant("JKT-0", segment="apparel/jackets", eur=10_000, gbp=9_000))
    sweep(shop, clock)
    shelf.set_value("shop", "variant", "JKT-0", "price", make.money(8_000), make.DE)
    assert sweep(shop, clock).changed == 1
    assert price_of("JKT-0").value == make.money(8_000)
    assert history_of("JKT-0") == [(10_000, "imported"), (8_000, "observed")]
    recorded = AuditEvent.objects.filter(action="catalogue.refreshed").latest("id")
    assert recorded.data["changed"] == 1


def test_between_full_sweeps_only_what_changed_is_read_and_the_rest_is_confirmed(
    shop: System, clock: Callable[[], datetime]
) -> None:
    for n in range(3):
        shelf.put("shop", shelf.variant(f"JKT-{n}", segment="apparel/jackets", eur=10_000, gbp=9_000))
    sweep(shop, clock)
    shop.refresh_from_db()
    shelf.SHELVES["shop"].changed.clear()
    shelf.set_value("shop", "variant", "JKT-1", "price", make.money(8_000), make.DE)
    assert sweep(shop, clock) == refresh.Refreshed(resources=1, changed=1, full=False)
    shop.refresh_from_db()
    assert shop.refreshed_at is not None
    assert shop.swept_at is not None
    assert shop.swept_at < shop.refreshed_at
    assert FieldValue.objects.filter(observed_at__gte=shop.refreshed_at).count() == 12
    assert (price_of("JKT-0").value, price_of("JKT-1").value) == (make.money(10_000), make.money(8_000))
    assert history_of("JKT-0") == [(10_000, "imported")]


def test_a_failure_makes_the_next_sweep_a_full_one(shop: System, clock: Callable[[], datetime]) -> None:
    shelf.put("shop", shelf.variant("JKT-0", segment="apparel/jackets", eur=10_000, gbp=9_000))
    sweep(shop, clock)
    shop.refresh_from_db()
    shelf.SHELVES["shop"].failing = [SystemUnavailable("down", "The shop is down.")]
    sweep(shop, clock)
    shop.refresh_from_db()
    assert sweep(shop, clock).full


def test_what_is_gone_goes_a_few_at_a_time(
    shop: System, clock: Callable[[], datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestr.catalogue.refresh.GONE_AT_ONCE", 1)
    test_what_a_full_sweep_leaves_out_is_gone_and_may_come_back(shop, clock)


def test_what_a_full_sweep_leaves_out_is_gone_and_may_come_back(shop: System, clock: Callable[[], datetime]) -> None:
    held = shelf.variant("JKT-0", segment="apparel/jackets", eur=10_000, gbp=9_000)
    shelf.put("shop", held)
    shelf.put("shop", shelf.variant("JKT-1", segment="apparel/jackets", eur=10_000, gbp=9_000))
    sweep(shop, clock)
    shelf.take("shop", "variant", "JKT-0")
    sweep(shop, clock)
    assert [row.key for row in Resource.objects.known()] == ["JKT-1"]
    assert not FieldValue.objects.filter(resource__key="JKT-0").exists()
    assert history_of("JKT-0") == [(10_000, "imported"), (None, "observed")]
    shelf.put("shop", held)
    sweep(shop, clock)
    assert Resource.objects.known().count() == 2
    assert price_of("JKT-0").value == make.money(10_000)


def test_a_resource_stays_while_another_system_still_knows_it(house: make.House, clock: Callable[[], datetime]) -> None:
    shelf.take("shop", "variant", "JKT-1")
    sweep(house.shop, clock)
    assert Resource.objects.known().filter(type="variant", key="JKT-1").exists()
    assert set(SystemResource.objects.filter(resource=house.jacket).values_list("system__key", flat=True)) == {"erp"}


def test_an_address_that_disappears_leaves_the_others(shop: System, clock: Callable[[], datetime]) -> None:
    held = shelf.variant("JKT-0", segment="apparel/jackets", eur=10_000, gbp=9_000)
    shelf.put("shop", held)
    sweep(shop, clock)
    shelf.put("shop", replace(held, fields=held.fields[1:]))
    sweep(shop, clock)
    prices = FieldValue.objects.filter(resource__key="JKT-0", field="price")
    assert [row.address["channel"] for row in prices] == ["web-uk"]


def test_many_pages_are_streamed_and_the_shop_is_never_called_in_a_transaction(
    shop: System, clock: Callable[[], datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "PAGE", 4)
    for n in range(10):
        shelf.put("shop", shelf.variant(f"JKT-{n}", segment="apparel/jackets", eur=10_000, gbp=9_000))
    assert sweep(shop, clock).resources == 10
    assert shelf.SHELVES["shop"].calls == {"read_catalogue": 3, "sales": 1}


def test_a_system_that_is_down_is_marked_and_its_values_stay(shop: System, clock: Callable[[], datetime]) -> None:
    shelf.put("shop", shelf.variant("JKT-0", segment="apparel/jackets", eur=10_000, gbp=9_000))
    sweep(shop, clock)
    seen = price_of("JKT-0").observed_at
    shelf.SHELVES["shop"].failing = [SystemUnavailable("down", "The shop is down.", retry_after_s=120)]
    assert sweep(shop, clock).failure == "down"
    shop.refresh_from_db()
    assert shop.degraded_since is not None
    assert shop.degraded_reason == "down: The shop is down."
    assert price_of("JKT-0").observed_at == seen
    assert not refresh.claim(shop, at=shop.degraded_since + timedelta(seconds=119))
    assert refresh.claim(shop, at=shop.degraded_since + timedelta(seconds=121))


def test_a_second_failure_keeps_the_first_time_and_recovery_says_so(
    shop: System, clock: Callable[[], datetime]
) -> None:
    down = SystemUnavailable("down", "The shop is down.")
    shelf.SHELVES["shop"].failing = [down, down]
    sweep(shop, clock)
    shop.refresh_from_db()
    since = shop.degraded_since
    sweep(shop, clock)
    shop.refresh_from_db()
    assert shop.degraded_since == since
    sweep(shop, clock)
    shop.refresh_from_db()
    assert (shop.degraded_since, shop.degraded_reason) == (None, "")
    outcomes = AuditEvent.objects.filter(action="catalogue.refreshed").order_by("id")
    assert [event.data["outcome"] for event in outcomes] == ["down", "recovered"]


def test_a_failure_half_way_drops_nothing(
    shop: System, clock: Callable[[], datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "PAGE", 1)
    for n in range(2):
        shelf.put("shop", shelf.variant(f"JKT-{n}", segment="apparel/jackets", eur=10_000, gbp=9_000))
    sweep(shop, clock)
    whole = shelf.ShelfSession.read_catalogue

    def breaks_at_the_second(self: shelf.ShelfSession, *, cursor: str | None = None, **more: object) -> object:
        if cursor is not None:
            raise SystemUnavailable("down", "The shop is down.")
        return whole(self, cursor=cursor, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(shelf.ShelfSession, "read_catalogue", breaks_at_the_second)
    assert sweep(shop, clock).failure == "down"
    assert Resource.objects.known().count() == 2
    assert FieldValue.objects.filter(field="price").count() == 4


def test_a_missing_credential_or_connector_is_a_degraded_system(
    shop: System, clock: Callable[[], datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ORCHESTR_CREDENTIAL_SHOP_READ")
    assert sweep(shop, clock).failure == "credential_missing"
    shop.kind = "unheard-of"
    assert sweep(shop, clock).failure == "connector_missing"


def test_ids_that_people_cannot_read_and_values_that_cannot_be_held_are_left_out(
    shop: System, clock: Callable[[], datetime]
) -> None:
    shelf.put("shop", shelf.variant("JKT-0", segment="apparel/jackets", eur=10_000, gbp=9_000))
    shelf.put("shop", shelf.variant("JKT-0\u200b", segment="apparel/jackets", eur=1, gbp=1))
    shelf.set_value("shop", "variant", "JKT-0", "tax_bp", 19.5, make.Address(country="DE"))
    sweep(shop, clock)
    assert list(Resource.objects.values_list("key", flat=True)) == ["JKT-0"]
    assert FieldValue.objects.filter(field="tax_bp").count() == 1


def test_a_segment_that_is_there_is_never_moved_by_a_system(shop: System, clock: Callable[[], datetime]) -> None:
    outdoor = make.segment("outdoor-gear")
    jackets = make.segment("apparel/jackets", outdoor)
    shelf.put("shop", shelf.variant("JKT-0", segment="apparel/jackets", eur=10_000, gbp=9_000))
    sweep(shop, clock)
    jackets.refresh_from_db()
    assert jackets.parent == outdoor


def test_sales_are_summed_per_channel_and_those_of_last_week_vanish(
    shop: System, clock: Callable[[], datetime]
) -> None:
    def sold(channel: str, units: int) -> SalesBucket:
        return SalesBucket(
            id="JKT-0",
            channel=channel,
            start=START,
            end=START,
            units=units,
            net_revenue=Money(units * 1_000, "EUR", tax="excluded"),
        )

    shelf.put("shop", shelf.variant("JKT-0", segment="apparel/jackets", eur=10_000, gbp=9_000))
    shelf.SHELVES["shop"].sold = (sold("web-de", 3), sold("web-de", 4), sold("marketplace", 1))
    sweep(shop, clock)
    assert dict(Sales.objects.values_list("channel", "units_7d")) == {"web-de": 7, "marketplace": 1}
    shelf.SHELVES["shop"].sold = (sold("web-de", 2),)
    sweep(shop, clock)
    assert dict(Sales.objects.values_list("channel", "units_7d")) == {"web-de": 2}


def test_only_what_is_due_and_free_is_due(shop: System) -> None:
    at = make.now()
    assert refresh.due(at=at) == [shop]
    assert refresh.claim(shop, at=at)
    assert refresh.due(at=at) == []
    assert not refresh.claim(shop, at=at)
    System.objects.filter(pk=shop.pk).update(
        refreshing_until=None, refreshed_at=at, settings={"role": "shop", "refresh_s": 5}
    )
    assert refresh.due(at=at + timedelta(seconds=4)) == []
    assert refresh.due(at=at + timedelta(seconds=5)) == [System.objects.get()]


def test_a_late_answer_never_overwrites_a_newer_one(house: make.House) -> None:
    known = house.price(house.jacket)

    def yesterday() -> datetime:
        return known.observed_at - timedelta(days=1)

    shelf.set_value("shop", "variant", "JKT-1", "price", make.money(1), make.DE)
    refresh.refresh(house.shop, clock=yesterday)
    assert house.price(house.jacket).value == make.money(20_000)


def test_two_systems_place_a_resource_each_in_its_own_tree_whoever_is_read_last(
    shop: System, clock: Callable[[], datetime]
) -> None:
    """Whoever acts on it answers to both; a system that moves it takes back its own placing alone."""
    erp = make.system("erp", role="erp")
    jacket = shelf.variant("JKT-0", segment="apparel/jackets", eur=10_000, gbp=9_000)
    shelf.put("shop", jacket)
    shelf.put("erp", replace(jacket, segments=("goods/outerwear",)))

    def places() -> list[str]:
        return sorted(Resource.objects.get(key="JKT-0").segments.values_list("key", flat=True))

    for system in (shop, erp, shop, erp):
        sweep(system, clock)
    assert places() == ["apparel/jackets", "goods/outerwear"]
    shelf.put("shop", replace(jacket, segments=("apparel",)))
    sweep(shop, clock)
    assert places() == ["apparel", "goods/outerwear"]
    shelf.take("erp", "variant", "JKT-0")
    System.objects.filter(pk=erp.pk).update(swept_at=None)
    sweep(erp, clock)
    sweep(shop, clock)
    assert places() == ["apparel"]
