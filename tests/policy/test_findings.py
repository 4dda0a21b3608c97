"""The order of effects and tiers, and what a finding is where its rule says no more."""

from orchestr.policy.findings import EFFECTS, RANK, TIER_RANK, Finding


def test_each_effect_is_graver_than_the_one_before_it() -> None:
    assert [RANK[effect] for effect in EFFECTS] == [0, 1, 2, 3]


def test_a_tier_ranks_as_the_effect_of_its_name() -> None:
    assert {"none": RANK["info"], "single": RANK["single"], "dual": RANK["dual"]} == TIER_RANK


def test_a_finding_weighs_nothing_unless_its_rule_says_so() -> None:
    assert Finding(rule="cost", code="below_cost", effect="refuse").weight == 0
