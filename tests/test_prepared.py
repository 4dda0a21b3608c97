"""Statements that are sent with their values beside them are planned once a connection."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from orchestr.catalogue.models import Site
from orchestr.prepared import one_trip, part, prepared, send
from tests import make

pytestmark = pytest.mark.django_db

KNOWN = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE 'SELECT %s::int + 41%%'"


def known() -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(KNOWN.replace("%s", "$1"))
        found: list[tuple[int, int]] = cursor.fetchall()
        return found


def test_a_statement_asked_twice_was_planned_once_for_all_values() -> None:
    for value in (1, 2):
        with prepared() as cursor:
            cursor.execute("SELECT %s::int + 41", [value])
            assert cursor.fetchone() == (value + 41,)
    assert known() == [(2, 0)]


def test_a_statement_of_django_itself_is_not_kept() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::int + 41", [1])
    assert known() == []


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("type", "parts"),
    [
        (
            "text",
            ["plain", "", "NULL", 'a "quoted" \\ one', "{1,2}", "a,b", " both ends ", "line\nbreak", "Jäger 雪", None],
        ),
        ("text", []),
        ("uuid", [UUID(int=0), UUID(int=2**128 - 1), None]),
        ("bigint", [0, -1, 2**62, None]),
        ("bool", [True, False, None]),
        ("timestamptz", [datetime(2026, 3, 29, 1, 59, 59, 999_999, tzinfo=UTC), None]),
        ("jsonb", [{"a": "b"}, None]),
        ("numeric", [Decimal("1.10"), None]),
        ("text", [Colour.RED, "blue"]),
    ],
)
def test_a_list_arrives_as_the_array_that_it_is(type: str, parts: list[Any]) -> None:
    given = [json.dumps(part) if isinstance(part, dict) else part for part in parts]
    with prepared() as cursor:
        cursor.execute(f"SELECT to_jsonb(%s::{type}[]) = to_jsonb(ARRAY(SELECT unnest(%s::{type}[])))", [given, given])
        assert cursor.fetchone() == (True,)
        cursor.execute(f"SELECT part FROM unnest(%s::{type}[]) AS part", [given])
        found = [row[0] for row in cursor.fetchall()]
    assert [json.loads(part) if isinstance(part, str) and type == "jsonb" else part for part in found] == parts


def test_a_text_that_no_column_can_hold_is_refused_in_a_list_too() -> None:
    with pytest.raises((ValueError, DatabaseError)), transaction.atomic(), prepared() as cursor:
        cursor.execute("SELECT unnest(%s::text[])", [["a\0b"]])


def test_what_is_sent_in_one_trip_is_looked_at_when_all_of_it_is_back(house: make.House) -> None:
    site = Site.objects.first()
    assert site is not None
    told: list[int] = []
    with transaction.atomic():
        with one_trip():
            send("UPDATE orchestr_site SET name = %s WHERE id = %s::uuid", ["Elsewhere", site.pk], look=told.append)
            send("UPDATE orchestr_site SET name = %s WHERE id = %s::uuid", ["Nowhere", UUID(int=0)], look=told.append)
            assert told == []
        assert told == [1, 0]
    site.refresh_from_db()
    assert site.name == "Elsewhere"


def test_a_count_that_is_wrong_leaves_nothing_of_the_trip(house: make.House) -> None:
    site = Site.objects.first()
    assert site is not None
    was = site.name

    def one(count: int) -> None:
        if count != 1:
            raise LookupError(count)

    with pytest.raises(LookupError), transaction.atomic(), one_trip():  # noqa: PT012 - it is the trip's end that raises
        send("UPDATE orchestr_site SET name = %s WHERE id = %s::uuid", ["Elsewhere", site.pk], look=one)
        send("UPDATE orchestr_site SET name = %s WHERE id = %s::uuid", ["Nowhere", UUID(int=0)], look=one)
    site.refresh_from_db()
    assert site.name == was


def test_a_statement_that_fails_in_a_trip_fails_as_any_other_and_leaves_the_connection_usable() -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), one_trip():  # noqa: PT012 - as above
        send("UPDATE orchestr_site SET name = name WHERE id = %s::uuid", [UUID(int=0)], look=lambda count: None)
        send("SELECT 1 / %s::int", [0], look=lambda count: None)
        send("UPDATE orchestr_site SET name = name WHERE id = %s::uuid", [UUID(int=0)], look=lambda count: None)
    with prepared() as cursor:
        cursor.execute("SELECT %s::int", [7])
        assert cursor.fetchone() == (7,)


def test_outside_a_trip_a_count_is_looked_at_at_once() -> None:
    told: list[int] = []
    send("UPDATE orchestr_site SET name = name WHERE id = %s::uuid", [UUID(int=0)], look=told.append)
    assert told == [0]


def test_a_part_of_a_row_has_each_column_in_its_place_and_reads_the_others_when_asked(house: make.House) -> None:
    site = Site.objects.first()
    assert site is not None
    known = part(Site, currency=site.currency, id=site.pk, key=site.key)
    assert (known.pk, known.key, known.currency) == (site.pk, site.key, site.currency)
    assert known.get_deferred_fields() == {each.attname for each in Site._meta.concrete_fields} - {
        "id",
        "key",
        "currency",
    }
    assert known.name == site.name


def test_a_part_of_a_row_has_no_columns_that_its_model_has_not() -> None:
    with pytest.raises(TypeError):
        part(Site, id=UUID(int=0), nam="")
