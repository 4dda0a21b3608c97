"""What the entry point names."""

from collections.abc import Mapping

from orchestr.connectors.base import Credentials, Declaration, Stage, SystemConfig, WebhookEvent, WebhookRefused
from orchestr.connectors.starter import declaration
from orchestr.connectors.starter.session import StarterSession
from orchestr.connectors.starter.setup import SETUP


class Starter:
    """`url` is the shop's. Credentials: `token`. Settings, optional: `channel` ("web"), `settle_after_s` (60)."""

    kind = "starter"
    setup = SETUP

    def declare(self, system: SystemConfig) -> Declaration:
        return declaration.declare(system)

    def open(self, system: SystemConfig, credentials: Credentials, stage: Stage) -> StarterSession:
        return StarterSession(system, credentials, stage)

    def parse_webhook(
        self, system: SystemConfig, credentials: Credentials, headers: Mapping[str, str], body: bytes
    ) -> WebhookEvent:
        raise WebhookRefused("not_offered", "This shop sends no webhooks: its catalogue is swept instead.")
