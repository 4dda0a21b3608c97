import pytest

from orchestr.policy.facts.proposal import DeciderFacts, ExposureFacts, Facts, FreezeFacts, ItemFacts, read_value
from orchestr.policy.values import Address, Money, ValueRefused
from tests.policy.cases import copy, definition, eur, facts, price, promotion, stock

FULL = facts(
    price(9_500, minimum_price=eur(9_000), day_start=eur(9_900), net_revenue_7d=eur(1, "excluded"), live=None),
    stock(0, index=1, allowed_locations=()),
    promotion(1, index=2, field="enabled", promotion=definition()),
    copy("“Größe” \U0001f3d4", index=3, address=Address(locale="de", min_quantity=2)),
    freezes=(FreezeFacts(kind="all"), FreezeFacts(kind="segment", key="apparel", items=(1, 0))),
    exposure=(ExposureFacts(segment="a", channel="", pending=1, live_24h=2),),
    atomicity="all_or_compensate",
)


def test_replays_byte_for_byte():
    once = FULL.canonical()
    again = Facts.from_wire(FULL.to_wire())
    assert again.canonical() == once
    assert again.items == FULL.items


def test_the_bytes_do_not_depend_on_the_order_of_loading():
    turned = facts(
        *reversed(FULL.items),
        freezes=tuple(reversed(FULL.freezes)),
        exposure=FULL.exposure,
        atomicity=FULL.atomicity,
        deciders=tuple(reversed(FULL.deciders)),
    )
    assert turned.canonical() == FULL.canonical()


def test_deciders_not_asked_for_are_not_no_deciders():
    assert "deciders" not in facts(deciders=None).to_wire()
    assert Facts.from_wire(facts(deciders=None).to_wire()).deciders is None
    assert Facts.from_wire(facts(deciders=()).to_wire()).deciders == ()


def test_a_live_value_of_nothing_is_not_an_unknown_one():
    known = Facts.from_wire(facts(copy("x", live=None)).to_wire()).items[0]
    unknown = Facts.from_wire(facts(copy("x", live_known=False)).to_wire()).items[0]
    assert (known.live_known, known.live) == (True, None)
    assert unknown.live_known is False


def test_locations_not_declared_are_not_no_locations():
    assert Facts.from_wire(facts(stock(1)).to_wire()).items[0].allowed_locations == ("hamburg", "leeds", "oslo")
    assert Facts.from_wire(facts(stock(1, allowed_locations=None)).to_wire()).items[0].allowed_locations is None
    assert Facts.from_wire(facts(stock(1, allowed_locations=())).to_wire()).items[0].allowed_locations == ()


def test_holds_counts_of_deciders_and_no_names():
    wire = facts(deciders=(DeciderFacts(functions=("legal", "finance"), persons=2),)).to_wire()
    assert wire["deciders"] == [{"functions": ["finance", "legal"], "persons": 2}]


def test_refuses_floats():
    with pytest.raises(TypeError, match="floats"):
        facts(promotion({"discount_bp": 0.2})).canonical()


def test_refuses_a_format_it_does_not_know():
    with pytest.raises(ValueRefused) as caught:
        Facts.from_wire({**FULL.to_wire(), "format": 2})
    assert caught.value.code == "facts_format"


def test_reads_money_and_leaves_what_is_none():
    assert read_value("money", {"amount": 1, "currency": "EUR"}) == Money(1, "EUR")
    assert read_value("money", {"amount": "1"}) == {"amount": "1"}
    assert read_value("object", {"amount": 1, "currency": "EUR"}) == {"amount": 1, "currency": "EUR"}
    assert read_value("integer", 3) == 3


def test_a_live_value_that_nobody_read_is_not_known():
    item = copy("x")
    parts = {name: getattr(item, name) for name in ("index", "type", "id", "field", "kind", "field_class", "system")}
    assert not ItemFacts(**parts, before="", after="x").live_known
