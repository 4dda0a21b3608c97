"""Whether a value is of the kind its field holds, and may follow the value there is now."""

from typing import Any

from orchestr.catalogue.spelling import hidden_in_copy
from orchestr.policy.values import MAX_AMOUNT, FieldKind, Json, Money, ValueRefused, canonical

LONGEST_TEXT = 20_000
LARGEST_OBJECT = 100_000


class WrongValue(ValueError):
    """A value that its field cannot take; `code` is stable, the text is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def same(kind: FieldKind, one: Json, other: Json) -> bool:
    """Whether two wire values are the same value: a money with its defaults left out is."""
    if kind == "money" and one != other and one is not None and other is not None:
        try:
            return Money.parse(one) == Money.parse(other)
        except ValueRefused:
            return False
    return type(one) is type(other) and bool(one == other)


def accepted(kind: FieldKind, value: Json, *, now: Json) -> Json:
    """`value` in full wire shape. Raises WrongValue if it is of another kind, negative, not comparable
    with the value there is `now` (currency, exponent, tax), or holds what cannot be shown."""
    if value is None:
        return None
    return _CHECKS[kind](value, now)


def _money(value: Json, now: Json) -> Json:
    try:
        money = Money.parse(value)
        current = Money.parse(now) if now is not None else money
    except ValueRefused as refused:
        raise WrongValue(refused.code, str(refused)) from None
    if money.amount < 0:
        raise WrongValue("negative_amount", "An amount is not below zero.")
    if money.currency != current.currency:
        raise WrongValue("currency_mismatch", f"This price is in {current.currency}, not {money.currency}.")
    if money.exponent != current.exponent:
        raise WrongValue(
            "exponent_mismatch", f"Amounts here have the exponent {current.exponent}, not {money.exponent}."
        )
    if money.tax != current.tax:
        raise WrongValue("tax_mismatch", f"Tax is {current.tax} in this price, not {money.tax}.")
    return money.wire()


def _integer(value: Json, now: Json) -> Json:
    if type(value) is not int or abs(value) > MAX_AMOUNT:
        raise WrongValue("not_an_integer", "This field holds a whole number.")
    if value < 0:
        raise WrongValue("negative_amount", "A number here is not below zero.")
    return value


def _text(value: Json, now: Json) -> Json:
    if not isinstance(value, str):
        raise WrongValue("not_a_text", "This field holds a text.")
    if len(value) > LONGEST_TEXT:
        raise WrongValue("text_too_long", f"A text has at most {LONGEST_TEXT:,} characters.")
    _seen(value)
    return value


def _object(value: Json, now: Json) -> Json:
    if not isinstance(value, dict):
        raise WrongValue("not_an_object", "This field holds an object.")
    _seen_throughout(value)
    try:
        size = len(canonical(value))
    except (TypeError, ValueError):
        raise WrongValue("not_exact", "Numbers in an object are whole: write a share in basis points.") from None
    if size > LARGEST_OBJECT:
        raise WrongValue("object_too_large", f"An object has at most {LARGEST_OBJECT:,} bytes.")
    return value


def _seen(text: str) -> None:
    if hidden := hidden_in_copy(text):
        raise WrongValue("hidden_character", f"The text holds a character that nobody can see ({hidden}).")


def _seen_throughout(value: Any) -> None:
    if isinstance(value, str):
        _seen(value)
    elif isinstance(value, dict):
        for key, part in value.items():
            _seen(str(key))
            _seen_throughout(part)
    elif isinstance(value, list):
        for part in value:
            _seen_throughout(part)


_CHECKS = {"money": _money, "integer": _integer, "text": _text, "object": _object}
