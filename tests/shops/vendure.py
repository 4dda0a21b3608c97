"""A real Vendure for the whole test session: started once, whoever asks first."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.vendure.serve import Vendure, start
from orchestr.connectors.base import Credentials, SystemConfig
from orchestr.connectors.credentials import load

CACHE = Path(__file__).parents[2] / "var" / "cache"  # outlives the session: npm is asked once per lock file
_running: list[Vendure] = []


@pytest.fixture(scope="session")
def vendure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendure]:
    """Installed from npm on the first use of a machine, populated and with credentials per stage."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("Node with npm is not installed: the tests against a real Vendure need it.")
    if not _running:
        _running.append(start(cache=CACHE, folder=tmp_path_factory.mktemp("vendure")))
    yield _running[0]
    _running[0].stop()


@pytest.fixture(scope="session")
def vendure_system(vendure: Vendure) -> SystemConfig:
    """What an operator would configure."""
    return SystemConfig(**vendure.system)


@pytest.fixture(scope="session")
def vendure_credentials(vendure: Vendure) -> dict[str, Credentials]:
    """By stage, loaded as a worker loads them."""
    env = vendure.environment
    return {
        "read": load(system="vendure", purpose="read", environ=env),
        "publish": load(system="vendure", purpose="publish", environ=env),
    }
