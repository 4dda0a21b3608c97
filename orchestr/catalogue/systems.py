"""Configured systems as the connectors know them: configuration, declaration, sessions for reading."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from orchestr import outbound
from orchestr.catalogue.models import System
from orchestr.connectors import registry
from orchestr.connectors.base import (
    ConnectorError,
    CredentialMissing,
    Declaration,
    Session,
    SystemConfig,
    SystemRefused,
)

MOST_IDLE = 2

_idle: dict[str, list[tuple[SystemConfig, Session]]] = defaultdict(list)
_lock = threading.Lock()


class CalledInTransaction(RuntimeError):
    """A system was about to be called while a database transaction was open."""


def config_of(system: System) -> SystemConfig:
    """What its connector may know of a system."""
    return SystemConfig(
        key=system.key,
        kind=system.kind,
        url=system.url,
        settings=system.settings,
        may_reach=outbound.may_reach if system.guarded else None,
    )


def declaration_of(system: System) -> Declaration:
    """What a system can do, as a typed error where its connector is missing or broken.

    Raises ConnectorError with code `connector_missing`. Reads no network.
    """
    try:
        return registry.declare(config_of(system))
    except LookupError as error:
        raise SystemRefused("connector_missing", str(error)) from error


def declarations() -> list[tuple[System, Declaration]]:
    """Every enabled system whose connector is installed, with what it declares."""
    found = []
    for system in System.objects.filter(enabled=True).order_by("key"):
        try:
            found.append((system, declaration_of(system)))
        except ConnectorError:
            continue  # The refresh marks such a system as degraded, with the reason.
    return found


@contextmanager
def reading(config: SystemConfig) -> Iterator[Session]:
    """A session with the read credential, kept open for the next reader unless it failed.

    Raises ConnectorError whatever is wrong: a missing connector or credential too.
    """
    session = _take(config)
    try:
        yield session
    except BaseException:
        session.close()
        raise
    _give_back(config, session)


def close_idle() -> None:
    """Drop the sessions kept for the next reader: a changed credential or address is then read anew."""
    with _lock:
        kept = [session for sessions in _idle.values() for _, session in sessions]
        _idle.clear()
    for session in kept:
        session.close()


def outside_transaction() -> None:
    """Raise CalledInTransaction inside a transaction: nobody waits for a shop while holding locks."""
    blocks = connection.atomic_blocks
    # Tests run in a transaction of their own, which Django marks the same way for `durable`.
    if blocks and not blocks[-1]._from_testcase:  # type: ignore[attr-defined]
        raise CalledInTransaction("A system is never called inside a database transaction.")


def _take(config: SystemConfig) -> Session:
    with _lock:
        idle = _idle[config.key]
        while idle:
            opened_for, session = idle.pop()
            if opened_for == config:
                return session
            session.close()
    try:
        return registry.open(config, "read")
    except CredentialMissing as error:
        raise SystemRefused("credential_missing", str(error)) from error
    except LookupError as error:
        raise SystemRefused("connector_missing", str(error)) from error


def _give_back(config: SystemConfig, session: Session) -> None:
    with _lock:
        idle = _idle[config.key]
        if len(idle) < MOST_IDLE:
            idle.append((config, session))
            return
    session.close()
