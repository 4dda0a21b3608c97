"""Whether the walls around the log stand: rights, owner, triggers, partitions, as the catalogue says.

Reads the server's catalogues only, so it may run as any role. `audit/partitions.py` builds what this
looks for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from audit.monthly import REFUSE_FUNCTION, REFUSE_TRIGGER
from audit.partitions import FOUND_TABLE, LOG_TABLES, REFUSE_BODY, ROW_TABLE

# BEFORE (2) DELETE (8) UPDATE (16) TRUNCATE (32), and not FOR EACH ROW (1): pg_trigger.tgtype.
_TRIGGER_TYPE = 58
# Every table of the log with its place in the order told: the events and their partitions, what seals them, the row
# history with its partitions. `written`: the app itself appends to it.
_WALLED = f"""(
    SELECT relid, level, relid::regclass::text AS name, true AS written FROM pg_partition_tree('audit_event')
    UNION ALL SELECT to_regclass(name), 2, name, true FROM unnest(ARRAY{[*LOG_TABLES, FOUND_TABLE]}) AS name
    UNION ALL SELECT relid, level + 2, relid::regclass::text, false FROM pg_partition_tree('{ROW_TABLE}')
)"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Fault:
    """One bad place: a table, or an event by its id, and what is wrong there."""

    place: str
    message: str


def wall_faults(*, role: str, at: datetime) -> Iterator[Fault]:
    """Every gap in the walls, as of `at`: rights of `role`, owner, triggers, rules, months."""
    yield from _role(role)
    yield from _missing()
    yield from _rights()
    yield from _ownership(role)
    yield from _triggers()
    yield from _function()
    yield from _detours()
    for table in ("audit_event", ROW_TABLE):
        yield from _months(table, at)


def guarded_tables() -> list[str]:
    """The audit table, its partitions, and the tables of the sealed log."""
    rows = _ask(f"SELECT name FROM {_WALLED} AS t WHERE relid IS NOT NULL ORDER BY level, name", [])  # noqa: S608 - constants
    return [name for (name,) in rows]


def _ask(statement: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())


def _role(role: str) -> Iterator[Fault]:
    found = _ask("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = %s", [role])
    if not found:
        yield Fault(role, _("This database role does not exist, so nothing shows what the app may do."))
    elif found[0][0]:
        yield Fault(role, _("The app's role is a superuser and may rewrite everything."))


def _missing() -> Iterator[Fault]:
    for (table,) in _ask(f"SELECT name FROM {_WALLED} AS t WHERE relid IS NULL ORDER BY 1", []):  # noqa: S608 - constants
        yield Fault(table, _("This table of the log is missing."))


def _rights() -> Iterator[Fault]:
    rows = _ask(
        f"""
        SELECT c.relname, coalesce(g.rolname, 'PUBLIC'), a.privilege_type
        FROM {_WALLED} t JOIN pg_class c ON c.oid = t.relid
        CROSS JOIN LATERAL (
            SELECT grantee, privilege_type FROM aclexplode(c.relacl)
            UNION SELECT x.grantee, x.privilege_type
            FROM pg_attribute att CROSS JOIN LATERAL aclexplode(att.attacl) x WHERE att.attrelid = c.oid
        ) a
        LEFT JOIN pg_roles g ON g.oid = a.grantee
        WHERE a.grantee <> c.relowner
        AND (a.privilege_type NOT IN ('SELECT', 'INSERT') OR a.privilege_type = 'INSERT' AND NOT t.written)
        ORDER BY 1, 2, 3
        """,  # noqa: S608 - constants
        [],
    )
    for table, grantee, right in rows:
        yield Fault(table, _("%(role)s holds %(right)s here.") % {"role": grantee, "right": right})


def _ownership(role: str) -> Iterator[Fault]:
    owned = _ask(
        f"""
        SELECT c.relname FROM {_WALLED} t JOIN pg_class c ON c.oid = t.relid
        JOIN pg_roles r ON r.rolname = %s AND pg_has_role(r.oid, c.relowner, 'MEMBER') AND NOT r.rolsuper
        ORDER BY 1
        """,  # noqa: S608 - constants
        [role],
    )
    for (table,) in owned:
        yield Fault(table, _("The app's role owns this table, or can become its owner."))


