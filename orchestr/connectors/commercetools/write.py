"""Writes: checked here, compared in a document whose version goes with the change, so that commercetools itself
refuses what was decided on another state.

A refused version says only that something moved: the document is read again and the one *field* compared. A write
goes to current and staged at once, and is refused where the two differ in what it touches: somebody prepares
something there, which would be lost.
"""

import time
from collections.abc import Callable

from orchestr.connectors import promotion
from orchestr.connectors.base import (
    Accepted,
    Conflict,
    ConnectorError,
    Json,
    Money,
    NotSent,
    Rejected,
    SystemUnavailable,
    Target,
    WriteOutcome,
    WriteRequest,
)
from orchestr.connectors.commercetools import goods, promotions, read, write_promotion
from orchestr.connectors.commercetools.client import Client, Failure, Moved, Refused
from orchestr.connectors.commercetools.project import Channel, Project, ProjectCache
from orchestr.policy.values import ValueRefused

MOST_TRIES = 8
LARGEST_STOCK = 2_147_483_647
LARGEST_AMOUNT = 9_007_199_254_740_991
# What a price keeps when its amount changes: the action replaces it as a whole.
KEPT = ("key", "country", "channel", "tiers", "custom", "recurrencePolicy")
STAGED_DIFFERS = Rejected(
    code="staged_differs",
    message="Somebody has prepared another value in staged: publish or drop it in commercetools first.",
)

type Row = dict[str, Json]
type Attempt = Callable[[WriteRequest, Client, Project, float], WriteOutcome | Moved]


def write(request: WriteRequest, *, client: Client, cache: ProjectCache) -> WriteOutcome:
    """Compare, then write. Everything that fails before the change is sent is `Rejected` or `NotSent`."""
    deadline = time.monotonic() + request.timeout_s
    try:
        project = cache.get(timeout_s=request.timeout_s)
        checked_request(request, project)
        for _ in range(MOST_TRIES):
            left = deadline - time.monotonic()
            if left <= 0:
                return NotSent(reason="The time ran out before the change was taken.")
            outcome = _ATTEMPTS[request.target.type](request, client, project, left)
            if not isinstance(outcome, Moved):
                return outcome
    except SystemUnavailable as failure:
        return NotSent(reason=str(failure), retry_after_s=failure.retry_after_s)
    except Failure as failure:
        return NotSent(reason=failure.message, retry_after_s=failure.retry_after_s)
    except (ValueRefused, ConnectorError) as refused:
        return Rejected(code=refused.code, message=str(refused))
    return NotSent(reason="Others kept changing it: every version we read was an old one when we wrote.")


def checked_request(request: WriteRequest, project: Project) -> None:
    """Refuse what commercetools would accept and nobody can mean. Raises ValueRefused."""
    target, after = request.target, request.after
    kind = f"{target.type}.{target.field}"
    if kind == "variant.price":
        _check_price(after, target=target, project=project)
    elif kind == "stock.on_hand":
        if target.address.location not in project.locations:
            raise ValueRefused("unknown_location", "commercetools has no such location, or the settings leave it out.")
        if type(after) is not int or not 0 <= after <= LARGEST_STOCK:
            raise ValueRefused("stock_range", "Stock is a whole number from 0.")
    elif kind in ("product.title", "product.description"):
        if not isinstance(after, str) or not after.strip():
            raise ValueRefused("text_empty", "The text is empty.")
        if request.before is None:
            raise ValueRefused("locale_missing", "The product has no text in this locale: create it there first.")
    elif kind in ("promotion.definition", "promotion.enabled"):
        channel = _channel(target, project)
        if target.field == "enabled" and (type(after) is not int or after not in (0, 1)):
            raise ValueRefused("switch_value", "A promotion is switched to 0 or 1.")
        if target.field == "definition":
            promotion.check_known(request.before, system="commercetools")
        if target.field == "definition" and after is not None:
            promotions.checked(after, channel=channel)
    else:
        raise ValueRefused("field_not_writable", f"commercetools' {kind} cannot be written by this connector.")


def _check_price(after: Json, *, target: Target, project: Project) -> None:
    channel = _channel(target, project)
    money = Money.parse(after)
    if target.address.currency != channel.currency or money.currency != channel.currency:
        raise ValueRefused("wrong_currency", "The channel does not sell in this currency.")
    if money.tax != channel.tax:
        raise ValueRefused("wrong_tax_basis", "The channel keeps its prices on the other tax basis.")
    if not 0 <= money.amount <= LARGEST_AMOUNT:
        raise ValueRefused("price_range", "A price is a whole number of minor units from 0.")


def _channel(target: Target, project: Project) -> Channel:
    channel = project.channel_of(target.address)
    if channel is None:
        raise ValueRefused("unknown_channel", "The system's settings have no such channel.")
    return channel


