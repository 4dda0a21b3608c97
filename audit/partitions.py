"""The walls around the audit table, as SQL: partitions by month, rights, triggers.

`audit_add_partitions` is owned by the role that migrates and runs with its rights, so that the app
may ask for more months without owning anything. Every partition gets its walls before it is
attached; attaching takes no lock that a writer of another month waits for.
"""

import re
from datetime import UTC, datetime

from django.db import connection

MONTHS_AHEAD = 24
LOG_TABLES = ("audit_leaf", "audit_subtree", "audit_checkpoint", "audit_key")
ROW_TABLE = "audit_row_change"  # see audit/rows: triggers alone write it
FOUND_TABLE = "audit_unexplained"
REFUSE_FUNCTION = "audit_refuse_change"
REFUSE_TRIGGER = "audit_refuse_change"
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

_WALL = """
CREATE FUNCTION audit_wall(partition regclass) RETURNS void LANGUAGE plpgsql SET search_path = {schema}, pg_temp AS $body$
BEGIN
    EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', partition);
    EXECUTE format('REVOKE ALL ON %s FROM {role}', partition);
    EXECUTE format('GRANT SELECT, INSERT ON %s TO {role}', partition);
    EXECUTE format('CREATE TRIGGER {trigger} BEFORE UPDATE OR DELETE OR TRUNCATE ON %s'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION {function}()', partition);
    -- ALWAYS: also under session_replication_role = replica, which switches ordinary triggers off.
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER {trigger}', partition);
END
$body$;
REVOKE ALL ON FUNCTION audit_wall(regclass) FROM PUBLIC;
"""

_ADD = """
CREATE FUNCTION audit_add_partitions(first_month timestamptz, months integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp SET timezone = 'UTC' AS $body$
DECLARE
    month timestamptz := date_trunc('month', first_month);
    name text;
    added integer := 0;
BEGIN
    IF months NOT BETWEEN 1 AND 120 OR first_month > now() + interval '120 months' THEN
        RAISE EXCEPTION 'between 1 and 120 months can be added';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('audit_add_partitions'));
    FOR step IN 1 .. months LOOP
        name := 'audit_event_' || to_char(month, 'YYYY_MM');
        IF to_regclass(name) IS NULL THEN
            EXECUTE format('CREATE TABLE %I (LIKE audit_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', name);
            PERFORM audit_wall(name::regclass);
            EXECUTE format('ALTER TABLE audit_event ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                           name, audit_month_bound(month), audit_month_bound(month + interval '1 month'));
            added := added + 1;
        END IF;
        month := month + interval '1 month';
    END LOOP;
    RETURN added;
END
$body$;
REVOKE ALL ON FUNCTION audit_add_partitions(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_add_partitions(timestamptz, integer) TO {role};
"""

_FIRST = """
SELECT audit_wall('audit_event');
CREATE TABLE audit_event_default PARTITION OF audit_event DEFAULT;
SELECT audit_wall('audit_event_default');
SELECT audit_add_partitions(now() - interval '1 month', {months});
"""

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
    return "".join((_REFUSE, _TABLE, _BOUND, _WALL.format(**words), _ADD.format(**words), _FIRST.format(**words)))


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
    """Make sure that partitions exist from the month of `at` (UTC) on; returns how many were added.

    Idempotent. Waits only for another call of itself.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_add_partitions(%s, %s)", [at.astimezone(UTC), months_ahead + 1])
        return int(cursor.fetchone()[0])
