"""Everything → site → segment → workflow: what an item's settings come to, and what a layer may not do."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from orchestr.policy.default import default_policy, default_rules
from orchestr.policy.evaluate import evaluate
from orchestr.policy.findings import TIER_RANK
from orchestr.policy.layers.resolve import strictest
from orchestr.policy.parameters import ParameterRefused, compare, specs
from orchestr.policy.rules import RULES
from orchestr.policy.ruleset import differences, loosens, parse_policy
from orchestr.policy.values import canonical
from orchestr.policy.words.findings import say
from tests.policy.cases import copy, eur, facts, price, stock
from tests.policy.layering import ALLOWED, LOOSE, STRICT, layer, layered, tier
from tests.policy.strategies import RULE, all_facts, values_for


@pytest.mark.parametrize(
    ("level", "key", "elsewhere"),
    [
        ("site", "web-de", {"channel": "web-uk"}),
        ("segment", "apparel/jackets", {"segments": ("outdoor",)}),
        ("workflow", "clearance", None),
    ],
)
def test_a_layer_holds_for_its_own_target_alone(level: str, key: str, elsewhere: dict[str, Any] | None) -> None:
    policy = layered(layer(level, key, **STRICT))
    assert tier(policy, price(9_500)) == "dual"
    if elsewhere is None:
        assert tier(policy, price(9_500), workflow="copy") == "single"
    else:
        assert tier(policy, price(9_500, **elsewhere)) == "single"


def test_a_segment_layer_covers_what_lies_below_it() -> None:
    policy = layered(layer("segment", "apparel", **STRICT))
    assert tier(policy, price(9_500)) == "single"
    assert tier(policy, price(9_500, lineage=("apparel",))) == "dual"


def test_the_finding_says_the_layers_behind_it_and_no_other() -> None:
    policy = layered(layer("site", "web-de", **STRICT), layer("segment", "apparel/jackets", confidence={}))
    verdict = evaluate(facts(price(9_500), price(9_500, index=1, channel="web-uk")), policy)
    moves = [each for each in verdict.findings if each.rule == "price_change"]
    assert [(each.effect, each.items, each.params.get("layer")) for each in moves] == [
        ("dual", (0,), "site:web-de"),
        ("single", (1,), None),
    ]


def test_the_strictest_of_the_layers_that_meet_wins() -> None:
    policy = layered(
        layer("site", "web-de", price_change={"dual_over_bp": 300}),
        layer("workflow", "clearance", price_change={"dual_over_bp": 600}),
    )
    assert tier(policy, price(9_500)) == "dual"
    assert tier(policy, price(9_500, channel="web-uk")) == "single"
    assert tier(policy, price(9_300, channel="web-uk")) == "dual"


def test_refuses_a_layer_that_would_be_less_strict() -> None:
    with pytest.raises(ParameterRefused) as refused:
        layered(layer("site", "web-de", **LOOSE))
    assert (refused.value.code, refused.value.parameter) == ("layer_loosens", "dual_over_bp")


def test_a_higher_layer_allows_a_lower_one_by_name() -> None:
    policy = layered(layer("site", "web-de", **LOOSE), allows=ALLOWED)
    assert tier(policy, price(8_000)) == "single"
    assert tier(policy, price(8_000, channel="web-uk")) == "dual"


def test_a_site_may_allow_its_segments_and_no_other_site_s() -> None:
    policy = layered(layer("site", "web-de", allows=ALLOWED), layer("segment", "apparel/jackets", **LOOSE))
    assert tier(policy, price(8_000)) == "single"
    assert tier(policy, price(8_000, channel="web-uk")) == "dual"


def test_a_layer_cannot_allow_itself() -> None:
    with pytest.raises(ParameterRefused):
        layered(layer("site", "web-de", allows=ALLOWED, **LOOSE))


def test_what_reaches_every_site_is_loosened_by_none() -> None:
    policy = layered(layer("site", "web-de", **LOOSE), allows=ALLOWED)
    assert tier(policy, price(8_000, channel="")) == "dual"


def test_what_lies_in_two_segments_is_loosened_by_neither() -> None:
    policy = layered(layer("segment", "apparel/jackets", **LOOSE), allows=ALLOWED)
    assert tier(policy, price(8_000)) == "single"
    assert tier(policy, price(8_000, segments=("apparel/jackets", "sale"))) == "dual"


def test_sums_stay_sums_of_the_whole_proposal() -> None:
    """Ten items within the site and ten outside of it move together what neither half moves alone."""
    items = [price(9_500, index=n, channel="web-de" if n % 2 else "web-uk", stock=1_000) for n in range(20)]
    limits = {"dual_over": [eur(6_000_000).wire()]}
    policy = layered(
        layer("site", "web-de", value_at_stake=limits), value_at_stake={"dual_over": [eur(90_000_000).wire()]}
    )
    found = [each for each in evaluate(facts(*items), policy).findings if each.rule == "value_at_stake"]
    assert [(each.effect, each.params["layer"]) for each in found] == [("dual", "site:web-de")]
    half = evaluate(facts(*(item for item in items if item.channel == "web-de")), policy)
    assert "value_at_stake" not in {each.rule for each in half.findings}


def test_a_layer_brings_in_a_rule_that_the_policy_leaves_out() -> None:
    raw = default_rules()
    raw["rules"] = [row for row in raw["rules"] if row["rule"] != "minimum_price"]
    policy = parse_policy(raw | {"layers": [layer("site", "web-de", minimum_price={})]}, number=2)
    low = {"minimum_price": eur(9_800)}
    assert tier(policy, price(9_500, **low)) != tier(policy, price(9_500, channel="web-uk", **low))


def test_a_layer_cannot_take_a_class_out_of_the_strictest() -> None:
    raw = default_rules()
    raw["rules"] = [row for row in raw["rules"] if row["rule"] != "stock_change"]
    with pytest.raises(ParameterRefused):
        parse_policy(raw | {"layers": [layer("site", "web-de", stock_change={})]}, number=2)
    policy = parse_policy(
        raw | {"layers": [layer("site", "web-de", stock_change={})], "allows": ["stock_change"]}, number=2
    )
    assert tier(policy, stock(101, channel="web-de")) == "single"
    assert tier(policy, stock(101, channel="web-uk")) == "dual"


def test_a_rule_that_fails_under_a_layer_never_loosens(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(case: Any, params: Any) -> Any:
        raise LookupError

    broken = replace(RULES["confidence"], judge=fails)
    monkeypatch.setitem(RULES, "confidence", broken)  # type: ignore[arg-type]
    assert tier(layered(layer("site", "web-de", **STRICT)), copy("A jacket.")) == "dual"


@pytest.mark.parametrize(
    "layers",
    [
        {},
        [{"layer": "planet", "key": "earth", "rules": []}],
        [{"layer": "site", "key": "", "rules": []}],
        [{"layer": "site", "key": "web-de", "rules": [{"rule": "nothing", "params": {}}]}],
        [{"layer": "site", "key": "web-de", "rules": [{"rule": "cost"}]}],
        [{"layer": "site", "key": "web-de", "rules": [{"rule": "price_change", "params": {"much": 1}}]}],
        [{"layer": "site", "key": "web-de", "rules": [{"rule": "cost", "params": {}}] * 2}],
        [{"layer": "site", "key": "web-de", "rules": [], "allows": ["price_change.much"]}],
        [{"layer": "site", "key": "web-de", "rules": []}] * 2,
    ],
)
def test_refuses_layers_it_cannot_read(layers: Any) -> None:
    with pytest.raises(ParameterRefused):
        parse_policy(default_rules() | {"layers": layers}, number=2)


def test_layers_read_back_the_same_and_a_policy_without_them_names_none() -> None:
    policy = layered(layer("workflow", "clearance", **STRICT), layer("site", "web-de", allows=ALLOWED), allows=ALLOWED)
    assert parse_policy(policy.wire(), number=2).wire() == policy.wire()
    assert [each["layer"] for each in policy.wire()["layers"]] == ["site", "workflow"]
    assert set(default_policy().wire()) == {"functions", "rules"}


@pytest.mark.parametrize(
    ("before", "after", "ways"),
    [
        ((), (layer("site", "web-de", **STRICT),), ["tighter"]),
        ((layer("site", "web-de", **STRICT),), (), ["looser"]),
        (
            (layer("site", "web-de", **STRICT),),
            (layer("site", "web-de", price_change={"dual_over_bp": 400}),),
            ["looser"],
        ),
        (
            (layer("site", "web-de", **STRICT),),
            (layer("site", "web-de", price_change={"dual_over_bp": 200}),),
            ["tighter"],
        ),
        ((), (layer("site", "web-de", allows=ALLOWED),), ["looser"]),
        ((layer("site", "web-de", allows=ALLOWED),), (), ["tighter"]),
    ],
)
def test_the_difference_of_layers_says_which_way_it_goes(before: Any, after: Any, ways: list[str]) -> None:
    found = differences(layered(*before), layered(*after))
    assert [(each.layer, each.comparison) for each in found] == [("site:web-de", way) for way in ways]


def test_a_setting_that_may_loosen_counts_as_mixed() -> None:
    """It replaces what a stricter layer above it says wherever the two meet."""
    old = layered(layer("site", "web-de", **STRICT), allows=ALLOWED)
    new = layered(
        layer("site", "web-de", **STRICT),
        layer("segment", "apparel/jackets", price_change={"dual_over_bp": 900}),
        allows=ALLOWED,
    )
    assert tier(old, price(9_500)) == "dual"
    assert tier(new, price(9_500)) == "single"
    assert loosens(old, new)


@settings(max_examples=300, deadline=None)
@given(
    all_facts(),
    RULE,
    st.sampled_from([("site", "web-de"), ("segment", "apparel"), ("workflow", "clearance")]),
    st.data(),
)
def test_a_layer_that_nobody_allows_never_loosens(about: Any, name: str, target: tuple[str, str], data: Any) -> None:
    known = specs(RULES[name].params)
    assume(known)
    parameter = data.draw(st.sampled_from(sorted(known)))
    old = getattr(RULES[name].params(), parameter)
    new = data.draw(values_for(known[parameter]))
    assume(compare(known[parameter], old, new) in ("tighter", "same"))
    wire = (
        [one.wire() for one in new]
        if known[parameter].kind == "moneys"
        else list(new)
        if isinstance(new, tuple)
        else new
    )
    try:
        policy = layered(layer(*target, **{name: {parameter: wire}}))
    except ParameterRefused as refused:
        assume(refused.code == "layer_loosens")
        raise
    loose, tight = evaluate(about, default_policy()), evaluate(about, policy)
    assert tight.refused or not loose.refused
    if not (tight.refused or loose.refused):
        assert TIER_RANK[tight.tier] >= TIER_RANK[loose.tier]
        assert set(loose.functions) <= set(tight.functions)


@settings(max_examples=200, deadline=None)
@given(RULE, st.data())
def test_the_strictest_of_two_is_as_strict_as_both(name: str, data: Any) -> None:
    known = specs(RULES[name].params)
    assume(known)
    spec = known[data.draw(st.sampled_from(sorted(known)))]
    one, other = data.draw(values_for(spec)), data.draw(values_for(spec))
    met = strictest(spec, one, other)
    assert {compare(spec, one, met), compare(spec, other, met)} <= {"same", "tighter"}


@settings(max_examples=150, deadline=None)
@given(all_facts(), st.randoms(use_true_random=False))
def test_the_order_of_layers_and_changes_does_not_matter(about: Any, chance: Any) -> None:
    layers = [
        layer("site", "web-de", **STRICT),
        layer("segment", "apparel", cost={}),
        layer("segment", "gear", **STRICT),
    ]
    items = list(about.items)
    first = evaluate(about, layered(*layers))
    chance.shuffle(layers)
    chance.shuffle(items)
    again = evaluate(replace(about, items=tuple(items)), layered(*layers))
    assert canonical(again.to_wire()) == canonical(first.to_wire())


def test_the_sentence_says_the_layer_behind_the_limit() -> None:
    verdict = evaluate(facts(price(9_500)), layered(layer("site", "web-de", **STRICT)))
    finding = next(each for each in verdict.findings if each.rule == "price_change")
    assert say(finding).endswith("more than 3 %. This is the limit of the layer site:web-de.")
