import pytest

from orchestr.policy.values import Money
from tests.policy.cases import AT, codes, eur, facts, found, price, stock
from tests.policy.surroundings import around, commitment

QUOTE = commitment("quote", price=eur(9_500))


@pytest.mark.parametrize(
    ("after", "broken"),
    [
        (9_499, False),
        (9_500, False),
        (9_501, True),
        (None, True),
        ("nonsense", True),
        (Money(9_000, "EUR", 2, "excluded"), True),
        (Money(99_999, "GBP"), False),
    ],
)
def test_a_quote_is_broken_by_a_higher_price(after, broken):
    about = around(price(after, before=9_000), commitments=(QUOTE,))
    assert codes("promise_broken", about) == ([("quote_broken", "dual")] if broken else [])


@pytest.mark.parametrize(("after", "broken"), [(10, False), (9, True), (8, True), (100, False), (101, False)])
def test_a_delivery_is_broken_by_less_stock_than_promised(after, broken):
    promise = commitment("delivery", due=AT + 60, units=10)
    about = around(stock(after), commitments=(promise,))
    assert codes("promise_broken", about) == ([("delivery_broken", "dual")] if broken else [])


@pytest.mark.parametrize(("after", "broken"), [(99, True), (100, False), (101, False), (None, True)])
def test_without_a_count_any_stock_taken_away_breaks_it(after, broken):
    about = around(stock(after), commitments=(commitment("delivery", due=AT + 60),))
    assert bool(found("promise_broken", about)) is broken


@pytest.mark.parametrize(("left", "stands"), [(0, False), (1, True)])
def test_a_promise_ends_at_its_time(left, stands):
    about = around(price(10_000), commitments=(commitment("quote", price=eur(1), until=AT + left),))
    assert bool(found("promise_broken", about)) is stands


def test_locks_are_no_promises_and_another_thing_is_not_concerned():
    assert found("promise_broken", around(price(10_000), commitments=(commitment("reprice"),))) == []
    assert (
        found("promise_broken", around(price(10_000), commitments=(commitment("quote", price=eur(1), items=()),))) == []
    )


def test_effect_and_functions_are_the_policys():
    about = around(price(10_000), commitments=(QUOTE,))
    (finding,) = found("promise_broken", about, effect="single", functions=("legal",))
    assert (finding.effect, finding.functions, finding.value) == ("single", ("legal",), eur(9_500))
    assert finding.params == {"promise": "c-1"}


def test_an_item_that_breaks_two_promises_stands_once():
    about = around(price(9_500), commitments=tuple(commitment("quote", id=id, price=eur(9_000)) for id in ("a", "b")))
    (finding,) = found("promise_broken", about)
    assert (finding.items, finding.params) == ((0,), {"promise": "a"})


def test_a_broken_delivery_says_what_is_left_of_what_was_promised():
    about = around(stock(7), commitments=(commitment("delivery", due=AT + 60, units=10),))
    (finding,) = found("promise_broken", about, functions=("legal",))
    assert (finding.value, finding.threshold, finding.functions) == (7, 10, ("legal",))
    assert finding.params == {"promise": "c-1"}
    about = around(stock(None), commitments=(commitment("delivery", due=AT + 60, units=10),))
    assert found("promise_broken", about)[0].value == 0


def test_without_surroundings_nothing_is_promised():
    assert found("promise_broken", facts(price(1))) == []
    assert found("promise_broken", around(price(1))) == []
