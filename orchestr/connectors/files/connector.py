"""What the entry point names."""

from collections.abc import Mapping

from orchestr.connectors.base import Credentials, Declaration, Stage, SystemConfig, WebhookEvent, WebhookRefused
from orchestr.connectors.files import declaration
from orchestr.connectors.files.session import FilesSession
from orchestr.connectors.files.setup import SETUP


class Files:
    """`url` is a name for people (`files:erp`). Credential: the folder's path, as `folder` or bare.

    Settings: `feeds`, a list of files with their columns; see docs/connectors.md.
    """

    kind = "files"
    setup = SETUP

    def declare(self, system: SystemConfig) -> Declaration:
        return declaration.declare(system)

    def open(self, system: SystemConfig, credentials: Credentials, stage: Stage) -> FilesSession:
        return FilesSession(system, credentials, stage)

    def parse_webhook(
        self, system: SystemConfig, credentials: Credentials, headers: Mapping[str, str], body: bytes
    ) -> WebhookEvent:
        raise WebhookRefused("not_offered", "Files send no webhooks: the folder is looked at instead.")
