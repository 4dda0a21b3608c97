"""What it can do besides, and that it does no more than it says."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from orchestr.connectors.base import CapabilityMissing, Credentials, SalesBucket, Session, SystemRefused, WebhookRefused
from orchestr.connectors.conformance.fixtures import Fixtures
from orchestr.connectors.conformance.subject import Shelf, Subject, target_of


def _sold(reader: Session, since: datetime, until: datetime, bucket: timedelta | None = None) -> list[SalesBucket]:
    """All pages, one after another."""
    pages = reader.sales(since=since, until=until, bucket=bucket)
    assert isinstance(pages, Iterator), "Sales are told page by page, each asked for when it is taken."
    return [one for page in pages for one in page]


class Offers(Fixtures):
    def test_sales_are_sums_of_known_variants(self, subject: Subject, shelf: Shelf, reader: Session) -> None:
        until = datetime.now(UTC)
        since = until - timedelta(days=7)
        if "sales" not in subject.declaration.capabilities:
            with pytest.raises(CapabilityMissing):
                _sold(reader, since, until)
            return
        known = {one.id for one in shelf.resources if one.type == "variant"}
        sums = _sold(reader, since, until)
        assert sums, "The system declares sales and has none of the last seven days: let it sell something."
        for one in sums:
            assert one.id in known, f"{one.id} was sold and is not in the catalogue."
            assert one.units > 0, f"{one} sold nothing."
            assert one.net_revenue.tax == "excluded", f"{one} is revenue with tax in it."
            assert since <= one.start < one.end <= until, f"{one} lies outside of what was asked."
        days = _sold(reader, since, until, timedelta(days=1))
        assert sum(day.units for day in days) == sum(one.units for one in sums), "Buckets add up to the whole."

    def test_orders_affected_hold_the_variant(self, subject: Subject, shelf: Shelf, reader: Session) -> None:
        until = datetime.now(UTC)
        since = until - timedelta(days=7)
        variant = next(one for one in shelf.resources if one.type == "variant" and one.fields)
        target = target_of(variant, variant.fields[0])
        if "orders_affected" not in subject.declaration.capabilities:
            with pytest.raises(CapabilityMissing):
                reader.orders_affected(target, since=since, until=until)
            return
        for order in reader.orders_affected(target, since=since, until=until):
            assert order.code, "An order is named by its public code."
            assert order.units > 0
            assert since <= order.at < until, f"{order} lies outside of what was asked."

    def test_pictures_come_from_the_system_alone(self, subject: Subject, shelf: Shelf, reader: Session) -> None:
        if "images" not in subject.declaration.capabilities:
            with pytest.raises(CapabilityMissing):
                reader.image(subject.system.url)
            return
        url = next(one.image for one in shelf.resources if one.image)
        picture = reader.image(url)
        assert picture.content_type.startswith("image/")
        assert picture.body
        with pytest.raises(SystemRefused):
            reader.image("http://127.0.0.1:9/elsewhere.png")

    def test_an_unsigned_delivery_is_refused(self, subject: Subject) -> None:
        secret = Credentials(system=subject.system.key, purpose="webhook", secrets={"token": "whsec_MfKQ9r8GKYqrTwjU"})
        with pytest.raises(WebhookRefused):
            subject.connector.parse_webhook(subject.system, secret, {"content-type": "application/json"}, b"{}")
