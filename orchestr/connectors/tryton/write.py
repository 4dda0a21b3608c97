"""Writes: checked here, compared, then a list price by compare token or a stock count by posted document.

A list price is written through the variant's template, so that Tryton compares the timestamps of both in
the transaction that writes: a price may come from either.
"""

import time

from orchestr.connectors.base import (
    Accepted,
    Address,
    Conflict,
    ConnectorError,
    Money,
    NotSent,
    Rejected,
    SystemUnavailable,
    WriteOutcome,
    WriteRequest,
)
from orchestr.connectors.tryton import post, read
from orchestr.connectors.tryton.client import Client, Failure, outcome_of
from orchestr.connectors.tryton.company import Company, CompanyCache
from orchestr.connectors.tryton.read import Product
from orchestr.policy.values import ValueRefused

MOST_TRIES = 5
LARGEST = 2_147_483_647


def write(request: WriteRequest, *, client: Client, cache: CompanyCache) -> WriteOutcome:
    """Compare, then write. Everything that fails before the write itself is `Rejected` or `NotSent`."""
    deadline = time.monotonic() + request.timeout_s
    try:
        company = cache.get(deadline=deadline)
        _check(request, company)
        if request.target.type == "stock":
            return post.post(request, client=client, company=company, deadline=deadline)
        return _list_price(request, client=client, company=company, deadline=deadline)
    except SystemUnavailable as gone:
        return NotSent(reason=str(gone), retry_after_s=gone.retry_after_s)
    except (ValueRefused, ConnectorError) as refused:
        return Rejected(code=refused.code, message=str(refused))


def _list_price(request: WriteRequest, *, client: Client, company: Company, deadline: float) -> WriteOutcome:
    """Tryton refuses a used token; then the value decides, since something else of the product may have moved."""
    amount = company.amount(Money.parse(request.after))
    token = request.token
    for _ in range(MOST_TRIES):
        product, live = read.variant(request.target, client=client, company=company, deadline=deadline)
        if product is None or live.value != request.before:
            return Conflict(live=live.value, token=live.token)
        values = {"products": [["write", [product.id], {"list_price": amount}]]}
        context = company.context | {"_timestamp": _stamps(product, token or live.token)}
        try:
            client.call("model.product.template.write", [product.template], values, context=context, deadline=deadline)
        except Failure as failure:
            if failure.sort != "stale":
                return outcome_of(failure)
            token = ""
        else:
            return Accepted(ref=str(product.id))
    return NotSent(reason="The product moved too often, or the time ran out, before the write was taken.")


def _stamps(product: Product, token: str) -> dict[str, str]:
    template, _, variant = token.partition("/")
    return {f"product.template,{product.template}": template, f"product.product,{product.id}": variant}


def _check(request: WriteRequest, company: Company) -> None:
    """Refuse what Tryton would accept and nobody can mean. Raises ValueRefused."""
    target, after = request.target, request.after
    if (target.type, target.field) == ("stock", "on_hand"):
        if target.address != Address(location=target.address.location) or not company.locations.get(
            target.address.location or ""
        ):
            raise ValueRefused("unknown_location", "Tryton has no such storage location, or the settings leave it out.")
        if type(after) is not int or not 0 <= after <= LARGEST:
            raise ValueRefused("stock_range", "Stock is a whole number from 0.")
        return
    if (target.type, target.field) != ("variant", "list_price"):
        raise ValueRefused("field_not_writable", f"Tryton's {target.type}.{target.field} cannot be written.")
    money = Money.parse(after)
    if money.currency != company.currency or target.address != Address(currency=company.currency):
        raise ValueRefused("wrong_currency", "The company keeps its list prices in another currency.")
    if money.tax != "excluded" or money.amount < 0:
        raise ValueRefused("money_basis", "A list price is without tax and not negative.")
    if company.money(company.amount(money)) != money:
        raise ValueRefused("wrong_exponent", f"Tryton's amounts have {company.precision} decimals here.")
