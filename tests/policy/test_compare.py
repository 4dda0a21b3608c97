from dataclasses import replace

import pytest

from orchestr.policy.compare import is_stricter, worse_findings
from orchestr.policy.default import default_policy
from orchestr.policy.evaluate import evaluate
from orchestr.policy.findings import Finding, Verdict
from orchestr.policy.values import Money
from tests.policy.cases import copy, facts, price, stock

POLICY = default_policy()


def verdict(*items, **more):
    return evaluate(facts(*items, **more), POLICY)


def bare(refused=False, tier="none", functions=()):
    return Verdict(refused=refused, tier=tier, functions=functions, risk=0, findings=(), policy_number=1)


@pytest.mark.parametrize(
    ("now", "than", "stricter"),
    [
        (bare(), bare(), False),
        (bare(tier="single"), bare(), True),
        (bare(), bare(tier="single"), False),
        (bare(tier="single", functions=("legal",)), bare(tier="single"), True),
        (bare(tier="single"), bare(tier="single", functions=("legal",)), False),
        (bare(tier="dual", functions=("finance",)), bare(tier="dual", functions=("legal",)), True),
        (bare(tier="single", functions=("legal",)), bare(tier="dual"), True),
        (bare(refused=True), bare(tier="dual"), True),
        (bare(tier="dual"), bare(refused=True), False),
    ],
)
def test_stricter_is_more_persons_another_function_or_a_refusal(now, than, stricter):
    assert is_stricter(now, than) is stricter


@pytest.mark.parametrize("after", [8_000, 8_500, 9_500, 9_999])
def test_moving_towards_before_makes_nothing_worse(after):
    assert worse_findings(verdict(price(after)), verdict(price(8_000))) == ()


def test_dropping_items_makes_nothing_worse():
    before = verdict(price(8_000), stock(110, index=1), copy("Guaranteed.", index=2))
    assert worse_findings(verdict(stock(110, index=1)), before) == ()


def test_moving_away_from_before_is_worse():
    assert [one.code for one in worse_findings(verdict(price(7_900)), verdict(price(8_000)))] == ["price_change"]
    assert [one.code for one in worse_findings(verdict(price(7_990)), verdict(price(8_000)))] == ["price_change"]


def test_a_price_moved_across_before_is_no_narrowing_if_it_ends_further_away():
    assert worse_findings(verdict(price(10_600)), verdict(price(9_500)))


def test_a_new_kind_of_finding_is_worse():
    worse = worse_findings(verdict(price(9_500), evidence=()), verdict(price(9_500)))
    assert [one.code for one in worse] == ["evidence_missing"]


def test_information_is_never_worse():
    assert worse_findings(verdict(copy("x", guarantee="read_compare")), verdict(copy("x"))) == ()


def finding(rule="cost", code="below_cost", effect="dual", functions=(), weight=30, value=None, threshold=None):
    return Finding(
        rule=rule, code=code, effect=effect, functions=functions, weight=weight, value=value, threshold=threshold
    )


@pytest.mark.parametrize(
    ("now", "than", "is_worse"),
    [
        (finding(), finding(), False),
        (finding(rule="margin"), finding(), True),
        (finding(code="cost_unknown"), finding(), True),
        (finding(functions=("legal",)), finding(), True),
        (finding(), finding(functions=("legal",)), False),
        (finding(effect="single"), finding(functions=("legal",)), False),
        (finding(effect="single", functions=("legal",)), finding(), True),
        (finding(effect="refuse"), finding(), True),
        (finding(effect="info"), finding(rule="margin"), False),
        (finding(weight=30), finding(weight=29), True),
        (finding(weight=29), finding(weight=30), False),
        (finding(value=-1_100, threshold=1_000), finding(value=1_100, threshold=1_000), False),
        (finding(value=-1_101, threshold=1_000), finding(value=1_100, threshold=1_000), True),
        (finding(value=899, threshold=1_000), finding(value=900, threshold=1_000), True),
        (finding(value=Money(901, "EUR"), threshold=Money(1_000, "EUR")), finding(value=100, threshold=0), False),
        (finding(value="leeds"), finding(value="oslo"), False),
    ],
)
def test_a_finding_is_worse_in_rule_effect_function_weight_or_reach(now, than, is_worse):
    verdicts = [replace(bare(), findings=(each,)) for each in (now, than)]
    assert bool(worse_findings(*verdicts)) is is_worse


@pytest.mark.parametrize(
    ("was", "now", "is_worse"), [(0, 1, True), (1, 0, False), (1, 1, False), (2, 3, True), (0, 0, False)]
)
def test_what_has_no_threshold_is_as_far_beyond_as_it_is_large(was, now, is_worse):
    old, new = (
        Verdict(
            refused=False,
            tier="dual",
            functions=(),
            risk=0,
            policy_number=1,
            findings=(Finding(rule="x", code="x", effect="dual", value=value),),
        )
        for value in (was, now)
    )
    assert bool(worse_findings(new, old)) is is_worse
