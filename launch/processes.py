"""The processes of one deployment, as a table: what each runs, knows and may do."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from launch.child import Command
from launch.credentials import dealt
from launch.deployment import REPOSITORY, Deployment, Servers

# Names the web process answers to besides the one it listens on; more of them by ORCHESTR_HOSTS.
LOCAL_HOSTS = ("127.0.0.1", "localhost", "[::1]", "testserver")
READING = ("read", "webhook")
WRITING = ("read", "draft", "stage", "publish")
# What a process takes over from whoever starts us; addresses and credentials are dealt out below, one by one.
KEPT_BACK = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "BROKER_URL",
    "CHANNEL_URL",
    "ORCHESTR_CREDENTIAL_",
    "ORCHESTR_SEAL_KEY_FILE",
    "ORCHESTR_ROLE",
    "VENDURE_",
)
# Django's checks belong to `make check`; in a worker they only cost seconds of its start.
CELERY = ("celery", "--skip-checks", "-A", "orchestr")
CLOCK = ("celery", "--skip-checks", "-A", "orchestr.clock")
# Without these three a worker's start costs a second of waiting for neighbours it has no use for.
ALONE = ("--without-gossip", "--without-mingle", "--without-heartbeat")


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One row of the table.

    `module` is what follows `python -m`; `stages` are the credentials it may hold, of `systems` only where these are
    named; `reaches_servers` says whether it may know the database and the broker; `port` is where it listens.
    """

    name: str
    module: tuple[str, ...]
    reaches_servers: bool = False
    stages: tuple[str, ...] = ()
    systems: tuple[str, ...] | None = None
    port: int | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


def shop(*, port: int, data: str) -> Process:
    return _demo_system("shop", "demo-shop", port=port, data=data)


def sandbox(*, port: int, data: str, credentials: Mapping[str, str]) -> Process:
    """A small copy of the demo shop for drills, under keys of its own; `credentials` are its files by stage."""
    files = [part for stage in credentials for part in (f"--credentials-{stage}", credentials[stage])]
    module = ("demo.shop", "--rehearsal", "--speed", "0", "--port", str(port), "--data", data, *files)
    return Process(name="sandbox", module=module, port=port)


def erp(*, port: int, data: str) -> Process:
    return _demo_system("erp", "demo-erp", port=port, data=data)


def vendure(*, port: int, folder: str, cache: str) -> Process:
    """A real shop from npm. It makes its own keys and leaves them in `folder`; its settings are for it alone."""
    module = ("demo.vendure", "--port", str(port), "--folder", folder, "--cache", cache)
    own = {name: value for name, value in os.environ.items() if name.startswith("VENDURE_")}
    return Process(name="vendure", module=module, port=port, settings=own)


def web(*, host: str, port: int) -> Process:
    """Pages, API and socket. Holds no publish credential. Its pool is bounded: long waits hold no connection."""
    serve = ("uvicorn", "orchestr.asgi:application", "--host", host, "--port", str(port))
    module = (*serve, "--timeout-graceful-shutdown", "3", "--no-access-log", "--no-server-header")
    return Process(
        name="web",
        module=module,
        reaches_servers=True,
        stages=READING,
        port=port,
        settings={"ORCHESTR_POOL": "10"},
    )


def publish_worker(*, processes: int = 2) -> Process:
    """The only process with publish credentials.

    Forked processes rather than threads: one that hangs in a shop's answer or dies takes no other write with it, and
    a dead one hands its message back at once.
    """
    return _worker("publish", "publish", processes=processes, stages=WRITING)


def catalogue_worker(*, processes: int = 2) -> Process:
    """Reads shops, sweeps, settles deadlines, delivers notices."""
    return _worker("catalogue", "catalogue,default", processes=processes, stages=READING)


def sealer(*, key: str) -> Process:
    """Seals the audit log. The only process that knows where its private key is; holds no credential of a system."""
    return Process(
        name="sealer",
        module=("django", "seal_audit", "--skip-checks"),
        reaches_servers=True,
        settings={"ORCHESTR_SEAL_KEY_FILE": key, "ORCHESTR_CONN_MAX_AGE": "300"},
    )


def beat(*, schedule: str) -> Process:
    """The clock: a static table of ticks. Knows the broker and reads no credential."""
    module = (*CLOCK, "beat", "--schedule", schedule, "--pidfile=", "--loglevel", "WARNING")
    return Process(name="beat", module=module, reaches_servers=True)


def agent(name: str) -> Process:
    """A demo agent: knows the API's address and its own token, and no server."""
    return Process(name=name, module=(f"demo.agents.{name}",))


def examples() -> Process:
    """The agents of `examples/`, all in one process; as little as a demo agent is known to it."""
    return Process(name="examples", module=("examples",))


def command(process: Process, deployment: Deployment, servers: Servers, env: Mapping[str, str]) -> Command:
    """The row as something to start. `env` is the starter's environment with every credential in it."""
    kept = {name: value for name, value in env.items() if not name.startswith(KEPT_BACK)}
    given = kept | {
        "DJANGO_SETTINGS_MODULE": "orchestr.settings",
        "PYTHONUNBUFFERED": "1",
        "ORCHESTR_DATA": str(deployment.data),
        "ORCHESTR_URL": deployment.url,
        "ORCHESTR_DEMO": "1",
        "ORCHESTR_PROCESS": process.name,
    }
    if deployment.host not in ("", "0.0.0.0", "::"):
        given.setdefault("ORCHESTR_HOSTS", ",".join(dict.fromkeys((*LOCAL_HOSTS, deployment.host))))
    if process.reaches_servers:
        given |= addresses(deployment, servers)
    given |= dealt(env, stages=process.stages, systems=process.systems)
    if process.reaches_servers and process.stages:
        # Systems added while everything runs: one folder for who reads, one for who alone may write.
        given["ORCHESTR_CREDENTIAL_FOLDER"] = str(deployment.data / "credentials" / _folder(process.stages))
    return Command(
        name=process.name,
        argv=(sys.executable, "-m", *process.module),
        environment=given | dict(process.settings),
        folder=REPOSITORY,
        log=deployment.logs / f"{process.name}.log",
    )


def addresses(deployment: Deployment, servers: Servers) -> dict[str, str]:
    """What a process needs to reach the servers as the app role."""
    return {
        "DATABASE_URL": servers.database_url,
        "BROKER_URL": servers.broker_url,
        "CHANNEL_URL": servers.channel_url,
        "ORCHESTR_SECRET_KEY_FILE": os.environ.get("ORCHESTR_SECRET_KEY_FILE") or str(deployment.secret_key_file),
    }


def _demo_system(name: str, system: str, *, port: int, data: str) -> Process:
    module = (f"demo.{name}", "--port", str(port), "--data", data)
    return Process(name=name, module=module, stages=("read", "publish"), systems=(system,), port=port)


def _worker(name: str, queues: str, *, processes: int, stages: tuple[str, ...]) -> Process:
    worker = (*CELERY, "worker", "-Q", queues, "-n", f"{name}@%h", *ALONE)
    module = (*worker, "--pool", "prefork", "--concurrency", str(processes), "--loglevel", "INFO")
    return Process(
        name=name,
        module=module,
        reaches_servers=True,
        stages=stages,
        settings={"ORCHESTR_CONN_MAX_AGE": "300"},
    )


def _folder(stages: tuple[str, ...]) -> str:
    return "writing" if "publish" in stages else "reading"
