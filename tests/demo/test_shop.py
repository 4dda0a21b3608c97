"""The demo shop, spoken to by a client that is not ours."""

import re
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.shops.demo import Server

PRICE = "/api/v1/values/variant/{}/price?channel=web-de&currency=EUR"
SHELL = PRICE.format("FF-JKT-FJELL-MOS")


def eur(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR", "exponent": 2, "tax": "included"}


def put(
    shop: Server, path: str, value: Any, *, key: str, version: str = "*", stage: str = "publish", **more: Any
) -> Any:
    headers = {"If-Match": f'"{version}"', "Operation-Key": key}
    return shop.ask("PUT", path, {"value": value}, stage=stage, headers=headers, **more)


def test_a_sweep_by_pages_names_everything_once(shop: Server) -> None:
    found: list[tuple[str, str]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = shop.get("/api/v1/resources", limit="60", cursor=cursor)
        found += [(one["type"], one["id"]) for one in page["items"]]
        cursor = page["next_cursor"]
    assert len(found) == len(set(found)) == 50 + 150 + 150 + 3 + 6 + 2


def test_a_shop_for_rehearsals_sells_a_few_things_of_its_own_that_nobody_has_bought(tmp_path: Path) -> None:
    small = Server("shop", tmp_path / "sandbox", "--rehearsal", "--speed", "0")
    try:
        items = small.get("/api/v1/resources", limit="200")["items"]
        assert {one["type"] for one in items} == {"product", "variant", "stock"}
        assert len([one for one in items if one["type"] == "product"]) == 4
        assert all(one["segments"] == ["rehearsal"] for one in items)
        assert all(one["id"].startswith(("R-", "rehearsal-")) for one in items)
        assert small.get("/api/v1/segments")["items"] == [{"key": "rehearsal", "name": "Rehearsal", "parent": None}]
        sku = next(one["id"] for one in items if one["type"] == "variant")
        assert small.ask("GET", f"/p/{sku}").status == 200
        assert small.ask("GET", f"/img/{sku}.svg").status == 200
        assert small.ask("GET", "/").status == 200
        assert small.ask("GET", "/p/FF-JKT-FJELL-MOS").status == 404
    finally:
        small.stop()
    again = Server("shop", tmp_path / "sandbox", "--speed", "0")
    try:
        assert len(again.get("/api/v1/resources", limit="200")["items"]) == len(items)
    finally:
        again.stop()


def test_a_sweep_since_a_moment_names_what_changed_after_it(shop: Server) -> None:
    path = PRICE.format("FF-JKT-HAVN-SND")
    moment = put(shop, path, eur(11_111), key="since").json()["updated_at"]
    later = (datetime.fromisoformat(moment) + timedelta(milliseconds=1)).isoformat()
    assert "FF-JKT-HAVN-SND" in [one["id"] for one in shop.get("/api/v1/resources", updated_since=moment)["items"]]
    assert "FF-JKT-HAVN-SND" not in [one["id"] for one in shop.get("/api/v1/resources", updated_since=later)["items"]]


def test_a_write_raises_the_version_and_a_stale_one_is_told_the_live_value(shop: Server) -> None:
    read = shop.get(SHELL)
    done = put(shop, SHELL, eur(21_000), key="cas-1", version=read["version"])
    assert (done.status, done.json()["value"]) == (200, eur(21_000))
    stale = put(shop, SHELL, eur(22_000), key="cas-2", version=read["version"])
    assert (stale.status, stale.json()["code"]) == (412, "version_moved")
    assert stale.json()["live"]["value"] == eur(21_000)
    assert stale.json()["live"]["version"] == done.json()["version"]
    assert shop.writes("cas-2") == []


def test_the_same_operation_key_is_done_once(shop: Server) -> None:
    path = PRICE.format("FF-JKT-SKOG-SND")
    read = shop.get(path)
    first = put(shop, path, eur(25_000), key="once", version=read["version"]).json()
    shop.edit(sku="FF-JKT-SKOG-SND", field="price", channel="web-de", value=26_000)
    again = put(shop, path, eur(25_000), key="once", version=read["version"]).json()
    assert (first["replayed"], again["replayed"], again["version"]) == (False, True, first["version"])
    assert shop.get(path)["value"] == eur(26_000)
    assert len(shop.writes("once")) == 1


def test_an_operation_key_used_for_another_write_is_refused(shop: Server) -> None:
    path = PRICE.format("FF-JKT-SKOG-INK")
    put(shop, path, eur(25_000), key="reused")
    other = put(shop, path, eur(24_000), key="reused")
    assert (other.status, other.json()["code"]) == (422, "operation_key_reused")
    assert shop.get(path)["value"] == eur(25_000)


def test_a_write_needs_a_version_and_an_operation_key(shop: Server) -> None:
    for headers in ({"If-Match": '"1"'}, {"Operation-Key": "lonely"}):
        assert shop.ask("PUT", SHELL, {"value": eur(1)}, stage="publish", headers=headers).status == 428
    assert shop.writes("lonely") == []


def test_the_reading_token_cannot_write_and_a_stranger_cannot_read(shop: Server) -> None:
    before = shop.get(SHELL)
    assert put(shop, SHELL, eur(1), key="reader", stage="read").status == 403
    assert put(shop, SHELL, eur(1), key="stranger", stage="somebody").status == 401
    assert shop.ask("GET", SHELL, stage="somebody").status == 401
    assert shop.get(SHELL) == before


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (eur(-1), "price_range"),
        (eur(2**31), "price_range"),
        ({**eur(1), "currency": "GBP"}, "wrong_currency"),
        ({**eur(1), "exponent": 3}, "wrong_exponent"),
        ({**eur(1), "tax": "excluded"}, "wrong_tax_basis"),
        ({**eur(1), "amount": 1.5}, "money_amount"),
        (1_990, "money_shape"),
        (None, "money_shape"),
    ],
)
def test_a_price_that_cannot_be_is_refused(shop: Server, value: Any, code: str) -> None:
    before = shop.get(SHELL)
    answer = put(shop, SHELL, value, key=f"bad-{code}")
    assert (answer.status, answer.json()["code"]) == (422, code)
    assert shop.get(SHELL) == before
    assert shop.writes(f"bad-{code}") == []


