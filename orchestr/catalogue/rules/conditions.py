"""What a rule asks of a thing: typed conditions, all of which must hold."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeGuard

from orchestr.catalogue.classes import class_of
from orchestr.catalogue.models import RESOURCE_TYPES
from orchestr.policy.values import Json
from orchestr.refusal import Kind, Refusal

MOST_TEXTS = 10
MOST_VALUES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class TextIs:
    """A text field is exactly one of these; `locale` empty: the text that has none."""

    field: str
    one_of: tuple[str, ...]
    locale: str = ""

    @classmethod
    def parse(cls, raw: Json, *, type: str) -> Self:
        given = _object(raw, {"field", "one_of", "locale"})
        field, values, locale = given.get("field"), given.get("one_of"), given.get("locale", "")
        if not _text(field) or not isinstance(locale, str) or not isinstance(values, list):
            raise _refused("A text condition names a field and the values it may have.")
        if not 0 < len(values) <= MOST_VALUES or not all(_text(value) for value in values):
            raise _refused(f"A text condition names between one and {MOST_VALUES} texts.")
        if class_of(type, field) is not None:
            raise _refused(f"The field {field} is not for everybody to read: being held would tell its value.")
        return cls(field=field, one_of=tuple(sorted(set(values))), locale=locale)

    def wire(self) -> dict[str, Json]:
        return {"field": self.field, "one_of": list(self.one_of), "locale": self.locale}


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceWithin:
    """The price on a channel is at least `least` and below `below`, in minor units of the currency."""

    channel: str
    currency: str
    least: int = 0
    below: int | None = None

    @classmethod
    def parse(cls, raw: Json) -> Self:
        given = _object(raw, {"channel", "currency", "from", "to"})
        if not _text(given.get("channel")) or not _text(given.get("currency")):
            raise _refused("A price condition names a channel and a currency.")
        least, below = _count(given, "from") or 0, _count(given, "to")
        if below is not None and below <= least:
            raise _refused("The upper price of a condition lies above the lower one.")
        return cls(channel=given["channel"], currency=given["currency"], least=least, below=below)

    def wire(self) -> dict[str, Json]:
        return {"channel": self.channel, "currency": self.currency, "from": self.least, "to": self.below}


@dataclass(frozen=True, slots=True, kw_only=True)
class StockWithin:
    """What is on hand at all locations together, both bounds included."""

    at_least: int | None = None
    at_most: int | None = None

    @classmethod
    def parse(cls, raw: Json) -> Self:
        given = _object(raw, {"at_least", "at_most"})
        least, most = _count(given, "at_least"), _count(given, "at_most")
        if (least is None and most is None) or (least is not None and most is not None and most < least):
            raise _refused("A stock condition has a bound, and its upper one is not below its lower one.")
        return cls(at_least=least, at_most=most)

    def wire(self) -> dict[str, Json]:
        return {"at_least": self.at_least, "at_most": self.at_most}


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Things of one type of which every condition holds; at least one condition."""

    type: str
    texts: tuple[TextIs, ...] = ()
    price: PriceWithin | None = None
    stock: StockWithin | None = None

    @classmethod
    def parse(cls, raw: Json) -> Self:
        """Read the wire shape strictly. Raises Refusal (422 `rule_conditions`) for anything else."""
        given = _object(raw, {"type", "texts", "price", "stock"})
        type, texts = given.get("type"), given.get("texts") or []
        if type not in RESOURCE_TYPES:
            raise _refused("A rule names a type of thing, such as variant.")
        if not isinstance(texts, list) or len(texts) > MOST_TEXTS:
            raise _refused(f"A rule has at most {MOST_TEXTS} text conditions, in a list.")
        price = None if given.get("price") is None else PriceWithin.parse(given["price"])
        stock = None if given.get("stock") is None else StockWithin.parse(given["stock"])
        if price is not None and type not in ("variant", "product"):
            raise _refused("Only variants and products have prices.")
        if stock is not None and type not in ("variant", "stock"):
            raise _refused("Only variants have stock.")
        if not texts and price is None and stock is None:
            raise _refused("A rule without a condition is the segment it draws from.")
        return cls(type=type, texts=tuple(TextIs.parse(each, type=type) for each in texts), price=price, stock=stock)

    def wire(self) -> dict[str, Json]:
        """The canonical shape: what is stored, digested and read again."""
        return {
            "type": self.type,
            "texts": [each.wire() for each in sorted(self.texts, key=lambda each: (each.field, each.locale))],
            "price": self.price and self.price.wire(),
            "stock": self.stock and self.stock.wire(),
        }


def _object(raw: Json, names: Collection[str]) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise _refused("A condition is an object.")
    if unknown := sorted(set(raw).difference(names)):
        raise _refused(f"A condition knows no {unknown[0]!r} here.")
    return raw


def _text(value: Json) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= 300 and "\0" not in value


def _count(given: Mapping[str, Any], name: str) -> int | None:
    value = given.get(name)
    if value is not None and (type(value) is not int or not 0 <= value < 2**53):
        raise _refused(f"The bound {name!r} is a whole number, zero or more.")
    return value


def _refused(detail: str) -> Refusal:
    return Refusal(
        Kind.UNPROCESSABLE,
        "rule_conditions",
        detail,
        next="Mend the condition; docs/segments.md lists what a rule may ask.",
    )
