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
