"""What a project calls its channels, locations and languages, and what we call them."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from orchestr.connectors.base import Address, Json, SystemConfig, SystemRefused
from orchestr.connectors.commercetools.client import Client

KEEP_S = 300.0  # channels and languages change with a project's set-up, not with its day
NO_CHANNEL = ""
MOST = 500  # results a query may have


@dataclass(frozen=True, slots=True)
class Channel:
    """One of our channels: the currency, country and distribution channel that its prices carry, exactly.

    `country` and `distribution` (commercetools' id) are "" for prices without one. commercetools keeps no tax basis
    with a price; `tax` is what the settings say of it.
    """

    key: str
    currency: str
    country: str
    distribution: str
    tax: Literal["included", "excluded"]

    def sells(self, price: Mapping[str, Json]) -> bool:
        """Whether an embedded price is one of this channel, for everybody and any number of pieces."""
        return (
            price["value"]["currencyCode"] == self.currency
            and (price.get("country") or "") == self.country
            and str((price.get("channel") or {}).get("id") or "") == self.distribution
            and not price.get("customerGroup")
        )


@dataclass(frozen=True, slots=True)
class Project:
    """Channels, and stock locations as our key → id of the supply channel ("" for entries without one)."""

    channels: dict[str, Channel]
    locations: dict[str, str]
    languages: tuple[str, ...]
    taxes: dict[str, dict[str, int]]  # basis points by tax category and country

    def channel_of(self, address: Address) -> Channel | None:
        return self.channels.get(address.channel or "")

    @property
    def language(self) -> str:
        """The one whose slug names a product."""
        return self.languages[0]


class ProjectCache:
    """Reads the project's set-up when it is first needed and every five minutes."""

    def __init__(self, system: SystemConfig, client: Client) -> None:
        self._system = system
        self._client = client
        self._project: Project | None = None
        self._read_at = 0.0

    def get(self, *, timeout_s: float = 10.0) -> Project:
        """Raises SystemUnavailable or SystemRefused."""
        if self._project is None or time.monotonic() - self._read_at > KEEP_S:
            self._project = _project(self._system, self._client, timeout_s)
            self._read_at = time.monotonic()
        return self._project


def _project(system: SystemConfig, client: Client, timeout_s: float) -> Project:
    found = client.get("", timeout_s=timeout_s)
    if found is None:
        raise SystemRefused("unknown_project", "commercetools has no such project: correct the system's settings.")
    ids = {row["key"]: str(row["id"]) for row in client.rows("/channels", timeout_s=timeout_s, limit=str(MOST))}
    languages = tuple(system.settings.get("locales") or found.get("languages") or ())
    if not languages:
        raise SystemRefused("no_languages", "The project names no language: add `locales` to the system's settings.")
    taxes = client.rows("/tax-categories", timeout_s=timeout_s, limit=str(MOST))
    return Project(
        channels=_channels(system, found, ids),
        locations=_locations(system, ids),
        languages=languages,
        taxes={str(row["id"]): _rates(row) for row in taxes},
    )


def _rates(row: Mapping[str, Json]) -> dict[str, int]:
    """Rates of whole countries. commercetools holds a share as a float; ours is whole basis points."""
    return {rate["country"]: round(rate["amount"] * 10_000) for rate in row["rates"] if not rate.get("state")}


def _channels(system: SystemConfig, found: Mapping[str, Json], ids: Mapping[str, str]) -> dict[str, Channel]:
    wanted: dict[str, dict[str, str]] = dict(system.settings.get("channels") or {})
    if not wanted and found.get("currencies"):
        wanted = {"default": {"currency": found["currencies"][0]}}
    channels = {}
    for key, parts in wanted.items():
        tax: Literal["included", "excluded"] = "excluded" if parts.get("tax") == "excluded" else "included"
        channels[key] = Channel(
            key=key,
            currency=parts["currency"],
            country=parts.get("country", ""),
            distribution=_id(parts.get("distribution_channel", ""), ids),
            tax=tax,
        )
    return channels


def _locations(system: SystemConfig, ids: Mapping[str, str]) -> dict[str, str]:
    named: dict[str, str] = dict(system.settings.get("locations") or {})
    if named:
        return {ours: _id(theirs, ids) for ours, theirs in named.items()}
    return {"default": NO_CHANNEL, **ids}


def _id(key: str, ids: Mapping[str, str]) -> str:
    if key and key not in ids:
        raise SystemRefused(
            "unknown_channel", f"commercetools has no channel with the key {key!r}: correct the settings."
        )
    return ids[key] if key else NO_CHANNEL
