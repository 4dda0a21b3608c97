"""A real Tryton for the whole test session: started once, whoever asks first."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.tryton.rpc import Rpc
from demo.tryton.serve import Tryton, start
from orchestr.connectors.base import Credentials, SystemConfig
from orchestr.connectors.credentials import load

CACHE = Path(__file__).parents[2] / "var" / "cache"  # outlives the session: PyPI is asked once per lock file
_running: list[Tryton] = []


@pytest.fixture(scope="session")
def tryton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tryton]:
    """Installed from PyPI on the first use of a machine, furnished and with credentials per stage."""
    if not _running:
        _running.append(start(cache=CACHE, folder=tmp_path_factory.mktemp("tryton")))
    yield _running[0]
    _running[0].server.stop()


@pytest.fixture(scope="session")
def tryton_system(tryton: Tryton) -> SystemConfig:
    """What an operator would configure."""
    return SystemConfig(**tryton.system)


@pytest.fixture(scope="session")
def tryton_credentials(tryton: Tryton) -> dict[str, Credentials]:
    """By stage, loaded as a worker loads them."""
    env = tryton.environment
    return {
        "read": load(system="tryton", purpose="read", environ=env),
        "publish": load(system="tryton", purpose="publish", environ=env),
    }


@pytest.fixture(scope="session")
def bookkeeper(tryton: Tryton) -> Rpc:
    """Somebody else at Tryton's own client, through nothing of ours."""
    return tryton.admin()
