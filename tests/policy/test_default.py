"""The demo policy, as it is promised to the outside."""

import pytest

from orchestr.policy.default import default_policy, default_rules
from orchestr.policy.evaluate import evaluate
from orchestr.policy.rules import RULES
from orchestr.policy.ruleset import parse_policy
from tests.policy.cases import copy, definition, facts, price, promotion, stock

POLICY = default_policy()


def verdict(item, **more):
    judged = evaluate(facts(item, **more), POLICY)
    return "refused" if judged.refused else judged.tier, list(judged.functions)


def test_copy_without_claims_needs_nobody():
    assert verdict(copy("Cut for long days on the hill and short ones in town.")) == ("none", [])


def test_a_price_cut_of_five_per_cent_needs_one():
    assert verdict(price(9_500)) == ("single", [])


def test_a_price_cut_of_twenty_per_cent_needs_merchandising_and_finance():
    assert verdict(price(8_000)) == ("dual", ["finance", "merchandising"])


def test_a_price_below_cost_is_refused():
    judged = evaluate(facts(price(4_000)), POLICY)
    assert judged.refused
    assert judged.findings[0].code == "below_cost"


@pytest.mark.parametrize(("after", "tier"), [(10_500, "single"), (12_000, "dual")])
def test_rises_are_judged_like_cuts(after, tier):
    assert verdict(price(after))[0] == tier


def test_a_little_stock_to_a_valid_location_needs_one():
    assert verdict(stock(110)) == ("single", [])
    assert verdict(stock(110, location="elsewhere"))[0] == "refused"


@pytest.mark.parametrize(("discount", "tier"), [(1_500, "single"), (3_000, "dual"), (8_000, "refused")])
def test_a_promotion_is_judged_by_its_discount(discount, tier):
    assert verdict(promotion(definition(discount)))[0] == tier


def test_copy_with_a_claim_needs_legal():
    assert verdict(copy("Guaranteed dry.")) == ("single", ["legal"])


def test_a_price_resting_on_claims_needs_two():
    assert verdict(price(9_500), evidence=()) == ("dual", ["finance", "merchandising"])


def test_an_unsure_agent_is_looked_at_even_for_copy():
    assert verdict(copy("A warm jacket."), confidence_bp=6_000) == ("single", [])


def test_nothing_unattended_but_copy():
    for item in (price(9_999), price(10_001), stock(101), promotion(definition(1)), promotion(None)):
        assert verdict(item)[0] != "none"


def test_the_default_holds_every_rule_and_reads_back_the_same():
    raw = default_rules()
    assert [row["rule"] for row in raw["rules"]] == sorted(RULES)
    again = parse_policy(parse_policy(raw, number=3).wire(), number=3)
    assert again.wire() == POLICY.wire()
    assert again.digest() == POLICY.digest()


def test_it_is_the_first_unless_said_otherwise():
    assert default_policy().number == 1
