import pytest

from orchestr.policy.facts.commerce import CommerceFacts, StandingPromotion
from orchestr.policy.promotions.reading import moment
from tests.policy.cases import codes, definition, facts, found, promotion

START, END = moment("2026-10-01T00:00:00Z"), moment("2026-10-15T00:00:00Z")
GOODS = {"segments": ("gear/packs",)}


def standing(key="OTHER", **more):
    base = {"status": "live", "system": "demo-shop", "channel": "web-de", "discount_bp": 1_500, "skus": ("P-1",)}
    return StandingPromotion(**({"key": key, "segments": ("gear/packs",)} | base | more))


def beside(*others, own=None, items=(), **more):
    own = own or promotion(definition(1_500, skus=["P-1", "P-2"]), **GOODS)
    return facts(own, *items, commerce=CommerceFacts(promotions=others), **more)


@pytest.mark.parametrize(
    ("other", "effect"),
    [(1_499, None), (1_500, None), (1_501, "dual"), (8_499, "dual"), (8_500, "dual"), (8_501, "refuse")],
)
def test_discounts_on_the_same_goods_are_added_up(other, effect):
    wanted = [("promotion_stacking", effect)] if effect else []
    assert codes("promotion_stacking", beside(standing(discount_bp=other))) == wanted


@pytest.mark.parametrize(("others", "many"), [(1, False), (2, False), (3, True)])
def test_many_at_once_need_two(others, many):
    rows = [standing(f"O-{n}", discount_bp=1) for n in range(others)]
    assert codes("promotion_stacking", beside(*rows)) == ([("promotions_at_once", "dual")] if many else [])


@pytest.mark.parametrize(
    ("window", "meets"),
    [
        ({"ends_at": START - 1}, False),
        ({"ends_at": START}, False),
        ({"ends_at": START + 1}, True),
        ({"starts_at": END - 1}, True),
        ({"starts_at": END}, False),
        ({"starts_at": END + 1}, False),
        ({}, True),
    ],
)
def test_only_what_overlaps_in_time_stacks(window, meets):
    wanted = [("promotion_stacking", "dual")] if meets else []
    assert codes("promotion_stacking", beside(standing(discount_bp=4_000, **window))) == wanted


@pytest.mark.parametrize(
    ("reach", "meets"),
    [
        ({"skus": ("P-2",)}, True),
        ({"skus": ("P-3",)}, False),
        ({"skus": ()}, True),
        ({"skus": (), "segments": ("gear/tents",)}, False),
        ({"skus": (), "segments": ()}, True),
        ({"channel": "web-uk"}, False),
        ({"channel": ""}, True),
        ({"key": "trail0"}, False),
    ],
)
def test_only_what_reaches_the_same_goods_stacks(reach, meets):
    wanted = [("promotion_stacking", "dual")] if meets else []
    assert codes("promotion_stacking", beside(standing(**({"discount_bp": 4_000} | reach)))) == wanted


def test_the_worst_good_at_the_worst_moment_counts():
    others = (
        standing("A", discount_bp=1_000, skus=("P-1",)),
        standing("B", discount_bp=1_200, skus=("P-2",)),
        standing("C", discount_bp=900, skus=("P-2",), ends_at=START + 60),
        standing("D", discount_bp=800, skus=("P-2",), starts_at=START + 60),
    )
    (finding,) = found("promotion_stacking", beside(*others), dual_over_bp=0, refuse_over_bp=None)
    assert (finding.value, finding.params) == (3_600, {"others": ["b", "c"]})


def test_a_promotion_on_a_whole_segment_meets_those_of_each_good():
    own = promotion(definition(1_500), **GOODS)
    others = (standing("A", discount_bp=1_000), standing("B", discount_bp=2_000, skus=("P-2",)))
    (finding,) = found("promotion_stacking", beside(*others, own=own), dual_over_bp=0)
    assert finding.value == 3_500


def test_one_promotion_in_several_systems_counts_once():
    others = (standing(system="a", discount_bp=1_000), standing(system="b", discount_bp=1_600))
    (finding,) = found("promotion_stacking", beside(*others), dual_over_bp=0)
    assert finding.value == 3_100


def test_promotions_of_one_proposal_stack_too():
    second = promotion(definition(2_000, skus=["P-2"]), index=1, **GOODS)
    (finding,) = found("promotion_stacking", beside(items=(second,)))
    assert (finding.value, finding.items) == (3_500, (0, 1))


def test_what_nobody_can_read_stacks_to_nobody_knows_what():
    assert codes("promotion_stacking", beside(standing(discount_bp=None))) == [("stacking_unknown", "dual")]
    assert codes("promotion_stacking", beside(standing(discount_bp=None)), unknown_effect="single") == [
        ("stacking_unknown", "single")
    ]


def test_switching_off_and_standing_alone_stack_on_nothing():
    assert found("promotion_stacking", beside(standing(discount_bp=9_000), own=promotion(None))) == []
    assert found("promotion_stacking", facts(promotion(definition(9_000)))) == []


@pytest.mark.parametrize("discount", [4_000, 9_000, None])
def test_who_must_be_among_the_two_is_the_policys(discount):
    (finding,) = found("promotion_stacking", beside(standing(discount_bp=discount)), functions=("legal",))
    assert finding.functions == ("legal",)


def test_many_at_once_name_who_and_the_worst():
    rows = [standing(f"O-{n}", discount_bp=1) for n in range(3)]
    more = [standing(f"M-{n}", discount_bp=1, skus=("Q",)) for n in range(4)]
    second = promotion(definition(1, skus=["Q"]), index=1, **GOODS)
    (finding,) = found("promotion_stacking", beside(*rows, *more, items=(second,)), functions=("legal",))
    assert (finding.code, finding.worst, finding.value, finding.functions) == ("promotions_at_once", 1, 4, ("legal",))


def test_the_largest_sum_is_the_worst():
    second = promotion(definition(3_000, skus=["Q"]), index=1, **GOODS)
    about = beside(standing(discount_bp=2_000), standing("Q-1", discount_bp=2_500, skus=("Q",)), items=(second,))
    (finding,) = found("promotion_stacking", about)
    assert (finding.worst, finding.value, finding.items) == (1, 5_500, (0, 1))


def test_without_a_refusing_limit_it_stays_with_two():
    about = beside(standing(discount_bp=9_000))
    assert codes("promotion_stacking", about, refuse_over_bp=None) == [("promotion_stacking", "dual")]


def test_a_deep_discount_on_goods_that_nothing_else_reaches_stacks_on_nothing():
    own = promotion(definition(9_000, skus=["P-1"]), **GOODS)
    assert found("promotion_stacking", beside(standing(skus=("P-3",)), own=own)) == []
