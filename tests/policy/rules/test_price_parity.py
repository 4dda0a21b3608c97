import pytest

from orchestr.policy.facts.price import PriceFacts
from orchestr.policy.values import Money
from tests.policy.cases import codes, eur, facts, found, price


def beside(after, *elsewhere, before=10_000, **more):
    named = tuple((f"channel-{index}", one) for index, one in enumerate(elsewhere))
    return price(after, before=before, prices=PriceFacts(elsewhere=named), **more)


@pytest.mark.parametrize(
    ("after", "effect"),
    [(9_001, None), (9_000, None), (8_999, "single"), (11_000, None), (11_001, "single"), (1, "single")],
)
def test_a_price_keeps_near_that_of_another_channel(after, effect):
    about = facts(beside(after, eur(10_000)))
    assert codes("price_parity", about) == ([("price_parity", effect)] if effect else [])


def test_a_wider_gap_may_need_two():
    for apart, effect in ((8_001, "single"), (8_000, "single"), (7_999, "dual")):
        assert codes("price_parity", facts(beside(apart, eur(10_000))), dual_over_bp=2_000) == [
            ("price_parity", effect)
        ]


def test_names_the_channel_it_comes_to_stand_furthest_from():
    (finding,) = found("price_parity", facts(beside(8_000, eur(9_000), eur(10_000), eur(8_000))))
    assert (finding.value, finding.params["channel"], finding.items) == (-2_000, "channel-1", (0,))


def test_a_gap_that_closes_in_part_is_no_new_one():
    assert found("price_parity", facts(beside(8_000, eur(10_000), before=7_000))) == []
    assert codes("price_parity", facts(beside(6_999, eur(10_000), before=7_000))) == [("price_parity", "single")]


@pytest.mark.parametrize("other", [Money(1, "GBP"), Money(1, "EUR", 3), eur(1, "excluded"), eur(0)])
def test_what_cannot_be_compared_has_no_parity(other):
    assert found("price_parity", facts(beside(9_000, other))) == []


def test_both_channels_moving_at_once_are_held_against_what_stands_now():
    one, two = beside(8_000, eur(10_000)), beside(8_000, eur(10_000), index=1, id="SKU-0", channel="marketplace")
    assert codes("price_parity", facts(one, two)) == [("price_parity", "single")]


def test_without_other_channels_there_is_nothing_to_say():
    assert found("price_parity", facts(price(1))) == []


def test_two_are_named_and_one_may_be_anybody():
    for apart, functions in ((8_500, ()), (7_500, ("legal",))):
        about = facts(beside(apart, eur(10_000)))
        (finding,) = found("price_parity", about, dual_over_bp=2_000, functions=("legal",))
        assert finding.functions == functions


def test_the_item_furthest_from_another_channel_is_the_worst():
    items = (beside(8_900, eur(10_000)), beside(5_000, eur(10_000), index=1), beside(7_000, eur(10_000), index=2))
    (finding,) = found("price_parity", facts(*items))
    assert (finding.worst, finding.value) == (1, -5_000)


@pytest.mark.parametrize(("before", "asked"), [(9_999, True), (7_999, False), (8_000, False), (8_001, True)])
def test_a_gap_that_widens_or_opens_is_asked_about_and_one_that_does_not_is_none(before, asked):
    assert bool(found("price_parity", facts(beside(8_000, eur(10_000), before=before)))) is asked


def test_a_price_new_or_from_other_money_comes_nearer_to_nothing():
    for before in (None, Money(5_000, "GBP")):
        assert codes("price_parity", facts(beside(8_000, eur(10_000), before=before))) == [("price_parity", "single")]


def test_what_is_no_money_has_no_parity():
    assert found("price_parity", facts(beside(None, eur(1)), beside("1", eur(1), index=1))) == []


def test_of_two_gaps_that_open_the_wider_one_is_told():
    (finding,) = found("price_parity", facts(beside(8_000, eur(9_500), eur(10_000), eur(9_800))))
    assert (finding.value, finding.params) == (-2_000, {"channel": "channel-1"})


def test_without_anything_to_compare_no_limit_is_passed():
    assert found("price_parity", facts(beside(8_000, Money(1, "GBP"))), single_over_bp=0) == []
