"""The values every room speaks of: money, field addresses, canonical bytes.

Pure and dependency-free, so that connectors written outside this repository can import it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Literal, Self

Json = Any
Tax = Literal["included", "excluded"]
FieldKind = Literal["money", "integer", "text", "object"]

MAX_AMOUNT = 2**53 - 1  # what JSON readers everywhere hold exactly


class ValueRefused(ValueError):
    """A value that cannot be what it claims to be; `code` is stable, the text is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units (`1990`, `"EUR"`, exponent 2 is 19.90 EUR), with its tax basis."""

    amount: int
    currency: str
    exponent: int = 2
    tax: Tax = "included"

    @classmethod
    def parse(cls, raw: Json) -> Self:
        """Read the wire shape `{"amount","currency","exponent","tax"}`. Raises ValueRefused."""
        if not isinstance(raw, dict | Mapping) or not _MONEY_PARTS.issuperset(raw):
            raise ValueRefused("money_shape", "Money is an object with amount, currency, exponent and tax.")
        amount = raw.get("amount")
        if type(amount) is not int or not -MAX_AMOUNT <= amount <= MAX_AMOUNT:
            raise ValueRefused("money_amount", "The amount is a whole number of minor units.")
        currency, exponent, tax = raw.get("currency"), raw.get("exponent", 2), raw.get("tax", "included")
        if not _is_known((currency, exponent, tax)):
            _accept_unit(currency, exponent, tax)
        return cls(amount, currency, exponent, tax)  # type: ignore[arg-type]  # just found to be a text

    def wire(self) -> dict[str, Json]:
        return {"amount": self.amount, "currency": self.currency, "exponent": self.exponent, "tax": self.tax}

    def comparable(self, other: "Money") -> bool:
        """Whether two amounts may be subtracted: same currency, exponent and tax basis."""
        return (self.currency, self.exponent, self.tax) == (other.currency, other.exponent, other.tax)


_MONEY_PARTS = frozenset({"amount", "currency", "exponent", "tax"})
_UNITS: set[tuple[str, int, Tax]] = set()  # the few that were found to be right, since amounts are read by the thousand
_MOST_UNITS = 10_000


def _is_known(unit: tuple[Json, Json, Json]) -> bool:
    """Whether this was found right before. The exponent's type counts: True and 2.0 are equal to 1 and 2."""
    try:
        return unit in _UNITS and type(unit[1]) is int
    except TypeError:  # a list or an object, where a text or a number belongs
        return False


def _accept_unit(currency: Json, exponent: Json, tax: Json) -> None:
    """Raise ValueRefused for what cannot be an amount's currency, exponent and tax basis; remember what can."""
    if not isinstance(currency, str) or len(currency) != 3 or not (currency.isascii() and currency.isupper()):
        raise ValueRefused("money_currency", "The currency is three capital letters, as in ISO 4217.")
    if type(exponent) is not int or not 0 <= exponent <= 4:
        raise ValueRefused("money_exponent", "The exponent is a whole number from 0 to 4.")
    if tax not in ("included", "excluded"):
        raise ValueRefused("money_tax", "Tax is either included or excluded.")
    if len(_UNITS) < _MOST_UNITS:
        _UNITS.add((currency, exponent, tax))


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Which value of a field: every part that does not apply is None.

    `valid_from` and `valid_until` are RFC 3339 UTC texts ending in `Z`.
    """

    channel: str | None = None
    country: str | None = None
    customer_group: str | None = None
    currency: str | None = None
    locale: str | None = None
    location: str | None = None
    min_quantity: int | None = None
    valid_from: str | None = None
    valid_until: str | None = None

    @classmethod
    def parse(cls, raw: Json) -> Self:
        """Read the wire shape; unknown parts and wrong types raise ValueRefused."""
        if raw is None:
            return cls()
        if not isinstance(raw, Mapping):
            raise ValueRefused("address_shape", "An address is an object.")
        if unknown := sorted(set(raw).difference(_PARTS)):
            raise ValueRefused("address_part", f"An address has no part called {unknown[0]!r}.")
        for name, part in raw.items():
            wanted: type = int if name == "min_quantity" else str
            if part is not None and (type(part) is not wanted or part == "" or len(str(part)) > 80):
                raise ValueRefused("address_part", f"The part {name!r} of an address is {wanted.__name__} or null.")
        return cls(**raw)

    def wire(self) -> dict[str, Json]:
        """Every part, nulls included: the shape the API shows."""
        return {name: getattr(self, name) for name in _PARTS}

    def key(self) -> str:
        """A canonical text for unique constraints: only the parts that apply, sorted."""
        return _key_of(self)


@lru_cache(maxsize=10_000)
def _key_of(address: Address) -> str:
    """Few addresses differ, and a plan of a thousand changes asks for the key of each several times."""
    parts = {name: part for name in _PARTS if (part := getattr(address, name)) is not None}
    return _encode(parts)


_PARTS = tuple(field.name for field in fields(Address))
# One encoder for all: making one per call costs more than a small value's encoding.
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def canonical(value: Json) -> bytes:
    """RFC 8785 bytes for the subset we use: objects, lists, text, whole numbers, booleans, null.

    Floats are refused rather than rounded (`TypeError`); confidence and percentages are basis points.
    """
    _refuse_floats(value)
    return _encode(value).encode()


def digest(value: Json) -> str:
    """SHA-256 of the canonical bytes, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _refuse_floats(value: Json) -> None:
    """Walks the commonest types first and calls itself only for what holds more: values are long and hashed often."""
    if isinstance(value, dict):
        for part in value.values():
            kind = type(part)
            if kind is not str and kind is not int:
                _refuse_floats(part)
    elif isinstance(value, list | tuple):
        for part in value:
            if type(part) is not str:
                _refuse_floats(part)
    elif isinstance(value, float):
        raise TypeError("canonical values hold no floats")
