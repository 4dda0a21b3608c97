"""`verify_audit` names the first bad place: an edited event, a missing wall, a month taken out."""

import hashlib
import json
from collections.abc import Iterator

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from audit.canonical import canonical
from audit.record import record_many, record_refusal
from tests.audit.events import MIA, NOON, submitted


@pytest.fixture
def ids(committed) -> list[str]:
    with transaction.atomic():
        return [
            str(id)
            for id in record_many(
                [
                    submitted(),
                    submitted(actor=MIA, on_behalf_of="x", request_id="r", data={"until": NOON, "count": 1}),
                    submitted(segments=[], data={}),
                ]
            )
        ]


@pytest.fixture
def tamper(committed) -> Iterator[psycopg.Connection]:
    """A superuser who has switched the triggers off."""
    with psycopg.connect(committed.superuser_url, autocommit=True) as connection:
        yield connection


def edit(connection: psycopg.Connection, statement: str, *params: object) -> None:
    """Change rows behind the triggers' back and put the triggers back as they were."""
    connection.execute("ALTER TABLE audit_event DISABLE TRIGGER ALL")
    tables = connection.execute("SELECT relid::regclass::text FROM pg_partition_tree('audit_event')").fetchall()
    for (table,) in tables:
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER audit_refuse_change")
    connection.execute(statement, params)
    for (table,) in tables:
        connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER audit_refuse_change")


def verified(capsys: pytest.CaptureFixture[str]) -> str:
    call_command("verify_audit")
    return capsys.readouterr().out


def bad_place() -> str:
    with pytest.raises(CommandError) as found:
        call_command("verify_audit")
    assert found.value.returncode == 1
    return str(found.value)


def this_month(connection: psycopg.Connection) -> str:
    row = connection.execute("SELECT DISTINCT tableoid::regclass::text FROM audit_event").fetchone()
    assert row is not None
    return str(row[0])


def test_of_a_good_log_says_what_it_checked_and_what_it_could_not(ids, capsys):
    record_refusal(actor=MIA, at=NOON, code="x", door="page", params={"text": "hostile text"})
    out = verified(capsys)
    assert "61 tables" in out
    assert "4 events" in out
    assert "Sealed log: 0 entries" in out
    assert "4 events wait to be sealed" in out
    assert "Without a pinned checkpoint" in out
    assert "good" in out


def test_of_an_empty_log_is_good(committed, capsys):
    assert "Checked 0 events" in verified(capsys)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "at + interval '1 microsecond'"),
        ("action", "'proposal.approved'"),
        ("actor_kind", "'agent'"),
        ("actor_id", "'somebody-else'"),
        ("account_id", "NULL"),
        ("on_behalf_of", "NULL"),
        ("about", "'{}'"),
        ("data", """'{"until": "2026-03-02T12:00:00.000000Z", "count": true}'"""),
        ("request_id", "'s'"),
        ("segments", "'{}'"),
    ],
)
def test_names_an_event_whose_column_was_edited(column, value, ids, tamper):
    if column == "actor_kind":
        edit(tamper, "UPDATE audit_event SET account_id = NULL, actor_kind = 'agent' WHERE id = %s", ids[1])
        assert ids[1] in bad_place()
        return
    edit(tamper, f"UPDATE audit_event SET {column} = {value} WHERE id = %s", ids[1])
    assert f"event {ids[1]}. The column {column} does" in bad_place()


def test_names_an_event_whose_bytes_were_edited(ids, tamper):
    edit(tamper, "UPDATE audit_event SET canonical = canonical || ' ' WHERE id = %s", ids[1])
    assert f"event {ids[1]}. The hash is not" in bad_place()


def test_names_an_event_whose_hash_was_edited(ids, tamper):
    edit(tamper, "UPDATE audit_event SET sha256 = sha256('x') WHERE id = %s", ids[2])
    assert f"event {ids[2]}. The hash is not" in bad_place()


def test_names_an_event_whose_bytes_and_hash_were_edited_together(ids, tamper):
    row = tamper.execute("SELECT canonical FROM audit_event WHERE id = %s", [ids[0]]).fetchone()
    assert row is not None
    forged = canonical(json.loads(row[0]) | {"action": "proposal.approved"})
    edit(
        tamper,
        "UPDATE audit_event SET canonical = %s, sha256 = %s WHERE id = %s",
        forged,
        hashlib.sha256(forged).digest(),
        ids[0],
    )
    assert f"event {ids[0]}. The column action does" in bad_place()


