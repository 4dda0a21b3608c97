"""Whom commercetools names as the last to change a document."""

from datetime import UTC, datetime

import pytest

from orchestr.connectors.commercetools.read import _seen


@pytest.mark.parametrize(
    ("by", "named"),
    [
        ({"isPlatformClient": True, "user": {"typeId": "user", "id": "u-1"}}, "user u-1"),
        ({"clientId": "c-1", "externalUserId": "mia@shop"}, "mia@shop"),
        ({"clientId": "c-1", "isPlatformClient": False}, "API client c-1"),
        ({"associate": {"typeId": "customer", "id": "a-1"}}, "associate a-1"),
        ({}, ""),
        (None, ""),
    ],
)
def test_each_kind_of_hand_is_named(by: object, named: str) -> None:
    seen = _seen(1, {"version": 4, "lastModifiedAt": "2026-03-01T10:00:00.000Z", "lastModifiedBy": by})
    assert (seen.value, seen.token, seen.changed_by) == (1, "4", named)
    assert seen.changed_at == datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("at", [None, "yesterday", 7])
def test_a_time_that_cannot_be_read_is_none(at: object) -> None:
    assert _seen(1, {"version": 4, "lastModifiedAt": at}).changed_at is None
