"""Start and stop the server: a Node child on the loopback, furnished, with an API client for each stage."""

import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.vendure.install import install
from orchestr.connectors.base import Credentials, Stage, SystemConfig
from tests.shops.commercetools import furnish
from tests.shops.commercetools.rest import Rest

HERE = Path(__file__).parent
CACHE = Path(__file__).parents[3] / "var" / "cache"  # outlives the session: npm is asked once per lock file
KEY = "commercetools"


@dataclass(frozen=True, slots=True)
class Project:
    """A running server with its furnished project. `admin` is somebody else with every right."""

    process: "subprocess.Popen[bytes]"
    system: SystemConfig
    admin: Rest
    clients: dict[str, dict[str, str]]

    def credentials(self, stage: Stage) -> Credentials:
        return Credentials(system=KEY, purpose=stage, secrets=self.clients[stage])


def start() -> Project:
    folder = install(CACHE, source=HERE, server="server.mjs")
    clients = {
        stage: {"client_id": f"client-{stage}", "client_secret": secrets.token_urlsafe(24)} for stage in furnish.SCOPES
    }
    known = {
        pair["client_id"]: {"secret": pair["client_secret"], "scopes": furnish.SCOPES[stage]}
        for stage, pair in clients.items()
    }
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PROJECT": furnish.SETTINGS["project"],
        "CLIENTS": json.dumps(known),
        "NODE_ENV": "production",
    }
    process = subprocess.Popen(
        ["node", str(folder / "server.mjs")], cwd=folder, env=environment, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said, f"The server did not come up: it ended with {process.wait(10)}."
        url = f"http://127.0.0.1:{json.loads(said)['listening']}"
        admin = Rest(
            url, project=furnish.SETTINGS["project"], id="client-admin", secret=clients["admin"]["client_secret"]
        )
        furnish.furnish(admin)
    except BaseException:
        process.kill()
        process.wait()
        raise
    system = SystemConfig(key=KEY, kind="commercetools", url=url, settings=furnish.SETTINGS)
    return Project(process, system, admin, clients)


@pytest.fixture(scope="session")
def commercetools() -> Iterator[Project]:
    """Installed from npm on the first use of a machine."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("Node with npm is not installed: the tests against a commercetools API need it.")
    running = start()
    yield running
    running.process.kill()
    running.process.wait()
