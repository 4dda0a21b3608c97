"""Typed rule parameters: each says its unit, its bounds and which way is tighter.

A rule's parameters are a frozen dataclass whose fields are made by the functions here; `parse` and
`wire` turn them from and to JSON, `compare` says whether one value is tighter than another.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, Literal

from orchestr.policy.findings import RANK
from orchestr.policy.values import MAX_AMOUNT, Json, Money, ValueRefused

Kind = Literal["number", "effect", "functions", "texts", "moneys"]
Tighter = Literal["lower", "higher", "stricter", "more", "fewer"]
Comparison = Literal["same", "tighter", "looser", "mixed"]

DECIDING_FUNCTIONS = ("finance", "legal", "merchandising")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What a form needs to know of a parameter. `optional` numbers may be None: no such limit."""

    kind: Kind
    unit: str
    tighter: Tighter
    help: str
    minimum: int = 0
    maximum: int = MAX_AMOUNT
    optional: bool = False
    valid: Callable[[str], bool] | None = None  # what a text must pass to stand in the list


class ParameterRefused(ValueRefused):
    """A rule or parameter that is unknown or cannot hold this value; `rule` and `parameter` name it."""

    def __init__(self, code: str, message: str, *, rule: str = "", parameter: str = "") -> None:
        super().__init__(code, message)
        self.rule = rule
        self.parameter = parameter


def number(
    default: int | None,
    *,
    unit: str,
    tighter: Tighter,
    help: str,
    minimum: int = 0,
    maximum: int = MAX_AMOUNT,
    optional: bool = False,
) -> Any:
    """A whole number in `unit` (bp, items, units, seconds)."""
    spec = Spec(
        kind="number", unit=unit, tighter=tighter, help=help, minimum=minimum, maximum=maximum, optional=optional
    )
    return field(default=default, metadata={"spec": spec})


def effect(default: str, *, help: str) -> Any:
    """What follows: info, single, dual or refuse."""
    return field(default=default, metadata={"spec": Spec(kind="effect", unit="effect", tighter="stricter", help=help)})


def functions(*default: str, help: str) -> Any:
    """The functions demanded, each filled by another person."""
    spec = Spec(kind="functions", unit="functions", tighter="more", help=help)
    return field(default=default, metadata={"spec": spec})


def texts(
    *default: str,
    unit: str,
    tighter: Literal["more", "fewer"],
    help: str,
    valid: Callable[[str], bool] | None = None,
) -> Any:
    """A list of words or keys; `tighter` says whether more of them or fewer is the stricter way."""
    spec = Spec(kind="texts", unit=unit, tighter=tighter, help=help, valid=valid)
    return field(default=default, metadata={"spec": spec})


def moneys(*default: Money, help: str) -> Any:
    """One limit for each currency; a currency without a limit is judged strictest by the rule."""
    return field(default=default, metadata={"spec": Spec(kind="moneys", unit="money", tighter="lower", help=help)})


def specs(params: type[Any]) -> dict[str, Spec]:
    return {part.name: part.metadata["spec"] for part in fields(params)}


def parse(rule: str, params: type[Any], raw: Json) -> Any:
    """Parameters from JSON; what is left out takes its default. Raises ParameterRefused."""
    if not isinstance(raw, Mapping):
        raise ParameterRefused("parameters_shape", "The parameters of a rule are an object.", rule=rule)
    known: dict[str, Field[Any]] = {part.name: part for part in fields(params)}
    if unknown := sorted(set(raw) - set(known)):
        raise ParameterRefused(
            "unknown_parameter", f"The rule {rule} has no parameter {unknown[0]!r}.", rule=rule, parameter=unknown[0]
        )
    return params(**{name: _value(rule, name, known[name].metadata["spec"], part) for name, part in raw.items()})


def wire(params: Any) -> dict[str, Json]:
    """Every parameter, defaults included, so that a later default changes no published policy."""
    return {part.name: _value_wire(getattr(params, part.name)) for part in fields(params)}


def default_of(params: type[Any], name: str) -> Any:
    found = next(part for part in fields(params) if part.name == name)
    if found.default is MISSING:
        raise LookupError(f"{name} has no default")
    return found.default


def compare(spec: Spec, old: Any, new: Any) -> Comparison:
    """Whether `new` can only judge as strictly or more strictly than `old`."""
    if old == new:
        return "same"
    if spec.kind == "number":
        if old is None or new is None:
            return "tighter" if old is None else "looser"
        return "tighter" if (new < old) == (spec.tighter == "lower") else "looser"
    if spec.kind == "effect":
        return "tighter" if RANK[new] > RANK[old] else "looser"
    if spec.kind == "moneys":
        return _compare_moneys(old, new)
    gone, come = set(old) - set(new), set(new) - set(old)
    if gone and come:
        return "mixed"
    if not gone and not come:
        return "same"
    return "tighter" if bool(come) == (spec.tighter == "more") else "looser"


def _compare_moneys(old: tuple[Money, ...], new: tuple[Money, ...]) -> Comparison:
    """A limit taken away makes its currency strictest, so that is tighter."""
    before = {(one.currency, one.exponent): one.amount for one in old}
    after = {(one.currency, one.exponent): one.amount for one in new}
    looser = any(key not in before or amount > before[key] for key, amount in after.items())
    tighter = any(key not in after or after[key] < amount for key, amount in before.items())
    if looser:
        return "mixed" if tighter else "looser"
    return "tighter" if tighter else "same"


_WORD = re.compile(r"[^\x00-\x1f\x7f]{1,120}")


def _value(rule: str, name: str, spec: Spec, raw: Json) -> Any:
    def refused(wanted: str) -> ParameterRefused:
        return ParameterRefused(
            "parameter_value", f"{name} of the rule {rule} must be {wanted}.", rule=rule, parameter=name
        )

    match spec.kind:
        case "number":
            if raw is None and spec.optional:
                return None
            if type(raw) is not int or not spec.minimum <= raw <= spec.maximum:
                raise refused(f"a whole number ({spec.unit}) from {spec.minimum} to {spec.maximum}")
            return raw
        case "effect":
            if not isinstance(raw, str) or raw not in RANK:
                raise refused("info, single, dual or refuse")
            return raw
        case "moneys":
            if not isinstance(raw, list):
                raise refused("a list of amounts")
            limits = tuple(Money.parse(one) for one in raw)
            if len({one.currency for one in limits}) != len(limits) or any(one.amount < 0 for one in limits):
                raise refused("at most one amount for each currency, none negative")
            return limits
    if not isinstance(raw, list) or not all(isinstance(one, str) and _WORD.fullmatch(one) for one in raw):
        raise refused("a list of texts")
    if len(set(raw)) != len(raw):
        raise refused("a list in which nothing stands twice")
    if spec.kind == "functions" and not set(raw) <= set(DECIDING_FUNCTIONS):
        raise refused("a list of functions that decide: " + ", ".join(DECIDING_FUNCTIONS))
    if spec.valid is not None and not all(map(spec.valid, raw)):
        raise refused(f"a list of {spec.unit}: {spec.help}")
    return tuple(raw)


def _value_wire(value: Any) -> Json:
    if isinstance(value, tuple):
        return [one.wire() if isinstance(one, Money) else one for one in value]
    return value
