"""The values every room speaks of: money, field addresses, canonical bytes.

Pure and dependency-free, so that connectors written outside this repository can import it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
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
        if not isinstance(raw, Mapping) or set(raw) - {"amount", "currency", "exponent", "tax"}:
            raise ValueRefused("money_shape", "Money is an object with amount, currency, exponent and tax.")
        amount, currency = raw.get("amount"), raw.get("currency")
        exponent, tax = raw.get("exponent", 2), raw.get("tax", "included")
        if type(amount) is not int or abs(amount) > MAX_AMOUNT:
            raise ValueRefused("money_amount", "The amount is a whole number of minor units.")
        if not isinstance(currency, str) or len(currency) != 3 or not (currency.isascii() and currency.isupper()):
            raise ValueRefused("money_currency", "The currency is three capital letters, as in ISO 4217.")
        if type(exponent) is not int or not 0 <= exponent <= 4:
            raise ValueRefused("money_exponent", "The exponent is a whole number from 0 to 4.")
        if tax not in ("included", "excluded"):
            raise ValueRefused("money_tax", "Tax is either included or excluded.")
        return cls(amount, currency, exponent, tax)

    def wire(self) -> dict[str, Json]:
        return {"amount": self.amount, "currency": self.currency, "exponent": self.exponent, "tax": self.tax}

    def comparable(self, other: "Money") -> bool:
        """Whether two amounts may be subtracted: same currency, exponent and tax basis."""
        return (self.currency, self.exponent, self.tax) == (other.currency, other.exponent, other.tax)


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
        parts = {name: part for name in _PARTS if (part := getattr(self, name)) is not None}
        return _encode(parts) if parts else "{}"


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
    if isinstance(value, float):
        raise TypeError("canonical values hold no floats")
    if isinstance(value, dict):
        for part in value.values():
            _refuse_floats(part)
    elif isinstance(value, list | tuple):
        for part in value:
            _refuse_floats(part)
