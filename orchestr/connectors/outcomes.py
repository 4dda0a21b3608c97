"""A write, how it may end, and the errors of calls that gave no answer."""

from dataclasses import dataclass

from orchestr.connectors.snapshots import Target
from orchestr.policy.values import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteRequest:
    """Make one value `after`, only where it is still `before`.

    `before` None creates, `after` None removes what was created. `token` is the compare token seen
    with `before`, "" if none. `operation_key` names the one effect; `timeout_s` bounds the whole call.
    `staged`: `after` is what we have staged there before, and it goes live now.
    """

    target: Target
    before: Json
    after: Json
    operation_key: str
    token: str = ""
    timeout_s: float = 10.0
    staged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The system said yes. Not proof: the caller reads back. `ref` names what a creation made."""

    ref: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Permanent: nothing was written and sending it again would not help."""

    code: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """The live value is not `before`; nothing was written."""

    live: Json
    token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """Transient: certainly nothing was written; try again after `retry_after_s` (None: own back-off)."""

    reason: str
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """It was sent and what became of it is not known; it may still land until `settle_after`."""

    reason: str


WriteOutcome = Accepted | Rejected | Conflict | NotSent | Ambiguous


class ConnectorError(Exception):
    """A call that gave no answer; `code` is stable, the text says what to do next. Holds no secret."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class SystemUnavailable(ConnectorError):
    """Transient: down, slow, overloaded. Reads may be tried again after `retry_after_s`."""

    def __init__(self, code: str, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(code, message)
        self.retry_after_s = retry_after_s


class SystemRefused(ConnectorError):
    """Permanent: the credential lacks a right, the answer is not what the protocol says, …"""


class CapabilityMissing(ConnectorError):
    """The connector never said it could do this: look at `Declaration.capabilities` first."""


class WebhookRefused(ConnectorError):
    """A delivery that is not signed by the system, too old, or unreadable."""
