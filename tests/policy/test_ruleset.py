import pytest

from orchestr.policy.default import default_policy, default_rules
from orchestr.policy.parameters import ParameterRefused
from orchestr.policy.ruleset import differences, loosens, parse_policy
from tests.policy.cases import policy


def refusal(raw):
    with pytest.raises(ParameterRefused) as caught:
        parse_policy(raw, number=1)
    return caught.value.code


def rules(*rows):
    return {"functions": ["legal"], "rules": list(rows)}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (None, "policy_shape"),
        ({"rules": []}, "policy_shape"),
        ({"functions": ["legal"], "rules": {}}, "policy_shape"),
        ({"functions": ["legal"], "rules": [], "more": 1}, "policy_shape"),
        ({"functions": [], "rules": []}, "policy_functions"),
        ({"functions": ["admin"], "rules": []}, "policy_functions"),
        (rules({"rule": "nonsense"}), "unknown_rule"),
        (rules({"rule": ["price_change"]}), "unknown_rule"),
        (rules({"params": {}}), "rule_shape"),
        (rules({"rule": "cost", "off": True}), "rule_shape"),
        (rules("cost"), "rule_shape"),
        (rules({"rule": "cost"}, {"rule": "cost"}), "rule_twice"),
        (rules({"rule": "cost", "params": {"floor": 1}}), "unknown_parameter"),
    ],
)
def test_refuses_what_is_no_policy(raw, code):
    assert refusal(raw) == code


def test_names_the_rule_nobody_knows():
    with pytest.raises(ParameterRefused, match="'nonsense'") as caught:
        parse_policy(rules({"rule": "nonsense"}), number=1)
    assert caught.value.rule == "nonsense"


def test_the_name_nobody_knows_is_kept_at_sixty_letters():
    with pytest.raises(ParameterRefused) as caught:
        parse_policy(rules({"rule": "x" * 61}), number=1)
    assert caught.value.rule == "x" * 60


def test_a_rule_that_judges_no_class_tightens_even_an_empty_policy():
    assert not loosens(policy(), policy(cost={}))


def test_a_rule_for_a_class_that_is_judged_already_tightens():
    old = policy(price_change={})
    assert not loosens(old, policy(price_change={}, price_day={}))


def test_a_rule_without_parameters_takes_its_defaults():
    read = parse_policy(rules({"rule": "cost"}), number=4)
    assert (read.number, read.wire()) == (4, policy(cost={}).wire() | {"functions": ["legal"]})


def test_the_digest_knows_no_order():
    raw = default_rules()
    turned = {**raw, "rules": list(reversed(raw["rules"])), "functions": list(reversed(raw["functions"]))}
    assert parse_policy(turned, number=1).digest() == default_policy().digest()


def test_equal_policies_do_not_differ():
    assert differences(default_policy(), default_policy(number=2)) == []
    assert not loosens(default_policy(), default_policy(number=2))


def test_names_each_parameter_that_differs_and_which_way():
    found = differences(policy(price_change={}), policy(price_change={"dual_over_bp": 500, "single_over_bp": 100}))
    assert [(one.rule, one.parameter, one.before, one.after, one.comparison) for one in found] == [
        ("price_change", "single_over_bp", 0, 100, "looser"),
        ("price_change", "dual_over_bp", 1_000, 500, "tighter"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "loosened"),
    [
        ({"cost": {}}, {}, True),
        ({"price_change": {}}, {"price_change": {}, "cost": {}}, False),
        ({"cost": {}}, {"cost": {}, "price_change": {}}, True),
        ({"margin": {"dual_under_bp": 1_000}}, {"margin": {"dual_under_bp": 2_000}}, False),
        ({"margin": {"dual_under_bp": 1_000}}, {"margin": {"dual_under_bp": 500}}, True),
    ],
)
def test_knows_what_loosens(old, new, loosened):
    assert loosens(policy(**old), policy(**new)) is loosened


def test_fewer_functions_at_the_strictest_loosen():
    fewer = parse_policy({**default_rules(), "functions": ["finance"]}, number=2)
    assert loosens(default_policy(), fewer)
    assert not loosens(fewer, default_policy())
    assert [(one.parameter, one.before, one.after) for one in differences(default_policy(), fewer)] == [
        ("functions", ["finance", "legal", "merchandising"], ["finance"])
    ]
