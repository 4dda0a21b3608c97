"""What triggers tell of governed rows, whoever changes them and however."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from audit.models import RowChange
from audit.rows.watch import watch_faults
from launch.deployment import REPOSITORY
from orchestr.agents.models import Agent, AgentToken
from orchestr.freezes.models import Freeze
from orchestr.reconciling.governed import GOVERNED
from tests import make
from tests.conftest import Committed


def told(table: str = "orchestr_freeze") -> list[RowChange]:
    return list(RowChange.objects.filter(table=table).order_by("id"))


def frozen(key: str = "apparel", **more: Any) -> Freeze:
    return Freeze.objects.create(kind="segment", key=key, why="It sells at nothing.", set_at=make.now(), **more)


@pytest.fixture
def as_superuser(committed: Committed) -> Iterator[psycopg.Connection]:
    with psycopg.connect(committed.superuser_url, autocommit=True) as opened:
        yield opened


@pytest.mark.django_db
def test_a_row_that_is_made_is_told_with_its_values_and_without_its_text() -> None:
    row = frozen()
    (change,) = told()
    assert (change.operation, change.row) == ("insert", str(row.pk))
    assert change.changes["key"] == "apparel"
    assert "why" not in change.changes


@pytest.mark.django_db
def test_a_change_is_told_as_old_and_new_of_the_changed_columns_alone() -> None:
    row = frozen()
    Freeze.objects.filter(pk=row.pk).update(key="outdoor", why="Another reason.")
    assert told()[-1].changes == {"key": ["apparel", "outdoor"], "why": "changed"}


@pytest.mark.django_db
def test_a_change_of_nothing_or_of_a_skipped_column_is_not_told() -> None:
    row = frozen()
    Freeze.objects.filter(pk=row.pk).update(key="apparel", judged_at=make.now())
    assert len(told()) == 1


@pytest.mark.django_db
def test_many_rows_of_one_statement_are_told_each() -> None:
    Freeze.objects.bulk_create(
        [Freeze(kind="segment", key=f"s-{n}", why="Stop.", set_at=make.now()) for n in range(50)]
    )
    Freeze.objects.update(thawed_at=make.now())
    Freeze.objects.all().delete()
    changes = told()
    assert [change.operation for change in changes] == ["insert"] * 50 + ["update"] * 50 + ["delete"] * 50
    assert {len({change.row for change in changes[n : n + 50]}) for n in (0, 50, 100)} == {50}
    assert changes[-1].changes["key"].startswith("s-")


@pytest.mark.django_db
def test_a_changed_key_is_told_as_the_end_of_one_row_and_the_beginning_of_another() -> None:
    row = frozen()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orchestr_freeze SET id = uuidv7() WHERE id = %s RETURNING id", [row.pk])
        (other,) = cursor.fetchone()
    ends = {change.row: change.changes["id"] for change in told()[1:]}
    assert ends == {str(row.pk): [str(row.pk), None], str(other): [None, str(other)]}


@pytest.mark.django_db
def test_it_is_told_in_which_transaction_by_which_role_and_program() -> None:
    frozen()
    (change,) = told()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint, session_user, current_setting('application_name')")
        assert (change.txid, change.role, change.application) == cursor.fetchone()


@pytest.mark.django_db
def test_a_token_is_told_without_its_hash_and_its_use_not_at_all() -> None:
    house = make.house()
    AgentToken.objects.create(
        agent=house.agent, prefix="orc_aaaa", sha256="f" * 64, issued_by=house.people.ada.person,
        issued_at=make.now(), expires_at=make.now(),
    )  # fmt: skip
    before = len(told("orchestr_agent_token"))
    AgentToken.objects.update(last_used_at=make.now())
    assert len(told("orchestr_agent_token")) == before
    assert "f" * 64 not in str([change.changes for change in RowChange.objects.all()])


def test_a_superuser_is_seen_also_where_ordinary_triggers_are_switched_off(as_superuser: psycopg.Connection) -> None:
    house = make.house()
    with as_superuser.transaction():
        as_superuser.execute("SET LOCAL session_replication_role = replica")
        as_superuser.execute("UPDATE orchestr_agent SET key = 'another' WHERE id = %s", [house.agent.pk])
    assert Agent.objects.get(pk=house.agent.pk).key == "another"
    last = told("orchestr_agent")[-1]
    assert (last.role, last.changes) == ("postgres", {"key": [house.agent.key, "another"]})


def test_emptying_a_table_is_told(as_superuser: psycopg.Connection) -> None:
    as_superuser.execute("TRUNCATE orchestr_publication_window")
    (change,) = told("orchestr_publication_window")
    assert (change.operation, change.row, change.role) == ("truncate", "*", "postgres")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO audit_row_change (\"table\", operation, row, changes) VALUES ('a', 'insert', 'b', '{}')",
        "UPDATE audit_row_change SET row = ''",
        "DELETE FROM audit_row_change",
        "SELECT audit_wall_rows('orchestr_freeze')",
        "DELETE FROM audit_unexplained",
        "DROP TRIGGER audit_row_update ON orchestr_freeze",
        "ALTER TABLE orchestr_freeze DISABLE TRIGGER audit_row_update",
        "CREATE OR REPLACE FUNCTION audit_rows_of_orchestr_freeze() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
    ],
)
def test_the_app_writes_the_row_history_by_triggers_alone(committed: Committed, statement: str) -> None:
    frozen()
    with psycopg.connect(committed.app_url) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(statement)  # type: ignore[call-overload]
    assert len(told()) == 1


def test_a_superuser_cannot_change_what_was_told(as_superuser: psycopg.Connection) -> None:
    frozen()
    for statement in ("UPDATE audit_row_change SET row = ''", "DELETE FROM audit_row_change"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            as_superuser.execute(statement)  # type: ignore[call-overload]
    assert len(told()) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE orchestr_freeze DISABLE TRIGGER audit_row_update",
        "ALTER TABLE orchestr_freeze ENABLE TRIGGER audit_row_update",
        "DROP TRIGGER audit_row_delete ON orchestr_freeze",
        "CREATE OR REPLACE FUNCTION audit_rows_of_orchestr_freeze() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
        " AS 'BEGIN RETURN NULL; END'",
        "DROP FUNCTION audit_rows_of_orchestr_freeze() CASCADE",
        "ALTER TABLE orchestr_freeze ADD COLUMN quiet text",
    ],
)
def test_triggers_that_were_tampered_with_are_named(as_superuser: psycopg.Connection, statement: str) -> None:
    as_superuser.execute(statement)  # type: ignore[call-overload]
    assert [fault.place for fault in watch_faults(GOVERNED)] == ["orchestr_freeze"]


def test_the_next_migrate_watches_what_is_new_and_leaves_the_rest(committed: Committed) -> None:
    with psycopg.connect(committed.owner_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE orchestr_freeze ADD COLUMN quiet text NOT NULL DEFAULT ''")
        owner.execute("DROP TRIGGER audit_row_update ON orchestr_agent")
    assert "Row history: 2 tables." in migrated(committed)
    assert "Row history" not in migrated(committed)
    assert list(watch_faults(GOVERNED)) == []
    row = frozen()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orchestr_freeze SET quiet = 'yes' WHERE id = %s", [row.pk])
    assert told()[-1].changes == {"quiet": ["", "yes"]}


def migrated(committed: Committed) -> str:
    owner = {"DATABASE_OWNER_URL": committed.owner_url, "ORCHESTR_ROLE": "owner"}
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--skip-checks"],
        env={**os.environ, **committed.env, **owner}, cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout
