"""The migrated database from which every test's copy is made."""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql

from launch import roles
from launch.binaries import postgres_folder
from launch.rehearsal import REPOSITORY, Rehearsal, RehearsalFailed

TEMPLATE = "orchestr_template"
KEPT_IN = REPOSITORY / ".pytest_cache"
# What a migration may read; the month is part of the key too, because migrations make the month's partitions.
MIGRATIONS_DEPEND_ON = (
    "*/migrations/*.py",
    "audit/*.py",
    "audit/rows/*.py",
    "orchestr/reconciling/governed.py",
    "orchestr/settings.py",
    "launch/roles.py",
    "*.lock",
)


def ensure_template(rehearsal: Rehearsal) -> None:
    """Migrate the template database once for the whole session, as the owner; others wait for it.

    Outside CI the result is kept as an SQL dump, and the next session with the same migrations restores that.
    """
    superuser = rehearsal.access.superuser_url()
    with _alone(rehearsal.folder / "template.lock"), psycopg.connect(superuser, autocommit=True) as connection:
        row = connection.execute("SELECT datistemplate FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone()
        if row and row[0]:
            return
        name = sql.Identifier(TEMPLATE)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
        roles.create_database(rehearsal.access, TEMPLATE)
        _fill(rehearsal)
        connection.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE true ALLOW_CONNECTIONS false").format(name))


def _fill(rehearsal: Rehearsal) -> None:
    if os.environ.get("CI") == "true":
        _migrate(rehearsal)
        return
    dump = KEPT_IN / f"template-{_fingerprint()}.sql"
    if dump.exists():
        _run_sql(rehearsal, dump)
        return
    _migrate(rehearsal)
    KEPT_IN.mkdir(exist_ok=True)
    for old in KEPT_IN.glob("template-*.sql"):
        old.unlink()
    _dump(rehearsal, dump)


def _migrate(rehearsal: Rehearsal) -> None:
    owner = {
        "DATABASE_URL": rehearsal.access.app_url(TEMPLATE),
        "DATABASE_OWNER_URL": rehearsal.access.owner_url(TEMPLATE),
        "ORCHESTR_ROLE": "owner",
    }
    argv = [sys.executable, "manage.py", "migrate", "--skip-checks", "--verbosity", "0"]
    _run(argv, env={**os.environ, **rehearsal.environment(), **owner})


def _dump(rehearsal: Rehearsal, dump: Path) -> None:
    draft = dump.with_suffix(f".{os.getpid()}")
    _run([str(postgres_folder() / "pg_dump"), rehearsal.access.superuser_url(TEMPLATE), "-f", str(draft)])
    draft.rename(dump)


def _run_sql(rehearsal: Rehearsal, file: Path) -> None:
    psql = [str(postgres_folder() / "psql"), "-qX1", "-v", "ON_ERROR_STOP=1", "-f", str(file)]
    _run([*psql, rehearsal.access.superuser_url(TEMPLATE)])


def _run(argv: list[str], *, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(argv, env=env, cwd=REPOSITORY, capture_output=True, text=True)
    if done.returncode != 0:
        raise RehearsalFailed(f"The template database could not be made:\n{done.stderr.strip()}")


def _fingerprint() -> str:
    digest = hashlib.sha256(f"{datetime.now(UTC):%Y-%m}".encode())
    for pattern in MIGRATIONS_DEPEND_ON:
        for file in sorted(REPOSITORY.glob(pattern)):
            digest.update(f"{file.name}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:24]


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold the lock file across processes."""
    with lock.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
