"""What the tests of the Vendure connector do, and an independent login to check it with."""

import time
from collections.abc import Callable

from demo.vendure.graphql import Graphql
from orchestr.connectors.base import Address, Json, Session, Target, WriteOutcome, WriteRequest

LAPTOP = "L2201308"
PRICE = Target(type="variant", id=LAPTOP, ref="1", field="price", address=Address(channel="web-de", currency="EUR"))


def euros(amount: int) -> Json:
    return {"amount": amount, "currency": "EUR", "exponent": 2, "tax": "included"}


def price_of(admin: Graphql, *, id: str = "1", currency: str = "EUR") -> int:
    listing = admin.run("query($id: ID!) { productVariant(id: $id) { prices { currencyCode price } } }", {"id": id})
    prices = {row["currencyCode"]: row["price"] for row in listing["productVariant"]["prices"]}
    return int(prices[currency])


def price_of_uk(admin: Graphql) -> int:
    document = "{ productVariant(id: 1) { prices { currencyCode price } } }"
    rows = admin.run(document, channel_token="uk-channel")["productVariant"]["prices"]
    return int(next(row["price"] for row in rows if row["currencyCode"] == "GBP"))


def edit_price(admin: Graphql, amount: int, *, id: str = "1") -> None:
    document = "mutation($i: [UpdateProductVariantInput!]!) { updateProductVariants(input: $i) { id } }"
    admin.run(document, {"i": [{"id": id, "prices": [{"currencyCode": "EUR", "price": amount}]}]})


def write(session: Session, target: Target, before: Json, after: Json, *, timeout_s: float = 10.0) -> WriteOutcome:
    request = WriteRequest(target=target, before=before, after=after, operation_key="test", timeout_s=timeout_s)
    return session.write(request)


def eventually(check: Callable[[], bool], *, within_s: float = 20.0) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if check():
            return True
        time.sleep(0.02)
    return False
