"""Statements that are sent with their values beside them are planned once a connection."""

import pytest
from django.db import connection

from orchestr.prepared import prepared

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
