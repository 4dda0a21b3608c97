"""The servers of one test session: one PostgreSQL for all its processes, one Valkey for each.

The first process (pytest itself, or the controller of several) starts PostgreSQL and tells the others by environment
where it is. Nothing is migrated until a test asks for the database.
"""

import json
import os
import shutil
import signal
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import redis

from launch import postgres, roles, valkey
from launch.account import account_for_postgres
from launch.child import Child, Command, await_answer, start
from launch.keys import stored_secret, write_private
from launch.roles import Access, Passwords

REPOSITORY = Path(__file__).resolve().parent.parent
ANNOUNCED_AS = "ORCHESTR_TEST_SERVERS"
# PostgreSQL's "immediate" end: nothing of a test session is worth a checkpoint.
AT_ONCE = signal.SIGQUIT
# Copying databases in memory is ten times as fast as on a disk; a small one (a container's) is left alone.
MEMORY = Path("/dev/shm")
MEMORY_NEEDED = 2 * 1024**3


class RehearsalFailed(Exception):
    """The test servers could not be set up; the message carries what they said."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Where the servers of this test session are. `name` tells this process's things from its neighbours'."""

    folder: Path
    access: Access
    name: str

    @property
    def database(self) -> str:
        """The clone on which this process's ordinary tests run, each in a transaction that is rolled back."""
        return f"orchestr_{self.name}"

    def valkey(self) -> valkey.Valkey:
        """This process's own broker."""
        return valkey.prepare(home=self.folder / f"valkey-{self.name}", forgetful=True)

    def environment(self) -> dict[str, str]:
        """What Django's settings and every child process read."""
        broker = self.valkey()
        data = self.folder / f"data-{self.name}"
        (data / "static").mkdir(mode=0o700, parents=True, exist_ok=True)
        stored_secret(self.folder / "secrets" / "secret-key")
        return {
            "DATABASE_URL": self.access.app_url(self.database),
            "BROKER_URL": broker.broker_url,
            "CHANNEL_URL": broker.channel_url,
            "ORCHESTR_DATA": str(data),
            "ORCHESTR_SECRET_KEY_FILE": str(self.folder / "secrets" / "secret-key"),
            "DJANGO_SETTINGS_MODULE": "orchestr.settings",
            # A test is no agent's minute: those that are about the limit set one.
            "ORCHESTR_AGENT_REQUESTS_PER_MINUTE": "0",
        }


class Broker:
    """This process's own Valkey. A test may stop it, empty it and start it again on the same address."""

    def __init__(self, server: valkey.Valkey) -> None:
        self.server = server
        self._child: Child | None = None

    def start(self) -> None:
        """Start it, empty, and wait until it answers. Does nothing while it runs."""
        if self._child is None:
            log = self.server.files / "valkey.log"
            command = Command(name="valkey", argv=self.server.argv(), environment={}, folder=self.server.files, log=log)
            self._child = start(command)
            await_answer(self.server.answers, self._child)

    def stop(self) -> None:
        """Stop it; everything in it is lost. Does nothing while it is down."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    def flush(self) -> None:
        """Lose everything in it and run on."""
        self.start()
        with redis.Redis(unix_socket_path=str(self.server.socket)) as client:
            client.flushall()


class ClusterServer:
    """A PostgreSQL of the tests' own. A test that was given one for itself may stop it and start it again."""

    def __init__(self, folder: Path) -> None:
        """Set the cluster up under `folder`, start it and establish both roles."""
        self._log = folder / "postgres.log"
        self.cluster = postgres.prepare(home=folder / "postgres", secrets=folder / "secrets", forgetful=True)
        self._child: Child | None = None
        self.start()
        roles.establish(self.cluster.access)

    def start(self) -> None:
        """Start it and wait until it answers, recovery included. Does nothing while it runs."""
        if self._child is not None:
            return
        command = Command(
            name="postgres",
            argv=self.cluster.argv(),
            environment={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            folder=Path("/"),
            log=self._log,
            stop_signal=AT_ONCE,
            account=self.cluster.account,
        )
        self._child = start(command)
        await_answer(self.cluster.answers, self._child)

    def stop(self) -> None:
        """End it at once, as a crash would: every connection is lost, and what was committed is there afterwards."""
        if self._child is not None:
            self._child.stop()
            self._child = None


@dataclass(frozen=True, slots=True)
class Session:
    """What one test process uses and has to end. `cluster` is there only in the process that started PostgreSQL."""

    rehearsal: Rehearsal
    broker: Broker
    cluster: ClusterServer | None

    def end(self) -> None:
        """Stop what this process started; whoever started PostgreSQL also removes the session's folder."""
        self.broker.stop()
        if self.cluster is not None:
            self.cluster.stop()
            os.environ.pop(ANNOUNCED_AS, None)
            shutil.rmtree(self.rehearsal.folder, ignore_errors=True)


def begin() -> Session:
    """Start what this process has to start, and put its addresses into the environment.

    Tied to this process by the kernel: a killed test run leaves no server behind, and the next run sweeps its files.
    """
    # A test may run pytest within pytest; the number keeps the two apart.
    name = f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
    cluster = None
    if announced := os.environ.get(ANNOUNCED_AS):
        rehearsal = _found(Path(announced), name)
    else:
        _sweep_abandoned()
        rehearsal, cluster = _open_cluster(name)
    broker = Broker(rehearsal.valkey())
    broker.start()
    os.environ.update(rehearsal.environment())
    os.environ.pop("DATABASE_OWNER_URL", None)
    return Session(rehearsal, broker, cluster)


def new_folder() -> Path:
    """A folder for servers of the tests, fast where the machine has room, entered by PostgreSQL's account too."""
    folder = Path(tempfile.mkdtemp(prefix=f"orchestr-test-{os.getpid()}-", dir=_fast_folder()))
    folder.chmod(0o711 if account_for_postgres() else 0o700)
    return folder


def _open_cluster(name: str) -> tuple[Rehearsal, ClusterServer]:
    folder = new_folder()
    server = ClusterServer(folder)
    announcement = folder / "servers.json"
    write_private(announcement, json.dumps(asdict(server.cluster.access)))
    os.environ[ANNOUNCED_AS] = str(announcement)
    return Rehearsal(folder, server.cluster.access, name), server


def _found(announcement: Path, name: str) -> Rehearsal:
    said = json.loads(announcement.read_text())
    access = Access(sockets=said["sockets"], passwords=Passwords(**said["passwords"]))
    return Rehearsal(announcement.parent, access, name)


def _fast_folder() -> Path:
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= MEMORY_NEEDED:
        return MEMORY
    return Path(tempfile.gettempdir())


def _sweep_abandoned() -> None:
    """Remove the folders of test runs that were killed."""
    if not Path("/proc/self").exists():
        return
    for folder in {MEMORY, Path(tempfile.gettempdir())}:
        for abandoned in folder.glob("orchestr-test-*-*"):
            if not Path("/proc", abandoned.name.split("-")[2]).exists():
                shutil.rmtree(abandoned, ignore_errors=True)
