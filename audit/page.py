"""The page of a bundle: one file that checks the bundle in any browser, offline, and shows its events.

It carries the small members; the events stay in their own file, which the reader picks. No Django.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from audit.bundle import Part, blocks_of

CARRIED = ("bundle.json", "checkpoint", "keys", "numbers", "proof", "consistency.json")
_TEMPLATE = Path(__file__).with_name("page.html")
_STYLE = Path(__file__).with_name("page.css")
_SCRIPT = Path(__file__).with_name("page.js")


def page(parts: Mapping[str, Part]) -> bytes:
    """`index.html` of a bundle with these members: the same bytes for the same members."""
    return b"".join(page_blocks(parts))


def page_blocks(parts: Mapping[str, Part]) -> Iterator[bytes]:
    """The same, block by block: the members may be large."""
    style, script = _STYLE.read_text(), _SCRIPT.read_text()
    filled = {
        "{style}": style,
        "{script}": script,
        "{style_hash}": _hash(style),
        "{script_hash}": _hash(script),
    }
    before, after = _TEMPLATE.read_text().split("{bundle}")
    yield _filled(before, filled)
    for place, name in enumerate(sorted(CARRIED)):
        yield f'{", " if place else "{"}"{name}": "'.encode()
        yield from _in_base64(parts[name])
        yield b'"'
    yield b"}" + _filled(after, filled)


def _filled(text: str, values: Mapping[str, str]) -> bytes:
    for place, value in values.items():
        text = text.replace(place, value)
    return text.encode()


def _in_base64(part: Part) -> Iterator[bytes]:
    rest = b""
    for block in blocks_of(part):
        whole = rest + block
        cut = len(whole) - len(whole) % 3
        rest = whole[cut:]
        yield base64.b64encode(whole[:cut])
    yield base64.b64encode(rest)


def _hash(text: str) -> str:
    """As a content security policy names what may run."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
