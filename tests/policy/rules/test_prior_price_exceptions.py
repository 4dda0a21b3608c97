"""Histories shorter than 30 days, goods that perish or are new, and reductions that go further (98/6/EC art. 6a (3) to (5))."""

import pytest

from orchestr.policy.default import default_policy
from orchestr.policy.evaluate import evaluate
from orchestr.policy.facts.price import Good
from orchestr.policy.facts.price_history import DAY, PRIOR
from orchestr.policy.values import Money
from tests.policy.cases import AT, codes, eur, facts, found, price
from tests.policy.rules.reductions import OVERSTATED, START, good, iso, judged, reduction


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


def test_what_was_not_sold_in_thirty_days_is_short_until_it_has_been():
    one = Good(sku="A", price=eur(10_000), known_since=START - 10 * DAY)
    (finding,) = found("prior_price", facts(reduction(2_000, one)))
    assert finding.params["suffices_from"] == "2026-10-22T14:13:20Z"
