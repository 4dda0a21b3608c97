"""The embedded servers as commands, and their addresses."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from launch import postgres, roles, valkey
from launch.account import account_for_postgres
from launch.child import Command
from launch.children import Children
from launch.deployment import Deployment, Servers


@dataclass(frozen=True, slots=True)
class Embedded:
    """Both servers of one data folder."""

    cluster: postgres.Cluster
    broker: valkey.Valkey
    logs: Path

    def servers(self) -> Servers:
        return Servers(
            database_url=self.cluster.access.app_url(),
            owner_url=self.cluster.access.owner_url(),
            broker_url=self.broker.broker_url,
            channel_url=self.broker.channel_url,
        )

    def commands(self) -> tuple[Command, Command]:
        """PostgreSQL ends quickly and cleanly on SIGINT: it rolls back what is open, then writes a checkpoint."""
        postgres_command = Command(
            name="postgres",
            argv=self.cluster.argv(),
            environment={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            folder=Path("/"),
            log=self.logs / "postgres.log",
            stop_signal=signal.SIGINT,
            stop_within=20.0,
            account=self.cluster.account,
        )
        valkey_command = Command(
            name="valkey",
            argv=self.broker.argv(),
            environment={},
            folder=self.broker.files,
            log=self.logs / "valkey.log",
        )
        return postgres_command, valkey_command


def open_data_folder(deployment: Deployment) -> None:
    """Make the data folder. Only its owner may list it; where PostgreSQL runs as `nobody` it may be passed through."""
    deployment.data.mkdir(parents=True, exist_ok=True)
    deployment.data.chmod(0o711 if account_for_postgres() else 0o700)
    for part in (deployment.logs, deployment.data / "static"):
        part.mkdir(mode=0o700, exist_ok=True)


def start_servers(children: Children, deployment: Deployment) -> Servers:
    """Set up and start both embedded servers, wait until they answer, and see to the two roles."""
    embedded = Embedded(
        cluster=postgres.prepare(home=deployment.data / "postgres", secrets=deployment.secrets),
        broker=valkey.prepare(home=deployment.data / "valkey"),
        logs=deployment.logs,
    )
    children.add_stage(*embedded.commands())
    children.await_answer(embedded.cluster.answers, of="postgres")
    children.await_answer(embedded.broker.answers, of="valkey")
    roles.establish(embedded.cluster.access)
    return embedded.servers()
