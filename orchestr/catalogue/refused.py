"""The refusals of a plan: each names the change, the cause and the next step."""

from typing import TYPE_CHECKING, Any

from orchestr.policy.values import Json
from orchestr.refusal import Kind, Refusal

if TYPE_CHECKING:
    from orchestr.catalogue.plans import ProposedChange


def no_changes() -> Refusal:
    return Refusal(
        Kind.UNPROCESSABLE,
        "no_changes",
        "A change set holds at least one change.",
        next="Name what should change, from which value to which.",
    )


def too_many(count: int, limit: int) -> Refusal:
    return Refusal(
        Kind.TOO_LARGE,
        "too_many_changes",
        f"A change set holds at most {limit:,} changes; this one holds {count:,}.",
        next="Split it into several proposals.",
        params={"count": count, "limit": limit},
    )


def malformed(index: int) -> Refusal:
    return Refusal(
        Kind.INVALID,
        "malformed_change",
        f"Change {index} does not name its type, id and field as texts.",
        next="Send every change with type, id, field, address, before and after.",
        params={"index": index},
    )


def wrong_address(index: int, code: str, message: str) -> Refusal:
    return Refusal(
        Kind.UNPROCESSABLE,
        code,
        f"Change {index} has no readable address. {message}",
        next="Copy the address from the catalogue.",
        params={"index": index},
    )


def unknown_resource(change: "ProposedChange") -> Refusal:
    return _about(
        change,
        "unknown_resource",
        "names nothing that the catalogue knows",
        "Look it up at /api/v1/catalogue/resources.",
    )


def unknown_field(change: "ProposedChange") -> Refusal:
    return _about(change, "unknown_field", "names a field that no system holds for it", "Read its fields first.")


def unknown_address(change: "ProposedChange") -> Refusal:
    return _about(
        change, "unknown_address", "names an address that has no value", "Copy the address from the catalogue."
    )


def not_its_owner(change: "ProposedChange") -> Refusal:
    return _about(
        change,
        "not_its_owner",
        "names a system that does not hold this field",
        "Leave the system out: the catalogue plans who is written.",
    )


def not_writable(change: "ProposedChange") -> Refusal:
    return _about(change, "not_writable", "changes a field that cannot be written", "Leave it out.")


def connector_missing(change: "ProposedChange") -> Refusal:
    return Refusal(
        Kind.UNAVAILABLE,
        "connector_missing",
        f"Change {change.index} concerns a system whose connector is not installed here.",
        next="Ask an admin to look at the connectors page.",
        params={"index": change.index},
    )


def twice(change: "ProposedChange") -> Refusal:
    return _about(change, "address_twice", "repeats an address of the same set", "Name every address once.")


def nothing_changes(change: "ProposedChange") -> Refusal:
    return _about(change, "nothing_changes", "leaves the value as it is", "Leave it out.")


def wrong_value(change: "ProposedChange", code: str, message: str) -> Refusal:
    refusal = _about(change, code, "has a value that its field cannot take", "Correct the value.")
    return Refusal(refusal.kind, code, f"{refusal.detail} {message}", next=refusal.next, params=refusal.params)


def hidden_character(change: "ProposedChange", part: str, character: str) -> Refusal:
    return Refusal(
        Kind.UNPROCESSABLE,
        "hidden_character",
        f"Change {change.index} holds a character that nobody can see ({character}) in its {part}.",
        next="Write the id as the catalogue does.",
        params={"index": change.index, "part": part, "character": character},
    )


def before_moved(change: "ProposedChange", live: Json) -> Refusal:
    return Refusal(
        Kind.CONFLICT,
        "before_moved",
        f"Change {change.index} starts from a value that {change.type} {change.key} no longer has.",
        next="Read the resource again and propose from the value it has now.",
        params={"index": change.index, "field": change.field},
        answer={"index": change.index, "live": live},
    )


def _about(change: "ProposedChange", code: str, what: str, next: str, **answer: Any) -> Refusal:
    return Refusal(
        Kind.UNPROCESSABLE,
        code,
        f"Change {change.index} {what}.",
        next=next,
        params={"index": change.index, "type": change.type, "field": change.field},
        answer=answer,
    )
