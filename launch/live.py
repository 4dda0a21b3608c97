"""Real web, worker and shop processes for one test, over a copy of the database and a broker of their own."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from launch import ports, processes
from launch.child import Child, await_answer, start, stop_all
from launch.credentials import generated
from launch.deployment import LOOPBACK, Deployment, Servers
from launch.keys import private_folder
from launch.pages import ask
from launch.rehearsal import Broker

READY_WITHIN = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """A process that listens: where, and as which process."""

    url: str
    child: Child

    @property
    def pid(self) -> int:
        return self.child.pid


class Live:
    """Starts rows of the process table and ends them all by their own process ids.

    `env` is what later children get besides their addresses, `servers` where they find database and broker: put what
    a test wants there before starting.
    """

    def __init__(self, *, folder: Path, database_url: str, broker: Broker, secret_key_file: str) -> None:
        self.folder = folder
        self.broker = broker
        self.servers = Servers(
            database_url=database_url,
            owner_url="",
            broker_url=broker.server.broker_url,
            channel_url=broker.server.channel_url,
        )
        self.deployment = Deployment(data=folder, port=ports.free_port())
        private_folder(self.deployment.logs)
        self.env: dict[str, str] = {
            **os.environ,
            "ORCHESTR_SECRET_KEY_FILE": secret_key_file,
            **generated(folder / "credentials"),
        }
        self.children: dict[str, Child] = {}

    @property
    def url(self) -> str:
        """Where `web()` serves."""
        return self.deployment.url

    def web(self) -> Listening:
        """Start the web process and wait until it answers."""
        row = processes.web(host=LOOPBACK, port=self.deployment.port)
        child = self.start(row, ready=lambda: ask(f"{self.url}/healthz").status == 200)
        return Listening(url=self.url, child=child)

    def publish_worker(self, *, forks: int = 2) -> Child:
        """Start a publish worker and wait until it takes messages."""
        return self._worker(processes.publish_worker(processes=forks))

    def catalogue_worker(self, *, forks: int = 1) -> Child:
        """Start a catalogue worker and wait until it takes messages."""
        return self._worker(processes.catalogue_worker(processes=forks))

    def beat(self) -> Child:
        """Start the clock."""
        return self.start(processes.beat(schedule=str(self.folder / "beat-schedule")))

    def publishing(self) -> dict[str, str]:
        """The environment of the publish worker, for a process that a test starts by itself."""
        row = processes.publish_worker()
        return dict(processes.command(row, self.deployment, self.servers, self.env).environment)

    def demo_shop(self) -> Listening:
        """Start the demo shop with storage of its own."""
        return self._demo("shop", processes.shop)

    def demo_erp(self) -> Listening:
        """Start the demo ERP with storage of its own."""
        return self._demo("erp", processes.erp)

    def start(
        self,
        row: processes.Process,
        *,
        ready: Callable[[], bool] | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> Child:
        """Start any row of the table, with `settings` added to its environment, and wait until it is ready."""
        command = processes.command(row, self.deployment, self.servers, self.env | dict(settings or {}))
        child = start(command)
        self.children[row.name] = child
        if ready:
            await_answer(ready, child, within=READY_WITHIN)
        return child

    def stop(self, name: str) -> None:
        """End one process in order."""
        self.children.pop(name).stop()

    def kill(self, name: str) -> None:
        """kill -9 of one process with everything it has forked."""
        self.children.pop(name).kill()

    def log(self, name: str) -> str:
        """What a process has written so far."""
        return (self.deployment.logs / f"{name}.log").read_text(errors="replace")

    def end(self) -> None:
        """End everything, the last started first; the broker runs on for the next test."""
        for child in reversed(list(self.children.values())):
            stop_all([child])
        self.broker.start()

    def _worker(self, row: processes.Process) -> Child:
        log = self.deployment.logs / f"{row.name}.log"
        before = log.stat().st_size if log.exists() else 0
        return self.start(row, ready=lambda: b" ready." in log.read_bytes()[before:])

    def _demo(self, name: str, make: Callable[..., processes.Process]) -> Listening:
        port = ports.free_port()
        child = self.start(make(port=port, data=str(self.folder / name)), ready=lambda: ports.is_answered(port))
        url = f"http://{LOOPBACK}:{port}"
        self.env[f"ORCHESTR_DEMO_{name.upper()}_URL"] = url
        return Listening(url=url, child=child)
