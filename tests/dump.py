"""All that a database, a broker and the logs of processes hold, as text to be searched."""

from pathlib import Path

import redis
from django.db import connection


def tables(*, without: frozenset[str] = frozenset()) -> dict[str, str]:
    """Every row of every table as text, by table; bytes also as the text they are, where they are one."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"
            " AND relname NOT IN ('django_content_type', 'auth_permission', 'django_migrations')"
        )
        for (table,) in cursor.fetchall():
            if table not in without:
                cursor.execute(f'SELECT to_jsonb(t)::text FROM "{table}" AS t')
                found[table] = "\n".join(row for (row,) in cursor.fetchall())
        cursor.execute("SELECT convert_from(canonical, 'UTF8') FROM audit_event")
        found["canonical bytes"] = "\n".join(row for (row,) in cursor.fetchall())
    return found


def broker(socket: Path) -> str:
    """Every key of a Valkey with its value."""
    with redis.Redis(unix_socket_path=str(socket)) as client:
        return "\n".join(repr((key, client.dump(key))) for key in client.scan_iter())
