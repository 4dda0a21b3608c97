"""What the entry point names."""

from collections.abc import Mapping

from orchestr.connectors.base import Credentials, Declaration, Stage, SystemConfig, WebhookEvent
from orchestr.connectors.commercetools import declaration, webhook
from orchestr.connectors.commercetools.session import CommercetoolsSession
from orchestr.connectors.commercetools.setup import SETUP


class Commercetools:
    """`url` is the API's. Credentials: `client_id`, `client_secret`, and `scope` where not all of the client's.

    Settings: `project` (its key). Optional: `auth_url` (where tokens come from; the API's own address), `channels`
    {our key: {"currency", "country", "distribution_channel", "tax"}}, `locations` {our key: key of the supply channel,
    "" for entries without one}, `locales` (the project's languages), `root_segment` and `root_title`,
    `settle_after_s` (60).
    """

    kind = "commercetools"
    setup = SETUP

    def declare(self, system: SystemConfig) -> Declaration:
        return declaration.declare(system)

    def open(self, system: SystemConfig, credentials: Credentials, stage: Stage) -> CommercetoolsSession:
        return CommercetoolsSession(system, credentials, stage)

    def parse_webhook(
        self, system: SystemConfig, credentials: Credentials, headers: Mapping[str, str], body: bytes
    ) -> WebhookEvent:
        return webhook.parse(system, credentials, headers, body)
