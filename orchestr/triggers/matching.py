"""Which trigger an event is for, what it is about, and which events are one. Pure."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from orchestr.policy.values import Json, canonical
from orchestr.runs.events import SourceEvent
from orchestr.triggers.definition import Condition, Definition

MOST_TARGETS = 1_000


class Unreadable(ValueError):
    """The event does not say what its trigger needs to know; `code` says what."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an event is about: things as type/id, the channel, and the value with which it comes."""

    targets: tuple[str, ...]
    channel: str
    value: Json


def matches(*, key: str, definition: Definition, event: SourceEvent) -> bool:
    """Whether the pattern takes the event. A trigger that makes its own events takes those alone."""
    if definition.on != "event":
        return event.source == source_of(key)
    if not any(_like(event.type, pattern) for pattern in definition.types):
        return False
    return not definition.sources or event.source.startswith(definition.sources)


def source_of(key: str) -> str:
    """Where the events come from that a trigger makes for itself."""
    return f"trigger:{key}"


def holds(conditions: Iterable[Condition], data: dict[str, Json]) -> bool:
    """Whether all of them hold. A field that is not there fulfils none but `differs`."""
    return all(_holds(each, at_path(data, each.field)) for each in conditions)


def subject_of(definition: Definition, event: SourceEvent) -> Subject:
    """What the event is about. Raises Unreadable where the value is missing that tells events apart."""
    value = at_path(event.data, definition.value) if definition.value else None
    if definition.value and value is None:
        raise Unreadable("value_missing")
    if _has_fraction(value):
        raise Unreadable("value_has_fraction")
    if definition.bucket and not _is_whole(value):
        raise Unreadable("value_not_whole")
    channel = event.data.get("channel")
    return Subject(targets=_targets(event), channel=channel[:60] if isinstance(channel, str) else "", value=value)


def dedupe_key(definition: Definition, subject: Subject) -> str:
    """What two events share that are one: targets, intent and the bucket of the value. 64 hexadecimal digits."""
    value = subject.value
    if definition.bucket and isinstance(value, int):
        value = value // definition.bucket
    told: Json = [sorted(subject.targets), definition.intent, subject.channel, value]
    return hashlib.sha256(canonical(told)).hexdigest()


def at_path(data: Json, path: str) -> Json:
    """The value at a path with dots; None where there is none."""
    found: Any = data
    for part in path.split("."):
        if not isinstance(found, dict) or part not in found:
            return None
        found = found[part]
    return found


def _targets(event: SourceEvent) -> tuple[str, ...]:
    items = event.data.get("items")
    named: list[str] = []
    if isinstance(items, list):
        if len(items) > MOST_TARGETS:
            raise Unreadable("too_many_items")
        for item in items:
            if not (isinstance(item, dict) and isinstance(item.get("type"), str) and isinstance(item.get("id"), str)):
                raise Unreadable("items_unreadable")
            named.append(f"{item['type']}/{item['id']}")
    else:
        named = event.subject.split()
    return tuple(dict.fromkeys(named))


def _holds(condition: Condition, value: Json) -> bool:
    match condition.test:
        case "given":
            return value is not None
        case "equals":
            return type(value) is type(condition.value) and value == condition.value
        case "differs":
            return type(value) is not type(condition.value) or value != condition.value
        case "among":
            return isinstance(condition.value, list) and value in condition.value
        case "above":
            return _is_whole(value) and value > condition.value
        case "below":
            return _is_whole(value) and value < condition.value


def _is_whole(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _has_fraction(value: Json) -> bool:
    """Fractions cannot be hashed exactly: money and counts are whole numbers here."""
    if isinstance(value, dict):
        return any(_has_fraction(each) for each in value.values())
    if isinstance(value, list):
        return any(_has_fraction(each) for each in value)
    return isinstance(value, float)


def _like(type: str, pattern: str) -> bool:
    return type.startswith(pattern[:-1]) if pattern.endswith("*") else type == pattern
