"""What the entry point names."""

from collections.abc import Mapping

from orchestr.connectors.base import Credentials, Declaration, Stage, SystemConfig, WebhookEvent, WebhookRefused
from orchestr.connectors.tryton import declaration
from orchestr.connectors.tryton.session import TrytonSession
from orchestr.connectors.tryton.setup import SETUP


class Tryton:
    """`url` is the server's with the database as its path, as in `https://erp.example.org/company`.

    Credentials: `username` and `password` of a Tryton user, one per stage.

    Settings, all optional: `locations` {our key: code of a storage location}, `root_segment` (the
    system's key), `root_title`, `precision` (the currency's digits), `settle_after_s` (60).
    """

    kind = "tryton"
    setup = SETUP

    def declare(self, system: SystemConfig) -> Declaration:
        return declaration.declare(system)

    def open(self, system: SystemConfig, credentials: Credentials, stage: Stage) -> TrytonSession:
        return TrytonSession(system, credentials, stage)

    def parse_webhook(
        self, system: SystemConfig, credentials: Credentials, headers: Mapping[str, str], body: bytes
    ) -> WebhookEvent:
        raise WebhookRefused("not_offered", "Tryton sends no webhooks: its catalogue is swept instead.")
