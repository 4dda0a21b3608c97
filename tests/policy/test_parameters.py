from dataclasses import fields

import pytest

from orchestr.policy.parameters import ParameterRefused, compare, parse, specs, wire
from orchestr.policy.rules import RULES
from orchestr.policy.values import Money, canonical

PRICE = RULES["price_change"]


def refusal(raw, rule=PRICE):
    with pytest.raises(ParameterRefused) as caught:
        parse(rule.name, rule.params, raw)
    return caught.value.code, caught.value.rule, caught.value.parameter


def test_what_is_left_out_takes_its_default():
    assert parse("price_change", PRICE.params, {"dual_over_bp": 500}) == PRICE.params(dual_over_bp=500)


def test_refuses_a_parameter_the_rule_does_not_have():
    assert refusal({"dual_over": 5}) == ("unknown_parameter", "price_change", "dual_over")


@pytest.mark.parametrize("value", [-1, 1.5, "10", True, None, 2**53])
def test_refuses_a_number_that_is_none(value):
    assert refusal({"dual_over_bp": value}) == ("parameter_value", "price_change", "dual_over_bp")


@pytest.mark.parametrize("value", [10_001, -1])
def test_refuses_a_share_out_of_bounds(value):
    assert refusal({"dual_under_bp": value}, RULES["margin"])[0] == "parameter_value"


def test_an_optional_number_may_be_absent():
    assert parse("price_change", PRICE.params, {"refuse_over_bp": None}).refuse_over_bp is None


@pytest.mark.parametrize("value", [0, 10_000])
def test_a_share_reaches_its_bounds(value):
    assert parse("margin", RULES["margin"].params, {"dual_under_bp": value}).dual_under_bp == value


def test_a_number_reaches_as_far_as_every_reader_holds_it():
    largest = 9_007_199_254_740_991
    assert parse("price_change", PRICE.params, {"dual_over_bp": largest}).dual_over_bp == largest


def test_every_function_that_decides_may_be_demanded_at_once():
    three = ["finance", "legal", "merchandising"]
    assert parse("price_change", PRICE.params, {"functions": three}).functions == tuple(three)


@pytest.mark.parametrize("value", [["oncall"], ["finance", "finance"], "finance", [1], [""]])
def test_refuses_functions_that_cannot_decide(value):
    assert refusal({"functions": value})[0] == "parameter_value"


@pytest.mark.parametrize("value", ["block", 1, None])
def test_refuses_an_effect_there_is_not(value):
    assert refusal({"unknown_effect": value}, RULES["cost"])[0] == "parameter_value"


def test_a_limit_may_be_nothing():
    limits = [{"amount": 0, "currency": "EUR"}]
    assert parse("value_at_stake", RULES["value_at_stake"].params, {"dual_over": limits}).dual_over == (
        Money(0, "EUR"),
    )


NEGATIVE = {"amount": -1, "currency": "EUR"}


@pytest.mark.parametrize(
    "value",
    [{}, [NEGATIVE], [NEGATIVE, {"amount": 1, "currency": "GBP"}], [{"amount": 1, "currency": "EUR"}] * 2],
)
def test_refuses_limits_that_are_none(value):
    assert refusal({"dual_over": value}, RULES["value_at_stake"])[0] == "parameter_value"


@pytest.mark.parametrize("value", ["autumn", "2026-10-02T00:00:00Z/2026-10-01T00:00:00Z", "2026-10-01/2026-10-02", "/"])
def test_refuses_a_window_nobody_can_read(value):
    assert refusal({"windows": [value]}, RULES["promotion_window"])[0] == "parameter_value"
    assert parse("promotion_window", RULES["promotion_window"].params, {"windows": ["*"]}).windows == ("*",)


def test_a_text_is_no_list_of_the_texts_in_it():
    assert refusal({"windows": "*"}, RULES["promotion_window"])[0] == "parameter_value"


def test_refuses_a_word_that_would_match_half_the_language():
    assert refusal({"price": ["a*"]}, RULES["copy_claims"])[0] == "parameter_value"


def test_refuses_parameters_that_are_no_object():
    assert refusal([])[0] == "parameters_shape"


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_every_rule_reads_back_what_it_writes(rule):
    raw = wire(rule.params())
    assert canonical(raw)
    assert parse(rule.name, rule.params, raw) == rule.params()
    assert set(raw) == {part.name for part in fields(rule.params)}


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_every_parameter_has_a_unit_and_help(rule):
    for name, spec in specs(rule.params).items():
        assert spec.unit, name
        assert spec.help.endswith("."), name


EUR = Money(100, "EUR")


@pytest.mark.parametrize(
    ("rule", "parameter", "old", "new", "way"),
    [
        ("price_change", "dual_over_bp", 10, 10, "same"),
        ("price_change", "dual_over_bp", 10, 9, "tighter"),
        ("price_change", "dual_over_bp", 10, 11, "looser"),
        ("price_change", "refuse_over_bp", None, 11, "tighter"),
        ("price_change", "refuse_over_bp", 11, None, "looser"),
        ("margin", "dual_under_bp", 10, 11, "tighter"),
        ("margin", "dual_under_bp", 10, 9, "looser"),
        ("margin", "refuse_under_bp", None, 0, "tighter"),
        ("cost", "unknown_effect", "single", "dual", "tighter"),
        ("cost", "unknown_effect", "refuse", "dual", "looser"),
        ("cost", "functions", ("finance",), ("finance", "legal"), "tighter"),
        ("cost", "functions", ("finance", "legal"), ("legal", "finance"), "same"),
        ("cost", "functions", ("finance",), ("legal",), "mixed"),
        ("cost", "functions", ("finance",), (), "looser"),
        ("copy_claims", "price", ("a",), ("a", "b"), "tighter"),
        ("copy_claims", "price", ("a", "b"), ("a",), "looser"),
        ("promotion_window", "windows", ("a/b",), (), "tighter"),
        ("promotion_window", "windows", ("a/b",), ("a/b", "c/d"), "looser"),
        ("promotion_window", "windows", ("*",), ("a/b",), "mixed"),
        ("value_at_stake", "dual_over", (EUR,), (Money(99, "EUR"),), "tighter"),
        ("value_at_stake", "dual_over", (EUR,), (Money(101, "EUR"),), "looser"),
        ("value_at_stake", "dual_over", (EUR,), (), "tighter"),
        ("value_at_stake", "dual_over", (), (EUR,), "looser"),
        ("value_at_stake", "dual_over", (EUR,), (Money(1, "GBP"),), "mixed"),
        ("value_at_stake", "dual_over", (EUR, Money(1, "GBP")), (EUR, Money(2, "GBP")), "looser"),
        ("value_at_stake", "dual_over", (EUR, Money(2, "GBP")), (EUR, Money(1, "GBP")), "tighter"),
    ],
)
def test_knows_which_way_is_tighter(rule, parameter, old, new, way):
    assert compare(specs(RULES[rule].params)[parameter], old, new) == way
