import pytest

from tests.policy.cases import AT, codes, copy, definition, facts, found, price, promotion, stock
from tests.policy.surroundings import around, commitment

SALE = {"field": "sale_price"}


@pytest.mark.parametrize(
    ("kind", "item", "code"),
    [
        ("reprice", price(9_500), "locked_reprice"),
        ("reprice", price(None), "locked_reprice"),
        ("reprice", promotion(definition()), "locked_reprice"),
        ("reprice", copy("x"), None),
        ("reprice", stock(110), None),
        ("promote", promotion(definition()), "locked_promote"),
        ("promote", promotion(None), None),
        ("promote", promotion(0, before=1, field="enabled"), None),
        ("promote", promotion(1, before=0, field="enabled"), "locked_promote"),
        ("promote", price(9_500, **SALE), "locked_promote"),
        ("promote", price(None, **SALE), None),
        ("promote", price(9_500), None),
        ("sell", stock(101), "locked_sell"),
        ("sell", stock(100), "locked_sell"),
        ("sell", stock(99), None),
        ("sell", stock(None), None),
        ("sell", promotion(definition()), "locked_sell"),
        ("sell", copy("x", field_class="unknown", field="enabled"), "locked_sell"),
        ("sell", price(9_500), None),
        ("quote", price(9_500), None),
        ("quote", stock(110), None),
        ("delivery", promotion(definition()), None),
    ],
)
def test_what_breaks_a_lock_is_refused(kind, item, code):
    about = around(item, commitments=(commitment(kind),))
    assert codes("locked", about) == ([(code, "refuse")] if code else [])


@pytest.mark.parametrize(("left", "stands"), [(-1, False), (0, False), (1, True)])
def test_a_lock_ends_at_its_time(left, stands):
    about = around(price(9_500), commitments=(commitment("reprice", until=AT + left),))
    assert bool(found("locked", about)) is stands


@pytest.mark.parametrize(("channel", "stands"), [("", True), ("web-de", True), ("web-uk", False)])
def test_a_lock_holds_on_its_channel(channel, stands):
    about = around(price(9_500), commitments=(commitment("reprice", channel=channel),))
    assert bool(found("locked", about)) is stands


def test_a_change_of_every_channel_meets_the_lock_of_one():
    about = around(stock(101), commitments=(commitment("sell", channel="web-uk"),))
    assert codes("locked", about) == [("locked_sell", "refuse")]


def test_says_which_lock_until_when_and_who_could_except():
    about = around(price(1), price(2, index=1), commitments=(commitment("reprice", items=(1,), until=1_790_003_600),))
    (finding,) = found("locked", about, functions=("legal",))
    assert (finding.items, finding.params, finding.functions) == ((1,), {"lock": "c-1"}, ("legal",))
    assert finding.value == "2026-09-21 15:13 UTC"


def test_of_two_locks_the_one_that_ends_last_is_told():
    ends = (commitment("reprice", id="a", until=AT + 60), commitment("reprice", id="b", until=AT + 120))
    for locks in (ends, ends[::-1]):
        (finding,) = found("locked", around(price(1), commitments=locks))
        assert (finding.params, finding.items) == ({"lock": "b"}, (0,))


def test_without_surroundings_nothing_is_locked():
    assert found("locked", facts(price(1))) == []
    assert found("locked", around(price(1))) == []
