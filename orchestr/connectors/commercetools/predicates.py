"""Texts of commercetools' query language."""

import json
from collections.abc import Iterable


def quoted(text: str) -> str:
    """A text as the query language spells it; it escapes like JSON."""
    return json.dumps(text, ensure_ascii=False)


def any_of(field: str, values: Iterable[str]) -> str:
    """`field in ("a", "b")`. Give it at least one value."""
    return f"{field} in ({', '.join(quoted(value) for value in sorted(set(values)))})"
