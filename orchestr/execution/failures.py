"""What kind of failure a call ended in, and how each kind is tried again: one table, never a blanket retry.

*Transient*: certainly nothing was sent; back off with a spread, up to a bound. *Throttled*: the system asked
for patience; nothing was sent either, and waiting for it is no attempt. *Permanent*: sending again would not
help. *Ambiguous*: it was sent and nobody knows; only reading settles it (see `reconcile`), never a retry.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from orchestr.connectors.base import (
    Accepted,
    Ambiguous,
    ConnectorError,
    CredentialMissing,
    NotSent,
    Rejected,
    SystemUnavailable,
    WriteOutcome,
)
from orchestr.connectors.base import Conflict as Differs

# What a call raises that never reached a system: no connector, no credential in this process.
NEVER_REACHED = (LookupError, CredentialMissing)
NO_CREDENTIAL = "credential_missing"


class FailureClass(StrEnum):
    TRANSIENT = "transient"
    THROTTLED = "throttled"
    PERMANENT = "permanent"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed call. `code` is stable, `message` the system's own words."""

    kind: FailureClass
    code: str
    message: str = ""
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """Seconds between tries, doubling from `first_s` to `longest_s`; `most` tries, None for as many as it takes."""

    first_s: float
    longest_s: float
    most: int | None


RETRIES: Mapping[FailureClass, Retry] = {
    FailureClass.TRANSIENT: Retry(first_s=0.25, longest_s=30.0, most=40),
    FailureClass.THROTTLED: Retry(first_s=1.0, longest_s=60.0, most=None),
}


def of_error(error: Exception) -> Failure:
    """What a read that gave no answer means. Nothing was written by it, whatever it was."""
    match error:
        case SystemUnavailable(retry_after_s=seconds) if seconds is not None:
            return Failure(FailureClass.THROTTLED, error.code, str(error), seconds)
        case SystemUnavailable():
            return Failure(FailureClass.TRANSIENT, error.code, str(error))
        case CredentialMissing() | LookupError():
            return Failure(FailureClass.TRANSIENT, NO_CREDENTIAL, str(error))
        case ConnectorError():
            return Failure(FailureClass.PERMANENT, error.code, str(error))
    raise error


def of_outcome(outcome: WriteOutcome) -> Failure | None:
    """What the end of a write means; None where it is no failure of the call (accepted, or the value differs)."""
    match outcome:
        case Accepted() | Differs():
            return None
        case Rejected(code=code, message=message):
            return Failure(FailureClass.PERMANENT, code, message)
        case NotSent(reason=reason, retry_after_s=None):
            return Failure(FailureClass.TRANSIENT, reason, reason)
        case NotSent(reason=reason, retry_after_s=seconds):
            return Failure(FailureClass.THROTTLED, reason, reason, seconds)
        case Ambiguous(reason=reason):
            return Failure(FailureClass.AMBIGUOUS, "answer_lost", reason)


def exhausted(failure: Failure, attempts: int) -> bool:
    """Whether that was the last try of this kind. What is not tried again is exhausted at once."""
    retry = RETRIES.get(failure.kind)
    return retry is None or (retry.most is not None and attempts >= retry.most)


def back_off(attempts: int, kind: FailureClass = FailureClass.TRANSIENT) -> timedelta:
    """How long to wait before the next try, with a spread so that many do not come back at once."""
    retry = RETRIES[kind]
    longest = min(retry.longest_s, retry.first_s * 2 ** min(max(attempts, 0), 12))
    return timedelta(seconds=longest * random.uniform(0.6, 1.0))  # noqa: S311
