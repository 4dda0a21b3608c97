"""Field classes: what a right to see a segment alone does not show."""

from collections.abc import Collection

COST = "cost"
PERSONAL = "personal"
_COST_FIELDS = frozenset({"cost", "purchase_price", "landed_cost", "minimum_price", "margin"})


def class_of(type: str, field: str) -> str | None:
    """The class that must be granted to read a field; None where seeing the segment is enough."""
    if field in _COST_FIELDS:
        return COST
    return PERSONAL if type == "message" else None


def readable(type: str, field: str, classes: Collection[str]) -> bool:
    """Whether a reader of these classes may see the field."""
    needed = class_of(type, field)
    return needed is None or needed in classes
