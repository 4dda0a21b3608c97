"""Staged values: written where buyers do not see them, and read there."""

import time
from collections.abc import Sequence

from orchestr.connectors.base import (
    Conflict,
    ConnectorError,
    Json,
    Money,
    NotSent,
    Observed,
    Rejected,
    SystemUnavailable,
    Target,
    WriteOutcome,
    WriteRequest,
)
from orchestr.connectors.commercetools import goods, read
from orchestr.connectors.commercetools.client import Client, Failure, Moved
from orchestr.connectors.commercetools.project import Project, ProjectCache
from orchestr.connectors.commercetools.write import MOST_TRIES, Row, change_price, checked_request, update
from orchestr.policy.values import ValueRefused

TYPES = ("variant", "product")
VERBS = {"name": "changeName", "description": "setDescription"}


def stage(request: WriteRequest, *, client: Client, cache: ProjectCache) -> WriteOutcome:
    """Compare what is staged, then stage. The version of the document goes with the change."""
    deadline = time.monotonic() + request.timeout_s
    try:
        project = cache.get(timeout_s=request.timeout_s)
        if request.target.type not in TYPES or request.after is None:
            raise ValueRefused("no_staging", "commercetools stages prices and texts that are there.")
        checked_request(request, project)
        for _ in range(MOST_TRIES):
            left = deadline - time.monotonic()
            if left <= 0:
                return NotSent(reason="The time ran out before the change was taken.")
            attempt = _price if request.target.type == "variant" else _copy
            outcome = attempt(request, client, project, left)
            if not isinstance(outcome, Moved):
                return outcome
    except SystemUnavailable as failure:
        return NotSent(reason=str(failure), retry_after_s=failure.retry_after_s)
    except Failure as failure:
        return NotSent(reason=failure.message, retry_after_s=failure.retry_after_s)
    except (ValueRefused, ConnectorError) as refused:
        return Rejected(code=refused.code, message=str(refused))
    return NotSent(reason="Others kept changing it: every version we read was an old one when we wrote.")


def read_staged(
    targets: Sequence[Target], *, client: Client, project: Project, timeout_s: float
) -> tuple[Observed, ...]:
    """What is staged of these, in the order asked; None where there is no such value."""
    return tuple(_seen(target, client, project, timeout_s) for target in targets)


def _seen(target: Target, client: Client, project: Project, timeout_s: float) -> Observed:
    if target.type not in TYPES:
        return Observed(target=target, value=None)
    rows = read.product_rows([target], client=client, project=project, timeout_s=timeout_s)
    if target.type == "product":
        row = read.product_row(target, rows, project)
        text = goods.texts(row, target.field, "staged").get(target.address.locale or "") if row else None
        return Observed(target=target, value=text, token=str(row["version"]) if row else "")
    found = _price_row(target, rows, project)
    if found is None:
        return Observed(target=target, value=None)
    row, price = found
    channel = project.channel_of(target.address)
    assert channel is not None
    return Observed(target=target, value=goods.money_of(price, channel), token=str(row["version"]))


def _price_row(target: Target, rows: Sequence[goods.Row], project: Project) -> tuple[goods.Row, Row] | None:
    """The product, and the staged price of this variant in this channel."""
    channel, held = project.channel_of(target.address), read.variant_row(target, rows)
    if channel is None or held is None:
        return None
    row = held[0]
    one = goods.variant(row, target.id, "staged")
    price = goods.price_in(row, one, channel) if one else None
    return (row, price) if price else None


def _price(request: WriteRequest, client: Client, project: Project, timeout_s: float) -> WriteOutcome | Moved:
    target = request.target
    rows = read.product_rows([target], client=client, project=project, timeout_s=timeout_s)
    channel, found = project.channel_of(target.address), _price_row(target, rows, project)
    if channel is None or found is None:
        return Conflict(live=None)
    row, price = found
    staged = goods.money_of(price, channel)
    if staged != _money(request.before):
        return Conflict(live=staged, token=str(row["version"]))
    after = Money.parse(request.after)
    if after.exponent != int(price["value"]["fractionDigits"]):
        return Rejected(code="wrong_exponent", message="commercetools keeps this price with other decimals.")
    return update("/products", row, change_price(price, after, staged=True), client=client, timeout_s=timeout_s)


def _copy(request: WriteRequest, client: Client, project: Project, timeout_s: float) -> WriteOutcome | Moved:
    target = request.target
    rows = read.product_rows([target], client=client, project=project, timeout_s=timeout_s)
    row = read.product_row(target, rows, project)
    texts = goods.texts(row, target.field, "staged") if row else {}
    staged = texts.get(target.address.locale or "")
    if row is None or staged != request.before:
        return Conflict(live=staged, token=str(row["version"]) if row else "")
    name = goods.TEXTS[target.field]
    whole = {**texts, str(target.address.locale): request.after}
    return update(
        "/products", row, {"action": VERBS[name], name: whole, "staged": True}, client=client, timeout_s=timeout_s
    )


def _money(value: Json) -> Json:
    return None if value is None else Money.parse(value).wire()