def _triggers() -> Iterator[Fault]:
    rows = _ask(
        f"""
        SELECT c.relname, g.tgname, g.tgenabled, g.tgtype, f.proname
        FROM {_WALLED} t JOIN pg_class c ON c.oid = t.relid
        LEFT JOIN pg_trigger g ON g.tgrelid = c.oid AND NOT g.tgisinternal
        LEFT JOIN pg_proc f ON f.oid = g.tgfoid
        ORDER BY 1, 2
        """,  # noqa: S608 - constants
        [],
    )
    walled = set()
    for table, name, enabled, kind, function in rows:
        if name == REFUSE_TRIGGER and function == REFUSE_FUNCTION and kind == _TRIGGER_TYPE:
            if _text(enabled) == "A":
                walled.add(table)
        elif name is not None:
            yield Fault(table, _("A trigger that does not belong here: %(name)s.") % {"name": name})
    for table in dict.fromkeys(row[0] for row in rows):
        if table not in walled:
            yield Fault(table, _("The trigger that refuses changes is missing or switched off."))


def _function() -> Iterator[Fault]:
    bodies = _ask("SELECT prosrc FROM pg_proc WHERE oid = to_regproc(%s)", [REFUSE_FUNCTION])
    if [body for (body,) in bodies] != [REFUSE_BODY]:
        yield Fault(REFUSE_FUNCTION, _("The function that refuses changes is not the one that was installed."))


def _detours() -> Iterator[Fault]:
    rows = _ask(
        f"""
        SELECT c.relname, c.relrowsecurity
        FROM {_WALLED} t JOIN pg_class c ON c.oid = t.relid
        WHERE c.relrowsecurity OR EXISTS (SELECT FROM pg_rewrite w WHERE w.ev_class = c.oid) ORDER BY 1
        """,  # noqa: S608 - constants
        [],
    )
    for table, hides in rows:
        message = _("Row security may hide events here.") if hides else _("A rule rewrites statements here.")
        yield Fault(table, message)


def _months(base: str, at: datetime) -> Iterator[Fault]:
    rows = _ask(
        """
        SELECT c.relname, c.relispartition, m[1]::int * 12 + m[2]::int - 1,
               pg_get_expr(c.relpartbound, c.oid) = format('FOR VALUES FROM (%%L) TO (%%L)', audit_month_bound(first),
                                                           audit_month_bound(first + interval '1 month'))
        FROM pg_class c
        CROSS JOIN LATERAL regexp_match(c.relname, '^' || %s || '_(\\d{4})_(\\d{2})$') AS m
        CROSS JOIN LATERAL make_timestamptz(m[1]::int, m[2]::int, 1, 0, 0, 0, 'UTC') AS first
        WHERE c.relkind = 'r' AND m IS NOT NULL
        AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'audit_event'::regclass)
        ORDER BY 1
        """,
        [base],
    )
    for table, attached, _month, exact in rows:
        if not attached:
            yield Fault(table, _("This month was taken out of the log."))
        elif not exact:
            yield Fault(table, _("This partition does not hold exactly its month."))
    rest = f"{base}_default"
    if not _ask("SELECT FROM pg_partition_tree(%s) WHERE relid = to_regclass(%s)", [base, rest]):
        yield Fault(rest, _("The partition for events of no known month is missing."))
    yield from _gaps(base, {month for _table, _attached, month, _exact in rows}, now=at.year * 12 + at.month - 1)


def _gaps(base: str, held: set[int], *, now: int) -> Iterator[Fault]:
    """Months are counted from the year 0."""
    for missing in sorted(set(range(min(held | {now}), max(held | {now}) + 1)) - held):
        year, month = divmod(missing, 12)
        yield Fault(f"{base}_{year:04}_{month + 1:02}", _("The partition of this month is missing."))


def _text(value: str | bytes) -> str:
    # psycopg hands PostgreSQL's "char" over as bytes.
    return value.decode() if isinstance(value, bytes) else value
