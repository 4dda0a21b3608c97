"""The database as the app role, copies of it, running processes, and a browser."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from launch.clones import Clone, Clones
from launch.pytest_plugin import rehearsal_of


@pytest.fixture(scope="session")
def clones(pytestconfig: pytest.Config) -> Iterator[Clones]:
    """Copies of the migrated template database."""
    made = Clones(rehearsal_of(pytestconfig))
    yield made
    made.close()


@pytest.fixture(scope="session")
def django_db_setup(
    clones: Clones, pytestconfig: pytest.Config, django_test_environment: None, django_db_blocker: Any
) -> None:
    """Ordinary tests run on this process's own copy, as the app role, each in a transaction that is rolled back."""
    clones.named(rehearsal_of(pytestconfig).database)


@dataclass(frozen=True, slots=True)
class Committed:
    """A copy of the database in which this one test may commit."""

    clone: Clone
    env: dict[str, str]

    @property
    def app_url(self) -> str:
        return self.clone.app_url

    @property
    def owner_url(self) -> str:
        return self.clone.owner_url

    @property
    def superuser_url(self) -> str:
        return self.clone.superuser_url


@pytest.fixture
def committed(
    request: pytest.FixtureRequest, clones: Clones, django_db_setup: None, django_db_blocker: Any
) -> Iterator[Committed]:
    """A fresh copy for a test that commits: races, workers, live servers. Django in every thread uses it.

    `env` is what a child process needs to use the same copy, broker and data folder.
    """
    if "_django_db_helper" in request.fixturenames and _wants_rollback(request):
        pytest.fail("`committed` and `db` in one test: one commits, the other rolls back. Choose one.")
    from launch.clone_switch import switched_to

    clone = clones.take()
    env = rehearsal_of(request.config).environment() | {"DATABASE_URL": clone.app_url}
    with django_db_blocker.unblock(), switched_to(clone):
        yield Committed(clone, env)
    clones.drop(clone)


def _wants_rollback(request: pytest.FixtureRequest) -> bool:
    return request.node.get_closest_marker("django_db") is not None or "db" in request.fixturenames


pytest_plugins = ["tests.fixtures"]
