"""Every table is watched by the row history, or named as not governed with a reason; and the triggers stand."""

import pytest
from django.apps import apps
from django.db import connection

from audit.rows.watch import Watched, unknown_columns, watch_faults
from orchestr.reconciling.governed import GOVERNED, NOT_GOVERNED


def tables_of_models() -> set[str]:
    return {model._meta.db_table for model in apps.get_models(include_auto_created=True)}


def test_every_table_is_governed_or_named_with_a_reason() -> None:
    governed = [each.table for each in GOVERNED]
    assert len(governed) == len(set(governed))
    assert set(governed) & NOT_GOVERNED.keys() == set()
    assert set(governed) | NOT_GOVERNED.keys() == tables_of_models()
    assert all(NOT_GOVERNED.values())


@pytest.mark.django_db
def test_the_triggers_of_every_governed_table_stand() -> None:
    assert list(watch_faults(GOVERNED)) == []


@pytest.mark.django_db
@pytest.mark.parametrize("watched", GOVERNED, ids=[each.table for each in GOVERNED])
def test_the_list_names_columns_that_are_there(watched: Watched) -> None:
    assert unknown_columns(watched) == frozenset()


@pytest.mark.django_db
def test_what_people_write_and_what_is_secret_is_never_told_by_value() -> None:
    """Free text is a TextField, and these columns hold secrets or personal data."""
    private = {"password", "sha256", "reason_salt", "email", "username"}
    for watched in GOVERNED:
        model = next(
            each for each in apps.get_models(include_auto_created=True) if each._meta.db_table == watched.table
        )
        for field in model._meta.concrete_fields:
            if field.get_internal_type() == "TextField" or field.column in private:
                assert field.column in watched.noted | watched.skipped, f"{watched.table}.{field.column}"


@pytest.mark.django_db
def test_no_other_function_writes_the_row_history() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT proname FROM pg_proc WHERE prosrc LIKE '%INSERT INTO audit_row_change %' ORDER BY 1")
        assert {name for (name,) in cursor.fetchall()} == {each.function for each in GOVERNED}
