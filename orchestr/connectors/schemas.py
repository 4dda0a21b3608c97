"""JSON Schemas that tools of every connector share, so that agents see one shape everywhere."""

from orchestr.policy.values import Json

MONEY: dict[str, Json] = {
    "type": "object",
    "properties": {
        "amount": {"type": "integer", "minimum": 0, "description": "Minor units."},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "exponent": {"type": "integer", "minimum": 0, "maximum": 4},
        "tax": {"enum": ["included", "excluded"]},
    },
    "required": ["amount", "currency", "exponent", "tax"],
    "additionalProperties": False,
}
ANNOUNCED: dict[str, Json] = {
    "type": "object",
    "description": "What buyers are told of the reduction. Left out, the percentage taken off is what they are told.",
    "properties": {
        "reference": MONEY | {"description": "The earlier price that is struck through."},
        "percent_bp": {"type": "integer", "minimum": 0, "maximum": 10_000},
        "progressive_since": {
            "type": "string",
            "format": "date-time",
            "description": "When the first of a row of reductions began, each going further without a break.",
        },
    },
    "minProperties": 1,
    "additionalProperties": False,
}
COUNT: dict[str, Json] = {"type": "integer", "minimum": 0, "maximum": 2_147_483_647}
SWITCH: dict[str, Json] = {"enum": [0, 1]}
EMPTY: dict[str, Json] = {"type": "object", "properties": {}, "additionalProperties": False}
WRITTEN: dict[str, Json] = {
    "type": "object",
    "properties": {"outcome": {"enum": ["accepted", "rejected", "conflict", "not_sent", "ambiguous"]}},
    "required": ["outcome"],
}


def text(*, max_length: int) -> dict[str, Json]:
    return {"type": "string", "minLength": 1, "maxLength": max_length}


def change(*, id: str, value: dict[str, Json], address: tuple[str, ...] = ()) -> dict[str, Json]:
    """A change of one value: the business key (described by `id`), the address parts it needs, before, after."""
    parts = {part: {"type": "string", "minLength": 1} for part in address}
    return {
        "type": "object",
        "properties": {
            "id": {"type": "string", "description": id},
            "address": {"type": "object", "properties": parts, "required": list(address)},
            "before": {"anyOf": [value, {"type": "null"}]},
            "after": {"anyOf": [value, {"type": "null"}]},
        },
        "required": ["id", "address", "before", "after"],
        "additionalProperties": False,
    }
