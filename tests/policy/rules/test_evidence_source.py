from dataclasses import replace

import pytest

from tests.policy.cases import OBSERVED, codes, copy, facts, found, price, promotion, stock


@pytest.mark.parametrize(
    ("sources", "allowed"),
    [
        (("*",), True),
        (("demo-shop",), True),
        (("demo-*",), True),
        (("erp", "demo-shop"), True),
        (("erp",), False),
        ((), False),
    ],
)
@pytest.mark.parametrize(
    ("item", "name", "effect"),
    [
        (price(9_500), "price_sources", "dual"),
        (stock(101), "stock_sources", "dual"),
        (promotion(1, before=0, field="enabled"), "promotion_sources", "dual"),
        (copy("x"), "copy_sources", "single"),
    ],
)
def test_evidence_comes_from_a_source_that_may_speak_of_it(sources, allowed, item, name, effect):
    expected = [] if allowed else [("source_not_allowed", effect)]
    assert codes("evidence_source", facts(item), **{name: sources}) == expected


def test_one_piece_from_an_allowed_source_is_enough():
    about = facts(price(9_500, evidence=("e1", "e2")), evidence=(OBSERVED, replace(OBSERVED, id="e2", source="erp")))
    assert found("evidence_source", about, price_sources=("erp",)) == []
    (finding,) = found("evidence_source", about, price_sources=("pim",), functions=("legal",))
    assert (finding.value, finding.functions) == ("demo-shop", ("legal",))


def test_without_evidence_another_rule_judges():
    assert found("evidence_source", facts(price(9_500, evidence=())), price_sources=()) == []


def test_the_effects_are_the_policys():
    about = facts(price(9_500), copy("x", index=1))
    params = {"price_sources": (), "copy_sources": (), "proof_effect": "refuse", "copy_effect": "dual"}
    assert codes("evidence_source", about, **params) == [
        ("source_not_allowed", "dual"),
        ("source_not_allowed", "refuse"),
    ]


def test_a_kind_of_change_that_has_no_sources_is_left_alone():
    about = facts(copy("x", field_class="unknown"), price(9_500, index=1))
    (finding,) = found("evidence_source", about, price_sources=())
    assert finding.items == (1,)
