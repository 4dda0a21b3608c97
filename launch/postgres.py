"""The embedded PostgreSQL: unix socket only, scram, never as root."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg

from launch.account import Account, account_for_postgres, give
from launch.binaries import postgres_folder, readable_copy
from launch.keys import stored_secret
from launch.places import OPEN_TO_ALL, server_home, socket_folder
from launch.roles import Access, Passwords

SOCKET_NAME = ".s.PGSQL.5432"
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A failing statement carries its values, and those may be anybody's data.
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}
# For tests: what was committed outlives the server, but not the machine.
FORGETFUL = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    # Shared memory as files of the cluster, gone with its folder however it ended.
    "dynamic_shared_memory_type": "mmap",
    "max_wal_size": "128MB",
    "min_wal_size": "32MB",
}


class PostgresFailed(Exception):
    """The cluster could not be created; the message carries what initdb said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One cluster on disk: its programs, files, socket folder, account and the way in."""

    programs: Path
    files: Path
    account: Account | None
    access: Access
    forgetful: bool

    def argv(self) -> tuple[str, ...]:
        """The command that serves this cluster in the foreground; SIGINT ends it quickly and cleanly."""
        settings = SETTINGS | {"unix_socket_directories": self.access.sockets} | (FORGETFUL if self.forgetful else {})
        switches = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return (str(self.programs / "postgres"), "-D", str(self.files), *switches)

    def answers(self) -> bool:
        """Whether the cluster accepts a connection and a query now."""
        try:
            with psycopg.connect(self.access.superuser_url(), connect_timeout=2) as connection:
                return connection.execute("SELECT 1").fetchone() is not None
        except psycopg.OperationalError:
            return False


def prepare(*, home: Path, secrets: Path, forgetful: bool = False) -> Cluster:
    """Make the cluster's folders and, at first use, the cluster itself under `home`; passwords go to `secrets`.

    As root everything is handed to `nobody`, and what `nobody` cannot reach is put where it can be reached.
    `forgetful` trades durability for speed; for tests only.
    """
    account = account_for_postgres()
    real_home = server_home(home, account)
    sockets = socket_folder(real_home / "socket", longest_name=len(SOCKET_NAME), account=account)
    passwords = Passwords(
        superuser=stored_secret(secrets / "postgres-superuser"),
        owner=stored_secret(secrets / "postgres-owner"),
        app=stored_secret(secrets / "postgres-app"),
    )
    cluster = Cluster(
        programs=_programs(account),
        files=real_home / "files",
        account=account,
        access=Access(sockets=str(sockets), passwords=passwords),
        forgetful=forgetful,
    )
    if not (cluster.files / "PG_VERSION").exists():
        _initialise(cluster)
    return cluster


def _programs(account: Account | None) -> Path:
    folder = postgres_folder()
    made = (folder / "postgres").stat()
    copies = OPEN_TO_ALL / f"programs-{made.st_size}-{int(made.st_mtime)}"
    return readable_copy(folder, account=account, copies=copies)


def _initialise(cluster: Cluster) -> None:
    """Run initdb into a draft folder and rename it, so that an interrupted one leaves nothing half made."""
    draft = cluster.files.with_name("files.draft")
    if draft.exists():
        shutil.rmtree(draft)
    password = cluster.files.with_name("initdb.password")
    password.touch(mode=0o600)
    password.write_text(cluster.access.passwords.superuser)
    give(password, cluster.account)
    try:
        done = subprocess.run(
            _initdb_argv(cluster, draft=draft, password=password),
            capture_output=True,
            text=True,
            cwd="/",
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            user=cluster.account.uid if cluster.account else None,
            group=cluster.account.gid if cluster.account else None,
            extra_groups=[] if cluster.account else None,
        )
    finally:
        password.unlink()
    if done.returncode != 0:
        raise PostgresFailed(f"PostgreSQL could not be set up in {cluster.files}: {done.stderr.strip()}")
    draft.rename(cluster.files)


def _initdb_argv(cluster: Cluster, *, draft: Path, password: Path) -> list[str]:
    argv = [str(cluster.programs / "initdb"), "-D", str(draft), "-U", "postgres", f"--pwfile={password}"]
    argv += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    argv += ["--locale=C", "--no-instructions"]
    return [*argv, "--no-sync"] if cluster.forgetful else argv
