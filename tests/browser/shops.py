"""The two shops of the main job, read past Orchestr: by whoever has a login of their own there."""

import secrets
from dataclasses import dataclass, field
from typing import Protocol

import httpx

from demo.vendure.graphql import Graphql
from tests.browser.running import Json, Running

UK_CHANNELS = {"vendure-uk": "uk-channel"}


class ShopSeen(Protocol):
    """A shop as a test sees it. `system` is its key in Orchestr."""

    @property
    def system(self) -> str: ...

    @property
    def settings(self) -> dict[str, str]: ...

    def price(self, running: Running, change: dict[str, Json]) -> int:
        """The price in minor units at the address of this change, as the shop itself says now."""


@dataclass(frozen=True, slots=True)
class DemoShop:
    system: str = "demo-shop"
    settings: dict[str, str] = field(default_factory=dict)

    def price(self, running: Running, change: dict[str, Json]) -> int:
        """By its API, with the demo's token for reading."""
        token = (running.data / "credentials" / "demo-shop.read").read_text().strip()
        path = f"{running.demo['shop']['url']}/api/v1/values/variant/{change['id']}/price"
        where = {name: part for name, part in change["address"].items() if part is not None}
        answer = httpx.get(path, params=where, headers={"Authorization": f"Bearer {token}"})
        answer.raise_for_status()
        return int(answer.json()["value"]["amount"])

    def edit(self, running: Running, change: dict[str, Json], amount: int) -> None:
        """Somebody else's hand in the shop."""
        body = {"id": change["id"], "field": "price", "address": change["address"], "value": amount}
        httpx.post(f"{running.demo['shop']['control_url']}/edit", json=body).raise_for_status()


@dataclass(frozen=True, slots=True)
class VendureShop:
    """A login of its own: the superadmin, whose password the test has chosen and Orchestr has never seen."""

    password: str = field(default_factory=lambda: secrets.token_urlsafe(18), repr=False)
    system: str = "vendure"

    @property
    def settings(self) -> dict[str, str]:
        return {"SHOP": "vendure", "VENDURE_SUPERADMIN_PASSWORD": self.password}

    def price(self, running: Running, change: dict[str, Json]) -> int:
        """By the admin API; Vendure keeps net and gross prices as the channel is set."""
        (system,) = running.rows("SELECT url FROM orchestr_system WHERE key = 'vendure'")
        admin = Graphql(system["url"])
        admin.sign_in("superadmin", self.password)
        document = (
            "query($sku: String!) { productVariants(options: {filter: {sku: {eq: $sku}}}) "
            "{ items { sku prices { currencyCode price } } } }"
        )
        channel = UK_CHANNELS.get(change["address"]["channel"], "")
        (variant,) = admin.run(document, {"sku": change["sku"]}, channel_token=channel)["productVariants"]["items"]
        wanted = change["before"]["currency"]
        return int(next(row["price"] for row in variant["prices"] if row["currencyCode"] == wanted))
