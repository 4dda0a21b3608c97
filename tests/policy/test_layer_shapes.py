"""What a layer may be written as, and what meets where layers do."""

from typing import Any

import pytest

from orchestr.policy.layers.resolve import strictest
from orchestr.policy.parameters import ParameterRefused, specs
from orchestr.policy.rules import RULES
from orchestr.policy.ruleset import parse_policy
from orchestr.policy.values import Money
from tests.policy.cases import eur, price
from tests.policy.layering import ALLOWED, LOOSE, layer, layered, tier


def refusal(*layers: Any) -> str:
    with pytest.raises(ParameterRefused) as caught:
        parse_policy({"functions": ["legal"], "rules": [], "layers": list(layers)}, number=1)
    return caught.value.code


@pytest.mark.parametrize(
    "row",
    [
        "site",
        ["layer", "key", "rules"],
        {"layer": "site"},
        layer("site", "web-de") | {"more": 1},
        layer("planet", "earth"),
        layer("site", ""),
        layer("site", "x" * 201),
        layer("site", "web-de") | {"key": 1},
        layer("site", "web-de") | {"rules": {}},
    ],
)
def test_refuses_what_is_no_layer(row: Any) -> None:
    assert refusal(row) == "layer_shape"


@pytest.mark.parametrize("length", [1, 200])
def test_the_key_of_a_layer_has_up_to_two_hundred_letters(length: int) -> None:
    assert layered(layer("segment", "x" * length)).layers[0].key == "x" * length


def test_a_rule_that_judges_no_class_is_brought_in_by_any_layer() -> None:
    raw = {"functions": ["legal"], "rules": [], "layers": [layer("site", "web-de", minimum_price={})]}
    assert set(parse_policy(raw, number=1).layers[0].overrides) == {"minimum_price"}


def test_a_workflow_loosens_where_that_is_allowed() -> None:
    policy = layered(layer("workflow", "clearance", **LOOSE), allows=ALLOWED)
    assert tier(policy, price(8_000)) == "single"
    assert tier(policy, price(8_000), workflow="other") == "dual"


def test_the_refusal_names_what_would_be_less_strict() -> None:
    with pytest.raises(ParameterRefused, match=r"less strict in price_change\.dual_over_bp;"):
        layered(layer("site", "web-de", **LOOSE))
    raw = {"functions": ["legal"], "rules": [], "layers": [layer("site", "web-de", stock_change={})]}
    with pytest.raises(ParameterRefused, match="less strict in stock_change;"):
        parse_policy(raw, number=1)


def test_of_two_lists_of_limits_the_smaller_of_each_currency_holds_and_what_one_leaves_out_has_none() -> None:
    spec = specs(RULES["value_at_stake"].params)["dual_over"]
    one = (eur(100), Money(50, "GBP"), Money(7, "USD"))
    other = (eur(200), Money(20, "GBP"), Money(9, "NOK"))
    assert strictest(spec, one, other) == (eur(100), Money(20, "GBP"))
