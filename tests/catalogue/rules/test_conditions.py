"""What a rule may ask, read strictly."""

from typing import Any

import pytest

from orchestr.catalogue.rules.conditions import Conditions
from orchestr.refusal import Refusal

PRICE = {"channel": "web-de", "currency": "EUR", "from": 100, "to": 200}


def test_what_is_read_is_written_in_one_way() -> None:
    raw: Any = {"type": "product", "texts": [{"field": "title", "locale": "en", "one_of": ["b", "a", "b"]}]}
    wire = Conditions.parse(raw).wire()
    assert wire["texts"] == [{"field": "title", "one_of": ["a", "b"], "locale": "en"}]
    assert Conditions.parse(wire).wire() == wire


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        {"type": "variant"},
        {"type": "hat", "stock": {"at_most": 1}},
        {"type": "variant", "stock": {"at_most": 1}, "colour": "red"},
        {"type": "variant", "stock": {}},
        {"type": "variant", "stock": {"at_least": 2, "at_most": 1}},
        {"type": "variant", "stock": {"at_most": True}},
        {"type": "variant", "stock": {"at_most": -1}},
        {"type": "product", "stock": {"at_most": 1}},
        {"type": "stock", "price": PRICE},
        {"type": "variant", "price": {**PRICE, "to": 100}},
        {"type": "variant", "price": {**PRICE, "currency": None}},
        {"type": "product", "texts": [{"field": "title", "one_of": []}]},
        {"type": "product", "texts": [{"field": "cost", "one_of": ["1"]}]},
        {"type": "message", "texts": [{"field": "title", "one_of": ["1"]}]},
    ],
)
def test_anything_else_is_refused_with_a_next_step(raw: Any) -> None:
    with pytest.raises(Refusal) as refused:
        Conditions.parse(raw)
    assert refused.value.code == "rule_conditions"
    assert refused.value.next
