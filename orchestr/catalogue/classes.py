"""Field classes: what a right to see a segment alone does not show."""

from collections.abc import Collection

from orchestr.refusal import Kind, Refusal

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


def require_readable(type: str, field: str, classes: Collection[str]) -> None:
    """Refuse (403 `field_out_of_scope`) a field asked for by name whose class the reader was not granted."""
    needed = class_of(type, field)
    if needed is not None and needed not in classes:
        raise Refusal(
            Kind.FORBIDDEN,
            "field_out_of_scope",
            f"The field {field} is of the class {needed}, which no scope of yours reads.",
            next=f"Leave it out, or ask an admin for a scope that also reads {needed}; GET /api/v1/tools lists yours.",
            params={"type": type, "field": field, "class": needed},
        )
