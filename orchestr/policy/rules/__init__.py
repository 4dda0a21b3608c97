"""Every rule there is: one file and one line each."""

from collections.abc import Mapping

from orchestr.policy.rule import Rule
from orchestr.policy.rules import (
    blast_radius,
    confidence,
    copy_characters,
    copy_claims,
    copy_given,
    cost,
    drift,
    evidence,
    freeze,
    margin,
    minimum_price,
    money,
    native_compare,
    price_change,
    price_day,
    promotion_discount,
    promotion_reach,
    promotion_window,
    reversibility,
    shape,
    stage,
    stock_change,
    stock_location,
    value_at_stake,
)

RULES: Mapping[str, Rule] = {
    rule.name: rule
    for rule in (
        price_change.RULE,
        price_day.RULE,
        money.RULE,
        cost.RULE,
        margin.RULE,
        minimum_price.RULE,
        value_at_stake.RULE,
        stock_change.RULE,
        stock_location.RULE,
        promotion_window.RULE,
        promotion_discount.RULE,
        promotion_reach.RULE,
        copy_given.RULE,
        copy_claims.RULE,
        copy_characters.RULE,
        evidence.RULE,
        confidence.RULE,
        reversibility.RULE,
        shape.RULE,
        stage.RULE,
        native_compare.RULE,
        blast_radius.RULE,
        drift.RULE,
        freeze.RULE,
    )
}
