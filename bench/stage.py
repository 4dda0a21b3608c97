"""The servers of one run of the bench, in a folder that is removed afterwards."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launch import postgres, roles, valkey
from launch.account import account_for_postgres
from launch.child import Command, await_answer, start
from launch.deployment import REPOSITORY
from launch.keys import stored_secret
from launch.rehearsal import Broker

OPTIONS = "ORCHESTR_BENCH"


@dataclass(frozen=True, slots=True)
class Stage:
    """A migrated database on a server that waits for the disk, and where everything is."""

    folder: Path
    environment: Mapping[str, str]

    def measure(self, options: Mapping[str, Any]) -> int:
        """Run the measuring process; its exit code is the number of targets missed."""
        environment = {**os.environ, **self.environment, OPTIONS: json.dumps(options)}
        return subprocess.call([sys.executable, "-m", "bench.measure"], env=environment, cwd=REPOSITORY)


@contextmanager
def open_stage() -> Iterator[Stage]:
    """Start both servers, migrate, and end them with their folder."""
    folder = Path(tempfile.mkdtemp(prefix="orchestr-bench-"))
    folder.chmod(0o711 if account_for_postgres() else 0o700)
    cluster = postgres.prepare(home=folder / "postgres", secrets=folder / "secrets")
    command = Command(
        name="postgres",
        argv=cluster.argv(),
        environment={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        folder=Path("/"),
        log=folder / "postgres.log",
        stop_signal=postgres_stop(),
        account=cluster.account,
    )
    database = start(command)
    broker = Broker(valkey.prepare(home=folder / "valkey"))
    try:
        await_answer(cluster.answers, database)
        roles.establish(cluster.access)
        broker.start()
        environment = _environment(folder, cluster.access, broker)
        _migrate(environment, cluster.access)
        yield Stage(folder, environment)
    finally:
        broker.stop()
        database.stop()
        shutil.rmtree(folder, ignore_errors=True)


def postgres_stop() -> Any:
    import signal

    return signal.SIGINT


def _environment(folder: Path, access: roles.Access, broker: Broker) -> dict[str, str]:
    secret = folder / "secrets" / "secret-key"
    stored_secret(secret)
    return {
        "DATABASE_URL": access.app_url(),
        "BENCH_OWNER_URL": access.owner_url(),
        "BROKER_URL": broker.server.broker_url,
        "CHANNEL_URL": broker.server.channel_url,
        "ORCHESTR_DATA": str(folder),
        "ORCHESTR_SECRET_KEY_FILE": str(secret),
        "ORCHESTR_TAKE_BACK_S": "0",
        "ORCHESTR_AGENT_REQUESTS_PER_MINUTE": "0",
        "DJANGO_SETTINGS_MODULE": "orchestr.settings",
    }


def _migrate(environment: Mapping[str, str], access: roles.Access) -> None:
    owner = {"DATABASE_OWNER_URL": access.owner_url(), "ORCHESTR_ROLE": "owner"}
    argv = [sys.executable, "manage.py", "migrate", "--skip-checks", "--verbosity", "0"]
    subprocess.run(argv, env={**os.environ, **environment, **owner}, cwd=REPOSITORY, check=True)
