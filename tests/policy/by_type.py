"""Facts made from their own types, so that a fact added later is drawn without a line here."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from orchestr.policy.rules import RULES
from orchestr.policy.values import Money
from tests.policy.cases import AT

CURRENCIES = st.sampled_from(["EUR", "EUR", "EUR", "GBP", "SEK"])
MONEY = st.builds(Money, st.integers(-10, 30_000), CURRENCIES, st.sampled_from([2, 2, 2, 3]))
LIKELY_MONEY = st.one_of(st.integers(5_000, 15_000).map(lambda amount: Money(amount, "EUR")), MONEY)
INDEXES = st.lists(st.integers(0, 5), unique=True, max_size=4).map(tuple)

# What a text or number may be, by the name of its field; the rest is drawn from what the cases speak of.
TEXTS: Mapping[str, list[str]] = {
    "channel": ["web-de", "web-uk"],
    "segment": ["apparel", "gear"],
    "currency": ["EUR", "GBP"],
    "agent": ["repricer", "copywriter"],
    "rule": sorted(RULES),
    "sku": ["SKU-0", "thing-0", "thing-1"],
    "country": ["DE", "GB"],
    "track": ["", "pprb", "bbbbbbbbbb", "rrrrrrrrpp", "pppppppppppppppppppp"],
}
OTHER_TEXTS = ["apparel", "gear", "repricer", "thing-0", "thing-1", "TRAIL0", "e1", "claimed", "guarantee"]
MOMENTS = st.one_of(st.integers(1, 86_400), st.integers(-40 * 86_400, 40 * 86_400)).map(lambda offset: AT + offset)


def made_of(cls: type[Any]) -> st.SearchStrategy[Any]:
    """Any value of a frozen dataclass or named tuple, drawn from the types of its fields."""
    hints = get_type_hints(cls)
    if not is_dataclass(cls):
        return st.builds(cls, **{name: _of(name, hint, required=True) for name, hint in hints.items()})
    return st.builds(
        cls,
        **{
            part.name: _of(part.name, hints[part.name], required=part.default is MISSING)
            for part in fields(cls)
            if part.init
        },
    )


def optional_parts(cls: type[Any], known: frozenset[str]) -> dict[str, st.SearchStrategy[Any]]:
    """A strategy for each field that need not be given and is not `known`."""
    hints = get_type_hints(cls)
    return {
        part.name: _of(part.name, hints[part.name], required=False)
        for part in fields(cls)
        if part.name not in known and part.default is not MISSING
    }


def _of(name: str, hint: Any, *, required: bool) -> st.SearchStrategy[Any]:
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        others = [_of(name, part, required=True) for part in parts if part is not type(None)]
        return st.one_of(*others, *([st.none()] if type(None) in parts else []))
    if origin is Literal:
        return st.sampled_from(parts)
    if origin is tuple:
        return _tuple(name, parts)
    if hint is Money:
        return LIKELY_MONEY
    if hint is bool:
        return st.booleans()
    if hint is int:
        return _number(name)
    if hint is str:
        words = TEXTS.get(name, OTHER_TEXTS)
        return st.sampled_from(words if required else ["", *words])
    if isinstance(hint, type) and (is_dataclass(hint) or hasattr(hint, "_fields")):
        return made_of(hint)
    raise NotImplementedError(f"nobody has said what a {name} of type {hint} may be")


def _tuple(name: str, parts: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if len(parts) == 2 and parts[1] is Ellipsis:
        if parts[0] is int:
            return INDEXES
        if parts[0] is str:
            return st.lists(st.sampled_from(OTHER_TEXTS), unique=True, max_size=3).map(tuple)
        return st.lists(_of(name, parts[0], required=True), max_size=2, unique_by=_identity).map(tuple)
    return st.tuples(*(_of("channel" if part is str else name, part, required=True) for part in parts))


def _identity(one: Any) -> Any:
    """What tells two rows of a table apart: a pair's first part, else the names and numbers that identify."""
    if isinstance(one, tuple) and not hasattr(one, "_fields"):
        return one[0]
    names = (
        "id",
        "scope",
        "purse",
        "segment",
        "channel",
        "sku",
        "country",
        "index",
        "proposal",
        "evidence",
        "key",
        "thing",
    )
    return tuple(repr(getattr(one, name)) for name in names if hasattr(one, name))


def _number(name: str) -> st.SearchStrategy[int]:
    if name == "index":
        return st.integers(0, 5)
    if name == "exponent":
        return st.sampled_from([2, 2, 2, 3])
    if name == "minute":
        return st.integers(0, 1_439)
    if name == "until":
        return st.integers(-60, 40 * 86_400).map(lambda offset: AT + offset)
    if name in ("at", "due", "known_since", "send_at", "starts_at", "ends_at"):
        return MOMENTS
    return st.one_of(st.integers(0, 10), st.integers(0, 20_000), st.integers(0, 3_000_000))