def _price(request: WriteRequest, client: Client, project: Project, timeout_s: float) -> WriteOutcome | Moved:
    target, channel = request.target, _channel(request.target, project)
    rows = read.product_rows([target], client=client, project=project, timeout_s=timeout_s)
    held = read.variant_row(target, rows)
    price = goods.price_in(*held, channel) if held else None
    version = str(held[0]["version"]) if held else ""
    live = goods.money_of(price, channel) if price else None
    if live != _money(request.before):
        return Conflict(live=live, token=version)
    if held is None or price is None:
        return Rejected(code="price_missing", message="The variant has no price here yet: create it in commercetools.")
    row, one = held
    staged = goods.variant(row, target.id, "staged")
    beside = goods.price_in(row, staged, channel) if staged else None
    if beside is None or beside["id"] != price["id"] or not _may_go_live(request, beside, price, channel):
        return STAGED_DIFFERS
    if goods.dated_now(one, channel):
        return Rejected(code="dated_price", message="A price with dates is in force before this one: end it first.")
    after = Money.parse(request.after)
    if after.exponent != int(price["value"]["fractionDigits"]):
        return Rejected(code="wrong_exponent", message="commercetools keeps this price with other decimals.")
    action = change_price(price, after, staged=False)
    return update("/products", row, action, client=client, timeout_s=timeout_s)


def change_price(price: Row, after: Money, *, staged: bool) -> Row:
    """The action that gives a price another amount: in staged alone, or in current and staged at once."""
    draft = {name: price[name] for name in KEPT if name in price} | {"value": _value(after, price["value"])}
    return {"action": "changePrice", "priceId": price["id"], "price": draft, "staged": staged}


def _may_go_live(request: WriteRequest, staged: Row, current: Row, channel: Channel) -> bool:
    """Whether what is staged is what is live, or what we have staged ourselves."""
    if request.staged:
        return bool(goods.money_of(staged, channel) == _money(request.after))
    return bool(staged["value"] == current["value"])


def _value(after: Money, now: Row) -> Row:
    """The amount in the kind of precision that the price has."""
    if now.get("type") == "highPrecision":
        kind, amount = "highPrecision", "preciseAmount"
    else:
        kind, amount = "centPrecision", "centAmount"
    return {"type": kind, "currencyCode": after.currency, amount: after.amount, "fractionDigits": after.exponent}


def _copy(request: WriteRequest, client: Client, project: Project, timeout_s: float) -> WriteOutcome | Moved:
    target = request.target
    rows = read.product_rows([target], client=client, project=project, timeout_s=timeout_s)
    row = read.product_row(target, rows, project)
    texts = goods.texts(row, target.field) if row else {}
    live = texts.get(target.address.locale or "")
    if row is None or live != request.before:
        return Conflict(live=live, token=str(row["version"]) if row else "")
    staged = goods.texts(row, target.field, "staged")
    locale = str(target.address.locale)
    # All languages of a text are one value there: the whole of it is written, so the whole of it is compared. Of what
    # we have staged ourselves only this language goes live, and the others stay staged.
    if not request.staged and staged != texts:
        return STAGED_DIFFERS
    if request.staged and staged.get(locale) != request.after:
        return STAGED_DIFFERS
    name = goods.TEXTS[target.field]
    verb = {"name": "changeName", "description": "setDescription"}[name]
    whole = {**texts, locale: request.after}
    actions: list[Row] = [{"action": verb, name: whole, "staged": False}]
    if request.staged and staged != whole:
        actions.append({"action": verb, name: staged, "staged": True})
    return update("/products", row, *actions, client=client, timeout_s=timeout_s)


def _stock(request: WriteRequest, client: Client, project: Project, timeout_s: float) -> WriteOutcome | Moved:
    target = request.target
    rows = read.stock_rows([target.id], client=client, timeout_s=timeout_s)
    row = read.stock_row(target, rows, project)
    live = read.level(row, target.field) if row else None
    if live != request.before:
        return Conflict(live=live, token=str(row["version"]) if row else "")
    if row is None:
        return Rejected(
            code="entry_missing", message="There is no stock entry at this location: create it there first."
        )
    action = {"action": "changeQuantity", "quantity": request.after}
    return update("/inventory", row, action, client=client, timeout_s=timeout_s)


def _promotion(request: WriteRequest, client: Client, project: Project, timeout_s: float) -> WriteOutcome | Moved:
    target, channel = request.target, _channel(request.target, project)
    (seen,) = read.read([target], client=client, project=project, timeout_s=timeout_s)
    before = promotion.normal(request.before) if target.field == "definition" else request.before
    if seen.value != before:
        return Conflict(live=seen.value, token=seen.token)
    rows = [row for row in promotions.rows([target.id], client=client, timeout_s=timeout_s) if row["code"] == target.id]
    if bool(rows) is (seen.value is None) or (rows and str(rows[0]["version"]) != seen.token):
        return _elsewhere(rows, seen.value)
    return write_promotion.attempt(
        request, rows[0] if rows else None, client=client, project=project, channel=channel, timeout_s=timeout_s
    )


def _elsewhere(rows: list[Row], live: Json) -> WriteOutcome | Moved:
    """The code is there and not in this channel, which no version changes; else it moved between two reads."""
    if rows and live is None:
        return Rejected(code="code_taken", message="The discount code is used in another channel.")
    return Moved()


def update(path: str, row: goods.Row, *actions: Row, client: Client, timeout_s: float) -> WriteOutcome | Moved:
    body: Row = {"version": row["version"], "actions": list(actions)}
    answer: Row | Refused = client.change(f"{path}/{row['id']}", body, timeout_s=timeout_s)
    if isinstance(answer, dict):
        return Accepted(token=str(answer["version"]))
    return answer


def _money(value: Json) -> Json:
    return None if value is None else Money.parse(value).wire()


_ATTEMPTS: dict[str, Attempt] = {"variant": _price, "product": _copy, "stock": _stock, "promotion": _promotion}
