"""The demo shop's connector: what each failure of the shop becomes, and what it reads."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orchestr.connectors.base import (
    Accepted,
    Address,
    Ambiguous,
    Conflict,
    Credentials,
    Json,
    NotSent,
    Rejected,
    Session,
    SystemRefused,
    SystemUnavailable,
    Target,
    WriteOutcome,
    WriteRequest,
)
from orchestr.connectors.demo_shop import CONNECTOR
from tests.shops.demo import Server

WEB_DE = Address(channel="web-de", currency="EUR")
PRICE = Target(type="variant", id="FF-PCK-TUR-34L", ref="", field="price", address=WEB_DE)
STOCK = Target(type="stock", id="FF-PCK-TUR-34L", ref="", field="on_hand", address=Address(location="leeds"))


@pytest.fixture
def publisher(shop: Server) -> Iterator[Session]:
    session = shop.open("publish")
    yield session
    session.close()


def eur(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR", "exponent": 2, "tax": "included"}


def write(session: Session, after: Json, *, key: str, target: Target = PRICE, timeout_s: float = 10.0) -> WriteOutcome:
    """As the worker does it: read, then write with the token seen."""
    (seen,) = session.read([target])
    return session.write(
        WriteRequest(
            target=target, before=seen.value, after=after, operation_key=key, token=seen.token, timeout_s=timeout_s
        )
    )


def value(session: Session, target: Target = PRICE) -> Json:
    return session.read([target])[0].value


def test_an_accepted_write_is_in_the_shops_own_log_once(shop: Server, publisher: Session) -> None:
    outcome = write(publisher, eur(15_001), key="c:accepted")
    assert isinstance(outcome, Accepted)
    assert outcome.token == publisher.read([PRICE])[0].token
    assert [entry["value"] for entry in shop.writes("c:accepted")] == [eur(15_001)]


def test_a_429_is_not_sent_and_says_when(shop: Server, publisher: Session) -> None:
    shop.script("429", ms=4_000)
    outcome = write(publisher, eur(15_002), key="c:429")
    assert isinstance(outcome, NotSent)
    assert outcome.retry_after_s == 4.0
    assert shop.writes("c:429") == []


def test_a_503_is_not_sent_and_a_500_is_ambiguous(shop: Server, publisher: Session) -> None:
    shop.script("error", status=503)
    assert isinstance(write(publisher, eur(15_003), key="c:503"), NotSent)
    shop.script("error")
    assert isinstance(write(publisher, eur(15_003), key="c:500"), Ambiguous)
    assert shop.writes("c:503") == shop.writes("c:500") == []


def test_a_refusal_is_permanent(shop: Server, publisher: Session) -> None:
    shop.script("error", status=422)
    outcome = write(publisher, eur(15_004), key="c:422")
    assert isinstance(outcome, Rejected)
    assert outcome.code == "scripted"


def test_a_lost_answer_is_ambiguous_and_sending_again_changes_nothing(shop: Server, publisher: Session) -> None:
    (seen,) = publisher.read([PRICE])
    request = WriteRequest(target=PRICE, before=seen.value, after=eur(15_005), operation_key="c:lost", token=seen.token)
    shop.script("lose_answer")
    assert isinstance(publisher.write(request), Ambiguous)
    assert value(publisher) == eur(15_005)
    assert isinstance(publisher.write(request), Accepted)
    assert len(shop.writes("c:lost")) == 1


def test_a_write_that_lands_late_is_ambiguous_and_then_found(shop: Server, publisher: Session) -> None:
    shop.script("delay", ms=2_000)
    assert isinstance(write(publisher, eur(15_006), key="c:late", timeout_s=0.5), Ambiguous)
    while value(publisher) != eur(15_006):  # the test's own time limit ends it
        pass
    assert len(shop.writes("c:late")) == 1


def test_a_change_in_between_is_a_conflict_with_the_live_value(shop: Server, publisher: Session) -> None:
    (seen,) = publisher.read([PRICE])
    shop.edit(sku=PRICE.id, field="price", channel="web-de", value=15_555)
    (now,) = publisher.read([PRICE])
    assert now.changed_by == "somebody in the back office"
    assert now.changed_at is not None
    assert abs(datetime.now(UTC) - now.changed_at) < timedelta(minutes=1)
    outcome = publisher.write(
        WriteRequest(target=PRICE, before=seen.value, after=eur(15_007), operation_key="c:moved", token=seen.token)
    )
    assert isinstance(outcome, Conflict)
    assert outcome.live == eur(15_555)
    assert shop.writes("c:moved") == []


def test_a_value_that_came_back_is_still_before(shop: Server, publisher: Session) -> None:
    (seen,) = publisher.read([STOCK])
    for units in (seen.value + 5, seen.value):
        shop.edit(type="stock", sku=STOCK.id, field="on_hand", location="leeds", value=units)
    outcome = publisher.write(
        WriteRequest(target=STOCK, before=seen.value, after=seen.value + 9, operation_key="c:aba", token=seen.token)
    )
    assert isinstance(outcome, Accepted)
    assert value(publisher, STOCK) == seen.value + 9


def test_a_stale_read_shows_the_old_value_after_an_accepted_write(shop: Server, publisher: Session) -> None:
    before = value(publisher)
    shop.script("stale_read", ms=60_000)
    assert isinstance(write(publisher, eur(15_008), key="c:stale"), Accepted)
    assert value(publisher) == before
    shop.edit(sku=PRICE.id, field="price", channel="web-de", value=15_008)
    assert value(publisher) == eur(15_008)


def test_reads_that_fail_say_whether_to_try_again(shop: Server, publisher: Session) -> None:
    shop.script("429", match="GET *", ms=2_000)
    with pytest.raises(SystemUnavailable) as limited:
        publisher.read([PRICE])
    assert limited.value.retry_after_s == 2.0
    shop.script("error", match="GET *", status=400)
    with pytest.raises(SystemRefused):
        publisher.read([PRICE])


def test_an_expired_credential_is_permanent(shop: Server) -> None:
    revoked = Credentials(system="demo-shop", purpose="publish", secrets={"token": "revoked"})
    wrong = CONNECTOR.open(shop.system, revoked, "publish")
    try:
        with pytest.raises(SystemRefused):
            wrong.read([PRICE])
        outcome = wrong.write(
            WriteRequest(target=PRICE, before=eur(1), after=eur(2), operation_key="c:revoked", token="1")
        )
        assert isinstance(outcome, Rejected)
        assert outcome.code == "unauthenticated"
    finally:
        wrong.close()


def test_the_catalogue_has_prices_stock_copy_and_promotions_in_their_segments(publisher: Session) -> None:
    page = publisher.read_catalogue(limit=500)
    by_type: dict[str, int] = {}
    for one in page.resources:
        by_type[one.type] = by_type.get(one.type, 0) + 1
    assert by_type == {"product": 50, "variant": 150, "stock": 150, "promotion": 3, "collection": 6, "message": 2}
    assert len(page.segments) == 8
    tent = next(one for one in page.resources if (one.type, one.id) == ("variant", "FF-TNT-DOME-2P"))
    assert {(f.address.channel, f.address.currency) for f in tent.fields} == {
        ("web-de", "EUR"),
        ("web-uk", "GBP"),
        ("marketplace", "EUR"),
    }
    assert tent.segments == ("outdoor-gear/tents",)


def test_an_incremental_sweep_names_the_changed_resource(shop: Server, publisher: Session) -> None:
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert publisher.read_catalogue(updated_since=later).resources == ()
    since = datetime.now(UTC)
    shop.edit(sku=PRICE.id, field="price", channel="web-de", value=15_009)
    assert PRICE.id in _swept(publisher, since)


def _swept(session: Session, since: datetime) -> list[str]:
    """Every page: a shop that has just opened counts everything as changed."""
    page = session.read_catalogue(updated_since=since)
    found = [one.id for one in page.resources]
    while page.next_cursor:
        page = session.read_catalogue(updated_since=since, cursor=page.next_cursor)
        found += [one.id for one in page.resources]
    return found


def test_orders_at_a_price_are_the_units_that_were_sold_there(publisher: Session) -> None:
    until = datetime.now(UTC)
    since = until - timedelta(days=7)
    pages = publisher.sales(since=since, until=until)
    sold = [one for page in pages for one in page if one.channel == "web-de"]
    best = max(sold, key=lambda one: one.units)
    target = Target(type="variant", id=best.id, ref="", field="price", address=WEB_DE)
    found = publisher.orders_affected(target, since=since, until=until)
    assert sum(order.units for order in found) == best.units
    assert {order.unit_price.currency for order in found} == {"EUR"}
    product = Target(type="product", id="fjell-shell-jacket", ref="", field="title", address=Address(locale="en"))
    assert publisher.orders_affected(product, since=since, until=until)


def test_a_picture_is_a_drawing_from_the_shop(publisher: Session) -> None:
    url = next(one.image for one in publisher.read_catalogue().resources if one.image)
    assert publisher.image(url).content_type == "image/svg+xml"
    with pytest.raises(SystemRefused):
        publisher.image(url.replace("/img/", "/p/"))
