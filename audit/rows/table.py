"""The row history as SQL: a table partitioned by month that triggers alone write, behind the walls of the events.

The app's role may read it and nothing else: the functions of the triggers run with the rights of the role that
migrates (`audit/rows/watch.py`).
"""

import re
from datetime import UTC, datetime

from django.db import connection

from audit.partitions import MONTHS_AHEAD, REFUSE_FUNCTION, REFUSE_TRIGGER

_TABLE = """
CREATE TABLE audit_row_change (
    id uuid NOT NULL DEFAULT uuidv7(),
    txid bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    role text NOT NULL DEFAULT session_user,
    application text NOT NULL DEFAULT current_setting('application_name'),
    "table" text NOT NULL,
    operation text NOT NULL CHECK (operation IN ('insert', 'update', 'delete', 'truncate')),
    row text NOT NULL,
    changes jsonb NOT NULL CHECK (jsonb_typeof(changes) = 'object'),
    PRIMARY KEY (id),
    CONSTRAINT audit_row_change_id_is_uuidv7 CHECK (uuid_extract_version(id) = 7)
) PARTITION BY RANGE (id);
CREATE INDEX audit_row_change_row ON audit_row_change (row, id);
-- In two steps: a default given with the column would be filled into all that is there.
ALTER TABLE audit_event ADD COLUMN txid bigint;
ALTER TABLE audit_event ALTER COLUMN txid SET DEFAULT (pg_current_xact_id()::text::bigint);
"""

_WALL = """
CREATE FUNCTION audit_wall_rows(partition regclass) RETURNS void LANGUAGE plpgsql
SET search_path = {schema}, pg_temp AS $body$
BEGIN
    EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', partition);
    EXECUTE format('REVOKE ALL ON %s FROM {role}', partition);
    EXECUTE format('GRANT SELECT ON %s TO {role}', partition);
    EXECUTE format('CREATE TRIGGER {trigger} BEFORE UPDATE OR DELETE OR TRUNCATE ON %s'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION {function}()', partition);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER {trigger}', partition);
END
$body$;
REVOKE ALL ON FUNCTION audit_wall_rows(regclass) FROM PUBLIC;
"""

_ADD = """
CREATE FUNCTION audit_add_row_partitions(first_month timestamptz, months integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp SET timezone = 'UTC' AS $body$
DECLARE
    month timestamptz := date_trunc('month', first_month);
    name text;
    added integer := 0;
BEGIN
    IF months NOT BETWEEN 1 AND 120 OR first_month > now() + interval '120 months' THEN
        RAISE EXCEPTION 'between 1 and 120 months can be added';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('audit_add_row_partitions'));
    FOR step IN 1 .. months LOOP
        name := 'audit_row_change_' || to_char(month, 'YYYY_MM');
        IF to_regclass(name) IS NULL THEN
            EXECUTE format('CREATE TABLE %I (LIKE audit_row_change INCLUDING DEFAULTS INCLUDING CONSTRAINTS'
                           ' INCLUDING INDEXES)', name);
            PERFORM audit_wall_rows(name::regclass);
            EXECUTE format('ALTER TABLE audit_row_change ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                           name, audit_month_bound(month), audit_month_bound(month + interval '1 month'));
            added := added + 1;
        END IF;
        month := month + interval '1 month';
    END LOOP;
    RETURN added;
END
$body$;
REVOKE ALL ON FUNCTION audit_add_row_partitions(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_add_row_partitions(timestamptz, integer) TO {role};
"""

_FIRST = """
SELECT audit_wall_rows('audit_row_change');
CREATE TABLE audit_row_change_default PARTITION OF audit_row_change DEFAULT;
SELECT audit_wall_rows('audit_row_change_default');
SELECT audit_add_row_partitions(now() - interval '1 month', {months});
"""

UNBUILD_ROWS = """
DROP TABLE audit_row_change CASCADE;
DROP FUNCTION audit_add_row_partitions(timestamptz, integer);
DROP FUNCTION audit_wall_rows(regclass);
ALTER TABLE audit_event DROP COLUMN txid;
"""


def rows_sql(*, role: str, schema: str) -> str:
    """The whole set-up, for the migration. `role` is the app's database role."""
    for name in (role, schema):
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,62}", name):
            raise ValueError(f"{name!r} is no plain name of a database role or schema")
    words = {
        "role": f'"{role}"',
        "schema": f'"{schema}"',
        "trigger": REFUSE_TRIGGER,
        "function": REFUSE_FUNCTION,
        "months": MONTHS_AHEAD + 2,
    }
    return "".join((_TABLE, _WALL.format(**words), _ADD.format(**words), _FIRST.format(**words)))


def extend_rows(*, at: datetime, months_ahead: int = MONTHS_AHEAD) -> int:
    """Make sure that partitions exist from the month of `at` (UTC) on; returns how many were added. Idempotent."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_add_row_partitions(%s, %s)", [at.astimezone(UTC), months_ahead + 1])
        return int(cursor.fetchone()[0])
