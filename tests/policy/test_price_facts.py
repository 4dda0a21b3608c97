from dataclasses import replace

from orchestr.policy.facts.price import Good, PriceFacts
from orchestr.policy.facts.proposal import Facts
from orchestr.policy.values import canonical
from tests.policy.cases import AT, eur, facts, price

KNOWN = PriceFacts(
    week=eur(1), month=eur(2), anchor=eur(3), low=eur(4), high=eur(5), known_since=AT - 5, mixed=True, starts_at=AT,
    unchecked=True, elsewhere=(("b", eur(1)), ("a", eur(2))),
    goods=(Good(sku="B", country="DE", segments=("x", "a"), price=eur(1), low=eur(2), known_since=3, first_low=eur(4)),
           Good(sku="A")),
)  # fmt: skip


def test_replays_byte_for_byte_in_whatever_order_it_was_loaded():
    about = facts(price(1, prices=KNOWN))
    turned = replace(KNOWN, elsewhere=KNOWN.elsewhere[::-1], goods=KNOWN.goods[::-1])
    again = Facts.from_wire(about.to_wire())
    assert again.canonical() == about.canonical() == facts(price(1, prices=turned)).canonical()
    read = again.items[0].prices
    assert read is not None
    assert (read.low, read.high, read.mixed, dict(read.elsewhere)) == (eur(4), eur(5), True, {"a": eur(2), "b": eur(1)})
    assert {good.sku: good.known_since for good in read.goods} == {"A": None, "B": 3}


def test_facts_kept_before_the_highest_price_was_known_say_the_same_bytes_again():
    kept = PriceFacts(week=eur(1), month=eur(2), anchor=eur(3), low=eur(4), known_since=AT).to_wire()
    assert "high" not in kept
    read = PriceFacts.from_wire(kept)
    assert read is not None
    assert (read.high, canonical(read.to_wire())) == (None, canonical(kept))


def test_what_is_not_known_is_left_out():
    assert PriceFacts().to_wire() == {}
    assert canonical(Good(sku="A").to_wire()) == b'{"sku":"A"}'
    assert "prices" not in price(1).to_wire()


def test_nothing_is_mixed_or_unchecked_unless_that_is_said():
    plain = PriceFacts(week=eur(1), goods=(Good(sku="A"),))
    assert PriceFacts.from_wire(plain.to_wire()) == plain
    assert PriceFacts.from_wire(KNOWN.to_wire()).to_wire() == KNOWN.to_wire()
