"""Announced reductions against the lowest price of the 30 days before (98/6/EC art. 6a, C-330/23)."""

from dataclasses import replace

import pytest

from orchestr.policy.default import default_policy
from orchestr.policy.evaluate import evaluate
from orchestr.policy.facts.price import Good, PriceFacts
from orchestr.policy.values import Money
from orchestr.policy.words import findings as words
from tests.policy.cases import AT, codes, definition, eur, facts, found, price, promotion
from tests.policy.rules.reductions import OVERSTATED, START, good, judged, reduction


def test_was_169_low_129_sold_at_129_announced_as_23_per_cent_is_refused():
    """The case the Court decided. 23.67 % off 1.69 is 1.29, which had been the lowest price of the 30 days before."""
    sale = reduction(
        2_367, good(169, 129), announced={"reference": {"amount": 169, "currency": "EUR"}, "percent_bp": 2_300}
    )
    assert judged(sale) == [("reduction_overstated", "refuse"), ("reference_above_low", "refuse")]
    assert evaluate(facts(sale), default_policy()).refused


def test_the_percentage_alone_is_refused_and_so_is_the_price_struck_through_alone():
    assert judged(reduction(2_367, good(169, 129), announced={"percent_bp": 2_300})) == OVERSTATED
    assert judged(reduction(2_367, good(169, 129), announced={"reference": {"amount": 169, "currency": "EUR"}})) == [
        ("reference_above_low", "refuse")
    ]


def test_naming_the_true_prior_price_does_not_make_a_false_percentage_true():
    """What C-330/23 turned on: the lowest price stood in small print beside a percentage of another one."""
    sale = reduction(
        2_367, good(169, 129), announced={"reference": {"amount": 129, "currency": "EUR"}, "percent_bp": 2_300}
    )
    assert judged(sale) == OVERSTATED


def test_a_promotion_that_says_nothing_announces_its_own_percentage():
    assert judged(reduction(2_367, good(169, 129))) == OVERSTATED
    assert judged(reduction(2_367, good(169))) == []


def test_says_what_the_reduction_really_is():
    (finding,) = found("prior_price", facts(reduction(2_300, good(169, 129))))
    assert (finding.value, finding.threshold, finding.unit) == (-78, 2_300, "bp")
    assert words.say(finding) == (
        "The reduction for A is announced as 23 %; on the lowest price of the 30 days before it starts it is −0.78 %."
    )


@pytest.mark.parametrize(("low", "said"), [(10_001, []), (10_000, []), (9_999, []), (9_998, OVERSTATED)])
def test_the_low_decides_to_the_cent(low, said):
    """20 % off 100.00 is 80.00; 20 % off 99.99 is 79.99(2), which no shop can sell at but as 80.00."""
    assert judged(reduction(2_000, good(10_000, low))) == said


@pytest.mark.parametrize(("percent", "said"), [(1_999, []), (2_000, []), (2_001, OVERSTATED)])
def test_the_percentage_announced_decides_to_the_basis_point(percent, said):
    assert judged(reduction(2_000, good(10_000), announced={"percent_bp": percent})) == said


@pytest.mark.parametrize(("amount", "said"), [(9_999, []), (10_000, []), (10_001, [("reference_above_low", "refuse")])])
def test_the_price_struck_through_is_at_most_the_lowest(amount, said):
    announced = {"reference": {"amount": amount, "currency": "EUR"}}
    assert judged(reduction(2_000, good(12_000, 10_000), announced=announced)) == said
    struck = price(
        amount, field="was_price", prices=PriceFacts(starts_at=AT, goods=(good(9_000, 10_000, known_since=0),))
    )
    assert judged(struck) == said


@pytest.mark.parametrize("reference", [Money(10_000, "GBP"), Money(10_000, "EUR", 3), eur(10_000, "excluded")])
def test_a_price_struck_through_in_other_money_is_refused(reference):
    sale = reduction(2_000, good(), announced={"reference": reference.wire()})
    assert judged(sale) == [("reference_not_comparable", "refuse")]


def test_a_price_raised_in_the_same_proposal_is_the_one_reduced():
    raised = price(12_000, index=1, id="A")
    assert judged(reduction(2_000, good()), raised) == OVERSTATED
    assert judged(reduction(2_000, good()), price(12_000, index=1, id="A", channel="web-uk")) == []


def test_a_price_lowered_in_the_same_proposal_is_the_lowest_too():
    assert judged(reduction(2_000, good()), price(8_000, index=1, id="A")) == []


