from dataclasses import dataclass
from itertools import permutations

import pytest

from orchestr.policy.default import default_policy
from orchestr.policy.evaluate import evaluate, summed
from orchestr.policy.facts.proposal import DeciderFacts
from orchestr.policy.findings import Finding, Verdict
from orchestr.policy.parameters import DECIDING_FUNCTIONS
from orchestr.policy.rule import Rule
from orchestr.policy.ruleset import Policy, Setting, parse_policy
from orchestr.policy.values import canonical
from tests.policy.cases import TEAM, copy, eur, facts, judged, policy, price, promotion, stock


@dataclass(frozen=True)
class NoParams:
    pass


def broken(error):
    def judge(case, params):
        raise error

    return Setting(rule=Rule(name="broken", title="", params=NoParams, judge=judge), params=NoParams())


def with_broken(error, **rules):
    sound = policy(**rules)
    return Policy(number=1, settings=(*sound.settings, broken(error)), functions=sound.functions)


def test_the_strictest_finding_decides():
    verdict = judged(facts(price(9_500), price(8_000, index=1)), price_change={})
    assert (verdict.refused, verdict.tier, verdict.functions) == (False, "dual", ("finance", "merchandising"))


def test_functions_of_all_findings_are_demanded_together():
    verdict = judged(
        facts(price(9_500, cost=None), copy("Guaranteed.", index=1)),
        price_change={},
        cost={},
        copy_claims={},
        copy_given={},
    )
    assert (verdict.tier, verdict.functions) == ("dual", ("finance", "legal"))


def test_one_function_alone_stays_with_one_person():
    verdict = judged(facts(copy("Guaranteed.")), copy_claims={}, copy_given={})
    assert (verdict.tier, verdict.functions) == ("single", ("legal",))


def test_information_asks_for_nobody():
    verdict = judged(facts(copy("x")), copy_given={})
    assert (verdict.tier, verdict.functions, verdict.codes) == ("none", (), {"copy_change"})


@pytest.mark.parametrize("error", [KeyError("sku"), ZeroDivisionError(), RecursionError(), TypeError("x")])
def test_a_rule_that_fails_makes_it_strictest(error):
    verdict = evaluate(facts(copy("x")), with_broken(error, copy_given={}))
    assert (verdict.tier, verdict.functions) == ("dual", DECIDING_FUNCTIONS)
    (finding,) = [one for one in verdict.findings if one.code == "rule_error"]
    assert (finding.rule, finding.params) == ("broken", {"error": type(error).__name__})
    assert (finding.effect, finding.weight, finding.functions) == ("dual", 30, DECIDING_FUNCTIONS)


def test_a_rule_that_fails_half_way_loosens_nothing():
    def judge(case, params):
        yield from policy(copy_given={}).settings[0].rule.judge(case, policy(copy_given={}).settings[0].params)
        raise LookupError

    half = Setting(rule=Rule(name="half", title="", params=NoParams, judge=judge), params=NoParams())
    sound = policy(copy_given={})
    verdict = evaluate(facts(copy("x")), Policy(number=1, settings=(*sound.settings, half), functions=("legal",)))
    assert (verdict.tier, verdict.functions) == ("dual", ("legal",))


def test_a_failing_rule_does_not_undo_a_refusal():
    verdict = evaluate(facts(price(1_000)), with_broken(LookupError(), price_change={}))
    assert verdict.refused


def test_facts_that_cannot_be_sorted_are_judged_strictest():
    verdict = evaluate(facts(price(9_500), None), default_policy())
    assert (verdict.tier, verdict.functions) == ("dual", DECIDING_FUNCTIONS)
    assert verdict.codes == {"rule_error"}


def test_an_unknown_kind_of_change_is_judged_strictest():
    item = copy("x", type="message", field="body", field_class="unknown")
    verdict = evaluate(facts(item), default_policy())
    assert (verdict.tier, verdict.functions) == ("dual", DECIDING_FUNCTIONS)
    assert "unknown_change" in verdict.codes


def test_a_class_that_the_policy_has_no_rule_for_is_judged_strictest():
    verdict = judged(facts(price(9_999), copy("x", index=1)), copy_given={}, money={}, cost={}, margin={})
    (finding,) = [one for one in verdict.findings if one.code == "unknown_change"]
    assert (verdict.tier, finding.items, finding.worst) == ("dual", (0,), 0)
    assert (finding.effect, finding.weight, finding.functions) == ("dual", 30, DECIDING_FUNCTIONS)


def test_an_empty_change_set_is_not_let_through():
    verdict = evaluate(facts(), default_policy())
    assert (verdict.tier, verdict.codes) == ("dual", {"no_items"})


def test_refuses_what_nobody_could_decide():
    few = (DeciderFacts(functions=("merchandising",), persons=5),)
    verdict = judged(facts(price(8_000), deciders=few), price_change={})
    assert verdict.refused
    finding = verdict.findings[0]
    assert (finding.code, finding.value, finding.threshold) == ("nobody_can_decide", 5, 2)
    assert finding.params == {"functions": ["finance", "merchandising"]}
    assert (finding.effect, finding.weight, finding.functions) == ("refuse", 70, ("finance", "merchandising"))


