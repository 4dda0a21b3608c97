"""Money, canonical bytes: what they take, what they refuse, and that haste changed neither."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestr.policy.values import MAX_AMOUNT, Address, Money, ValueRefused, canonical, digest

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

    @pytest.mark.parametrize("exponent", [0, 4])
    def test_its_exponent_reaches_as_far_as_currencies_do(self, exponent: int) -> None:
        assert Money.parse(EUROS | {"exponent": exponent}).exponent == exponent

    def test_the_largest_is_what_every_reader_of_json_holds_exactly(self) -> None:
        assert MAX_AMOUNT == 9_007_199_254_740_991

    @pytest.mark.parametrize("other", [{"currency": "GBP"}, {"exponent": 3}, {"tax": "excluded"}])
    def test_what_differs_in_currency_exponent_or_tax_is_not_subtracted(self, other: dict[str, Any]) -> None:
        assert Money.parse(EUROS).comparable(Money.parse(EUROS | {"amount": 1}))
        assert not Money.parse(EUROS).comparable(Money.parse(EUROS | other))

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

    def test_the_digest_is_that_of_the_bytes(self) -> None:
        assert digest({"b": 1, "a": "ä"}) == hashlib.sha256('{"a":"ä","b":1}'.encode()).hexdigest()

    @pytest.mark.parametrize("hiding", [{"a": 1.5}, [1.5], (1.5,), {"a": ["x", 1, {"b": 1.5}]}, {"a": 1, "b": (1.5,)}])
    def test_a_float_between_texts_and_numbers_is_refused(self, hiding: Any) -> None:
        with pytest.raises(TypeError):
            canonical(hiding)

    def test_there_is_no_number_that_is_none(self) -> None:
        with pytest.raises(ValueError):
            Address(min_quantity=float("nan")).key()  # type: ignore[arg-type]  # what no reader of JSON lets through


class TestAddress:
    def test_what_is_not_said_does_not_apply(self) -> None:
        assert Address.parse(None) == Address.parse({}) == Address()

    def test_it_reads_back_every_part_and_shows_those_that_do_not_apply(self) -> None:
        whole = {
            "channel": "web-de", "country": "DE", "customer_group": "trade", "currency": "EUR", "locale": "de",
            "location": "hamburg", "min_quantity": 10, "valid_from": "2026-10-01T00:00:00Z",
            "valid_until": "2026-11-01T00:00:00Z",
        }  # fmt: skip
        assert Address.parse(whole).wire() == whole
        assert Address.parse({"channel": "web-de"}).wire() == dict.fromkeys(whole) | {"channel": "web-de"}

    def test_its_key_holds_what_applies_alone_in_one_order(self) -> None:
        assert Address().key() == "{}"
        assert Address(currency="EUR", channel="wéb").key() == '{"channel":"wéb","currency":"EUR"}'
        assert Address(min_quantity=0).key() == '{"min_quantity":0}'

    @pytest.mark.parametrize(
        ("raw", "code"),
        [
            ([], "address_shape"),
            ("web-de", "address_shape"),
            ({"chanel": "web-de"}, "address_part"),
            ({"channel": 1}, "address_part"),
            ({"channel": ""}, "address_part"),
            ({"channel": "x" * 81}, "address_part"),
            ({"min_quantity": "10"}, "address_part"),
            ({"min_quantity": True}, "address_part"),
            ({"min_quantity": 10**80}, "address_part"),
        ],
    )
    def test_refuses_what_is_none(self, raw: Any, code: str) -> None:
        with pytest.raises(ValueRefused) as refused:
            Address.parse(raw)
        assert refused.value.code == code

    def test_says_which_part_is_unknown_or_of_the_wrong_kind(self) -> None:
        with pytest.raises(ValueRefused, match="no part called 'a'"):
            Address.parse({"z": 1, "a": 1})
        with pytest.raises(ValueRefused, match="'min_quantity' of an address is int"):
            Address.parse({"min_quantity": "10"})
        with pytest.raises(ValueRefused, match="'locale' of an address is str"):
            Address.parse({"locale": 10})

    def test_its_parts_reach_as_far_as_they_may(self) -> None:
        assert Address.parse({"channel": "x" * 80, "min_quantity": 10**79, "locale": None}) == Address(
            channel="x" * 80, min_quantity=10**79
        )