@pytest.mark.parametrize(
    "known",
    [
        {"price": None},
        {"known_since": None},
        {"price": Money(10_000, "GBP")},
        {"price": Money(10_000, "EUR", 3)},
    ],
)
def test_what_cannot_be_looked_at_needs_legal(known):
    one = Good(**{"sku": "A", "price": eur(10_000), "low": eur(10_000), "known_since": 0} | known)
    (finding,) = found("prior_price", facts(reduction(2_000, one)))
    assert (finding.code, finding.effect, finding.functions) == ("prior_price_unchecked", "single", ("legal",))


def test_goods_nobody_could_look_at_need_legal():
    assert judged(reduction(2_000, unchecked=True)) == [("prior_price_unchecked", "single")]


def test_a_promotion_with_more_goods_than_were_looked_at_stands_once_in_its_finding():
    (finding,) = found("prior_price", facts(reduction(2_000, Good(sku="A"), unchecked=True)))
    assert (finding.code, finding.items) == ("prior_price_unchecked", (0,))


def test_many_goods_make_one_finding_for_the_worst():
    sale = facts(reduction(2_000, good(10_000, 9_000), good(10_000, 5_000, sku="B"), good(sku="C")))
    (finding,) = found("prior_price", sale)
    assert (finding.params["sku"], finding.items, finding.value) == ("B", (0,), -6_000)


@pytest.mark.parametrize(
    "item",
    [
        promotion(None, before=definition(), prices=PriceFacts(starts_at=START, goods=(good(10_000, 1),))),
        promotion(0, field="enabled", prices=PriceFacts(starts_at=START, goods=(good(10_000, 1),))),
        promotion(
            {"percent_bp": 10, "announced": {"discount": 1}},
            prices=PriceFacts(starts_at=START, goods=(good(10_000, 1),)),
        ),
        promotion({"title": "x"}, prices=PriceFacts(starts_at=START, goods=(good(10_000, 1),))),
        promotion(definition()),
        price(5_000, prices=PriceFacts(week=eur(1))),
    ],
)
def test_where_nothing_is_announced_there_is_nothing_to_say(item):
    assert judged(item) == []


@pytest.mark.parametrize(
    "announced",
    [{}, [], {"percent_bp": 10_001}, {"percent_bp": 2.5}, {"reference": 169}, {"progressive_since": "May"}, {"was": 1}],
)
def test_an_announcement_nobody_can_read_makes_the_promotion_unreadable(announced):
    item = promotion(definition(announced=announced))
    assert ("promotion_unreadable", "dual") in codes("promotion_window", facts(item))


def test_only_the_selling_price_is_a_move_and_taking_it_away_is_none():
    for other in (price(20_000, index=1, id="A", field="was_price"), price(None, index=1, id="A")):
        assert judged(reduction(2_000, good()), other) == []


def test_the_price_struck_through_is_told_for_the_good_it_is_furthest_from():
    announced = {"reference": {"amount": 10_000, "currency": "EUR"}}
    sale = reduction(9_000, good(10_000, 9_000), good(10_000, 5_000, sku="B"), announced=announced)
    (finding,) = found("prior_price", facts(sale))
    assert (finding.params["sku"], finding.value, finding.threshold) == ("B", eur(10_000), eur(5_000))


@pytest.mark.parametrize(("announced", "said"), [(0, []), (1, OVERSTATED)])
def test_a_promotion_that_takes_nothing_off_may_announce_nothing(announced, said):
    sale = reduction(None, good(10_000_000), announced={"percent_bp": announced})
    assert judged(sale) == said


def test_what_is_off_or_cannot_be_read_announces_nothing():
    known = PriceFacts(starts_at=START, goods=(good(10_000, 1),))
    off = promotion(0, field="enabled", promotion=definition(2_000), prices=known)
    unreadable = promotion(definition(2_000, starts_at="soon"), index=1, prices=known)
    assert judged(off, unreadable) == []


def test_goods_nobody_looked_at_are_said_beside_those_that_were():
    sale = reduction(2_000, good(10_000, 5_000), unchecked=True)
    assert judged(sale) == [("prior_price_unchecked", "single"), *OVERSTATED]


def test_of_several_promotions_the_one_furthest_from_the_truth_is_the_worst():
    sales = [
        replace(reduction(2_000, good(10_000, low)), index=index) for index, low in enumerate((9_000, 5_000, 8_000))
    ]
    beside = price(5_000, index=3, prices=PriceFacts(week=eur(1)))
    (finding,) = found("prior_price", facts(*sales, beside))
    assert (finding.worst, finding.items, finding.value) == (1, (0, 1, 2), -6_000)


def test_who_looks_where_nobody_could_look_is_the_policys():
    for sale in (reduction(2_000, unchecked=True), reduction(2_000, Good(sku="A"))):
        (finding,) = found("prior_price", facts(sale), functions=("finance",))
        assert finding.functions == ("finance",)
