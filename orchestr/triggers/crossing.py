"""Whether a value that went from one to another is what a trigger watches for. Pure."""

from orchestr.policy.values import Json
from orchestr.triggers.definition import Watch


def crossed(watch: Watch, before: Json, after: Json) -> bool:
    """Thresholds count when they are crossed, not while a value stays beyond; a first sight crosses nothing.

    Amounts are minor units for money and whole numbers for the rest; shares are basis points of the value before.
    """
    if watch.way == "any":
        return before is not None and before != after
    was, now = number(before), number(after)
    if was is None or now is None:
        return False
    match watch.way:
        case "above":
            return was <= watch.amount < now
        case "below":
            return was >= watch.amount > now
        case "up_by":
            return was > 0 and (now - was) * 10_000 >= watch.amount * was and now > was
        case "down_by":
            return was > 0 and (was - now) * 10_000 >= watch.amount * was and now < was
        case "stale":
            return False  # what grows old does not change


def number(value: Json) -> int | None:
    """The amount of money, or the whole number, that a value is."""
    found = value.get("amount") if isinstance(value, dict) else value
    return found if isinstance(found, int) and not isinstance(found, bool) else None
