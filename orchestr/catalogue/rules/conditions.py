"""What a segment by rule holds, as a value: types of resources, and conditions on what the systems say of them.

All conditions have to be met. A thing meets one by whatever the catalogue holds under its SKU: the stock level of a
SKU is met by the price of its variant. Cost and personal values are no conditions: who may not read them could tell
them from what the rule holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from orchestr.catalogue.classes import class_of
from orchestr.catalogue.models import RESOURCE_TYPES
from orchestr.policy.values import Json, Money, ValueRefused
from orchestr.refusal import Kind, Refusal

MOST_CONDITIONS = 8
MOST_TEXTS = 100
MOST_LONG = 200
type Bound = int | Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One field: of a text one of these, of an amount or a count from (with) and below (without).

    A count is added up over its places, an amount has to lie within on each address of the channel ("": of all),
    of a text one address is enough.
    """

    field: str
    channel: str = ""
    since: Bound | None = None
    below: Bound | None = None
    one_of: tuple[str, ...] = ()

    @classmethod
    def parse(cls, raw: Json) -> Self:
        """Read `{"field", "channel"?, "from"?, "below"?, "one_of"?}`. Refuses (422) whatever else."""
        if not isinstance(raw, Mapping) or not {"field"} <= set(raw) <= {"field", "channel", "from", "below", "one_of"}:
            raise _refused(
                "condition_shape", "A condition names its field and from, below or one_of, perhaps a channel."
            )
        field, channel = _text(raw["field"]), _text(raw.get("channel", ""), empty=True)
        if any(class_of(type, field) is not None for type in RESOURCE_TYPES if type != "message"):
            raise _refused("condition_class", f"What {field} holds is not shown to everybody, so no rule tells of it.")
        texts = _texts(raw["one_of"]) if "one_of" in raw else ()
        since, below = _bound(raw.get("from")), _bound(raw.get("below"))
        given = [each for each in (since, below) if each is not None]
        if bool(texts) == bool(given):
            raise _refused("condition_test", f"Say of {field} either which texts it is, or from and below which value.")
        if len(given) == 2 and not _rising(*given):
            raise _refused("condition_range", f"Of {field}, from lies below the end, in the same currency and tax.")
        return cls(field=field, channel=channel, since=since, below=below, one_of=texts)

    def wire(self) -> dict[str, Json]:
        found: dict[str, Json] = {"field": self.field}
        found |= {"channel": self.channel} if self.channel else {}
        found |= {"one_of": list(self.one_of)} if self.one_of else {}
        for name, bound in (("from", self.since), ("below", self.below)):
            if bound is not None:
                found[name] = bound.wire() if isinstance(bound, Money) else bound
        return found

    @property
    def unit(self) -> Money | None:
        """An amount in the currency and tax that it asks about; None where it asks about no amount."""
        return next((each for each in (self.since, self.below) if isinstance(each, Money)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """`types` of resources (none: all), and what has to be met; at least one condition."""

    types: tuple[str, ...] = ()
    every: tuple[Condition, ...]

    @classmethod
    def parse(cls, raw: Json) -> Self:
        """Read `{"types"?, "conditions"}`. Refuses (422), naming what cannot be so."""
        if not isinstance(raw, Mapping) or not {"conditions"} <= set(raw) <= {"types", "conditions"}:
            raise _refused("rule_shape", "A rule is an object with conditions, and perhaps types.")
        types, listed = raw.get("types", []), raw["conditions"]
        if not isinstance(types, list) or not all(isinstance(each, str) for each in types):
            raise _refused("rule_shape", "The types are a list of texts.")
        if unknown := sorted(set(types) - set(RESOURCE_TYPES)):
            raise _refused("rule_type", f"There is no type {unknown[0]}.")
        if not isinstance(listed, list) or not 0 < len(listed) <= MOST_CONDITIONS:
            raise _refused("rule_conditions", f"A rule has one to {MOST_CONDITIONS} conditions.")
        return cls(types=tuple(sorted(set(types))), every=tuple(Condition.parse(each) for each in listed))

    def wire(self) -> dict[str, Any]:
        return {"types": list(self.types), "conditions": [each.wire() for each in self.every]}


def _bound(raw: Json) -> Bound | None:
    if raw is None:
        return None
    if type(raw) is int:
        if abs(raw) < 2**53:
            return raw
        raise _refused("condition_bound", "A bound is a whole number below 2^53.")
    try:
        return Money.parse(raw)
    except ValueRefused as wrong:
        raise _refused("condition_bound", f"A bound is a whole number or an amount. {wrong}") from None


def _rising(since: Bound, below: Bound) -> bool:
    if isinstance(since, Money) and isinstance(below, Money):
        return since.comparable(below) and since.amount < below.amount
    return isinstance(since, int) and isinstance(below, int) and since < below


def _texts(raw: Json) -> tuple[str, ...]:
    if not isinstance(raw, list) or not 0 < len(raw) <= MOST_TEXTS:
        raise _refused("condition_texts", f"Name one to {MOST_TEXTS} texts.")
    return tuple(sorted({_text(each) for each in raw}))


def _text(raw: Json, *, empty: bool = False) -> str:
    if not isinstance(raw, str) or len(raw) > MOST_LONG or "\0" in raw or not (raw.strip() or empty):
        raise _refused("condition_text", f"A text is no longer than {MOST_LONG} characters and not empty.")
    return raw


def _refused(code: str, message: str) -> Refusal:
    return Refusal(Kind.UNPROCESSABLE, code, message, next="Change the condition and look at what it holds.")
