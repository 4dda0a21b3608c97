"""Which kinds of system there are: what installed packages name in the group `orchestr.connectors`."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from orchestr.connectors import credentials
from orchestr.connectors.base import Connector, ConnectorError, Declaration, Session, Stage, SystemConfig, WebhookEvent
from orchestr.connectors.setup import UNDECLARED, Setup

GROUP = "orchestr.connectors"


class UnknownKind(ConnectorError, LookupError):
    """No installed package offers that kind of connector; the text lists those there are."""


class BrokenConnector(ConnectorError, LookupError):
    """An entry point that cannot be loaded or does not hold a connector; the text says which and why."""


@cache
def _points() -> Mapping[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def kinds() -> tuple[str, ...]:
    """Every kind installed, sorted."""
    return tuple(sorted(_points()))


@cache
def get(kind: str) -> Connector:
    """The connector of a kind. Raises UnknownKind or BrokenConnector."""
    point = _points().get(kind)
    if point is None:
        there = ", ".join(kinds()) or "none"
        raise UnknownKind(
            "unknown_kind",
            f"No connector of kind {kind!r} is installed (there are: {there}). Install its package here.",
        )
    try:
        connector: Connector = point.load()
    except (ImportError, AttributeError) as error:
        raise BrokenConnector(
            "broken_connector", f"The entry point {point.value!r} cannot be loaded: {error}. Mend or remove it."
        ) from error
    if getattr(connector, "kind", None) != kind:
        raise BrokenConnector(
            "broken_connector", f"{point.value!r} is not a connector of kind {kind!r}: its `kind` must equal its entry."
        )
    return connector


def setup_of(kind: str) -> Setup:
    """What a kind asks for to be configured. Raises UnknownKind or BrokenConnector.

    A package that declares none is asked for an address and whatever settings its own documentation names.
    """
    found = getattr(get(kind), "setup", UNDECLARED)
    if not isinstance(found, Setup):
        raise BrokenConnector("broken_connector", f"The `setup` of {kind!r} is no Setup: see docs/connectors.md.")
    return found


def declare(system: SystemConfig) -> Declaration:
    """What a configured system can do."""
    return get(system.kind).declare(system)


def open(system: SystemConfig, stage: Stage) -> Session:  # registry.open reads as what it is
    """A session with the credential this process holds for that stage.

    Raises UnknownKind, BrokenConnector or CredentialMissing; nothing is sent yet.
    """
    connector = get(system.kind)
    return connector.open(system, credentials.load(system=system.key, purpose=stage), stage)


def parse_webhook(system: SystemConfig, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
    """Check and read a delivery with the system's webhook secret. Raises WebhookRefused, CredentialMissing."""
    secret = credentials.load(system=system.key, purpose="webhook")
    return get(system.kind).parse_webhook(system, secret, headers, body)
