"""The audit table and what refuses changes to it, as SQL; how months and walls are made stands in `audit/monthly.py`."""

from datetime import datetime

from audit.monthly import MONTHS_AHEAD, REFUSE_FUNCTION, Monthly

LOG_TABLES = ("audit_leaf", "audit_subtree", "audit_checkpoint", "audit_key")
ROW_TABLE = "audit_row_change"  # see audit/rows: triggers alone write it
FOUND_TABLE = "audit_unexplained"
# What the function's body must be; verify_audit compares, since an emptied body is an open door.
REFUSE_BODY = """
BEGIN
    RAISE EXCEPTION 'audit events are appended and never changed: % on % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
"""

_REFUSE = f"""
CREATE FUNCTION {REFUSE_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $body${REFUSE_BODY}$body$;
REVOKE ALL ON FUNCTION {REFUSE_FUNCTION}() FROM PUBLIC;
"""

_TABLE = """
CREATE TABLE audit_event (
    id uuid NOT NULL DEFAULT uuidv7(),
    at timestamptz NOT NULL,
    action text NOT NULL CHECK (action <> ''),
    actor_kind text NOT NULL CHECK (actor_kind IN ('person', 'agent', 'worker', 'system')),
    actor_id text NOT NULL CHECK (actor_id <> ''),
    account_id uuid,
    on_behalf_of text,
    about jsonb NOT NULL CHECK (jsonb_typeof(about) = 'object'),
    data jsonb NOT NULL CHECK (jsonb_typeof(data) = 'object'),
    request_id text,
    segments text[] NOT NULL,
    canonical bytea NOT NULL,
    sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
    PRIMARY KEY (id),
    CONSTRAINT audit_event_id_is_uuidv7 CHECK (uuid_extract_version(id) = 7),
    CONSTRAINT audit_event_account_is_a_persons CHECK (account_id IS NULL OR actor_kind = 'person')
) PARTITION BY RANGE (id);
CREATE INDEX audit_event_about ON audit_event USING gin (about);
CREATE INDEX audit_event_at ON audit_event (at, id);
CREATE INDEX audit_event_action ON audit_event (action, id);
CREATE INDEX audit_event_actor ON audit_event (actor_id, id);
CREATE INDEX audit_event_request ON audit_event (request_id) WHERE request_id IS NOT NULL;
"""

# A UUIDv7 begins with 48 bits of milliseconds since 1970; the rest being zero makes it a lower bound.
_BOUND = """
CREATE FUNCTION audit_month_bound(month timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS $body$
    SELECT (lpad(to_hex((extract(epoch FROM month) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$body$;
"""

EVENTS = Monthly(table="audit_event", wall="audit_wall", add="audit_add_partitions", grants="SELECT, INSERT")

UNBUILD = """
DROP TABLE audit_event;
DROP FUNCTION audit_add_partitions(timestamptz, integer);
DROP FUNCTION audit_wall(regclass);
DROP FUNCTION audit_month_bound(timestamptz);
DROP FUNCTION audit_refuse_change();
"""


class RoleMissing(RuntimeError):
    """The app's database role must exist before the audit table can be closed to it."""


def build_sql(*, role: str, schema: str) -> str:
    """The whole set-up, for the first migration. `role` is the app's database role, which owns nothing."""
    return "".join((_REFUSE, _TABLE, _BOUND, EVENTS.sql(role=role, schema=schema)))


def log_walls_sql() -> str:
    """Rights, triggers and checks for the tables of the sealed log, for the migration that makes them."""
    checks = (
        "ALTER TABLE audit_leaf ADD CONSTRAINT audit_leaf_is_counted CHECK (number >= 0),"
        " ADD CONSTRAINT audit_leaf_hash_has_32_bytes CHECK (octet_length(hash) = 32);"
        "ALTER TABLE audit_subtree ADD CONSTRAINT audit_subtree_is_of_a_kept_level CHECK (level > 0 AND level % 4 = 0),"
        " ADD CONSTRAINT audit_subtree_hash_has_32_bytes CHECK (octet_length(hash) = 32);"
        "ALTER TABLE audit_checkpoint ADD CONSTRAINT audit_checkpoint_root_has_32_bytes CHECK (octet_length(root) = 32);"
    )
    return checks + "".join(f"SELECT audit_wall('{table}');" for table in LOG_TABLES)


def extend(*, at: datetime, months_ahead: int = MONTHS_AHEAD) -> int:
    """Make sure that partitions of the events exist from the month of `at` (UTC) on; returns how many were added."""
    return EVENTS.extend(at=at, months_ahead=months_ahead)