@pytest.mark.parametrize(
    ("forge", "message"),
    [
        (lambda said: b"[]", "no audit event"),
        (lambda said: b"\xff", "no audit event"),
        (lambda said: canonical(said | {"v": 2}), "this release does not know"),
        (lambda said: json.dumps(said).encode(), "canonical form"),
        (lambda said: canonical(said | {"more": 1}), "canonical form"),
    ],
)
def test_names_an_event_whose_bytes_are_not_what_record_writes(forge, message, ids, tamper):
    row = tamper.execute("SELECT canonical FROM audit_event WHERE id = %s", [ids[0]]).fetchone()
    assert row is not None
    forged = forge(json.loads(row[0]))
    edit(
        tamper,
        "UPDATE audit_event SET canonical = %s, sha256 = %s WHERE id = %s",
        forged,
        hashlib.sha256(forged).digest(),
        ids[0],
    )
    told = bad_place()
    assert ids[0] in told
    assert message in told


def test_names_the_first_of_several_bad_events(ids, tamper):
    edit(tamper, "UPDATE audit_event SET action = 'refused' WHERE id = ANY(%s)", [ids[2], ids[1]])
    told = bad_place()
    assert ids[1] in told
    assert ids[2] not in told


@pytest.mark.parametrize("right", ["UPDATE", "DELETE", "TRUNCATE", "UPDATE (data)"])
@pytest.mark.parametrize("grantee", ["orchestr_app", "PUBLIC"])
def test_names_a_partition_on_which_somebody_got_a_right(right, grantee, ids, tamper):
    table = this_month(tamper)
    tamper.execute(f"GRANT {right} ON {table} TO {grantee}")
    told = bad_place()
    assert f"{table}. {grantee} holds {right.split()[0]} here" in told


def test_names_a_table_the_app_owns(ids, tamper):
    table = this_month(tamper)
    tamper.execute(f"ALTER TABLE {table} OWNER TO orchestr_app")
    assert f"{table}. The app's role owns this table" in bad_place()


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE {} DISABLE TRIGGER audit_refuse_change",
        "ALTER TABLE {} ENABLE TRIGGER audit_refuse_change",
        "ALTER TABLE {} ENABLE REPLICA TRIGGER audit_refuse_change",
        "DROP TRIGGER audit_refuse_change ON {}",
        "CREATE OR REPLACE TRIGGER audit_refuse_change BEFORE DELETE ON {}"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()",
    ],
)
def test_names_a_partition_whose_trigger_was_taken_away_or_weakened(statement, ids, tamper):
    table = this_month(tamper)
    tamper.execute(statement.format(table))
    assert table in bad_place()


def test_names_a_strange_trigger(ids, tamper):
    table = this_month(tamper)
    tamper.execute("CREATE FUNCTION forge() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
    tamper.execute(f"CREATE TRIGGER forge BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION forge()")
    assert f"{table}. A trigger that does not belong here: forge" in bad_place()


def test_names_the_refusing_function_when_it_was_emptied(ids, tamper):
    tamper.execute(
        "CREATE OR REPLACE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
    )
    assert "audit_refuse_change. The function" in bad_place()


def test_names_row_security_and_rules(ids, tamper):
    tamper.execute("ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY")
    tamper.execute("CREATE POLICY everything ON audit_event USING (true)")
    assert "audit_event. Row security" in bad_place()
    tamper.execute("ALTER TABLE audit_event DISABLE ROW LEVEL SECURITY")
    tamper.execute(f"CREATE RULE quiet AS ON INSERT TO {this_month(tamper)} DO INSTEAD NOTHING")
    assert "A rule rewrites" in bad_place()


def test_names_a_month_that_was_taken_out(ids, tamper):
    table = this_month(tamper)
    tamper.execute(f"ALTER TABLE audit_event DETACH PARTITION {table}")
    assert f"{table}. This month was taken out" in bad_place()
    tamper.execute(f"DROP TABLE {table}")
    assert f"{table}. The partition of this month is missing" in bad_place()


def test_is_unusable_where_there_is_no_log(committed, tamper):
    tamper.execute("ALTER TABLE audit_event RENAME TO gone")
    with pytest.raises(CommandError) as unusable:
        call_command("verify_audit")
    assert unusable.value.returncode == 2
