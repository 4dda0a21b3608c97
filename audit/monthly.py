"""A table in partitions by month behind walls, as SQL: the events and the row history are such tables.

The function that adds months is owned by the role that migrates and runs with its rights, so that the app may ask for
more without owning anything. Every partition gets its walls before it is attached; attaching takes no lock that a
writer of another month waits for.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection

MONTHS_AHEAD = 24
REFUSE_FUNCTION = "audit_refuse_change"
REFUSE_TRIGGER = "audit_refuse_change"

_WALL = """
CREATE FUNCTION {wall}(partition regclass) RETURNS void LANGUAGE plpgsql SET search_path = {schema}, pg_temp AS $body$
BEGIN
    EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', partition);
    EXECUTE format('REVOKE ALL ON %s FROM {role}', partition);
    EXECUTE format('GRANT {grants} ON %s TO {role}', partition);
    EXECUTE format('CREATE TRIGGER {trigger} BEFORE UPDATE OR DELETE OR TRUNCATE ON %s'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION {function}()', partition);
    -- ALWAYS: also under session_replication_role = replica, which switches ordinary triggers off.
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER {trigger}', partition);
END
$body$;
REVOKE ALL ON FUNCTION {wall}(regclass) FROM PUBLIC;
"""

_ADD = """
CREATE FUNCTION {add}(first_month timestamptz, months integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp SET timezone = 'UTC' AS $body$
DECLARE
    month timestamptz := date_trunc('month', first_month);
    name text;
    added integer := 0;
BEGIN
    IF months NOT BETWEEN 1 AND 120 OR first_month > now() + interval '120 months' THEN
        RAISE EXCEPTION 'between 1 and 120 months can be added';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('{add}'));
    FOR step IN 1 .. months LOOP
        name := '{table}_' || to_char(month, 'YYYY_MM');
        IF to_regclass(name) IS NULL THEN
            EXECUTE format('CREATE TABLE %I (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', name);
            PERFORM {wall}(name::regclass);
            EXECUTE format('ALTER TABLE {table} ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                           name, audit_month_bound(month), audit_month_bound(month + interval '1 month'));
            added := added + 1;
        END IF;
        month := month + interval '1 month';
    END LOOP;
    RETURN added;
END
$body$;
REVOKE ALL ON FUNCTION {add}(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {add}(timestamptz, integer) TO {role};
"""

_FIRST = """
SELECT {wall}('{table}');
CREATE TABLE {table}_default PARTITION OF {table} DEFAULT;
SELECT {wall}('{table}_default');
SELECT {add}(now() - interval '1 month', {months});
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Monthly:
    """One such table: the names of its two functions, and what the app's role may do to it."""

    table: str
    wall: str
    add: str
    grants: str

    def sql(self, *, role: str, schema: str) -> str:
        """Functions, walls and first partitions of the table, which stands already. `role` owns nothing."""
        for name in (role, schema):
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,62}", name):
                raise ValueError(f"{name!r} is no plain name of a database role or schema")
        return (_WALL + _ADD + _FIRST).format(
            table=self.table,
            wall=self.wall,
            add=self.add,
            grants=self.grants,
            role=f'"{role}"',
            schema=f'"{schema}"',
            trigger=REFUSE_TRIGGER,
            function=REFUSE_FUNCTION,
            months=MONTHS_AHEAD + 2,
        )

    def extend(self, *, at: datetime, months_ahead: int) -> int:
        """Make sure that partitions exist from the month of `at` (UTC) on; returns how many were added.

        Idempotent. Waits only for another call of itself.
        """
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {self.add}(%s, %s)", [at.astimezone(UTC), months_ahead + 1])
            return int(cursor.fetchone()[0])
