"""What the entry point names."""

from collections.abc import Mapping

from orchestr.connectors.base import Credentials, Declaration, Stage, SystemConfig, WebhookEvent, WebhookRefused
from orchestr.connectors.demo_erp import declaration
from orchestr.connectors.demo_erp.session import DemoErpSession
from orchestr.connectors.demo_erp.setup import SETUP


class DemoErp:
    """`url` is the ERP's. Credentials: `token`. Settings, optional: `settle_after_s` (15)."""

    kind = "demo_erp"
    setup = SETUP

    def declare(self, system: SystemConfig) -> Declaration:
        return declaration.declare(system)

    def open(self, system: SystemConfig, credentials: Credentials, stage: Stage) -> DemoErpSession:
        return DemoErpSession(system, credentials, stage)

    def parse_webhook(
        self, system: SystemConfig, credentials: Credentials, headers: Mapping[str, str], body: bytes
    ) -> WebhookEvent:
        raise WebhookRefused("not_offered", "The demo ERP sends no webhooks: its items are swept instead.")
