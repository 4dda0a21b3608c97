"""The hands that work: who they are in the audit log, their clock, and what they know of the systems."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from audit.record import Actor
from orchestr.connectors.base import Stage

FIRST_BACK_OFF_S = 0.25
LONGEST_BACK_OFF_S = 30.0


@dataclass(slots=True, kw_only=True)
class Worker:
    """One drain of one process. `breakers` says until when nothing is to be sent to a system."""

    name: str
    clock: Callable[[], datetime]
    actor: Actor = field(default_factory=lambda: Actor.worker("publish"))
    stage: Stage = "publish"
    breakers: dict[UUID, datetime] = field(default_factory=dict)
    deadline: float = field(default_factory=lambda: time.monotonic() + 5.0)

    @property
    def out_of_time(self) -> bool:
        return time.monotonic() >= self.deadline


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing more to do on this item before `until`."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Only a person can settle this item."""

    reason: str


@dataclass(frozen=True, slots=True)
class Settled:
    """The item has an outcome; with `over` the execution has ended in the same transaction."""

    outcome: str
    over: bool = False


@dataclass(frozen=True, slots=True)
class Away:
    """The execution is no longer ours to work on: held, stopped, or somebody else's."""

    reason: str


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A second look forbids to begin anything more; what was begun stays begun."""

    reason: str


type Step = Wait | Ask | Settled | Away | Abandoned


def write_timeout_s() -> float:
    """How long one write may take: the lease must outlast a read and a write with room to spare."""
    return min(10.0, settings.LEASE_S / 3)


def back_off(attempts: int) -> timedelta:
    """Doubling from a quarter of a second to half a minute, with a spread so that many do not come back at once."""
    longest = min(LONGEST_BACK_OFF_S, FIRST_BACK_OFF_S * 2 ** min(attempts, 12))
    return timedelta(seconds=longest * random.uniform(0.6, 1.0))  # noqa: S311
