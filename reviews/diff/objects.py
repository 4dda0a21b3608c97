"""What changes within a value that has parts: a promotion, the order of a collection, a message.

A reader looks at the parts that differ, each by its name and with its unit; what stays as it was is only named. A list
that keeps its members tells which of them moved, another one which came and which went.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from orchestr.policy.values import Json
from reviews.templatetags.show import NONE, exact, percent_bp, wire_value

PARTS: Mapping[str, str | Promise] = {
    "title": gettext_lazy("Title"),
    "body": gettext_lazy("Text"),
    "percent_bp": gettext_lazy("Off"),
    "discount_bp": gettext_lazy("Promised discount"),
    "promotion": gettext_lazy("Promotion"),
    "skus": gettext_lazy("SKUs"),
    "starts_at": gettext_lazy("Starts"),
    "ends_at": gettext_lazy("Ends"),
    "send_at": gettext_lazy("Goes out"),
    "audience": gettext_lazy("Customers"),
    "frequency_7d": gettext_lazy("Messages to each in 7 days"),
    "consent": gettext_lazy("They agreed to messages"),
    "products": gettext_lazy("Products"),
    "hero": gettext_lazy("Opens with"),
    "columns": gettext_lazy("Columns"),
    "announced": gettext_lazy("Announced"),
}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A member of a list and its place, counted from one."""

    name: str
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part that differs. `before` and `after` are words; a list tells its members instead."""

    label: str
    before: str = ""
    after: str = ""
    came: tuple[str, ...] = ()
    went: tuple[str, ...] = ()
    moved: tuple[Moved, ...] = ()


@dataclass(frozen=True, slots=True)
class Parts:
    changed: tuple[Part, ...]
    same: tuple[str, ...]


def has_parts(value: Json) -> bool:
    """Whether a value is read by its parts: an object that is no amount of money."""
    return isinstance(value, Mapping) and not {"amount", "currency"} <= value.keys()


def parts_of(before: Json, after: Json) -> Parts:
    """What differs, in the order of the value that is to be, and the names of what does not."""
    old, new = before if has_parts(before) else {}, after if has_parts(after) else {}
    changed, same = [], []
    for name in dict.fromkeys((*new, *old)):
        if name in old and name in new and old[name] == new[name]:
            same.append(label_of(name))
        elif _is_list(old.get(name)) or _is_list(new.get(name)):
            changed.append(_listed(name, old.get(name) or [], new.get(name) or []))
        else:
            changed.append(
                Part(label=label_of(name), before=_words(name, old.get(name)), after=_words(name, new.get(name)))
            )
    return Parts(tuple(changed), tuple(same))


def label_of(name: str) -> str:
    return str(PARTS.get(name) or name.replace("_", " ").capitalize())


def _is_list(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(each, str | int) for each in value)


def _listed(name: str, before: Sequence[Json], after: Sequence[Json]) -> Part:
    old, new = [str(each) for each in before], [str(each) for each in after]
    if sorted(old) == sorted(new):
        places = {each: place for place, each in enumerate(old, start=1)}
        moved = tuple(
            Moved(name=each, before=places[each], after=place)
            for place, each in enumerate(new, start=1)
            if places[each] != place
        )
        return Part(label=label_of(name), moved=moved)
    return Part(
        label=label_of(name),
        came=tuple(each for each in new if each not in old),
        went=tuple(each for each in old if each not in new),
    )


def _words(name: str, value: Json) -> str:
    if value is None or value == "":
        return NONE
    if name.endswith("_bp") and type(value) is int:
        return percent_bp(value, 0 if value % 100 == 0 else 2)
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        with suppress(ValueError):
            return exact(datetime.fromisoformat(value))
    if isinstance(value, Mapping) and has_parts(value):
        return " · ".join(f"{label_of(key)}: {_words(key, each)}" for key, each in value.items())
    return wire_value(value)
