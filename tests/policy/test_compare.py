import pytest

from orchestr.policy.compare import is_stricter, worse_findings
from orchestr.policy.default import default_policy
from orchestr.policy.evaluate import evaluate
from orchestr.policy.findings import Verdict
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
