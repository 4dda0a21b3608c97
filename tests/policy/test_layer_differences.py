"""What changes between two policies in what their layers set: named one by one, and which way each goes."""

from typing import Any

import pytest

from orchestr.policy.default import default_rules
from orchestr.policy.ruleset import Difference, Policy, differences, loosens, parse_policy
from tests.policy.cases import stock
from tests.policy.layering import ALLOWED, LOOSE, STRICT, layer, layered, tier

SITE = "site:web-de"
THREE = {"price_change": {"dual_over_bp": 300, "single_over_bp": 0}, "price_day": {"dual_over_bp": 700}}


def site(**rules: dict[str, Any]) -> dict[str, Any]:
    return layer("site", "web-de", **rules)


def without(rule: str, *layers: dict[str, Any], allows: tuple[str, ...] = ()) -> Policy:
    """The default policy without this rule."""
    raw = default_rules()
    rows = [row for row in raw["rules"] if row["rule"] != rule]
    return parse_policy(raw | {"rules": rows, "layers": list(layers), "allows": list(allows)}, number=2)


def test_names_the_one_setting_that_changed_with_both_its_values() -> None:
    other = THREE | {"price_day": {"dual_over_bp": 600}}
    assert differences(layered(site(**THREE)), layered(site(**other))) == [
        Difference(
            rule="price_day",
            parameter="dual_over_bp",
            before={"set": 700},
            after={"set": 600},
            comparison="tighter",
            layer=SITE,
        )
    ]


def test_a_rule_brought_in_at_its_defaults_is_named_and_so_is_its_end() -> None:
    old, new = without("minimum_price"), without("minimum_price", site(minimum_price={}))
    arrival = Difference(rule="minimum_price", parameter="", before=None, after={}, comparison="tighter", layer=SITE)
    end = Difference(rule="minimum_price", parameter="", before={}, after=None, comparison="looser", layer=SITE)
    assert differences(old, new) == [arrival]
    assert differences(new, old) == [end]


def test_a_rule_brought_in_with_a_setting_is_tighter_and_its_end_looser() -> None:
    old = without("cost")
    new = without("cost", site(cost={"unknown_effect": "refuse"}))
    assert [(one.parameter, one.comparison) for one in differences(old, new)] == [("unknown_effect", "tighter")]
    assert [(one.parameter, one.comparison) for one in differences(new, old)] == [("unknown_effect", "looser")]


@pytest.mark.parametrize("settings", [{}, {"single_over_units": 0}])
def test_a_rule_that_takes_a_class_out_of_the_strictest_loosens_also_where_a_layer_brings_it_in(
    settings: dict[str, Any],
) -> None:
    allows = ("stock_change",)
    old = without("stock_change", allows=allows)
    new = without("stock_change", site(stock_change=settings), allows=allows)
    moved = stock(101, channel="web-de")
    assert (tier(old, moved), tier(new, moved)) == ("dual", "single")
    assert loosens(old, new)


def test_a_setting_for_a_rule_that_stood_at_its_defaults_brings_in_no_rule_and_ends_none() -> None:
    bare, tightened = (
        without("cost", site(cost={})),
        without("cost", site(cost={"unknown_effect": "refuse"})),
    )
    for old, new in ((bare, tightened), (tightened, bare)):
        assert [one.parameter for one in differences(old, new)] == ["unknown_effect"]


def test_what_was_loosened_by_leave_and_is_no_more_counts_as_tighter() -> None:
    old, new = layered(site(**LOOSE), allows=ALLOWED), layered()
    found = [(one.parameter, one.comparison, one.layer) for one in differences(old, new)]
    assert found == [("dual_over_bp", "tighter", SITE), ("allows", "tighter", "")]
    assert not loosens(old, new)


@pytest.mark.parametrize(
    ("before", "after", "way"),
    [
        ((), ("a",), "looser"),
        (("a",), ("a", "b"), "looser"),
        (("a", "b"), ("a",), "tighter"),
        (("a",), ("b",), "mixed"),
    ],
)
def test_leave_to_loosen_is_compared_by_what_it_names(
    before: tuple[str, ...], after: tuple[str, ...], way: str
) -> None:
    names = {"a": "price_change.dual_over_bp", "b": "price_day.dual_over_bp"}
    old, new = (layered(allows=tuple(names[one] for one in each)) for each in (before, after))
    assert [(one.parameter, one.comparison) for one in differences(old, new)] == [("allows", way)]


def test_what_a_policy_has_worked_out_is_no_part_of_it() -> None:
    asked, unasked = layered(site(**STRICT)), layered(site(**STRICT))
    asked.spread((((0, True),),))
    assert asked == unasked
    assert repr(asked) == repr(unasked)
    for name in ("_met", "_spreads"):
        with pytest.raises(TypeError):
            Policy(number=1, settings=(), functions=(), **{name: {}})  # type: ignore[arg-type]  # the point of it
