"""Where a page of resources ended, as an opaque text."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Self

from orchestr.refusal import Kind, Refusal


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last resource of a page: the next begins behind it, whatever was added before it."""

    type: str
    key: str

    @classmethod
    def read(cls, text: str) -> Self:
        try:
            parts = json.loads(base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
            type, key = parts
        except (ValueError, TypeError, binascii.Error, RecursionError):
            type = key = None
        if not isinstance(type, str) or not isinstance(key, str) or "\0" in type + key:
            raise Refusal(
                Kind.INVALID, "cursor", "This cursor is not one of ours.", next="Start again without a cursor."
            )
        return cls(type, key)

    def text(self) -> str:
        return base64.urlsafe_b64encode(json.dumps([self.type, self.key]).encode()).decode().rstrip("=")
