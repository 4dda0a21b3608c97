"""Conditions are strict: what cannot be so is refused by name, and what is read is written the same."""

from typing import Any

import pytest

from orchestr.catalogue.rules.conditions import Conditions
from orchestr.refusal import Refusal
from tests.make.basics import money

EUR = money(1_000)


@pytest.mark.parametrize(
    "condition",
    [
        {"field": "price", "channel": "web-de", "from": EUR, "below": money(2_000)},
        {"field": "on_hand", "below": 5},
        {"field": "on_hand", "from": 0},
        {"field": "title", "one_of": ["Jacket One", "Tent"]},
    ],
)
def test_what_is_read_is_written_the_same(condition: dict[str, Any]) -> None:
    raw = {"types": ["variant"], "conditions": [condition]}
    assert Conditions.parse(raw).wire() == raw


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ([], "rule_shape"),
        ({"conditions": [], "segment": "x"}, "rule_shape"),
        ({"conditions": []}, "rule_conditions"),
        ({"conditions": [{"field": "on_hand", "below": 5}] * 9}, "rule_conditions"),
        ({"types": ["customer"], "conditions": [{"field": "on_hand", "below": 5}]}, "rule_type"),
        ({"conditions": [{"field": "on_hand", "less": 5}]}, "condition_shape"),
        ({"conditions": ["on_hand"]}, "condition_shape"),
        ({"conditions": [{"field": ""}]}, "condition_text"),
        ({"conditions": [{"field": "on_hand"}]}, "condition_test"),
        ({"conditions": [{"field": "title", "one_of": ["a"], "below": 3}]}, "condition_test"),
        ({"conditions": [{"field": "title", "one_of": []}]}, "condition_texts"),
        ({"conditions": [{"field": "title", "one_of": [3]}]}, "condition_text"),
        ({"conditions": [{"field": "on_hand", "below": "5"}]}, "condition_bound"),
        ({"conditions": [{"field": "on_hand", "below": True}]}, "condition_bound"),
        ({"conditions": [{"field": "on_hand", "from": 5, "below": 5}]}, "condition_range"),
        ({"conditions": [{"field": "price", "from": EUR, "below": 5}]}, "condition_range"),
        ({"conditions": [{"field": "price", "from": EUR, "below": money(2_000, "GBP")}]}, "condition_range"),
        ({"conditions": [{"field": "price", "from": {"amount": 1}}]}, "condition_bound"),
    ],
)
def test_what_cannot_be_so_is_refused_by_name(raw: Any, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        Conditions.parse(raw)
    assert (caught.value.code, caught.value.status) == (code, 422)


@pytest.mark.parametrize("field", ["cost", "margin", "minimum_price"])
def test_no_rule_tells_of_what_is_not_shown_to_everybody(field: str) -> None:
    with pytest.raises(Refusal) as caught:
        Conditions.parse({"conditions": [{"field": field, "below": EUR}]})
    assert caught.value.code == "condition_class"
