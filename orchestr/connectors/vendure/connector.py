"""What the entry point names."""

from collections.abc import Mapping

from orchestr.connectors.base import Credentials, Declaration, Stage, SystemConfig, WebhookEvent, WebhookRefused
from orchestr.connectors.vendure import declaration
from orchestr.connectors.vendure.session import VendureSession
from orchestr.connectors.vendure.setup import SETUP


class Vendure:
    """`url` is the admin API's. Credentials: `api_key`, or `username` and `password`.

    An API key opens the channel it was made in; further ones are named `api_key:<channel code>`.

    Settings, all optional: `channels` {our key: Vendure's channel code}, `locations` {our key: stock
    location name}, `root_segment` (the system's key), `precision` (2), `cost_field` (a custom field of the
    variant holding the cost without tax in minor units of the default currency), `settle_after_s` (60).
    """

    kind = "vendure"
    setup = SETUP

    def declare(self, system: SystemConfig) -> Declaration:
        return declaration.declare(system)

    def open(self, system: SystemConfig, credentials: Credentials, stage: Stage) -> VendureSession:
        return VendureSession(system, credentials, stage)

    def parse_webhook(
        self, system: SystemConfig, credentials: Credentials, headers: Mapping[str, str], body: bytes
    ) -> WebhookEvent:
        raise WebhookRefused("not_offered", "Vendure sends no webhooks of its own: its catalogue is swept instead.")