@pytest.mark.parametrize("raw", [b'{"value": NaN}', b'{"value": 1, "value": 2}', b"[" * 100_000, b"[1]", b"\xff"])
def test_json_that_is_not_strict_is_refused(shop: Server, raw: bytes) -> None:
    headers = {"If-Match": '"1"', "Operation-Key": "raw"}
    assert shop.ask("PUT", SHELL, raw, stage="publish", headers=headers).status == 400


def test_addresses_that_do_not_exist_are_absent(shop: Server) -> None:
    for path in (
        PRICE.format("FF-NO-SUCH"),
        "/api/v1/values/variant/FF-JKT-FJELL-MOS/price?channel=web-de",
        "/api/v1/values/variant/FF-JKT-FJELL-MOS/price?channel=web-fr&currency=EUR",
        "/api/v1/values/variant/FF-JKT-FJELL-MOS/colour?channel=web-de",
        "/api/v1/values/stock/FF-JKT-FJELL-MOS/on_hand?location=paris",
    ):
        assert shop.ask("GET", path).status == 404, path
        assert put(shop, path, 1 if "stock" in path else eur(1), key=path).status == 404, path


def test_many_values_are_read_in_the_order_asked(shop: Server) -> None:
    places = [("web-uk", "GBP"), ("web-fr", "EUR"), ("web-de", "EUR")]
    targets = [
        {
            "type": "variant",
            "id": "FF-TNT-DOME-2P",
            "field": "price",
            "address": {"channel": channel, "currency": currency},
        }
        for channel, currency in places
    ]
    items = shop.ask("POST", "/api/v1/read", {"targets": targets}).json()["items"]
    assert [item and item["address"]["channel"] for item in items] == ["web-uk", None, "web-de"]


