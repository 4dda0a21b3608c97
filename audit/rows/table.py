"""The row history as SQL: a table partitioned by month that triggers alone write, behind the walls of the events.

The app's role may read it and nothing else: the functions of the triggers run with the rights of the role that
migrates (`audit/rows/watch.py`).
"""

from datetime import datetime

from audit.monthly import MONTHS_AHEAD, Monthly
from audit.partitions import ROW_TABLE

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

ROWS = Monthly(table=ROW_TABLE, wall="audit_wall_rows", add="audit_add_row_partitions", grants="SELECT")

UNBUILD_ROWS = """
DROP TABLE audit_row_change CASCADE;
DROP FUNCTION audit_add_row_partitions(timestamptz, integer);
DROP FUNCTION audit_wall_rows(regclass);
ALTER TABLE audit_event DROP COLUMN txid;
"""


def rows_sql(*, role: str, schema: str) -> str:
    """The whole set-up, for the migration. `role` is the app's database role."""
    return _TABLE + ROWS.sql(role=role, schema=schema)


def extend_rows(*, at: datetime, months_ahead: int = MONTHS_AHEAD) -> int:
    """Make sure that partitions exist from the month of `at` (UTC) on; returns how many were added."""
    return ROWS.extend(at=at, months_ahead=months_ahead)
