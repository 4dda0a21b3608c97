"""The one thing that may be written: a minimum price, compared by revision in the ERP, posted once per reference."""

import time

from orchestr.connectors.base import (
    Accepted,
    Conflict,
    Money,
    NotSent,
    Rejected,
    SystemRefused,
    SystemUnavailable,
    WriteOutcome,
    WriteRequest,
)
from orchestr.connectors.demo_erp.client import Client
from orchestr.connectors.demo_erp.read import read
from orchestr.policy.values import Address, ValueRefused

MOST_TRIES = 5


def write(client: Client, request: WriteRequest) -> WriteOutcome:
    """Compare and set one minimum price."""
    deadline = time.monotonic() + request.timeout_s
    try:
        money = _checked(request)
        revision = request.token
        if not revision:
            (seen,) = read(client, [request.target], timeout_s=request.timeout_s)
            if seen.value != request.before:
                return Conflict(live=seen.value, token=seen.token)
            revision = seen.token
    except (ValueRefused, SystemRefused) as refused:
        return Rejected(code=refused.code, message=str(refused))
    except SystemUnavailable as failure:
        return NotSent(reason=str(failure), retry_after_s=failure.retry_after_s)
    if not revision.isdigit():
        return Rejected(code="unknown_token", message="The compare token is not a revision of the ERP: read again.")
    return _send(client, request, money, int(revision), deadline)


def _send(client: Client, request: WriteRequest, money: Money, revision: int, deadline: float) -> WriteOutcome:
    for _ in range(MOST_TRIES):
        left = deadline - time.monotonic()
        if left <= 0:
            break
        posting = {
            "reference": request.operation_key,
            "currency": money.currency,
            "amount": money.amount,
            "revision": revision,
        }
        answer = client.post_minimum_price(request.target.id, posting, timeout_s=left)
        if not isinstance(answer, dict):
            return answer
        revision = answer["revision"]
        if answer["status"] == 200:
            return Accepted(ref=request.target.id, token=str(revision))
        live = Money(answer["amount"], money.currency).wire()
        if live != request.before:
            return Conflict(live=live, token=str(revision))
    return NotSent(reason="The amount moved too often, or the time ran out, before the write was taken.")


def _checked(request: WriteRequest) -> Money:
    """Raises ValueRefused for what the ERP does not keep so."""
    target = request.target
    if (target.type, target.field) != ("variant", "minimum_price"):
        raise ValueRefused("field_not_writable", f"The ERP's {target.type}.{target.field} cannot be written.")
    money = Money.parse(request.after)
    if target.address != Address(currency=money.currency):
        raise ValueRefused("wrong_currency", "The amount is not in the currency of its address.")
    if money.exponent != 2 or money.tax != "included" or money.amount < 0:
        raise ValueRefused("money_basis", "A minimum price has two decimals, tax included, and is not negative.")
    return money
