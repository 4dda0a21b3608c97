"""A system as somebody wants it to stand, and what makes that impossible. Reads no network and no secret."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestr import outbound
from orchestr.catalogue.models import System
from orchestr.connectors import credentials, registry
from orchestr.connectors.base import ConnectorError, SystemConfig
from orchestr.connectors.setup import SettingRefused, Setup, addresses_in, read_settings
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.policy.values import Json
from orchestr.refusal import Kind, Refusal

KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
NO_KEYS = frozenset({"add"})  # an address of the pages
LONGEST_KEY, LONGEST_NAME, LONGEST_URL = 40, 120, 300

WHY = {
    "address_unreadable": "The address cannot be read: it is https:// and a host, with no name or password in it.",
    "address_not_https": "The address is not https, and its host is not one that this deployment lists as its own.",
    "address_port": "The address names a port, and its host is not one that this deployment lists as its own.",
    "address_not_public": "The address leads into a network that this deployment does not list as its own.",
    "host_unknown": "Nobody knows the host of this address.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The whole configuration of a system. Holds no secret."""

    key: str
    kind: str
    name: str
    url: str
    settings: Mapping[str, Json] = field(default_factory=dict)
    sandbox: bool = False

    def wire(self) -> dict[str, Any]:
        """As two people judge it in a control change."""
        return {
            "key": self.key,
            "kind": self.kind,
            "name": self.name,
            "url": self.url,
            "settings": dict(self.settings),
            "sandbox": self.sandbox,
        }


def standing(system: System) -> Wanted:
    """What a system stands configured as."""
    return Wanted(
        key=system.key,
        kind=system.kind,
        name=system.name,
        url=system.url,
        settings=system.settings,
        sandbox=system.sandbox,
    )


def admin_only(by: Account) -> None:
    """Raise Refusal unless the account is an admin's."""
    if str(Function.ADMIN) not in by.functions:
        raise Refusal(
            Kind.FORBIDDEN, "function_missing", "Only admins may configure systems.",
            next="Ask an admin.", params={"functions": [str(Function.ADMIN)]},
        )  # fmt: skip


def addresses_of(wanted: Wanted) -> list[tuple[str, str]]:
    """Every address that it leads to, with the name of its field."""
    return addresses_in(_setup(wanted.kind), url=wanted.url, settings=wanted.settings)


def checked(wanted: Wanted, *, there: System | None = None) -> Wanted:
    """The same with its settings as they are stored. Raises Refusal naming the first thing that cannot be so.

    Refuses a key that is none, a kind that is not installed, settings that its connector cannot follow, and an
    address that people may not name (see `orchestr.outbound`); the host itself is looked up when it is tried. What
    the deployment itself has set up (`there`, not guarded) keeps the addresses it was given.
    """
    named = bool(KEY.fullmatch(wanted.key)) and len(wanted.key) <= LONGEST_KEY and wanted.key not in NO_KEYS
    if there is None and not named:
        raise _wrong("key", "A key is small letters and digits, with single dashes between, at most 40, and not `add`.")
    if not wanted.name.strip() or len(wanted.name) > LONGEST_NAME or not wanted.name.isprintable():
        raise _wrong("name", "A name is one line of at most 120 characters.")
    setup = _setup(wanted.kind)
    try:
        settings = read_settings(setup, wanted.settings, keeps=there.settings if there is not None else {})
    except SettingRefused as error:
        raise _wrong(error.name, f"{error.name}: {error}") from None
    url = wanted.url.strip()
    _well_formed(setup, url)
    kept = addresses_of(standing(there)) if there is not None and not there.guarded else []
    for name, address in addresses_in(setup, url=url, settings=settings):
        if (name, address) not in kept:
            _reachable(name, address)
    found = Wanted(
        key=wanted.key, kind=wanted.kind, name=wanted.name.strip(), url=url, settings=settings, sandbox=wanted.sandbox
    )
    try:
        registry.declare(SystemConfig(key=found.key, kind=found.kind, url=url, settings=settings))
    except (ConnectorError, ValueError, TypeError) as error:
        raise _wrong("settings", str(error)) from None
    return found


def its_own_credentials(key: str) -> None:
    """Raise Refusal where another system's key leads to the same credentials: they would go to two addresses."""
    mine = credentials.variable(key, "read")
    others = System.objects.exclude(key=key).values_list("key", flat=True)
    twin = next((each for each in others if credentials.variable(each, "read") == mine), None)
    if twin is not None:
        raise Refusal(
            Kind.CONFLICT, "credentials_shared", f"This key names the same credentials as {twin}.",
            next="Choose a key that differs in more than its dashes.", params={"key": key},
        )  # fmt: skip


def _setup(kind: str) -> Setup:
    try:
        return registry.setup_of(kind)
    except LookupError as error:
        raise _wrong("kind", str(error)) from None


def _well_formed(setup: Setup, url: str) -> None:
    if not url or len(url) > LONGEST_URL or not url.isprintable():
        raise _wrong("url", "An address is one line of at most 300 characters.")
    if setup.address == "name" and "//" in url:
        raise _wrong("url", "This kind of system is not reached over the network: its address is a name for people.")


def _reachable(name: str, address: str) -> None:
    try:
        outbound.check_address(address)
    except outbound.OutboundError as error:
        raise Refusal(
            Kind.UNPROCESSABLE, error.code, WHY[error.code],
            next="Correct it, or have whoever runs this list the host in ORCHESTR_OUTBOUND_ALLOW.",
            params={"field": name},
        )  from None  # fmt: skip


def _wrong(field: str, why: str) -> Refusal:
    return Refusal(
        Kind.UNPROCESSABLE, "system_impossible", why, next="Correct it and send it again.", params={"field": field}
    )
