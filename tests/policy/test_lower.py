"""What would lower the tier, from the rules themselves."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from orchestr.policy.budgets.standing import Taken
from orchestr.policy.default import default_policy
from orchestr.policy.evaluate import evaluate
from orchestr.policy.facts.commerce import CommerceFacts, TouchedRevenue
from orchestr.policy.facts.price import PriceFacts
from orchestr.policy.facts.proposal import ExposureFacts
from orchestr.policy.findings import EFFECTS, RANK, Finding
from orchestr.policy.lower import Demand, carrying, demand_of, lower, setting_of, standing_on
from orchestr.policy.rule import Case, Rule
from orchestr.policy.ruleset import Setting, parse_policy
from orchestr.policy.values import Money
from tests.policy.cases import copy, definition, eur, facts, policy, price, promotion, stock
from tests.policy.strategies import all_facts
from tests.policy.surroundings import around, standing

NAMES = (
    "price_change price_day money cost margin minimum_price value_at_stake stock_change promotion_discount "
    "copy_given copy_claims evidence confidence reversibility blast_radius"
)
POLICY = policy(**{name: {} for name in NAMES.split()})
DEFAULT = default_policy()


def lowered(about, rules=POLICY):
    return lower(about, rules, evaluate(about, rules))


def only(about, rules=POLICY):
    (found,) = lowered(about, rules)
    return found


def told(found):
    return found.parameters, found.side, found.bound, found.to, found.alone


def test_a_large_cut_would_need_one_person_within_ten_per_cent():
    found = only(facts(price(8_000)))
    assert told(found) == (("dual_over_bp",), "at_most", -1_000, "single", True)
    assert found.then == Demand(refused=False, tier="single", functions=())


def test_a_large_rise_is_told_without_a_sign():
    assert only(facts(price(12_000))).bound == 1_000


def test_what_nobody_has_to_see_has_nothing_to_lower():
    assert lowered(facts(copy("A warm jacket."))) == ()


def test_two_that_carry_the_tier_are_told_each_and_neither_is_enough():
    about = facts(price(8_000, stock=40_000, day_start=eur(15_000)))
    found = {one.finding.code: one for one in lowered(about)}
    assert set(found) == {"price_change", "price_day", "value_at_stake"}
    assert found["price_day"].then.tier == "dual"
    assert not found["price_day"].alone
    assert found["value_at_stake"].bound == Money(20_000_00, "EUR")
    assert found["value_at_stake"].parameters == ("dual_over",)


def test_a_day_that_began_where_the_price_stands_comes_down_with_it():
    found = lowered(facts(price(8_000, day_start=eur(10_000))))
    assert [(one.finding.code, one.bound, one.to, one.alone) for one in found] == [
        ("price_change", -1_000, "single", True),
        ("price_day", -1_000, None, True),
    ]


def test_fewer_functions_at_the_same_tier_are_less_too():
    about = facts(price(8_000, stock=40_000))
    found = {one.finding.code: one for one in lowered(about)}
    assert found["price_change"].then == Demand(refused=False, tier="dual", functions=("finance",))
    assert found["price_change"].alone


def test_the_item_that_carries_the_tier_is_the_one_to_drop():
    found = only(facts(price(8_000), price(9_500, index=1)))
    assert found.finding.items == (0,)
    assert found.without == Demand(refused=False, tier="single", functions=())


def test_where_every_item_carries_it_none_can_be_dropped():
    assert only(facts(price(8_000), price(7_000, index=1))).without is None


def test_below_cost_the_limit_is_the_cost_and_its_demand_says_that_it_tells_it():
    found = only(facts(price(4_000)))
    assert told(found) == ((), "at_least", 0, None, True)
    assert found.then == Demand(refused=False, tier="dual", functions=("finance", "merchandising"), discloses="cost")


def test_below_the_minimum_price_the_limit_is_that_price():
    found = only(facts(price(9_500, minimum_price=eur(9_600))))
    assert told(found) == ((), "at_least", eur(9_600), None, True)
    assert found.then.tier == "single"


def test_a_price_of_nothing_has_to_be_more_than_nothing():
    found = only(facts(price(0)), policy(money={}, price_change={"refuse_over_bp": None}))
    assert told(found) == ((), "at_least", eur(1), None, True)


def test_stock_below_nothing_and_stock_moved_too_far():
    assert told(only(facts(stock(-5)))) == ((), "at_least", 0, None, True)
    assert told(only(facts(stock(601)))) == (("dual_over_units",), "at_most", 500, "single", True)
    assert told(only(facts(stock(0, before=700, stock=700)))) == (("dual_over_units",), "at_most", -500, "single", True)


def test_a_margin_below_its_floor_has_to_rise():
    about = facts(price(9_500, cost=eur(7_500, "excluded")))
    found = only(about)
    assert told(found) == (("dual_under_bp",), "at_least", 1_500, None, True)
    assert found.then.tier == "single"  # the price that bears it is a rise of five per cent
    assert found.finding.discloses == "cost"


def test_confidence_has_to_reach_its_floor():
    found = only(facts(copy("A warm jacket."), confidence_bp=6_000))
    assert told(found) == (("single_under_bp",), "at_least", 8_000, None, True)
    assert found.then == Demand(refused=False, tier="none", functions=())


def test_two_functions_of_single_findings_are_both_told():
    about = facts(copy("Guaranteed dry."), price(9_500, index=1, cost=None))
    verdict = evaluate(about, POLICY)
    assert verdict.tier == "dual"
    assert {finding.code for finding in carrying(verdict)} == {"claim_guarantee", "cost_unknown"}


@pytest.mark.parametrize(
    ("about", "parameters"),
    [
        (facts(copy("Guaranteed dry.")), ("guarantee", "effect")),
        (facts(price(9_500, evidence=())), ("proof_effect",)),
        (facts(copy("A warm jacket.", reversibility="irreversible")), ("irreversible_effect",)),
    ],
)
def test_a_finding_without_a_measure_names_what_it_stands_on(about, parameters):
    assert told(only(about)) == (parameters, "", None, None, False)


def test_evidence_that_expired_of_itself_is_not_said_to_be_too_old():
    evidence = facts().evidence[0]
    about = facts(price(9_500), evidence=(replace(evidence, expires_at=evidence.observed_at),))
    found = only(about)
    assert found.finding.code == "evidence_stale"
    assert told(found) == (("proof_effect",), "", None, None, False)


def test_evidence_past_the_limit_of_its_class_is():
    evidence = facts().evidence[0]
    about = facts(
        price(9_500), evidence=(replace(evidence, observed_at=evidence.observed_at - 4_000, expires_at=2**40),)
    )
    assert told(only(about)) == (("price_max_age_s", "proof_effect"), "at_most", 3_600, None, True)


def test_a_kind_that_no_rule_knows_has_no_limit():
    assert told(only(facts(copy("x", field_class="unknown")))) == ((), "", None, None, False)


def test_a_rule_that_fails_is_not_explained():
    def judge(case, params):
        raise LookupError

    rule = Rule(name="copy_given", title="x", params=POLICY.settings[0].rule.params, judge=judge)
    broken = replace(POLICY, settings=(Setting(rule=rule, params=rule.params()),))
    found = lowered(facts(copy("A warm jacket.")), broken)
    assert ("rule_error", ()) in [(one.finding.code, one.parameters) for one in found]


def test_a_rule_that_fails_with_a_parameter_given_way_does_not_stand_on_it():
    whole = policy(price_change={})
    rule = whole.settings[0].rule

    def judge(case, params):
        if params.dual_over_bp > 10**6:
            raise LookupError
        return rule.judge(case, params)

    shaky = replace(whole, settings=(Setting(rule=replace(rule, judge=judge), params=rule.params()),))
    assert only(facts(price(8_000)), shaky).parameters == ()


def test_limits_the_wrong_way_round_are_told_by_what_follows_at_the_bound():
    rules = policy(price_change={"single_over_bp": 1_500, "dual_over_bp": 1_000})
    found = only(facts(price(8_000)), rules)
    assert (found.bound, found.to) == (-1_000, None)


def test_a_segment_too_full_is_told_by_its_own_figures():
    exposure = (ExposureFacts(segment="apparel/jackets", channel="web-de", pending=199, live_24h=1),)
    about = facts(copy("A warm jacket."), exposure=exposure)
    assert told(only(about)) == (("dual_over_items",), "at_most", 200, "single", True)


def test_a_promotion_is_told_by_its_discount():
    assert told(only(facts(promotion(definition(3_000))))) == (("dual_over_bp",), "at_most", 2_000, "single", True)


def test_what_a_layer_sets_is_the_limit_for_its_items_alone():
    layers = [{"layer": "site", "key": "web-de", "rules": [{"rule": "price_change", "params": {"dual_over_bp": 300}}]}]
    rules = parse_policy({**policy(price_change={}).wire(), "layers": layers}, number=9)
    about = facts(price(9_500), price(9_500, index=1, channel="web-uk"))
    found = only(about, rules)
    assert (found.finding.items, *told(found)) == ((0,), ("dual_over_bp",), "at_most", -300, "single", True)


def test_where_no_price_can_stand_at_the_limit_the_layers_give_way_too():
    layers = [
        {"layer": "site", "key": "web-de", "rules": [{"rule": "blast_radius", "params": {"dual_over_items": 60}}]}
    ]
    rules = parse_policy({**policy(blast_radius={}, copy_given={}).wire(), "layers": layers}, number=9)
    exposure = (ExposureFacts(segment="apparel/jackets", channel="web-de", pending=70, live_24h=0),)
    found = only(facts(copy("A warm jacket."), exposure=exposure), rules)
    assert told(found) == (("dual_over_items",), "at_most", 60, "single", True)


@pytest.mark.parametrize(
    ("one", "other", "less"),
    [
        (("none", ()), ("single", ()), True),
        (("single", ()), ("single", ()), False),
        (("single", ()), ("single", ("legal",)), True),
        (("single", ("legal",)), ("dual", ()), False),
        (("single", ("legal",)), ("dual", ("finance", "legal")), True),
        (("dual", ("legal",)), ("single", ("finance", "legal")), False),
    ],
)
def test_less_is_asked_only_where_nothing_more_is(one, other, less):
    def demand(tier, functions):
        return Demand(refused=False, tier=tier, functions=functions)

    assert demand(*one).lower_than(demand(*other)) is less
    assert demand(*one).lower_than(replace(demand(*other), refused=True))
    assert not replace(demand(*one), refused=True).lower_than(demand(*other))


def test_a_margin_far_below_nothing_has_to_rise_to_the_floor_not_to_its_opposite():
    """Below cost by more than the floor lies above it: an exception of `cost`, or a policy without it."""
    found = {one.finding.code: one for one in lowered(facts(price(3_000)), policy(price_change={}, margin={}))}
    assert found["margin_floor"].finding.value < -1_500
    assert told(found["margin_floor"])[:3] == (("dual_under_bp",), "at_least", 1_500)
    refused = only(facts(price(3_000)), policy(price_change={}, margin={"refuse_under_bp": 500}))
    assert told(refused)[:4] == (("refuse_under_bp",), "at_least", 500, "dual")


def test_a_limit_of_one_basis_point_has_the_sign_of_the_move():
    found = only(facts(price(9_000)), policy(price_change={"dual_over_bp": 1}))
    assert (found.bound, found.to) == (-1, "single")


def test_the_value_moved_has_the_limit_of_its_own_parameter():
    found = {one.finding.code: one for one in lowered(facts(price(8_000, stock=40_000)))}["value_at_stake"]
    assert told(found)[:4] == (("dual_over",), "at_most", Money(20_000_00, "EUR"), None)


def test_of_two_sums_that_are_both_over_neither_is_told_as_enough():
    """The day and the week of one agent: where the day comes to its limit, nobody knows that the week does."""
    item = price(9_500, net_revenue_7d=eur(100, "excluded"))
    about = around(item, standing=(standing("agent", pending=Taken(1, 600_000_00, 0)),))
    rules = policy(price_change={}, budget_agent={"revenue_week": (Money(550_000_00, "EUR", 2, "excluded"),)})
    found = {one.finding.code: one for one in lowered(about, rules)}["agent_revenue"]
    assert (found.parameters, found.side, found.then) == (("over_effect",), "", None)


def test_a_currency_without_a_limit_has_none_to_come_down_to():
    about = facts(price(Money(9_500, "SEK"), before=Money(10_000, "SEK"), currency="SEK", cost=None, stock=40))
    rules = policy(price_change={}, value_at_stake={})
    found = {one.finding.code: one for one in lowered(about, rules)}["no_limit_for_currency"]
    assert (found.side, found.bound, found.then) == ("", None, None)


def test_a_list_of_what_is_allowed_is_not_told_as_what_would_have_to_go():
    about = facts(price(9_500))
    rules = policy(price_change={}, evidence_source={"price_sources": ("erp-*",)})
    found = {one.finding.code: one for one in lowered(about, rules)}["source_not_allowed"]
    assert (found.parameters, found.side) == (("proof_effect",), "")


def test_what_other_items_still_are_does_not_hide_what_a_finding_stands_on():
    about = facts(price(8_000), price(9_500, index=1))
    rules = policy(price_change={})
    one = next(each for each in evaluate(about, rules).findings if each.effect == "single")
    assert one.items == (1,)
    assert standing_on(Case(about), rules.settings[0], one) == ("single_over_bp",)


def test_two_prices_below_their_minimum_come_down_by_what_else_is_found():
    """No one price could be told to both; what is left of the verdict says what would be asked."""
    rules = policy(price_change={}, minimum_price={})
    about = facts(price(9_500, minimum_price=eur(9_600)), price(9_500, index=1, minimum_price=eur(9_600)))
    found = only(about, rules)
    assert (found.finding.items, found.side) == ((0, 1), "at_least")
    assert found.then == Demand(refused=False, tier="single", functions=())


def test_the_layer_of_the_item_that_is_named_first_holds_where_none_is_the_worst():
    layers = [{"layer": "site", "key": "web-de", "rules": [{"rule": "price_change", "params": {"dual_over_bp": 300}}]}]
    rules = parse_policy({**policy(price_change={}).wire(), "layers": layers}, number=9)
    case = Case(facts(price(9_500, channel="web-uk"), price(9_500, index=1), price(9_500, index=2, channel="web-uk")))

    def limit(**parts):
        found = Finding(rule="price_change", code="price_change", effect="dual", **parts)
        setting = setting_of(case, rules, found)
        return None if setting is None else setting.params.dual_over_bp

    assert limit(items=(1,)) == limit(items=(1, 2)) == limit(items=(0, 1), worst=1) == 300
    assert limit(items=(2,)) == limit(items=(0, 1)) == limit() == 1_000
    assert limit(items=(7,)) is None


def test_what_stays_on_other_items_of_another_layer_is_still_asked_for():
    """Two findings of one rule: the first within its limit, the second stands, so the first alone is not enough."""
    layers = [{"layer": "site", "key": "web-uk", "rules": [{"rule": "price_change", "params": {"dual_over_bp": 500}}]}]
    rules = parse_policy({**policy(price_change={}).wire(), "layers": layers}, number=9)
    both = lowered(facts(price(8_000), price(8_000, index=1, channel="web-uk")), rules)
    assert [(one.finding.items, one.bound, one.then.tier, one.alone) for one in both] == [
        ((0,), -1_000, "dual", False),
        ((1,), -500, "dual", False),
    ]


def test_a_price_that_would_still_be_beyond_its_limit_is_not_taken_for_one_within():
    """Of the two cents nearest to the limit the lower one is still too far down."""
    rules = policy(price_change={"dual_over_bp": 9_000, "refuse_over_bp": None}, price_window={})
    about = facts(price(63, before=68, cost=eur(1, "excluded"), prices=PriceFacts(week=eur(91))))
    found = {one.finding.code: one for one in lowered(about, rules)}["price_week"]
    assert (found.bound, found.then.tier, found.alone) == (-1_000, "single", True)


def test_a_promotion_beyond_the_budget_it_declares_comes_down_to_that():
    item = promotion(definition(1_000, budget=eur(19_999).wire()))
    about = facts(
        item, commerce=CommerceFacts(revenue=(TouchedRevenue(index=0, net_revenue_7d=eur(100_000, "excluded")),))
    )
    found = only(about, policy(promotion_budget={}, promotion_discount={}))
    assert told(found) == (("short_effect",), "at_most", eur(19_999), None, True)


def _said_twice(case, params):
    """One code of two cells: what one cell says is told apart from the other by its parameters."""
    for cell, limit in (("a", params.single_over_bp), ("b", 0)):
        if limit is not None and limit < 9_999:
            yield Finding(
                rule="price_change", code="price_change", effect="dual", items=(0,), worst=0, params={"cell": cell}
            )


def test_one_of_two_findings_of_a_code_stands_on_what_takes_it_alone_away():
    base = policy(price_change={})
    rule = replace(base.settings[0].rule, judge=_said_twice)
    setting = Setting(rule=rule, params=rule.params())
    case = Case(facts(price(8_000)))
    first, second = _said_twice(case, setting.params)
    assert standing_on(case, setting, replace(first, params={"cell": "a"})) == ()  # the other one takes its place
    assert standing_on(case, setting, second) == ()


def test_of_several_that_say_the_same_the_gravest_counts():
    base = policy(price_change={})

    def judge(case, params):
        effects = ("single", "dual") if params.dual_over_bp < 10**6 else ("info", "single")
        for effect in effects if params.single_over_bp < 10**6 else ("info", "dual"):
            yield Finding(rule="price_change", code="price_change", effect=effect, items=(0,), worst=0)

    rule = replace(base.settings[0].rule, judge=judge)
    setting = Setting(rule=rule, params=rule.params())
    case = Case(facts(price(8_000)))
    graver = list(judge(case, setting.params))[1]
    assert standing_on(case, setting, graver) == ("dual_over_bp",)


@settings(max_examples=150, deadline=None)
@given(all_facts())
def test_whatever_is_judged_can_be_explained(about):
    verdict = evaluate(about, DEFAULT)
    found = lower(about, DEFAULT, verdict)
    assert [one.finding for one in found] == list(carrying(verdict))
    now = demand_of(verdict)
    for one in found:
        assert isinstance(one.finding, Finding)
        assert one.to is None or RANK[one.to] < RANK[one.finding.effect]
        assert one.to is None or one.to in EFFECTS
        assert bool(one.side) == (one.then is not None)
        assert one.alone == (one.then is not None and one.then.lower_than(now))
