"""The page of a bundle: one file that checks the bundle in any browser, offline, and shows its events.

It carries the small members; the events stay in their own file, which the reader picks. No Django.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

CARRIED = ("bundle.json", "checkpoint", "keys", "numbers", "proof", "consistency.json")
_TEMPLATE = Path(__file__).with_name("page.html")
_STYLE = Path(__file__).with_name("page.css")
_SCRIPT = Path(__file__).with_name("page.js")


def page(parts: Mapping[str, bytes]) -> bytes:
    """`index.html` of a bundle with these members: the same bytes for the same members."""
    carried = {}
    for name in CARRIED:
        carried[name] = base64.b64encode(parts[name]).decode()
    style, script = _STYLE.read_text(), _SCRIPT.read_text()
    filled = {
        "{style}": style,
        "{script}": script,
        "{style_hash}": _hash(style),
        "{script_hash}": _hash(script),
        "{bundle}": json.dumps(carried, sort_keys=True),
    }
    text = _TEMPLATE.read_text()
    for place, value in filled.items():
        text = text.replace(place, value)
    return text.encode()


def _hash(text: str) -> str:
    """As a content security policy names what may run."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
