"""What a database needs before anything serves from it: its tables and, once, the demo company."""

import hashlib
import sys
from collections.abc import Mapping
from pathlib import Path

from launch import demo_file
from launch.child import Command
from launch.children import Children
from launch.deployment import REPOSITORY, Deployment, Servers
from launch.keys import private_folder
from launch.processes import Process, command

MIGRATE = Process(name="migrate", module=(), reaches_servers=True)
SEED = Process(name="seed", module=(), reaches_servers=True, stages=("read",))


def migrate(children: Children, deployment: Deployment, servers: Servers, env: Mapping[str, str]) -> None:
    """Bring the tables up to date as the owner.

    For an embedded database this is left out while neither a migration nor the lock file has changed since.
    """
    stamp = deployment.data / "postgres" / "migrated"
    state = _state_of_migrations()
    if deployment.own is None and stamp.exists() and stamp.read_text() == state:
        return
    as_owner = {"ORCHESTR_ROLE": "owner", "DATABASE_OWNER_URL": servers.owner_url}
    children.run(_managed(MIGRATE, ("migrate", "--skip-checks"), deployment, servers, env, as_owner))
    if deployment.own is None:
        stamp.write_text(state)


def seed(children: Children, deployment: Deployment, servers: Servers, env: Mapping[str, str]) -> None:
    """Fill the database with the demo company, and once more when another shop stands beside it.

    `seed_demo` adds only what is missing. `demo.json` names the agents once it has run.
    """
    stamp = _database_folder(deployment) / f"seeded-{deployment.shop}"
    if stamp.exists() and "agents" in demo_file.read(deployment.data):
        return
    children.run(_managed(SEED, ("seed_demo",), deployment, servers, env, {}))
    stamp.touch()


def _database_folder(deployment: Deployment) -> Path:
    """Where we note what a database has had: an embedded one's own folder, or one for each database given by name."""
    if deployment.own is None:
        return deployment.data / "postgres"
    address = hashlib.sha256(deployment.own.database_url.encode()).hexdigest()[:12]
    return private_folder(deployment.data / "databases" / address)


def _managed(
    process: Process,
    arguments: tuple[str, ...],
    deployment: Deployment,
    servers: Servers,
    env: Mapping[str, str],
    more: Mapping[str, str],
) -> Command:
    row = command(process, deployment, servers, env)
    return Command(
        name=row.name,
        argv=(sys.executable, str(REPOSITORY / "manage.py"), *arguments),
        environment={**row.environment, **more},
        folder=row.folder,
        log=row.log,
    )


def _state_of_migrations() -> str:
    digest = hashlib.sha256()
    for file in sorted(_files_that_count()):
        digest.update(f"{file.relative_to(REPOSITORY)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def _files_that_count() -> list[Path]:
    return [*REPOSITORY.glob("*/migrations/*.py"), REPOSITORY / "requirements.lock"]
