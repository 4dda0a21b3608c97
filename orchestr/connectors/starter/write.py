"""The one thing that may be written: a price, compared by version in the shop."""

import time

from orchestr.connectors.base import (
    Accepted,
    Conflict,
    Money,
    NotSent,
    Rejected,
    SystemConfig,
    SystemRefused,
    SystemUnavailable,
    WriteOutcome,
    WriteRequest,
)
from orchestr.connectors.starter.client import Client, Moved
from orchestr.connectors.starter.read import read
from orchestr.policy.values import ValueRefused

MOST_TRIES = 5


def write(request: WriteRequest, *, client: Client, system: SystemConfig) -> WriteOutcome:
    """Compare, then write. Never raises for what the shop may do: every end is a typed outcome."""
    deadline = time.monotonic() + request.timeout_s
    try:
        money = _checked(request)
        for _ in range(MOST_TRIES):
            (seen,) = read([request.target], client=client, system=system, timeout_s=_left(deadline))
            if seen.value != request.before or not seen.token:
                return Conflict(live=seen.value, token=seen.token)
            answer = client.set_price(
                request.target.id, money.amount, version=int(seen.token), timeout_s=_left(deadline)
            )
            if isinstance(answer, Moved):
                continue  # Something moved, perhaps not the price: read again and compare the field.
            return Accepted(token=str(answer["version"])) if isinstance(answer, dict) else answer
    except SystemUnavailable as failure:
        return NotSent(reason=str(failure), retry_after_s=failure.retry_after_s)
    except (SystemRefused, ValueRefused) as refused:
        return Rejected(code=refused.code, message=str(refused))
    return NotSent(reason="Others kept changing it: every version we read was an old one when we wrote.")


def _checked(request: WriteRequest) -> Money:
    """Refuse what the shop would accept and nobody can mean, before anything is sent. Raises ValueRefused."""
    target = request.target
    if (target.type, target.field) != ("variant", "price"):
        raise ValueRefused("field_not_writable", f"{target.type}.{target.field} cannot be written here.")
    money = Money.parse(request.after)
    if money.currency != target.address.currency:
        raise ValueRefused("wrong_currency", "The shop does not sell in this currency here.")
    if money.exponent != 2 or money.tax != "included" or money.amount < 0:
        raise ValueRefused("money_basis", "A price has two decimals, tax included, and is not negative.")
    return money


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise SystemUnavailable("timeout", "The time ran out before the write was sent.")
    return left
