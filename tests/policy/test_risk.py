import pytest

from orchestr.policy.findings import Finding
from orchestr.policy.risk import BASE, RiskSum, risk_of, risk_sum


def findings(*weights):
    return [Finding(rule="cost", code="below_cost", effect="refuse", weight=weight) for weight in weights]


@pytest.mark.parametrize(
    ("weights", "risk", "cut"),
    [((), 0, 0), ((30, 10), 40, 0), ((70, 29), 99, 0), ((70, 30), 100, 0), ((70, 31), 100, 1), ((70, 70, 1), 100, 41)],
)
def test_points_add_up_to_a_hundred_and_what_is_beyond_is_told(weights, risk, cut):
    assert risk_sum(findings(*weights)) == RiskSum(sum(weights), risk)
    assert risk_sum(findings(*weights)).cut == cut
    assert risk_of(findings(*weights)) == risk


def test_each_effect_has_the_points_that_the_page_and_the_docs_promise():
    assert BASE == {"info": 1, "single": 10, "dual": 30, "refuse": 70}
