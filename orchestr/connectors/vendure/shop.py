"""What a Vendure calls its channels, locations and locales, and what we call them."""

import re
import time
from dataclasses import dataclass

from orchestr.connectors.base import Address, Json, Money, SystemConfig
from orchestr.connectors.vendure import documents
from orchestr.connectors.vendure.channel import Channel
from orchestr.connectors.vendure.client import Client

DEFAULT_CHANNEL = "__default_channel__"
KEEP_S = 300.0  # channels and locations change with a shop's set-up, not with its day


@dataclass(frozen=True, slots=True)
class Shop:
    """Channels and stock locations (our key → Vendure's id) that the settings let us see."""

    channels: dict[str, Channel]
    locations: dict[str, str]
    precision: int

    def money(self, amount: int, *, currency: str, channel: Channel) -> Json:
        return Money(amount, currency, self.precision, "included" if channel.includes_tax else "excluded").wire()

    def net(self, amount: int, *, currency: str) -> Money:
        return Money(amount, currency, self.precision, "excluded")

    def channel_of(self, address: Address) -> Channel | None:
        return self.channels.get(address.channel or "")


class ShopCache:
    """Reads the shop's set-up when it is first needed and every five minutes."""

    def __init__(self, system: SystemConfig, client: Client) -> None:
        self._system = system
        self._client = client
        self._shop: Shop | None = None
        self._read_at = 0.0

    def get(self) -> Shop:
        """Raises SystemUnavailable or SystemRefused."""
        if self._shop is None or time.monotonic() - self._read_at > KEEP_S:
            self._shop = _shop(self._system, self._client.query(documents.SHOP, {}))
            self._read_at = time.monotonic()
        return self._shop


def locale_of(language: str) -> str:
    """Vendure's `en_GB` is our `en-GB`."""
    return language.replace("_", "-")


def language_of(locale: str) -> str:
    return locale.replace("-", "_")


def _shop(system: SystemConfig, answer: dict[str, Json]) -> Shop:
    codes: dict[str, str] = dict(system.settings.get("channels") or {})
    channels = {}
    for row in answer["channels"]["items"]:
        plain = "default" if row["code"] == DEFAULT_CHANNEL else str(row["code"])
        for key in [ours for ours, code in codes.items() if code == row["code"]] if codes else [plain]:
            channels[key] = _channel(key, row)
    names: dict[str, str] = dict(system.settings.get("locations") or {})
    locations = {}
    for row in answer["stockLocations"]["items"]:
        for key in [ours for ours, name in names.items() if name == row["name"]] if names else [_slug(row["name"])]:
            locations[key] = str(row["id"])
    return Shop(channels, locations, int(system.settings.get("precision", 2)))


def _channel(key: str, row: dict[str, Json]) -> Channel:
    return Channel(
        key=key,
        code=row["code"],
        token=row["token"],
        currency=row["defaultCurrencyCode"],
        currencies=tuple(row["availableCurrencyCodes"]),
        language=row["defaultLanguageCode"],
        locales=tuple(locale_of(code) for code in row["availableLanguageCodes"] or []),
        includes_tax=bool(row["pricesIncludeTax"]),
    )


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
