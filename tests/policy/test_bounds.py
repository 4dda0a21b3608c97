"""What a workflow itself says of a proposal holds under every policy, and replays byte for byte."""

import pytest

from orchestr.policy.default import default_policy, default_rules
from orchestr.policy.evaluate import evaluate
from orchestr.policy.facts.bound import BoundFacts
from orchestr.policy.facts.proposal import Facts
from orchestr.policy.ruleset import parse_policy
from tests.policy.cases import copy, facts


def without_stage_rule():  # type: ignore[no-untyped-def]
    raw = default_rules()
    rules = [row for row in raw["rules"] if row["rule"] != "stage"]
    return parse_policy(raw | {"rules": rules}, number=1)


def judged(stage: str | None = "trusted", **bounds: object):  # type: ignore[no-untyped-def]
    return evaluate(facts(copy("x"), stage=stage, bounds=BoundFacts(**bounds)), default_policy())  # type: ignore[arg-type]


@pytest.mark.parametrize(("stage", "tier"), [("canary", "single"), ("supervised", "single"), ("trusted", "none")])
def test_the_floor_of_a_stage_needs_no_rule(stage: str, tier: str) -> None:
    for policy in (default_policy(), without_stage_rule()):
        verdict = evaluate(facts(copy("x"), stage=stage), policy)
        assert verdict.tier == tier
        assert [each.code for each in verdict.findings].count("stage_supervised") == (tier != "none")


def test_raising_the_tier_is_one_more_than_otherwise() -> None:
    assert judged().tier == "none"
    assert judged(fallback="raise_tier", cause="step:gather").tier == "single"
    assert judged("supervised", fallback="raise_tier", cause="step:gather").tier == "dual"


@pytest.mark.parametrize("fallback", ["hold", "narrow"])
def test_the_other_fallbacks_are_said_and_ask_nobody(fallback: str) -> None:
    verdict = judged(fallback=fallback, cause="feed:shop")
    assert (verdict.tier, {each.code for each in verdict.findings} >= {f"fallback_{fallback}"}) == ("none", True)


def test_reviewers_are_asked_where_people_are_and_nowhere_else() -> None:
    assert judged(reviewers=("finance",)).tier == "none"
    one, two = judged("supervised", reviewers=("finance",)), judged("supervised", reviewers=("finance", "legal"))
    assert (one.tier, one.functions) == ("single", ("finance",))
    assert (two.tier, two.functions) == ("dual", ("finance", "legal"))


def test_facts_with_bounds_read_back_the_same_and_those_without_are_as_ever() -> None:
    given = facts(copy("x"), stage="canary", bounds=BoundFacts(withheld=3, share_bp=1_000, reviewers=("legal",)))
    assert Facts.from_wire(given.to_wire()).canonical() == given.canonical()
    assert "bounds" not in facts(copy("x")).to_wire()
