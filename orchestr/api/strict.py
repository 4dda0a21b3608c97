"""Strict JSON at the door: no duplicate keys, no NaN or Infinity, bounded size and depth, texts that can be kept.

Python's own reader accepts all of these and falls over 100,000 brackets; RFC 8259 §4 and §9 leave
room for this, I-JSON (RFC 7493) asks for it.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from orchestr.refusal import Kind, Refusal

MOST_BYTES = 1_000_000
MOST_DEPTH = 32


def parse(body: bytes) -> Any:
    """The value of a request body. Raises Refusal: 413 when too large, 400 when not strict JSON."""
    if len(body) > MOST_BYTES:
        raise too_large(bytes=len(body))
    _refuse_deep(body)
    try:
        found = json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_constant, parse_float=_finite)
        if _UNWRITABLE.search(body):
            _refuse_unwritable(found)
    except (UnicodeError, ValueError) as wrong:
        raise _not_strict(str(wrong)[:200]) from None
    return found


def too_large(**params: int) -> Refusal:
    return Refusal(
        Kind.TOO_LARGE,
        "body_too_large",
        f"A body holds at most {MOST_BYTES:,} bytes.",
        next="Split it into several proposals.",
        params=params,
    )


def refuse_other_media(content_type: str) -> None:
    """Raise Refusal (415) where a body says of itself that it is something else than JSON."""
    if content_type and content_type != "application/json" and not content_type.endswith("+json"):
        raise Refusal(
            Kind.MEDIA,
            "not_json",
            "A body is JSON here, and this one says that it is something else.",
            next="Send it with `Content-Type: application/json`.",
        )


# Escapes of what no database text and no UTF-8 holds: U+0000, and halves of surrogate pairs (RFC 7493 §2.1).
_UNWRITABLE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def _refuse_deep(body: bytes) -> None:
    """Count brackets outside texts. A backslash outside a text ends the reading of it as JSON anyway."""
    plain = _ESCAPED.sub(b"", body) if b"\\" in body else body
    outside = b"".join(plain.split(b'"')[::2])
    depth = 0
    for bracket in outside.translate(None, _NOT_BRACKETS):
        if bracket in b"[{":
            depth += 1
            if depth > MOST_DEPTH:
                raise _not_strict(f"It is nested deeper than {MOST_DEPTH} levels.")
        else:
            depth -= 1


def _refuse_unwritable(found: Any) -> None:
    text = json.dumps(found, ensure_ascii=False)
    text.encode()  # raises for half of a pair
    if "\\u0000" in text.replace("\\\\", ""):
        raise ValueError("A text holds the character U+0000.")


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("A key stands twice in one object.")
    return found


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON.")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("A number is too large to hold.")
    return number


def _not_strict(why: str) -> Refusal:
    return Refusal(
        Kind.INVALID,
        "not_strict_json",
        f"The body is not strict JSON. {why}",
        next="Send one JSON value in UTF-8, each key once, without NaN or Infinity.",
    )
