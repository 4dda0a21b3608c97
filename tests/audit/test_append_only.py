"""Going round Python: the database itself refuses every change to what was recorded."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import transaction
from psycopg import errors, sql

from audit.keys import announce
from audit.notes import Signer
from audit.partitions import LOG_TABLES, extend
from audit.record import record_many
from audit.seal import Stretch, seal
from audit.walls import guarded_tables
from tests.audit.events import NOON, submitted

CHANGES = (
    "UPDATE {} SET action = 'refused'",
    "UPDATE {} SET data = '{{}}' WHERE false",
    "DELETE FROM {}",
    "DELETE FROM {} WHERE false",
    "TRUNCATE {}",
)
REBUILDS = (
    "ALTER TABLE {} DISABLE TRIGGER ALL",
    "ALTER TABLE {} ADD COLUMN extra text",
    "ALTER TABLE {} ALTER COLUMN data DROP NOT NULL",
    "DROP TABLE {}",
    "DROP TRIGGER audit_refuse_change ON {}",
    "CREATE RULE quiet AS ON INSERT TO {} DO INSTEAD NOTHING",
    "ALTER TABLE {} OWNER TO orchestr_app",
)


@pytest.fixture
def tables(committed) -> list[str]:
    with transaction.atomic():
        record_many([submitted()])
    return [table for table in guarded_tables() if table.startswith("audit_event")]


@pytest.fixture
def as_app(committed) -> Iterator[psycopg.Connection]:
    with psycopg.connect(committed.app_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def as_owner(committed) -> Iterator[psycopg.Connection]:
    with psycopg.connect(committed.owner_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def as_superuser(committed) -> Iterator[psycopg.Connection]:
    with psycopg.connect(committed.superuser_url, autocommit=True) as connection:
        yield connection


def events(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT count(*) FROM audit_event WHERE action = 'proposal.submitted'").fetchone()
    assert row is not None
    return int(row[0])


def said(statement: str, table: str) -> sql.Composed:
    return sql.SQL(statement).format(sql.Identifier(table))


def test_there_is_a_partition_for_last_month_this_one_the_24_ahead_and_the_rest(tables):
    assert len(tables) == 1 + 1 + 1 + 24 + 1
    assert tables[0] == "audit_event"
    assert "audit_event_default" in tables


@pytest.mark.parametrize("change", CHANGES + REBUILDS)
def test_the_app_may_not_change_the_table_or_any_partition(change, tables, as_app):
    for table in tables:
        with pytest.raises(errors.InsufficientPrivilege):
            as_app.execute(said(change, table))
    assert events(as_app) == 1


def test_the_app_may_not_give_itself_a_right(tables, as_app):
    for table in tables:
        as_app.execute(said("GRANT ALL ON {} TO orchestr_app", table))  # PostgreSQL only warns that nothing was granted
        held = as_app.execute("SELECT has_table_privilege(%s, 'UPDATE, DELETE, TRUNCATE')", [table]).fetchone()
        assert held == (False,)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("role", ["owner", "superuser"])
def test_the_triggers_refuse_even_the_owner_and_a_superuser(change, role, tables, as_owner, as_superuser):
    connection = as_owner if role == "owner" else as_superuser
    for table in tables:
        with pytest.raises(errors.InsufficientPrivilege, match="appended and never changed"):
            connection.execute(said(change, table))
    assert events(connection) == 1


def test_the_triggers_stand_in_replica_mode_too(tables, as_superuser):
    as_superuser.execute("SET session_replication_role = replica")
    with pytest.raises(errors.InsufficientPrivilege, match="appended and never changed"):
        as_superuser.execute("DELETE FROM audit_event")


def test_the_app_may_not_touch_the_functions_that_make_the_walls(tables, as_app):
    for statement in (
        "CREATE OR REPLACE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "DROP FUNCTION audit_refuse_change() CASCADE",
        "SELECT audit_wall('audit_event')",
        "CREATE TABLE audit_event_1999_01 PARTITION OF audit_event DEFAULT",
        "ALTER TABLE audit_event DETACH PARTITION audit_event_default",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            as_app.execute(statement)


def test_the_app_may_not_write_an_event_over_another(tables, as_app):
    with pytest.raises(errors.InsufficientPrivilege):
        as_app.execute("INSERT INTO audit_event SELECT * FROM audit_event ON CONFLICT (id) DO UPDATE SET action = 'x'")


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("id", "gen_random_uuid()", "audit_event_id_is_uuidv7"),
        ("actor_kind", "'robot'", "actor_kind"),
        ("action", "''", "action"),
        ("about", "'[]'", "about"),
        ("data", "'1'", "data"),
        ("sha256", "'\\x00'", "sha256"),
        ("account_id", "gen_random_uuid()", "audit_event_account_is_a_persons"),
    ],
)
def test_the_database_refuses_an_event_that_is_none(column, value, constraint, tables, as_app):
    columns = [
        "at",
        "action",
        "actor_kind",
        "actor_id",
        "account_id",
        "about",
        "data",
        "segments",
        "canonical",
        "sha256",
    ]
    given = {name: name for name in columns} | {"id": "uuidv7()", column: value}
    insert = f"INSERT INTO audit_event ({', '.join(given)}) SELECT {', '.join(given.values())} FROM audit_event"
    with pytest.raises(errors.CheckViolation, match=constraint):
        as_app.execute(insert)


def test_the_app_can_add_months_and_they_come_with_their_walls(tables, as_app, as_owner, as_superuser):
    assert extend(at=NOON.replace(year=2031), months_ahead=1) == 2
    assert extend(at=NOON.replace(year=2031), months_ahead=1) == 0
    for table in ("audit_event_2031_03", "audit_event_2031_04"):
        assert table in guarded_tables()
        for change in CHANGES:
            with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
                as_app.execute(said(change, table))
            with pytest.raises(errors.InsufficientPrivilege, match="appended and never changed"):
                as_owner.execute(said(change, table))


def test_an_event_lands_in_the_partition_of_its_month(tables, as_app):
    rows = as_app.execute(
        "SELECT tableoid::regclass::text,"
        " 'audit_event_' || to_char(uuid_extract_timestamp(id) AT TIME ZONE 'UTC', 'YYYY_MM') FROM audit_event"
    ).fetchall()
    assert [held == wanted for held, wanted in rows] == [True]


@pytest.fixture
def sealed_tables(committed) -> list[str]:
    with transaction.atomic():
        record_many([submitted() for _ in range(16)])
    signer = Signer.new("orchestr-audit/test")
    with transaction.atomic():
        announce([signer], at=NOON)
    seal(signers=[signer], at=NOON, within=Stretch())
    assert set(LOG_TABLES) < set(guarded_tables())
    return list(LOG_TABLES)


LOG_CHANGES = (
    "UPDATE {} SET {column} = {column}",
    "UPDATE {} SET {column} = {column} WHERE false",
    "DELETE FROM {}",
    "DELETE FROM {} WHERE false",
    "TRUNCATE {}",
)
LOG_COLUMNS = {"audit_leaf": "hash", "audit_subtree": "hash", "audit_checkpoint": "note", "audit_key": "since"}


@pytest.mark.parametrize("change", LOG_CHANGES)
def test_the_sealed_log_is_changed_by_nobody(change, sealed_tables, as_app, as_owner, as_superuser):
    as_superuser.execute("SET session_replication_role = replica")
    for table in sealed_tables:
        statement = sql.SQL(change).format(sql.Identifier(table), column=sql.Identifier(LOG_COLUMNS[table]))
        with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
            as_app.execute(statement)
        for connection in (as_owner, as_superuser):
            with pytest.raises(errors.InsufficientPrivilege, match="appended and never changed"):
                connection.execute(statement)
        assert as_app.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone() == (
            16 if table == "audit_leaf" else 1,
        )


@pytest.mark.parametrize(
    "row",
    [
        "INSERT INTO audit_leaf SELECT number, uuidv7(), hash FROM audit_leaf",
        "INSERT INTO audit_leaf SELECT number + 16, event_id, hash FROM audit_leaf",
        "INSERT INTO audit_leaf VALUES (-1, uuidv7(), sha256(''))",
        "INSERT INTO audit_leaf VALUES (16, uuidv7(), 'short')",
        "INSERT INTO audit_subtree VALUES (3, 0, sha256(''))",
        "INSERT INTO audit_subtree VALUES (0, 0, sha256(''))",
        "INSERT INTO audit_subtree VALUES (8, 0, 'short')",
        "INSERT INTO audit_subtree SELECT * FROM audit_subtree",
        "INSERT INTO audit_checkpoint (size, root, at, note) VALUES (0, 'short', now(), '')",
        "INSERT INTO audit_key SELECT * FROM audit_key",
    ],
)
def test_the_database_refuses_a_second_number_and_what_is_no_hash(row, sealed_tables, as_app):
    with pytest.raises(errors.IntegrityError):
        as_app.execute(row)
