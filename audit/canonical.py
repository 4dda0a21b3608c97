"""Canonical bytes of a fact: RFC 8785 for what an audit event may hold.

Objects, lists, text, whole numbers, booleans and null. Floats are refused rather than rounded, and
whole numbers stay within what every JSON reader holds exactly.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

type Json = bool | int | str | list[Json] | dict[str, Json] | None

LARGEST = 2**53 - 1
_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def plain(value: Any) -> Json:
    """`value` as canonical JSON types: keys in UTF-16 order, ids and UTC times as text.

    Raises TypeError for floats and anything else that has no exact JSON form, ValueError for whole
    numbers beyond 2^53 - 1, naive times and text that holds NUL (PostgreSQL cannot store it).
    """
    if type(value) is str and "\0" not in value:
        return value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("an audit event holds no NUL character")
        return str(value)
    if isinstance(value, int):
        if abs(value) > LARGEST:
            raise ValueError(f"{value} is beyond the whole numbers JSON readers hold exactly")
        return int(value)
    return _composed(value)


def _composed(value: Any) -> Json:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, dict | Mapping):  # a dict is known as one without asking the abstract class
        if not all(isinstance(key, str) for key in value):
            raise TypeError("the keys of an audit event are text")
        # UTF-16 in big endian sorts ASCII as Python does, and nearly every key is ASCII.
        ordered = sorted(value) if all(map(str.isascii, value)) else sorted(value, key=_utf16)
        return {str(key): plain(value[key]) for key in ordered}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    raise TypeError(f"an audit event holds no {type(value).__name__}")


def _utf16(key: str) -> bytes:
    # RFC 8785 sorts by UTF-16 code units, which differs from code points beyond the basic plane.
    return key.encode("utf-16-be")


def encode(value: Json) -> str:
    """The canonical text of a value that `plain` returned."""
    return "null" if value is None else _ENCODER.encode(value)  # half of what an event's columns hold


def canonical(value: Any) -> bytes:
    """The RFC 8785 bytes of `value`; raises as `plain` does."""
    return encode(plain(value)).encode()


def instant(at: datetime) -> str:
    """RFC 3339 in UTC to the microsecond. Naive times raise ValueError."""
    if at.tzinfo is None:
        raise ValueError("an audit event needs a time with a zone")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
