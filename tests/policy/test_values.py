"""Money, canonical bytes: what they take, what they refuse, and that haste changed neither."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestr.policy.values import MAX_AMOUNT, Money, ValueRefused, canonical

EUROS = {"amount": 1990, "currency": "EUR", "exponent": 2, "tax": "included"}
WITHOUT_FLOATS = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_AMOUNT, MAX_AMOUNT) | st.text(alphabet='0123456789.,:[]{}eE-"a ä'),
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.text(max_size=3), parts, max_size=4),
)


class TestMoney:
    def test_its_exponent_and_tax_have_defaults(self) -> None:
        assert (
            Money.parse({"amount": 1990, "currency": "EUR"}) == Money.parse(EUROS) == Money(1990, "EUR", 2, "included")
        )

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"amount": 19.9}, "money_amount"),
            ({"amount": True}, "money_amount"),
            ({"amount": MAX_AMOUNT + 1}, "money_amount"),
            ({"amount": -MAX_AMOUNT - 1}, "money_amount"),
            ({"amount": None}, "money_amount"),
            ({"currency": "eur"}, "money_currency"),
            ({"currency": "EU"}, "money_currency"),
            ({"currency": "ÄÖÜ"}, "money_currency"),
            ({"currency": ["EUR"]}, "money_currency"),
            ({"currency": None}, "money_currency"),
            ({"exponent": 5}, "money_exponent"),
            ({"exponent": -1}, "money_exponent"),
            ({"exponent": 2.0}, "money_exponent"),
            ({"exponent": True}, "money_exponent"),
            ({"tax": "maybe"}, "money_tax"),
            ({"tax": {}}, "money_tax"),
            ({"more": 1}, "money_shape"),
        ],
    )
    def test_what_is_none_is_refused_also_after_its_like_was_read(self, change: dict[str, Any], code: str) -> None:
        Money.parse(EUROS)
        Money.parse(EUROS | {"exponent": 1})
        with pytest.raises(ValueRefused) as refused:
            Money.parse(EUROS | change)
        assert refused.value.code == code

    @pytest.mark.parametrize("raw", [None, 1990, "1990", [1990, "EUR"]])
    def test_only_an_object_is_one(self, raw: Any) -> None:
        with pytest.raises(ValueRefused) as refused:
            Money.parse(raw)
        assert refused.value.code == "money_shape"

    @pytest.mark.parametrize("amount", [MAX_AMOUNT, -MAX_AMOUNT, 0])
    def test_amounts_reach_as_far_as_every_reader_holds_them(self, amount: int) -> None:
        assert Money.parse(EUROS | {"amount": amount}).wire() == EUROS | {"amount": amount}


class TestCanonical:
    @given(WITHOUT_FLOATS)
    def test_without_floats_it_says_what_it_was_given(self, value: Any) -> None:
        assert json.loads(canonical(value)) == value

    @given(WITHOUT_FLOATS, st.floats())
    def test_a_float_is_refused_wherever_it_stands(self, value: Any, number: float) -> None:
        for hiding in (number, [value, number], {"a": value, "b": {"c": [number]}}):
            with pytest.raises(TypeError):
                canonical(hiding)

    def test_keys_are_sorted_and_nothing_is_spaced(self) -> None:
        assert canonical({"b": 1, "a": ["ä", None, True]}) == '{"a":["ä",null,true],"b":1}'.encode()