def test_a_promotion_is_made_switched_on_and_goes_with_its_switch(shop: Server) -> None:
    path = "/api/v1/values/promotion/NEW5/{}?channel=web-uk"
    shown = {
        "title": "New: 5 % off",
        "percent_bp": 500,
        "skus": ["FF-TNT-DOME-2P"],
        "starts_at": "2030-01-01T00:00:00Z",
        "ends_at": "2030-01-08T00:00:00Z",
    }
    assert put(shop, path.format("definition"), shown, key="make", version="0").status == 200
    assert shop.get(path.format("enabled"))["value"] == 1
    assert shop.get("/api/v1/resources/promotion/NEW5")["segments"] == ["outdoor-gear/tents"]
    assert put(shop, path.format("definition"), shown, key="make again", version="0").status == 412
    assert put(shop, path.format("definition"), None, key="unmake").status == 200
    assert shop.get(path.format("enabled"))["value"] is None
    assert shop.ask("GET", "/api/v1/resources/promotion/NEW5").status == 404
    assert put(shop, path.format("enabled"), 1, key="no switch without one").status == 404


@pytest.mark.parametrize(
    ("announced", "status"),
    [
        ({"percent_bp": 500, "reference": {"amount": 4_900, "currency": "GBP"}}, 200),
        ({"progressive_since": "2029-12-01T00:00:00Z"}, 200),
        ({}, 422),
        ({"percent_bp": 10_001}, 422),
        ({"reference": 49}, 422),
        ({"progressive_since": "Monday"}, 422),
        ({"was": 49}, 422),
    ],
)
def test_a_promotion_keeps_what_is_announced_of_it(shop: Server, announced: dict[str, object], status: int) -> None:
    path = f"/api/v1/values/promotion/TOLD-{'-'.join(announced)}/definition?channel=web-uk"
    shown = {
        "title": "Told",
        "percent_bp": 500,
        "skus": ["FF-TNT-DOME-2P"],
        "starts_at": "2030-01-01T00:00:00Z",
        "ends_at": "2030-01-08T00:00:00Z",
        "announced": announced,
    }
    assert put(shop, path, shown, key=f"tell {announced}", version="0").status == status
    if status == 200:
        assert shop.get(path)["value"] == shown
        assert put(shop, path, None, key=f"untell {announced}").status == 200


def test_sales_add_up_in_buckets_and_orders_name_their_price(shop: Server) -> None:
    until = datetime.now(UTC)
    window = {"since": (until - timedelta(days=7)).isoformat(), "until": until.isoformat()}
    whole = shop.get("/api/v1/sales", **window)["items"]
    days = shop.get("/api/v1/sales", **window, bucket_s="86400")["items"]
    assert sum(one["units"] for one in whole) == sum(one["units"] for one in days) > 500
    row = max((one for one in whole if one["channel"] == "web-de"), key=lambda one: one["units"])
    found = shop.get(
        f"/api/v1/orders/variant/{row['sku']}/price", channel="web-de", currency="EUR", limit="5000", **window
    )["items"]
    assert sum(one["units"] for one in found) == row["units"]
    assert sum(one["net_revenue"]["amount"] for one in found) == row["net_revenue"]["amount"]


def test_the_price_history_goes_back_five_weeks(shop: Server) -> None:
    items = shop.get("/api/v1/history/variant/FF-BAG-NATT-SML/price", channel="web-uk", currency="GBP")["items"]
    begun = datetime.fromisoformat(items[0]["since"])
    assert datetime.now(UTC) - begun >= timedelta(days=35)
    assert items[0]["cause"] == "opening"


def test_the_storefront_shows_the_price_and_the_copy_of_the_moment(shop: Server) -> None:
    sku, path = "FF-TNT-SKAR-2P", PRICE.format("FF-TNT-SKAR-2P")
    put(shop, path, eur(34_567), key="storefront")
    copy = "/api/v1/values/product/skar-light-tent/description?locale=de"
    put(shop, copy, "Leicht & <b>schnell</b>.", key="storefront-copy")
    page = shop.ask("GET", f"/p/{sku}", stage="")
    assert page.status == 200
    assert "345.67 €" in page.text
    assert "Leicht &amp; &lt;b&gt;schnell&lt;/b&gt;." in page.text
    assert "£" in shop.ask("GET", f"/p/{sku}?site=web-uk").text
    assert shop.ask("GET", "/p/FF-NO-SUCH").status == 404
    picture = shop.ask("GET", f"/img/{sku}.svg")
    assert picture.headers["Content-Type"].startswith("image/svg+xml")
    assert shop.ask("GET", "/").text.count('class="card"') == 150


