"""The texts of a bundle's members: JSON, runs of numbers and hashes, each in the one way it is written. No Django.

Whoever reads them is strict: what could be written in two ways could be changed without a trace.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from audit.bundle import BundleBad
from audit.proofs import Span

SCHEMA = {
    "encoding": "canonical JSON (RFC 8785), one event a line, UTF-8",
    "leaf": "SHA-256 of the byte 0 and the line without its line feed (RFC 6962)",
    "fields": {
        "about": "ids of what the event is about, by kind",
        "account": "the sign-in a person used, or null",
        "action": "what happened, in the past tense",
        "actor": "who did it: id and kind (person, agent, worker, system)",
        "at": "when it happened, RFC 3339, UTC, microseconds",
        "data": "the parameters of the action",
        "for": "on whose behalf, or null",
        "id": "UUIDv7 of the event",
        "request": "the request it belongs to, or null",
        "segments": "the segments one must see to see it",
        "v": "the version of this shape",
    },
}


def dumped(value: Any) -> bytes:
    """JSON in the one form that members of a bundle have."""
    return (json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode()


def loaded(parts: dict[str, bytes], name: str) -> Any:
    """A JSON member. Raises BundleBad where it is not JSON in the one form it has."""
    try:
        value = json.loads(parts[name], parse_constant=_no_number)
        same = dumped(value) == parts[name]
    except (ValueError, RecursionError) as error:
        raise BundleBad(name, "It is no JSON.") from error
    if not same:
        raise BundleBad(name, "It is not written as a bundle writes it.")
    return value


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


def written_numbers(spans: Sequence[Span]) -> bytes:
    return "".join(f"{first}-{end - 1}\n" for first, end in spans).encode()


def read_numbers(text: bytes) -> list[Span]:
    """The runs of `numbers`; that they rise and lie apart is for the proof to check. Raises BundleBad."""
    spans: list[Span] = []
    for place, line in enumerate(_lines(text, "numbers"), 1):
        first, _, last = line.partition("-")
        if not (_plain(first) and _plain(last)):
            raise BundleBad(f"numbers, line {place}", "It is no run of numbers.")
        spans.append((int(first), int(last) + 1))
    return spans


def written_hashes(hashes: Iterable[bytes]) -> bytes:
    return "".join(f"{part.hex()}\n" for part in hashes).encode()


def stored_numbers(path: Path) -> Iterator[Span]:
    """The runs of a file of numbers that was just written, one after another."""
    with path.open() as file:
        for line in file:
            first, _, last = line.partition("-")
            yield int(first), int(last) + 1


def read_hashes(text: bytes, name: str) -> list[bytes]:
    """Hexadecimal hashes, one a line. Raises BundleBad."""
    return [read_hash(line, f"{name}, line {place}") for place, line in enumerate(_lines(text, name), 1)]


def read_hash(text: object, place: str) -> bytes:
    """A hash in the one way it is written: 64 digits in lower case. Raises BundleBad."""
    if not isinstance(text, str) or len(text) != 64 or text.strip("0123456789abcdef"):
        raise BundleBad(place, "It is no hash.")
    return bytes.fromhex(text)


def text_of(parts: dict[str, bytes], name: str) -> str:
    """A member that is text. Raises BundleBad."""
    try:
        return parts[name].decode()
    except UnicodeDecodeError as error:
        raise BundleBad(name, "It is no text.") from error


def _lines(text: bytes, name: str) -> list[str]:
    try:
        known = text.decode("ascii")
    except UnicodeDecodeError as error:
        raise BundleBad(name, "It is no text.") from error
    if known and not known.endswith("\n"):
        raise BundleBad(name, "Its last line does not end.")
    return known.split("\n")[:-1]


def _plain(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18 and (text == "0" or text[0] != "0")
