"""The triggers of the row history: what each statement did to a governed row, whoever sent it.

One function a table, made from one text and the table's own columns, so that a column somebody adds is watched from
the next `migrate` on. It runs once a statement, over all its rows. What a person wrote or must not leave its row
(`noted`) is told as changed and never as a value; `skipped` columns change too often to mean anything.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext as _

from audit.walls import Fault

PREFIX = "audit_rows_of_"
VERBS = ("insert", "update", "delete", "truncate")
_REFERENCING = {
    "insert": "REFERENCING NEW TABLE AS fresh ",
    "update": "REFERENCING OLD TABLE AS stale NEW TABLE AS fresh ",
    "delete": "REFERENCING OLD TABLE AS stale ",
    "truncate": "",
}
# AFTER (no bit) and FOR EACH STATEMENT (no bit): pg_trigger.tgtype is what it fires on alone.
_TYPES = {"insert": 4, "delete": 8, "update": 16, "truncate": 32}


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A governed table. `noted`: told as changed, without values; `skipped`: not told at all."""

    table: str
    key: str = "id"
    noted: frozenset[str] = frozenset()
    skipped: frozenset[str] = frozenset()

    @property
    def function(self) -> str:
        return f"{PREFIX}{self.table}"


def watch(tables: Iterable[Watched]) -> list[str]:
    """Put up the triggers of these tables, and take away those of others; the tables that were changed.

    As the owner of the tables. What stands already stays untouched: it locks only what it changes.
    """
    tables, changed = list(tables), []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        (schema,) = cursor.fetchone()
        columns = _columns()
        for each in tables:
            if _stands(each, columns[each.table]):
                continue
            cursor.execute(_function_sql(each, columns[each.table], schema))
            for verb in VERBS:
                cursor.execute(_trigger_sql(each, verb))
            changed.append(each.table)
        known = {each.function for each in tables}
        for function in [name for name in _functions() if name not in known]:
            cursor.execute(f'DROP FUNCTION "{function}"() CASCADE')
            changed.append(function.removeprefix(PREFIX))
    return changed


def watch_faults(tables: Iterable[Watched]) -> Iterator[Fault]:
    """Every governed table whose triggers are missing, switched off or not those that were put up."""
    columns = _columns()
    for each in tables:
        if each.table not in columns:
            yield Fault(each.table, _("This governed table is missing."))
        elif not _stands(each, columns[each.table]):
            yield Fault(each.table, _("The triggers of the row history are missing, switched off or not ours."))


def unknown_columns(each: Watched) -> frozenset[str]:
    """Columns that the list names and the table does not have."""
    there = set(_columns().get(each.table, ()))
    return (each.noted | each.skipped | {each.key}) - there


def _columns() -> dict[str, list[str]]:
    """The columns of every table of the schema, by name."""
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0"
            " AND NOT a.attisdropped ORDER BY c.relname, a.attnum"
        )
        for table, column in cursor.fetchall():
            found.setdefault(table, []).append(column)
    return found


def _functions() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
            " AND starts_with(proname, %s) ORDER BY 1",
            [PREFIX],
        )
        return [name for (name,) in cursor.fetchall()]


def _stands(each: Watched, columns: Sequence[str]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT prosrc, prosecdef FROM pg_proc WHERE proname = %s AND pronamespace = current_schema()::regnamespace",
            [each.function],
        )
        if cursor.fetchall() != [(_body(each, columns), True)]:
            return False
        cursor.execute(
            "SELECT g.tgname, g.tgtype, g.tgenabled::text FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid"
            " JOIN pg_proc f ON f.oid = g.tgfoid"
            " WHERE c.relname = %s AND c.relnamespace = current_schema()::regnamespace AND f.proname = %s",
            [each.table, each.function],
        )
        return set(cursor.fetchall()) == {(f"audit_row_{verb}", _TYPES[verb], "A") for verb in VERBS}


def _function_sql(each: Watched, columns: Sequence[str], schema: str) -> str:
    return (
        f'CREATE OR REPLACE FUNCTION "{each.function}"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER'
        f' SET search_path = "{schema}", pg_temp AS $body${_body(each, columns)}$body$;'
        f'REVOKE ALL ON FUNCTION "{each.function}"() FROM PUBLIC'
    )


def _trigger_sql(each: Watched, verb: str) -> str:
    name = f"audit_row_{verb}"
    return (
        f'CREATE OR REPLACE TRIGGER {name} AFTER {verb.upper()} ON "{each.table}" {_REFERENCING[verb]}'
        f'FOR EACH STATEMENT EXECUTE FUNCTION "{each.function}"();'
        # Also under session_replication_role = replica, which switches ordinary triggers off.
        f'ALTER TABLE "{each.table}" ENABLE ALWAYS TRIGGER {name}'
    )


_BODY = """
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO audit_row_change ("table", operation, row, changes)
        SELECT '{table}', 'insert', fresh.{key}::text, to_jsonb(told)
        FROM fresh CROSS JOIN LATERAL (SELECT {fresh}) AS told;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO audit_row_change ("table", operation, row, changes)
        SELECT '{table}', 'update', coalesce(stale.{key}, fresh.{key})::text, told.changes
        FROM stale FULL JOIN fresh ON fresh.{key} = stale.{key}
        CROSS JOIN LATERAL (
            SELECT jsonb_object_agg(part.name, part.pair) AS changes FROM (VALUES {pairs}) AS part(name, pair)
            WHERE part.pair IS NOT NULL
        ) AS told
        WHERE told.changes IS NOT NULL;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO audit_row_change ("table", operation, row, changes)
        SELECT '{table}', 'delete', stale.{key}::text, to_jsonb(told)
        FROM stale CROSS JOIN LATERAL (SELECT {stale}) AS told;
    ELSE
        INSERT INTO audit_row_change ("table", operation, row, changes) VALUES ('{table}', 'truncate', '*', '{{}}');
    END IF;
    RETURN NULL;
END
"""


def _body(each: Watched, columns: Sequence[str]) -> str:
    told = [name for name in columns if name not in each.noted | each.skipped]
    noted = [name for name in columns if name in each.noted]
    pairs = [
        f"""('{name}', CASE WHEN stale."{name}" IS DISTINCT FROM fresh."{name}" """
        f"""THEN jsonb_build_array(stale."{name}", fresh."{name}") END)"""
        for name in told
    ]
    pairs += [
        f"""('{name}', CASE WHEN stale."{name}" IS DISTINCT FROM fresh."{name}" THEN '"changed"'::jsonb END)"""
        for name in noted
    ]
    return _BODY.format(
        table=each.table,
        key=f'"{each.key}"',
        fresh=", ".join(f'fresh."{name}"' for name in told),
        stale=", ".join(f'stale."{name}"' for name in told),
        pairs=", ".join(pairs),
    )
