"""What a database needs before anything serves from it: its tables and, once, the demo company."""

import hashlib
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from launch import demo_file
from launch.child import Command
from launch.children import Children
from launch.deployment import REPOSITORY, Deployment, Servers
from launch.keys import private_folder
from launch.processes import Process, command

MIGRATE = Process(name="migrate", module=(), reaches_servers=True)
SEED = Process(name="seed", module=(), reaches_servers=True, stages=("read",))

ON_DEMAND = {"--scenes": "DEMO_SCENES", "--examples": "DEMO_EXAMPLES"}
AN_EXAMPLE = "allocator"  # The agents of examples/ are employed together.
SYSTEM_ADDRESS = re.compile(r"ORCHESTR_DEMO_[A-Z]+_URL")


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


@dataclass(frozen=True, slots=True)
class PlacesOfTheLog:
    """Where the private key of the audit log is, and the folder of its witness. Each database has its own."""

    key: Path
    witness: Path


def places_of_the_log(deployment: Deployment, env: Mapping[str, str]) -> PlacesOfTheLog:
    """The places named by ORCHESTR_SEAL_KEY_FILE and ORCHESTR_WITNESS_DIR; what is not named is made beside the data.

    A witness on the same machine proves nothing to others, but it tells when an old backup was restored.
    """
    key, witness = env.get("ORCHESTR_SEAL_KEY_FILE"), env.get("ORCHESTR_WITNESS_DIR")
    suffix = "" if deployment.own is None else f"-{_address(deployment.own)}"
    return PlacesOfTheLog(
        key=Path(key) if key else deployment.secrets / f"audit-key{suffix}",
        witness=Path(witness) if witness else private_folder(deployment.data / f"witness{suffix}"),
    )


def is_unseeded(deployment: Deployment, env: Mapping[str, str]) -> bool:
    """Whether the demo company is missing, or one of its systems has moved or joined since it was seeded."""
    stamp = _seeded(deployment)
    known = stamp.exists() and stamp.read_text() == _addresses(env)
    return not known or "agents" not in demo_file.read(deployment.data)


def asks_for_more(deployment: Deployment, env: Mapping[str, str]) -> bool:
    """Whether this start shows more: scenes that nobody waits for, or the example agents, who are not employed yet."""
    employed = {each["key"] for each in demo_file.read(deployment.data).get("agents", [])}
    return env.get("DEMO_SCENES") == "1" or (env.get("DEMO_EXAMPLES") == "1" and AN_EXAMPLE not in employed)


def seed(children: Children, deployment: Deployment, servers: Servers, env: Mapping[str, str]) -> None:
    """Run `seed_demo`, which adds what is missing and corrects addresses, and note which systems it saw."""
    wanted = [option for option, asked in ON_DEMAND.items() if env.get(asked) == "1"]
    children.run(_managed(SEED, ("seed_demo", "--skip-checks", *wanted), deployment, servers, env, {}))
    _seeded(deployment).write_text(_addresses(env))


def _seeded(deployment: Deployment) -> Path:
    return _database_folder(deployment) / "seeded"


def _addresses(env: Mapping[str, str]) -> str:
    return "".join(f"{name}={env[name]}\n" for name in sorted(env) if SYSTEM_ADDRESS.fullmatch(name))


def _database_folder(deployment: Deployment) -> Path:
    """Where we note what a database has had: an embedded one's own folder, or one for each database given by name."""
    if deployment.own is None:
        return deployment.data / "postgres"
    return private_folder(deployment.data / "databases" / _address(deployment.own))


def _address(own: Servers) -> str:
    return hashlib.sha256(own.database_url.encode()).hexdigest()[:12]


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
    watched = [*REPOSITORY.glob("audit/rows/*.py"), REPOSITORY / "orchestr" / "reconciling" / "governed.py"]
    return [*REPOSITORY.glob("*/migrations/*.py"), *watched, REPOSITORY / "requirements.lock"]
