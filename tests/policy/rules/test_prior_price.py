"""Announced reductions against the lowest price of the 30 days before (98/6/EC art. 6a, C-330/23)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from orchestr.policy import words
from orchestr.policy.default import default_policy
from orchestr.policy.evaluate import evaluate
from orchestr.policy.price_facts import Good, PriceFacts
from orchestr.policy.price_history import DAY, PRIOR
from orchestr.policy.values import Money
from tests.policy.cases import AT, codes, definition, eur, facts, found, price, promotion

START = AT + DAY


def good(current=10_000, low=None, *, sku="A", known_since=START - PRIOR, **more):
    lowest = current if low is None else low
    return Good(
        sku=sku,
        price=eur(current) if isinstance(current, int) else current,
        low=eur(lowest) if isinstance(lowest, int) else lowest,
        known_since=known_since,
        **more,
    )


def reduction(percent_bp, *goods, announced=None, starts_at=START, unchecked=False):
    after = {
        "title": "Sale",
        "percent_bp": percent_bp,
        "skus": [one.sku for one in goods],
        "ends_at": "2026-10-15T00:00:00Z",
    }
    if announced is not None:
        after["announced"] = announced
    known = PriceFacts(starts_at=starts_at, goods=goods, unchecked=unchecked)
    return promotion(after, prices=known)


def judged(*items, **params):
    return codes("prior_price", facts(*items), **params)


OVERSTATED = [("reduction_overstated", "refuse")]


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


@pytest.mark.parametrize(
    ("known_since", "said"),
    [
        (START - PRIOR - 1, []),
        (START - PRIOR, []),
        (START - PRIOR + 1, [("prior_price_short", "single")]),
    ],
)
def test_less_than_thirty_days_need_legal(known_since, said):
    sale = facts(reduction(2_000, good(known_since=known_since)))
    assert codes("prior_price", sale) == said
    verdict = evaluate(sale, default_policy())
    assert (verdict.tier, list(verdict.functions)) == ("single", ["legal"] if said else [])


def test_a_short_history_says_from_when_it_suffices():
    (finding,) = found("prior_price", facts(reduction(2_000, good(known_since=1_790_000_000))))
    assert finding.functions == ("legal",)
    assert finding.params == {
        "sku": "A",
        "known_since": "2026-09-21T14:13:20Z",
        "suffices_from": "2026-10-21T14:13:20Z",
    }


def test_a_price_known_since_the_very_start_is_short_of_everything():
    one = Good(sku="A", price=eur(10_000), known_since=START)
    (finding,) = found("prior_price", facts(reduction(2_000, one)))
    assert (finding.code, finding.params["suffices_from"]) == ("prior_price_short", "2026-10-22T14:13:20Z")


def test_of_several_short_histories_the_shortest_is_named():
    sale = facts(reduction(2_000, good(known_since=AT - 9 * DAY), good(sku="B", known_since=AT - 3 * DAY)))
    (finding,) = found("prior_price", sale)
    assert (finding.params["sku"], finding.items) == ("B", (0,))


def test_a_short_history_that_already_says_no_is_refused():
    sale = reduction(2_000, good(10_000, 8_000, known_since=AT))
    assert judged(sale) == [("prior_price_short", "single"), *OVERSTATED]


def test_goods_that_perish_may_be_left_out():
    sale = reduction(2_000, good(10_000, 5_000, segments=("food/fresh",)), good(sku="B"))
    assert judged(sale) == OVERSTATED
    assert judged(sale, perishable_segments=("food/fresh",)) == [("prior_price_exempt", "info")]


@pytest.mark.parametrize(
    ("days", "code"), [(13, "prior_price_short"), (14, "prior_price_exempt"), (29, "prior_price_exempt")]
)
def test_a_new_arrival_needs_fewer_days_where_its_segment_is_named(days, code):
    sale = reduction(2_000, good(known_since=START - days * DAY, segments=("new",)))
    assert judged(sale) == [("prior_price_short", "single")]
    assert [one for one, _ in judged(sale, new_arrival_segments=("new",))] == [code]


@pytest.mark.parametrize(
    ("needed", "code"),
    [
        (20 * DAY - 1, "prior_price_exempt"),
        (20 * DAY, "prior_price_exempt"),
        (20 * DAY + 1, "prior_price_short"),
        (20 * DAY + 2, "prior_price_short"),
    ],
)
def test_how_long_a_new_arrival_must_be_known_is_met_to_the_second(needed, code):
    sale = reduction(2_000, good(known_since=START - 20 * DAY, segments=("new",)))
    assert [one for one, _ in judged(sale, new_arrival_segments=("new",), new_arrival_s=needed)] == [code]


def test_a_new_arrival_is_still_held_to_its_lowest_price():
    sale = reduction(2_000, good(10_000, 5_000, known_since=START - 20 * DAY, segments=("new",)))
    assert judged(sale, new_arrival_segments=("new",)) == [("prior_price_exempt", "info"), *OVERSTATED]


class TestReductionsThatGoFurther:
    """Art. 6a (5): the prior price is the one before the first of them."""

    SINCE = START - 20 * DAY

    def sale(self, *, since=SINCE, **more):
        known = {"first_low": eur(10_000), "known_since": self.SINCE - PRIOR} | more
        told = {"percent_bp": 4_000, "progressive_since": iso(since)}
        return reduction(4_000, good(10_000, 8_000, **known), announced=told)

    def test_rest_on_the_price_before_the_first(self):
        assert judged(self.sale()) == [("prior_price_exempt", "info")]

    def test_are_computed_plainly_where_history_does_not_show_them(self):
        assert judged(self.sale(first_low=None)) == OVERSTATED

    def test_need_thirty_days_before_the_first(self):
        assert judged(self.sale(known_since=self.SINCE - PRIOR + 1)) == OVERSTATED

    @pytest.mark.parametrize(
        ("longest", "said"), [(20 * DAY - 1, False), (20 * DAY, True), (20 * DAY + 1, True), (0, False)]
    )
    def test_may_go_on_for_so_long(self, longest, said):
        found = judged(self.sale(), progressive_max_s=longest)
        assert found == ([("prior_price_exempt", "info")] if said else OVERSTATED)

    def test_never_rest_on_a_price_in_other_money(self):
        assert judged(self.sale(first_low=Money(90_000, "SEK"))) == OVERSTATED

    def test_never_rest_on_a_time_still_to_come(self):
        assert judged(self.sale(since=START)) == OVERSTATED

    def test_never_make_the_prior_price_lower(self):
        assert (
            judged(
                reduction(
                    2_000,
                    good(10_000, first_low=eur(5_000)),
                    announced={"progressive_since": iso(self.SINCE), "percent_bp": 2_000},
                )
            )
            == []
        )


def iso(at):
    return datetime.fromtimestamp(at, UTC).isoformat()


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


def test_reductions_that_go_further_without_saying_so_rest_on_the_lowest_price():
    assert judged(reduction(4_000, good(10_000, 8_000, first_low=eur(10_000), known_since=0))) == OVERSTATED


@pytest.mark.parametrize(("first", "exempt"), [(8_000, False), (8_001, True)])
def test_an_exemption_is_said_only_where_it_changes_the_prior_price(first, exempt):
    told = {"percent_bp": 1_000, "progressive_since": iso(START - 1)}
    sale = reduction(3_000, good(10_000, 8_000, first_low=eur(first), known_since=0), announced=told)
    assert judged(sale) == ([("prior_price_exempt", "info")] if exempt else [])


def test_a_price_lowered_while_reductions_go_further_is_held_against_the_price_before_the_first():
    told = {"percent_bp": 4_500, "progressive_since": iso(START - DAY)}
    sale = reduction(4_000, good(9_000, 8_000, first_low=eur(10_000), known_since=0), announced=told)
    assert judged(sale, price(8_900, index=1, id="A")) == [("prior_price_exempt", "info")]


def test_only_the_selling_price_is_a_move_and_taking_it_away_is_none():
    for other in (price(20_000, index=1, id="A", field="was_price"), price(None, index=1, id="A")):
        assert judged(reduction(2_000, good()), other) == []


def test_what_was_not_sold_in_thirty_days_is_short_until_it_has_been():
    one = Good(sku="A", price=eur(10_000), known_since=START - 10 * DAY)
    (finding,) = found("prior_price", facts(reduction(2_000, one)))
    assert finding.params["suffices_from"] == "2026-10-22T14:13:20Z"


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
