"""Telling a sandbox to play dead: the one hand a drill lays on a system outside of the ordinary doors."""

from orchestr.catalogue.models import System
from orchestr.catalogue.systems import config_of, outside_transaction
from orchestr.connectors.base import PlaysDead
from orchestr.connectors.registry import UnknownKind, get


def can_play_dead(system: System) -> bool:
    """Whether its connector can rehearse an outage."""
    try:
        return isinstance(get(system.kind), PlaysDead)
    except UnknownKind:
        return False


def play_dead(system: System, *, seconds: int) -> None:
    """Let a sandbox answer nothing for so long. Outside any transaction; looks at the mark again itself.

    Raises ConnectorError where it cannot be told, ValueError for a system that is no sandbox.
    """
    outside_transaction()
    now = System.objects.get(pk=system.pk)
    if not now.sandbox:
        raise ValueError(f"{now.key} is not marked as a sandbox")
    connector = get(now.kind)
    assert isinstance(connector, PlaysDead)
    connector.play_dead(config_of(now), seconds=seconds)
