"""Connector sessions, kept open for the life of a worker process.

Opened at the first use, after the pool has forked, with the credential of the stage asked for: a
process that was not given the `publish` credential cannot write, whatever the code says.
"""

import json
import threading

from orchestr.catalogue.systems import outside_transaction
from orchestr.connectors import registry
from orchestr.connectors.base import Declaration, Session, Stage, SystemConfig, Tool


class _Kept(threading.local):
    """Sessions are not shared between threads."""

    def __init__(self) -> None:
        self.sessions: dict[tuple[str, str], tuple[str, Session]] = {}


_kept = _Kept()
_declared: dict[str, Declaration] = {}


def session(system: SystemConfig, stage: Stage) -> Session:
    """This thread's session; a changed configuration opens a new one.

    Raises CalledInTransaction inside one, CredentialMissing, UnknownKind or BrokenConnector; nothing is sent.
    """
    outside_transaction()
    place, fingerprint = (system.key, stage), _fingerprint(system)
    held = _kept.sessions.get(place)
    if held is not None and held[0] == fingerprint:
        return held[1]
    if held is not None:
        held[1].close()
    opened = registry.open(system, stage)
    _kept.sessions[place] = (fingerprint, opened)
    return opened


def declaration(system: SystemConfig) -> Declaration:
    """What the system can do, as declared (cached by configuration)."""
    fingerprint = _fingerprint(system)
    if fingerprint not in _declared:
        _declared[fingerprint] = registry.declare(system)
    return _declared[fingerprint]


def tool(system: SystemConfig, *, type: str, field: str) -> Tool | None:
    """The tool that publishes this field there, or None."""
    return declaration(system).tool_for(type=type, field=field)


def close_all() -> None:
    """Drop every connection of this thread, and what the systems declared."""
    for _, opened in _kept.sessions.values():
        opened.close()
    _kept.sessions.clear()
    _declared.clear()


def _fingerprint(system: SystemConfig) -> str:
    return json.dumps([system.key, system.kind, system.url, dict(system.settings)], sort_keys=True)
