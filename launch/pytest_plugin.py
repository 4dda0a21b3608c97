"""Loaded with `-p launch.pytest_plugin`: starts the servers before Django's settings are read, and keeps CI strict.

- The session's PostgreSQL and this process's Valkey run before any conftest, so settings find their addresses.
- Nothing is ever flushed: a test that asks for it is told to use the fixture `committed`.
- With CI=true a skip, an expected failure or a deselection fails the run.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from launch import rehearsal
from launch.rehearsal import Broker, Rehearsal, Session

NEVER_FLUSH = (
    "This test asks for a transactional database, which Django would empty by TRUNCATE. "
    "Use the fixture `committed`: a copy of the database of its own."
)
FLUSHING = frozenset({"transactional_db", "django_db_reset_sequences", "django_db_serialized_rollback", "live_server"})
HERE = pytest.StashKey[Session]()
DESELECTED = pytest.StashKey[int]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    early_config.stash[HERE] = session = rehearsal.begin()
    early_config.add_cleanup(session.end)
    return (yield)


def rehearsal_of(config: pytest.Config) -> Rehearsal:
    """Where this process's servers are."""
    return config.stash[HERE].rehearsal


def broker_of(config: pytest.Config) -> Broker:
    """This process's broker."""
    return config.stash[HERE].broker


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        mark = item.get_closest_marker("django_db")
        asks = mark is not None and (mark.kwargs.get("transaction") or mark.kwargs.get("reset_sequences"))
        if asks or FLUSHING & set(getattr(item, "fixturenames", ())):
            raise pytest.UsageError(f"{item.nodeid}: {NEVER_FLUSH}")


def pytest_deselected(items: list[pytest.Item]) -> None:
    if items:
        stash = items[0].config.stash
        stash[DESELECTED] = stash.get(DESELECTED, 0) + len(items)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Several processes deselect each for themselves and tell the controller how many; it alone judges the run."""
    told: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if told is not None:
        told["deselected"] = session.config.stash.get(DESELECTED, 0)
    elif exitstatus == pytest.ExitCode.OK and strict() and not_run(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    stash = node.config.stash
    told = getattr(node, "workeroutput", {}).get("deselected", 0)
    stash[DESELECTED] = max(stash.get(DESELECTED, 0), told)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if strict() and (missing := not_run(config)):
        terminalreporter.write_sep("=", f"with CI=true every test must run: {', '.join(missing)}", red=True, bold=True)


def strict() -> bool:
    """Whether every collected test has to run and to pass."""
    return os.environ.get("CI") == "true"


def not_run(config: pytest.Config) -> list[str]:
    """What did not count as a test that ran and passed or failed, in words: `2 skipped`."""
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    counts = {kind: len(reporter.stats.get(kind, ())) for kind in ("skipped", "xfailed", "xpassed")}
    counts["deselected"] = config.stash.get(DESELECTED, 0)
    return [f"{count} {kind}" for kind, count in counts.items() if count]
