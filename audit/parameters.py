"""The kinds of value an audit event may hold: ids, codes, numbers, times. Never free text.

A kind is a name and a check. A *word* is printable text without spaces, at most 160 characters:
enough for every id, code and business key, too little for a sentence.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from audit.canonical import Json

_HEX64 = re.compile(r"(sha256:)?[0-9a-f]{64}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
_MOST = 20_000  # parts of one value: a change set of ten thousand may rest on twice as many facts


@dataclass(frozen=True, slots=True)
class ParameterKind:
    """What one named parameter may hold; null is always allowed."""

    name: str
    accepts: Callable[[Json], bool]


def is_word(value: Json) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 160 and value.isprintable() and " " not in value


def _is_number(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_id(value: Json) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return str(UUID(value)) == value
    except ValueError:
        return False


def _is_scalar(value: Json) -> bool:
    return value is None or isinstance(value, bool | int) or is_word(value)


def _is_list_of(check: Callable[[Json], bool]) -> Callable[[Json], bool]:
    return lambda value: isinstance(value, list) and len(value) <= _MOST and all(check(part) for part in value)


def _is_flat(value: Json) -> bool:
    return (
        isinstance(value, dict)
        and len(value) <= _MOST
        and all(is_word(key) and (_is_scalar(part) or _is_list_of(_is_scalar)(part)) for key, part in value.items())
    )


def _is_counts(value: Json) -> bool:
    return (
        isinstance(value, dict) and len(value) <= _MOST and all(is_word(k) and _is_number(v) for k, v in value.items())
    )


ID = ParameterKind("id", _is_id)
IDS = ParameterKind("list of ids", _is_list_of(_is_id))
WORD = ParameterKind("code or key, one word", is_word)
WORDS = ParameterKind("list of codes or keys", _is_list_of(is_word))
NUMBER = ParameterKind("whole number", _is_number)
NUMBERS = ParameterKind("list of whole numbers", _is_list_of(_is_number))
FLAG = ParameterKind("yes or no", lambda value: isinstance(value, bool))
DIGEST = ParameterKind("SHA-256 in hexadecimal", lambda value: isinstance(value, str) and bool(_HEX64.fullmatch(value)))
TIME = ParameterKind("UTC time", lambda value: isinstance(value, str) and bool(_TIME.fullmatch(value)))
COUNTS = ParameterKind("counts by code", _is_counts)
FLAT = ParameterKind("flat object of codes and numbers", _is_flat)
ROWS = ParameterKind("list of flat objects of codes and numbers", _is_list_of(_is_flat))

WITHHELD = "withheld"


def withhold_text(params: object) -> Json:
    """`params` as a flat object in which whatever is no id, code or number reads `withheld`.

    For refusals alone: what was refused may be hostile and must still leave its one event.
    """
    if not isinstance(params, dict):
        return {}
    kept: dict[str, Json] = {}
    for key, part in list(params.items())[:40]:
        if not is_word(key):
            continue
        kept[key] = [_withhold(each) for each in list(part)[:40]] if isinstance(part, list | tuple) else _withhold(part)
    return kept


def _withhold(value: object) -> Json:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value) if abs(value) < 2**53 else WITHHELD
    if value is None or isinstance(value, bool):
        return value
    return str(value) if isinstance(value, str) and is_word(str(value)) else WITHHELD