def test_what_needs_nobody_needs_no_deciders():
    assert not judged(facts(copy("x"), deciders=()), copy_given={}).refused


def test_does_not_ask_for_deciders_where_they_were_not_looked_up():
    assert not judged(facts(price(8_000), deciders=None), price_change={}).refused


def test_a_refusal_is_not_refused_twice():
    verdict = judged(facts(price(1_000), deciders=()), price_change={})
    assert verdict.codes == {"price_change"}


def test_risk_is_the_sum_of_the_weights():
    verdict = judged(facts(price(9_500)), price_change={}, cost={}, native_compare={})
    assert verdict.risk == sum(one.weight for one in verdict.findings) == 15


def test_risk_ends_at_a_hundred():
    verdict = evaluate(facts(price(1_000), deciders=TEAM), default_policy())
    assert sum(one.weight for one in verdict.findings) > 100
    assert verdict.risk == 100


def test_the_gravest_finding_stands_first():
    verdict = evaluate(facts(price(4_000), copy("Guaranteed.", index=1, guarantee="read_compare")), default_policy())
    ranks = [("info", "single", "dual", "refuse").index(one.effect) for one in verdict.findings]
    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) == 4


def test_neither_the_order_of_rules_nor_of_items_matters():
    items = (price(8_000), stock(700, index=1), copy("Guaranteed.", index=2), promotion({}, index=3))
    rules = ("price_change", "stock_change", "copy_claims", "promotion_discount", "copy_given")
    seen = {
        canonical(judged(facts(*some), **{name: {} for name in order}).to_wire())
        for some in permutations(items)
        for order in permutations(rules)
    }
    assert len(seen) == 1


def test_a_verdict_reads_back_from_its_wire():
    verdict = evaluate(facts(price(4_000), copy("Guaranteed.", index=1)), default_policy(number=12))
    again = Verdict.from_wire(verdict.to_wire())
    assert again == verdict
    assert again.policy_number == 12


def test_what_is_refused_has_the_strictest_tier_and_the_gravest_finding_first():
    verdict = judged(facts(price(9_500, minimum_price=eur(9_600))), minimum_price={}, price_change={})
    assert (verdict.refused, verdict.tier) == (True, "dual")
    assert [finding.effect for finding in verdict.findings] == ["refuse", "single"]


def test_a_stray_change_needs_two_where_one_function_alone_decides():
    sound = policy(copy_given={})
    alone = Policy(number=1, settings=sound.settings, functions=("legal",))
    assert evaluate(facts(price(9_500)), alone).tier == "dual"


def test_a_refusal_among_other_findings_asks_for_nobody_else():
    about = facts(price(1_000, cost=None), deciders=())
    verdict = judged(about, price_change={}, cost={})
    assert verdict.codes == {"price_change", "cost_unknown"}


def test_where_nothing_is_found_nobody_is_needed():
    verdict = summed(facts(copy("x")), [], policy(copy_given={}))
    assert (verdict.refused, verdict.tier, verdict.functions, verdict.risk) == (False, "none", (), 0)


def test_of_two_findings_of_one_effect_the_heavier_stands_first():
    light, heavy = (
        Finding(rule=name, code=name, effect="single", weight=weight) for name, weight in (("a", 10), ("b", 15))
    )
    assert summed(facts(copy("x")), [light, heavy], policy(copy_given={})).findings == (heavy, light)


def layered(*rules):
    layer = {"layer": "site", "key": "web-de", "rules": [{"rule": "price_change", "params": {"dual_over_bp": 500}}]}
    rows = [{"rule": name, "params": {}} for name in rules]
    return parse_policy({"functions": list(DECIDING_FUNCTIONS), "rules": rows, "layers": [layer]}, number=1)


def test_under_layers_each_item_is_judged_once_and_by_its_own():
    items = (price(9_200), price(9_200, index=1, channel="web-uk"))
    verdict = evaluate(facts(*items), layered("price_change", "cost"))
    assert [(one.effect, one.items, one.params) for one in verdict.findings] == [
        ("dual", (0,), {"layer": "site:web-de"}),
        ("single", (1,), {}),
    ]


def test_a_layer_that_speaks_of_every_item_is_named_too():
    (finding,) = evaluate(facts(price(9_200)), layered("price_change")).findings
    assert (finding.effect, finding.params) == ("dual", {"layer": "site:web-de"})


def test_a_rule_that_no_layer_speaks_of_finds_the_same_of_all_items():
    items = (price(9_200, cost=None), price(9_200, index=1, cost=None, channel="web-uk"))
    findings = evaluate(facts(*items), layered("cost", "price_change")).findings
    assert [finding.items for finding in findings if finding.code == "cost_unknown"] == [(0, 1)]


def test_under_layers_too_nothing_is_let_through_unjudged():
    sound = layered("price_change")
    assert evaluate(facts(), sound).codes == {"no_items"}
    verdict = evaluate(facts(price(9_900), copy("x", index=1)), sound)
    assert (verdict.tier, verdict.codes) == ("dual", {"price_change", "unknown_change"})
    assert evaluate(facts(price(9_900)), sound).codes == {"price_change"}
