"""What the entry point names."""

from collections.abc import Mapping

from orchestr.connectors.base import Credentials, Declaration, Stage, SystemConfig, WebhookEvent, WebhookRefused
from orchestr.connectors.demo_shop import declaration
from orchestr.connectors.demo_shop.client import tell_outage
from orchestr.connectors.demo_shop.session import DemoShopSession
from orchestr.connectors.demo_shop.setup import SETUP


class DemoShop:
    """`url` is the shop's. Credentials: `token`. Settings, optional: `settle_after_s` (15)."""

    kind = "demo_shop"
    setup = SETUP

    def declare(self, system: SystemConfig) -> Declaration:
        return declaration.declare(system)

    def open(self, system: SystemConfig, credentials: Credentials, stage: Stage) -> DemoShopSession:
        return DemoShopSession(system, credentials, stage)

    def play_dead(self, system: SystemConfig, *, seconds: int) -> None:
        """By the shop's control, which answers to callers on its own machine alone."""
        tell_outage(system, seconds=seconds)

    def parse_webhook(
        self, system: SystemConfig, credentials: Credentials, headers: Mapping[str, str], body: bytes
    ) -> WebhookEvent:
        raise WebhookRefused("not_offered", "The demo shop sends no webhooks: its catalogue is swept instead.")
