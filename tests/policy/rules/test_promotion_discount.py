import pytest

from tests.policy.cases import codes, definition, facts, found, promotion


@pytest.mark.parametrize(
    ("discount", "effect"),
    [
        (0, "single"),
        (1_999, "single"),
        (2_000, "single"),
        (2_001, "dual"),
        (6_999, "dual"),
        (7_000, "dual"),
        (7_001, "refuse"),
    ],
)
def test_the_tier_follows_the_discount(discount, effect):
    assert codes("promotion_discount", facts(promotion(definition(discount)))) == [("promotion_discount", effect)]


def test_reads_either_name_of_the_percentage():
    after = {"title": "X", "percent_bp": 2_001, "skus": ["A"]}
    (finding,) = found("promotion_discount", facts(promotion(after)))
    assert (finding.effect, finding.value, finding.functions) == ("dual", 2_001, ("merchandising", "finance"))


def test_a_discount_nobody_states_needs_two():
    after = {"title": "X", "discount_amount": {"amount": 500, "currency": "EUR"}}
    assert codes("promotion_discount", facts(promotion(after))) == [("discount_unknown", "dual")]


def test_switching_off_needs_one():
    items = (
        promotion(0, before=1, field="enabled"),
        promotion(None, before=definition(), index=1),
        promotion(definition(enabled=False), index=2),
    )
    (finding,) = found("promotion_discount", facts(*items))
    assert (finding.code, finding.effect, finding.items) == ("promotion_off", "single", (0, 1, 2))


@pytest.mark.parametrize("discount", [2_001, 7_001])
def test_who_must_be_among_the_two_is_the_policys(discount):
    (finding,) = found("promotion_discount", facts(promotion(definition(discount))), functions=("legal",))
    assert (finding.functions, finding.value) == (("legal",), discount)


def test_one_person_may_be_anybody_and_an_unknown_discount_is_for_the_two():
    (finding,) = found("promotion_discount", facts(promotion(definition(100))))
    assert (finding.functions, finding.value, finding.threshold) == ((), 100, 2_000)
    (finding,) = found("promotion_discount", facts(promotion({"title": "X"})), functions=("legal",))
    assert finding.functions == ("legal",)


@pytest.mark.parametrize("discounts", [(100, 900, 500), (2_100, 4_000, 3_000), (7_100, 9_000, 8_000)])
def test_the_deepest_discount_is_the_worst(discounts):
    items = (promotion(definition(one), index=index) for index, one in enumerate(discounts))
    (finding,) = found("promotion_discount", facts(*items))
    assert (finding.worst, finding.items) == (1, (0, 1, 2))
