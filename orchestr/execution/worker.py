"""The hands that work: who they are in the audit log, their clock, and what they know of the systems."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.conf import settings

from audit.record import Actor
from orchestr.catalogue.rates import Rate
from orchestr.connectors.base import Stage


@dataclass(frozen=True, slots=True)
class Failing:
    """What a worker last read of a breaker; see `breakers`."""

    state: str
    until: datetime


@dataclass(slots=True, kw_only=True)
class Worker:
    """One drain of one process, and what it last read of the systems: breakers, rates set by people, full buckets.

    `pace_s`: how long an item took of late; 0 before there was one.
    """

    name: str
    clock: Callable[[], datetime]
    actor: Actor = field(default_factory=lambda: Actor.worker("publish"))
    stage: Stage = "publish"
    breakers: dict[UUID, Failing] = field(default_factory=dict)
    rates: dict[UUID, Rate] = field(default_factory=dict)
    full_until: dict[UUID, datetime] = field(default_factory=dict)
    waiting_for: set[UUID] = field(default_factory=set)
    read_at: float = 0.0
    pace_s: float = 0.0
    deadline: float = field(default_factory=lambda: time.monotonic() + 5.0)

    @property
    def out_of_time(self) -> bool:
        return time.monotonic() >= self.deadline


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing more to do on this item before `until`. `waits_for` names what stands in the way, as `breaker:shop`."""

    until: datetime
    reason: str
    waits_for: str = ""


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


@dataclass(frozen=True, slots=True)
class EvidenceDue:
    """Its time has come, and its evidence has expired while it waited: read that again, then look once more."""


type Step = Wait | Ask | Settled | Away | Abandoned


def write_timeout_s() -> float:
    """How long one write may take: the lease must outlast a read and a write with room to spare."""
    return min(10.0, settings.LEASE_S / 3)
