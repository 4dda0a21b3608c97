"""Limits that nothing can reach."""

import pytest

from orchestr.policy.contradictions import Contradiction, contradictions
from orchestr.policy.default import default_policy
from tests.policy.cases import policy


def test_the_default_contradicts_itself_nowhere() -> None:
    assert contradictions(default_policy()) == []


@pytest.mark.parametrize(("dual", "found"), [(8_000, False), (8_001, True)])
def test_two_persons_are_never_asked_where_it_is_refused_before(dual: int, found: bool) -> None:
    said = contradictions(policy(price_change={"dual_over_bp": dual, "refuse_over_bp": 8_000}))
    wanted = [Contradiction(rule="price_change", never="dual_over_bp", because="refuse_over_bp")]
    assert said == (wanted if found else [])


def test_a_limit_from_below_is_read_the_other_way_round() -> None:
    said = contradictions(policy(confidence={"single_under_bp": 4_000, "dual_under_bp": 5_000}))
    assert said == [Contradiction(rule="confidence", never="single_under_bp", because="dual_under_bp")]


def test_no_limit_contradicts_nothing() -> None:
    assert contradictions(policy(price_change={"dual_over_bp": 9_999, "refuse_over_bp": None})) == []


def test_two_limits_at_one_place_leave_nothing_out_of_reach_from_below_either() -> None:
    assert contradictions(policy(confidence={"single_under_bp": 5_000, "dual_under_bp": 5_000})) == []
