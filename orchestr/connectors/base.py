"""The protocol every connector speaks: what it declares, reads, writes and answers.

Synchronous and typed. A connector is one folder with the same files in each: `__init__.py` (exports
CONNECTOR), `client.py` (HTTP), `declaration.py`, `read.py`, `write.py`, `sales.py` where it can, and
`session.py` that ties them together. Values are in wire shape throughout: money as
`Money.wire()`, integers, texts, objects; `None` means "there is no such value".
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from orchestr.connectors.credentials import CredentialMissing, Credentials, Stage
from orchestr.connectors.declaration import (
    MAX_AGE_S,
    ActionClass,
    Capability,
    Declaration,
    FieldDeclaration,
    Freshness,
    Guarantee,
    Rate,
    Resend,
    Reversibility,
    SystemConfig,
    Tool,
    Writes,
)
from orchestr.connectors.outcomes import (
    Accepted,
    Ambiguous,
    CapabilityMissing,
    Conflict,
    ConnectorError,
    NotSent,
    Rejected,
    SystemRefused,
    SystemUnavailable,
    WebhookRefused,
    WriteOutcome,
    WriteRequest,
)
from orchestr.connectors.snapshots import (
    AffectedOrder,
    CataloguePage,
    FieldSnapshot,
    Image,
    Observed,
    ResourceSnapshot,
    SalesBucket,
    SegmentSnapshot,
    Target,
    WebhookEvent,
)
from orchestr.policy.values import Address, FieldKind, Json, Money

__all__ = [
    "MAX_AGE_S",
    "Accepted",
    "ActionClass",
    "Address",
    "AffectedOrder",
    "Ambiguous",
    "Capability",
    "CapabilityMissing",
    "CataloguePage",
    "Conflict",
    "Connector",
    "ConnectorError",
    "CredentialMissing",
    "Credentials",
    "Declaration",
    "FieldDeclaration",
    "FieldKind",
    "FieldSnapshot",
    "Freshness",
    "Guarantee",
    "Image",
    "Json",
    "Money",
    "NotSent",
    "Observed",
    "PlaysDead",
    "Rate",
    "Rejected",
    "Resend",
    "ResourceSnapshot",
    "Reversibility",
    "SalesBucket",
    "SegmentSnapshot",
    "Session",
    "Stage",
    "SystemConfig",
    "SystemRefused",
    "SystemUnavailable",
    "Target",
    "Tool",
    "WebhookEvent",
    "WebhookRefused",
    "WriteOutcome",
    "WriteRequest",
    "Writes",
]


class Session(ABC):
    """One system opened for one stage, with its connection kept alive. Not shared between threads."""

    @abstractmethod
    def read_catalogue(
        self, *, cursor: str | None = None, updated_since: datetime | None = None, limit: int = 100
    ) -> CataloguePage:
        """One page of resources. `updated_since` may be honoured roughly, never by leaving out a change."""

    @abstractmethod
    def read(self, targets: Sequence[Target]) -> tuple[Observed, ...]:
        """Live values, in the order asked; one that does not exist has the value None."""

    @abstractmethod
    def write(self, request: WriteRequest) -> WriteOutcome:
        """Compare as late as the guarantee allows, then write. Never raises for what a system may do:
        every end is a typed outcome. A session not opened for `publish` answers Rejected, sending nothing."""

    def stage(self, request: WriteRequest) -> WriteOutcome:
        """Make one *staged* value `after`, only where it is still `before`; what is live stays as it is.

        Answers like `write`. Only for tools that declare `stages`.
        """
        return Rejected(code="no_staging", message="This connector stages nothing.")

    def read_staged(self, targets: Sequence[Target]) -> tuple[Observed, ...]:
        """What is staged now, in the order asked; where nobody has staged anything, what is live."""
        raise CapabilityMissing("staging", "This connector stages nothing.")

    def siblings(self, target: Target) -> tuple[Target, ...]:
        """Other values that this write could disturb: the caller reads them before and after."""
        return ()

    def sales(
        self, *, since: datetime, until: datetime, bucket: timedelta | None = None
    ) -> Iterator[Sequence[SalesBucket]]:
        """Sums per variant and channel in [since, until), cut into buckets if asked, page by page.

        Each page is asked for when it is taken, and no more than one is held. What sold on several pages has a
        sum on each: whoever reads adds them up. Raises as it is read; a page that was taken before stays right.
        """
        raise CapabilityMissing("sales", "This connector reads no sales.")

    def orders_affected(self, target: Target, *, since: datetime, until: datetime) -> tuple[AffectedOrder, ...]:
        """Orders placed in [since, until) that hold the target's variant."""
        raise CapabilityMissing("orders_affected", "This connector reads no orders.")

    def image(self, url: str) -> Image:
        """The bytes of an image that a snapshot named; other addresses are refused."""
        raise CapabilityMissing("images", "This connector serves no images.")

    @abstractmethod
    def close(self) -> None:
        """Drop the connection. Closing twice is fine."""


class Connector(Protocol):
    """What the entry point names."""

    @property
    def kind(self) -> str: ...

    def declare(self, system: SystemConfig) -> Declaration:
        """What this system can do, from its configuration alone."""

    def open(self, system: SystemConfig, credentials: Credentials, stage: Stage) -> Session:
        """A session with nothing sent yet."""

    def parse_webhook(
        self, system: SystemConfig, credentials: Credentials, headers: Mapping[str, str], body: bytes
    ) -> WebhookEvent:
        """Check and read a delivery. Raises WebhookRefused."""


@runtime_checkable
class PlaysDead(Protocol):
    """A connector whose sandboxes can be told to fail, so that an outage can be rehearsed. Optional."""

    def play_dead(self, system: SystemConfig, *, seconds: int) -> None:
        """From now on the system answers nothing for so long; then it comes back by itself. 0: it is back at once.

        Asked of sandboxes alone. Raises SystemUnavailable or SystemRefused where it cannot be told.
        """
