"""A change set becomes one write per system, or a refusal that names the change."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orchestr.catalogue.models import FieldOwner, FieldValue, System
from orchestr.catalogue.plans import PlannedChange, ProposedChange, expand
from orchestr.refusal import Refusal
from tests import make


def plan(*raw: dict[str, Any], **more: Any) -> tuple[PlannedChange, ...]:
    return expand([ProposedChange.parse(index, each) for index, each in enumerate(raw)], at=make.now(), **more)


def refusal(*raw: dict[str, Any], **more: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        plan(*raw, **more)
    return caught.value


def stock(house: make.House, *, before: int = 40, after: int = 25, **more: Any) -> dict[str, Any]:
    return {
        "type": "stock",
        "id": "JKT-1",
        "field": "on_hand",
        "address": make.HAMBURG.wire(),
        "before": before,
        "after": after,
    } | more


def test_a_price_is_written_in_the_shop_that_owns_it(house: make.House) -> None:
    (item,) = plan(house.change(after=19_000))
    assert item.to_wire() == {
        "index": 0,
        "change": 0,
        "system": "shop",
        "type": "variant",
        "id": "JKT-1",
        "sku": "JKT-1",
        "title": "variant JKT-1",
        "field": "price",
        "address": make.DE.wire(),
        "kind": "money",
        "before": make.money(20_000),
        "after": make.money(19_000),
        "segments": ["apparel/jackets"],
        "reversibility": "restore",
        "guarantee": "read_compare",
    }


def test_a_stock_that_two_systems_hold_becomes_an_item_each_with_its_own_before(house: make.House) -> None:
    FieldValue.objects.filter(system=house.shop, field="on_hand").update(value=39)
    items = plan(stock(house))
    assert [(item.index, item.change, item.system, item.before, item.after) for item in items] == [
        (0, 0, "erp", 40, 25),
        (1, 0, "shop", 39, 25),
    ]
    assert [item.reversibility for item in items] == ["compensate", "restore"]


def test_a_system_that_holds_the_wanted_value_already_is_not_written(house: make.House) -> None:
    FieldValue.objects.filter(system=house.shop, field="on_hand").update(value=25)
    assert [item.system for item in plan(stock(house))] == ["erp"]


def test_a_named_system_alone_is_written(house: make.House) -> None:
    assert [item.system for item in plan(stock(house, system="shop"))] == ["shop"]


def test_a_thousand_changes_cost_the_queries_of_one(house: make.House) -> None:
    changes = [
        house.change(make.variant(f"MANY-{n}", house.jackets, shop=house.shop, erp=house.erp), after=19_000)
        for n in range(60)
    ]
    with CaptureQueriesContext(
        connection,
    ) as one:
        plan(changes[0])
    with CaptureQueriesContext(connection) as many:
        assert len(plan(*changes)) == 60
    assert len(one) == len(many) == 3


def test_money_may_leave_its_defaults_out(house: make.House) -> None:
    (item,) = plan(house.change(after=1) | {"after": {"amount": 19_000, "currency": "EUR"}})
    assert item.after == make.money(19_000)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": "NO-SUCH"}, "unknown_resource"),
        ({"type": "promotion"}, "unknown_resource"),
        ({"field": "colour"}, "unknown_field"),
        ({"address": {"channel": "web-fr", "currency": "EUR"}}, "unknown_address"),
        ({"field": "tax_bp", "address": {"country": "DE"}, "before": 1900, "after": 700}, "not_writable"),
        ({"field": "cost", "address": {"currency": "EUR"}, "after": 1}, "not_writable"),
        ({"system": "erp"}, "not_its_owner"),
        ({"system": "nowhere"}, "not_its_owner"),
        ({"after": make.money(20_000)}, "nothing_changes"),
        ({"after": make.money(-1)}, "negative_amount"),
        ({"after": make.money(19_000, "GBP")}, "currency_mismatch"),
        ({"after": make.money(19_000) | {"exponent": 3}}, "exponent_mismatch"),
        ({"after": make.money(19_000, tax="excluded")}, "tax_mismatch"),
        ({"after": 19_000}, "money_shape"),
        ({"after": "190.00"}, "money_shape"),
        ({"after": make.money(19_000) | {"amount": 190.5}}, "money_amount"),
        ({"after": make.money(19_000) | {"amount": 10**400}}, "money_amount"),
        ({"after": None}, "no_value"),
        ({"id": "JKT-1\u200b"}, "hidden_character"),
        ({"id": "JKT-1\u0000"}, "hidden_character"),
        ({"id": "\u202eJKT-1"}, "hidden_character"),
        ({"id": "JKT-1\ud800"}, "hidden_character"),
        ({"address": {"channel": "web-de\u2066", "currency": "EUR"}}, "hidden_character"),
        ({"address": {"planet": "earth"}}, "address_part"),
        ({"type": 7}, "malformed_change"),
    ],
)
def test_refuses_what_could_not_be_written_as_said(house: make.House, change: dict[str, Any], code: str) -> None:
    refused = refusal(house.change(after=19_000) | change)
    assert refused.code == code
    assert "0" in refused.detail
    assert refused.next


@pytest.mark.parametrize(
    ("after", "code"),
    [
        ("", None),
        ("Keeps the rain \u202eout", "hidden_character"),
        ("Keeps the\u200b rain out", "hidden_character"),
        ("nul\u0000", "hidden_character"),
        ("x" * 20_001, "text_too_long"),
        ({"text": "x"}, "not_a_text"),
        ("Family 👨\u200d👩\u200d👧 tent\nsecond line", None),
    ],
)
def test_copy_holds_nothing_that_nobody_can_see(house: make.House, after: Any, code: str | None) -> None:
    change = {
        "type": "product",
        "id": "jacket-one",
        "field": "description",
        "address": make.ENGLISH.wire(),
        "before": "Keeps the rain out.",
        "after": after,
    }
    if code is None:
        assert plan(change)[0].after == after
    else:
        assert refusal(change).code == code


@pytest.mark.parametrize("after", [-1, 2**53, True, 1.0, "5"])
def test_a_stock_is_a_whole_number_from_zero_up(house: make.House, after: Any) -> None:
    assert refusal(stock(house, after=after)).code in {"negative_amount", "not_an_integer"}


def test_a_wrong_before_is_answered_with_the_live_value(house: make.House) -> None:
    FieldValue.objects.filter(pk=house.price(house.jacket).pk).update(value=make.money(18_500))
    moved = refusal(
        house.change(house.jacket_2, after=19_000), house.change(after=19_000) | {"before": make.money(20_000)}
    )
    assert (moved.status, moved.code) == (409, "before_moved")
    assert moved.answer == {"index": 1, "live": make.money(18_500)}


def test_one_address_twice_is_refused_also_if_a_system_is_named_once(house: make.House) -> None:
    assert refusal(house.change(after=19_000), house.change(after=18_000)).code == "address_twice"
    assert refusal(stock(house), stock(house, system="shop")).code == "address_twice"
    assert len(plan(stock(house, system="erp"), stock(house, system="shop"))) == 2


def test_a_resource_outside_what_the_proposer_sees_is_as_unknown_as_one_that_is_not(house: make.House) -> None:
    tents_only = {house.tents.pk}
    hidden = refusal(house.change(after=19_000), within=tents_only)
    absent = refusal(house.change(after=19_000) | {"id": "NO-SUCH"}, within=tents_only)
    assert (hidden.code, hidden.detail, hidden.params) == (absent.code, absent.detail, absent.params)
    assert len(plan(house.change(house.tent, after=19_000), within=tents_only)) == 1


def test_a_system_that_is_switched_off_is_not_written(house: make.House) -> None:
    System.objects.filter(pk=house.shop.pk).update(enabled=False)
    assert refusal(house.change(after=19_000)).code == "not_writable"


def test_an_admin_may_declare_a_field_unwritable(house: make.House) -> None:
    FieldOwner.objects.filter(system=house.shop, field="on_hand").update(writable=False)
    assert [item.system for item in plan(stock(house))] == ["erp"]


def test_a_connector_that_is_not_installed_is_said_so(house: make.House) -> None:
    System.objects.filter(pk=house.shop.pk).update(kind="vanished")
    refused = refusal(house.change(after=19_000))
    assert (refused.status, refused.code) == (503, "connector_missing")


def test_no_change_and_too_many_are_refused(house: make.House) -> None:
    assert refusal().code == "no_changes"
    too_many = refusal(*[house.change(after=19_000)] * 10_001)
    assert (too_many.status, too_many.code) == (413, "too_many_changes")
