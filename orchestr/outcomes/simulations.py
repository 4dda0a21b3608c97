"""Simulations in the background: asked for by a person, run by a worker that leaves signs of life."""

import logging
import time
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from audit.record import Actor, record
from orchestr.live import EVERYONE, announce, wake
from orchestr.outcomes import history
from orchestr.outcomes.models import Simulation
from orchestr.outcomes.simulate import simulate
from orchestr.people.models import Account
from orchestr.policy.ruleset import parse_policy
from orchestr.refusal import Kind, Refusal, absent
from orchestr.rulebook.models import PolicyVersion

log = logging.getLogger(__name__)
DAYS = (30, 90)
MOST_DAYS = 366
TASK = "orchestr.outcomes.simulate"
SILENT = timedelta(seconds=60)  # a worker that has said nothing for so long is dead: another takes over
BEAT_S = 1.0


def request_simulation(*, number: int, days: int, by: Account, at: datetime) -> Simulation:
    """Have a policy version tried on the proposals of the last `days` days.

    Returns the one under way where there is one. Refuses (absent) a version that does not exist, and (422) a number
    of days that is not from 1 to 366. Locks the version's row.
    """
    _in_transaction()
    if not 1 <= days <= MOST_DAYS:
        raise Refusal(
            Kind.UNPROCESSABLE,
            "simulation_days",
            f"A simulation covers from 1 to {MOST_DAYS} days.",
            next="Choose 30 or 90 days.",
        )
    policy = PolicyVersion.objects.select_for_update(of=("self",)).filter(number=number).first()
    if policy is None:
        raise absent("policy version")
    standing = Simulation.objects.filter(policy=policy, days=days, state__in=("queued", "running")).first()
    if standing is not None:
        return standing
    row = Simulation.objects.create(policy=policy, days=days, asked_by_id=by.person_id, asked_at=at)
    record(
        action="policy.simulated",
        actor=Actor.person(account_id=by.pk, person_id=by.person_id),
        at=at,
        about={"policy": str(policy.pk)},
        data={"policy_version": policy.number, "days": days},
    )
    wake(TASK, queue="default")
    return row


def claim(*, at: datetime) -> Simulation | None:
    """Take the oldest that waits, or whose worker has fallen silent; None where there is nothing to do."""
    with transaction.atomic(durable=True):
        due = Q(state="queued") | Q(state="running", beat_at__lt=at - SILENT)
        row = Simulation.objects.select_for_update(skip_locked=True, of=("self",)).filter(due)
        found = row.select_related("policy").order_by("asked_at", "id").first()
        if found is None:
            return None
        found.state, found.beat_at, found.done = Simulation.State.RUNNING, at, 0
        found.save(update_fields=["state", "beat_at", "done"])
        return found


def perform(row: Simulation) -> None:
    """Run one that was claimed and keep what it says; what goes wrong is kept too, by its kind.

    Opens its own transactions. A worker that was thought dead finds its row taken and keeps nothing.
    """
    try:
        _run(row)
    except _Taken:
        log.warning("simulation %s was taken over by another worker", row.pk)
    except Exception as error:
        if not connection.is_usable():
            raise  # it falls silent, and whoever comes next takes it
        log.exception("simulation %s failed", row.pk)
        with suppress(_Taken):
            _settle(row, state=Simulation.State.FAILED, failure=type(error).__name__[:80])


class _Taken(Exception):
    """Another worker holds the row."""


def _run(row: Simulation) -> None:
    until = row.asked_at
    since = until - timedelta(days=row.days)
    policy = parse_policy(row.policy.rules, number=row.policy.number)
    row.total = history.count(since=since, until=until)
    _beat(row, done=0)
    said = time.monotonic()

    def progress(done: int) -> None:
        nonlocal said
        if time.monotonic() - said >= BEAT_S:
            said = time.monotonic()
            _beat(row, done=done)

    report = simulate(policy=policy, since=since, until=until, progress=progress)
    _settle(row, state=Simulation.State.DONE, result=report.to_wire(), done=report.replayed)


def _beat(row: Simulation, *, done: int) -> None:
    _write(row, done=done, total=row.total, beat_at=timezone.now())


def _settle(row: Simulation, **fields: object) -> None:
    _write(row, settled_at=timezone.now(), **fields)


def _write(row: Simulation, **fields: object) -> None:
    """Only while the row is still this worker's: each sign of life names the one before it."""
    with transaction.atomic(durable=True):
        held = Simulation.objects.filter(pk=row.pk, state="running", beat_at=row.beat_at)
        if not held.update(**fields):
            raise _Taken
        announce("simulation", [row.pk], groups=[EVERYONE])
    row.beat_at = fields.get("beat_at", row.beat_at)  # type: ignore[assignment]  # a moment, where it is there


def latest(policy_id: UUID, *, days: int | None = None) -> Simulation | None:
    """The last one asked for."""
    rows = Simulation.objects.filter(policy_id=policy_id).select_related("asked_by")
    if days is not None:
        rows = rows.filter(days=days)
    return rows.order_by("-asked_at", "-id").first()


def _in_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
