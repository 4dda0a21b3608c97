"""The database as the app role, copies of it, running processes, and a browser."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as histories
from playwright.sync_api import Browser, Page, sync_playwright

from launch import chromium as browsers
from launch.child import tail
from launch.clones import Clone, Clones
from launch.live import Live
from launch.pytest_plugin import broker_of, rehearsal_of
from launch.rehearsal import ClusterServer, Rehearsal, new_folder
from launch.template import ensure_template

# How fast a machine draws examples says nothing of what is tried; whatever else is set (CI's own) stays.
histories.register_profile("unhurried", histories(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
histories.load_profile("unhurried")


def pytest_collection_finish(session: pytest.Session) -> None:
    """The template database is made before the first test, so that making it is on nobody's time."""
    if not session.config.option.collectonly and any(map(_uses_database, session.items)):
        ensure_template(rehearsal_of(session.config))


def _uses_database(item: pytest.Item) -> bool:
    named: list[str] = getattr(item, "fixturenames", [])
    return "django_db_setup" in named or item.get_closest_marker("django_db") is not None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever opens a browser comes last: Playwright's loop runs in the thread of the tests until they end.

    What makes a loop of its own, or calls a coroutine from plain code, can do neither beside it.
    """
    items.sort(key=lambda item: "chromium" in getattr(item, "fixturenames", ()))


def pytest_runtest_setup() -> None:
    """The language that a page of an earlier test was asked for in stays with its thread: here, and for no test after."""
    translation.activate(settings.LANGUAGE_CODE)


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
    server: ClusterServer | None = None

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

    `env` is what a child process needs to use the same copy, broker and data folder. A test marked `own_cluster`
    has a PostgreSQL to itself, which it may stop and start by `committed.server`.
    """
    if "_django_db_helper" in request.fixturenames and _wants_rollback(request):
        pytest.fail("`committed` and `db` in one test: one commits, the other rolls back. Choose one.")
    from tests.clone_switch import switched_to

    here = rehearsal_of(request.config)
    if request.node.get_closest_marker("own_cluster"):
        with _own_cluster(here) as (clone, server), django_db_blocker.unblock(), switched_to(clone):
            yield Committed(clone, here.environment() | {"DATABASE_URL": clone.app_url}, server)
        return
    clone = clones.take()
    with django_db_blocker.unblock(), switched_to(clone):
        yield Committed(clone, here.environment() | {"DATABASE_URL": clone.app_url})
    clones.drop(clone)


@contextmanager
def _own_cluster(here: Rehearsal) -> Iterator[tuple[Clone, ClusterServer]]:
    folder = new_folder()
    server = ClusterServer(folder)
    clones = Clones(Rehearsal(folder, server.cluster.access, here.name))
    yield clones.named(here.database), server
    clones.close()
    server.stop()
    shutil.rmtree(folder)


def _wants_rollback(request: pytest.FixtureRequest) -> bool:
    return request.node.get_closest_marker("django_db") is not None or "db" in request.fixturenames


pytest_plugins = ["tests.fixtures"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests have counted (`record_property("counted", …)`), whichever process ran them."""
    for report in (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")):
        for name, value in getattr(report, "user_properties", ()):
            if name == "counted" and report.when == "call":
                terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {value}")


@pytest.fixture
def processes(committed: Committed, pytestconfig: pytest.Config, tmp_path: Path) -> Iterator[Live]:
    """Starts real processes over this test's copy of the database; ends them by process id and shows their logs.

    This process's own broker is emptied first, so what the test itself sends reaches its workers and no others.
    """
    broker = broker_of(pytestconfig)
    broker.flush()
    live = Live(
        folder=tmp_path / "live",
        database_url=committed.app_url,
        broker=broker,
        secret_key_file=committed.env["ORCHESTR_SECRET_KEY_FILE"],
    )
    yield live
    live.end()
    for log in sorted(live.deployment.logs.glob("*.log")):
        sys.stdout.write(f"--- {log.name}\n{tail(log, lines=40)}\n")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A headless Chromium. A machine without one says so."""
    program = browsers.program()
    if program is None:
        pytest.skip("No Chromium on this machine: install it, or name it in CHROMIUM.")
    # Playwright's loop runs in this thread, and Django would take every query in it for one in a coroutine.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=browsers.arguments())
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page in a session of its own: English, light, a desktop's width.."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", color_scheme="light")
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def node() -> str:
    """The Node program. A machine without it, or without npm, says so."""
    found = shutil.which("node")
    if found is None or shutil.which("npm") is None:
        pytest.skip("No Node with npm on this machine: install nodejs and npm.")
    return found
