"""The sealer at work: which part of the log it looks at when, what it tells its witnesses, and when it stops.

What was recorded in the last seconds is looked at in each turn, twice the longest transaction every half minute
(somebody who began earlier may commit later), and the whole log at the start and every hour, in stretches between
turns. It never signs over a log that a witness knows otherwise.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import IntegrityError

from audit.keys import announce
from audit.notes import Key, Signer
from audit.pins import Pin, PinRefused, disagreement, signed_by_others
from audit.seal import LogBroken, LogTaken, Sealed, Stretch, chunk_from, first_id, seal
from audit.tree import TreeBroken
from audit.walls import Fault
from audit.witness import Witness

RECENT = timedelta(seconds=10)
WIDE_EVERY = timedelta(seconds=30)
FULL_EVERY = timedelta(hours=1)
SIGN_EVERY = timedelta(minutes=1)
LOOK_EVERY = timedelta(minutes=1)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn found: events sealed, whether it saw the end of what there is, and what stands against the log."""

    sealed: int
    caught_up: bool
    fault: Fault | None = None


@dataclass(slots=True, kw_only=True)
class Sealer:
    """One sealer. `longest` is how long a transaction may take; `pinned` reads what the witnesses kept."""

    signers: Sequence[Signer]
    longest: timedelta
    witnesses: Sequence[Witness] = ()
    pinned: Callable[[], list[Pin]] = list
    passing: Callable[[str], None] = lambda point: None
    lost: bool = False  # the key that signed last is lost for good, and somebody said so
    _sweep: UUID | None = field(default=UUID(int=0), init=False)
    _whole: bool = field(default=False, init=False)  # the whole log was looked at once
    _signed: Pin | None = field(default=None, init=False)
    _wide_at: datetime | None = field(default=None, init=False)
    _full_at: datetime | None = field(default=None, init=False)
    _looked_at: datetime | None = field(default=None, init=False)
    _fault: Fault | None = field(default=None, init=False)

    def begin(self, *, at: datetime) -> list[Key]:
        """Make the keys known; those that were new. Refuses keys of another log (KeyRefused)."""
        self._full_at = self._wide_at = at
        return announce(self.signers, at=at)

    def turn(self, *, at: datetime) -> Turn:
        """Seal what there is, a batch or a stretch of it, and tell the witnesses. Never raises for a bad log."""
        if self._looked_at is None or self._fault or at >= self._looked_at + LOOK_EVERY:
            self._fault, self._looked_at = self._held_against(), at
        if self._fault:
            return Turn(0, caught_up=False, fault=self._fault)
        try:
            return self._sealed(at)
        except LogTaken:
            return Turn(0, caught_up=True)
        except (TreeBroken, LogBroken, IntegrityError) as error:
            self._fault = Fault("audit_leaf", str(error))
            return Turn(0, caught_up=False, fault=self._fault)

    def _held_against(self) -> Fault | None:
        if self._signed is None and not self.lost and (fault := signed_by_others(self.signers)):
            return fault
        try:
            return disagreement(sorted(self._pins(), key=lambda pin: pin.checkpoint.size))
        except PinRefused as refused:
            return refused.fault
        except OSError as error:
            log.warning("audit_witness_unread", error=type(error).__name__)
            return None

    def _pins(self) -> list[Pin]:
        # What this process has signed itself it remembers, whatever is done to the database meanwhile.
        return [*self.pinned(), *([self._signed] if self._signed else [])]

    def _sealed(self, at: datetime) -> Turn:
        due = self._signed is None or at >= self._signed.checkpoint.at + SIGN_EVERY
        recent = self._seal(Stretch(since=first_id(at - RECENT)), at, sign_anyway=due)
        count, full = recent.count, recent.full
        self._begin_sweep(at)
        if self._sweep is not None:
            stretch, following = chunk_from(self._sweep)
            swept = self._seal(stretch, at)
            count += swept.count
            if not swept.full:
                self._sweep = following
                self._whole |= following is None
            full |= swept.full
        return Turn(count, caught_up=self._whole and not full)

    def _begin_sweep(self, at: datetime) -> None:
        if self._sweep is not None or self._full_at is None or self._wide_at is None:
            return
        if at >= self._full_at + FULL_EVERY:
            self._full_at = self._wide_at = at
            self._sweep = UUID(int=0)
        elif at >= self._wide_at + WIDE_EVERY:
            self._wide_at = at
            self._sweep = first_id(at - 2 * self.longest)

    def _seal(self, within: Stretch, at: datetime, *, sign_anyway: bool = False) -> Sealed:
        done = seal(signers=self.signers, at=at, within=within, sign_anyway=sign_anyway, passing=self.passing)
        if done.checkpoint is not None:
            self._signed = Pin(done.checkpoint, "sealer")
            for witness in self.witnesses:
                try:
                    witness.offer(done.note, done.checkpoint, at=at)
                except OSError as error:
                    log.warning("audit_witness_away", witness=type(witness).__name__, error=type(error).__name__)
        return done