def test_a_collection_opens_with_its_hero_and_keeps_its_order(shop: Server) -> None:
    order = "/api/v1/values/collection/tents/order?channel=web-uk"
    slugs = shop.get(order)["value"]["products"]
    assert slugs == sorted(slugs)
    put(shop, order, {"products": slugs[::-1]}, key="order")
    put(shop, order.replace("order", "layout"), {"hero": slugs[1], "columns": 2}, key="layout")
    shown = re.findall(r'href="/p/(FF-TNT-[A-Z0-9-]+)\?', shop.ask("GET", "/?site=web-uk").text)
    held = {
        one["id"]: one["product"] for one in shop.get("/api/v1/resources", cursor="variant/FF-TNT", limit="40")["items"]
    }
    by_product = list(dict.fromkeys(held[sku] for sku in shown))
    assert by_product == [slugs[1], *(slug for slug in slugs[::-1] if slug != slugs[1])]


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("collection/tents/order?channel=web-de", {"products": []}, "order_shape"),
        ("collection/tents/order?channel=web-de", {"products": ["a", "a"]}, "order_shape"),
        ("collection/tents/layout?channel=web-de", {"hero": None, "columns": 0}, "columns_range"),
        ("collection/tents/layout?channel=web-de", {"hero": None}, "layout_shape"),
        ("message/winback-apparel/definition?channel=web-de", {"title": "Hi"}, "message_shape"),
    ],
)
def test_a_storefront_or_message_that_cannot_be_is_refused(shop: Server, path: str, value: Any, code: str) -> None:
    answer = put(shop, f"/api/v1/values/{path}", value, key=code)
    assert (answer.status, answer.json()["code"]) == (422, code)


def test_a_shop_of_an_older_release_is_given_what_is_new_and_keeps_what_it_has(tmp_path: Path) -> None:
    shop = Server("shop", tmp_path, "--speed", "0")
    put(shop, SHELL, eur(12_345), key="before")
    shop.stop()
    with sqlite3.connect(tmp_path / "data" / "shop.sqlite3") as storage:
        storage.execute("DELETE FROM value WHERE type IN ('collection', 'message') OR field = 'short_description'")
        storage.execute("DELETE FROM resource WHERE type IN ('collection', 'message')")
    shop = Server("shop", tmp_path, "--speed", "0")
    try:
        assert shop.get(SHELL)["value"] == eur(12_345)
        assert shop.get("/api/v1/values/collection/tents/layout?channel=web-de")["value"]["columns"] == 3
        assert shop.ask("GET", "/").text.count('class="card"') == 150
    finally:
        shop.stop()


def test_a_killed_shop_has_lost_nothing(tmp_path: Path) -> None:
    shop = Server("shop", tmp_path, "--speed", "0")
    put(shop, SHELL, eur(12_345), key="before the kill")
    orders = shop.get("/api/v1/sales")["items"]
    shop.kill()
    shop = Server("shop", tmp_path, "--speed", "0", "--seed", "2")
    try:
        assert shop.get(SHELL)["value"] == eur(12_345)
        assert len(shop.writes("before the kill")) == 1
        assert put(shop, SHELL, eur(12_345), key="before the kill").json()["replayed"] is True
        assert len(shop.get("/api/v1/sales")["items"]) == len(orders)
    finally:
        shop.stop()


def test_two_shops_of_one_seed_have_the_same_goods(shop: Server, tmp_path: Path) -> None:
    def tents(server: Server) -> Any:
        page = server.get("/api/v1/resources", cursor="stock/FF-TNT", limit="24")
        return [(one["id"], [held["value"] for held in one["values"]]) for one in page["items"]]

    twin, other = (
        Server("shop", tmp_path / "1", "--speed", "0"),
        Server("shop", tmp_path / "2", "--speed", "0", "--seed", "2"),
    )
    try:
        assert tents(twin) == tents(shop) != tents(other)
    finally:
        twin.stop()
        other.stop()
