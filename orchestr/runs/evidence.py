"""Evidence: what we read ourselves (`observed`) and what was brought to us (`claimed`, never counted as checked)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from audit.parameters import is_word
from audit.record import Actor, Entry, record, record_many
from orchestr.catalogue.freshness import Ages, ages
from orchestr.catalogue.live import Reading
from orchestr.connectors.base import MAX_AGE_S
from orchestr.people.models import Account
from orchestr.policy.values import Json, canonical, digest
from orchestr.refusal import Kind, Refusal
from orchestr.runs import budgets
from orchestr.runs.lease import begin
from orchestr.runs.locks import about, in_transaction, lock
from orchestr.runs.models import Evidence, Run
from orchestr.runs.reads import Read
from orchestr.runs.stop import stop_locked
from orchestr.runs.touched import note_touched

LARGEST_CLAIM = 20_000
# A claim names no field; what it can bear on is copy, so it is held to the age of copy.
CLAIM_AGE = timedelta(seconds=MAX_AGE_S["copy"])


@dataclass(frozen=True, slots=True)
class Bringer:
    """Who gathers evidence: a run of an agent, or a person proposing for themselves."""

    actor: Actor
    run_id: UUID | None = None
    agent_id: UUID | None = None
    person_id: UUID | None = None

    @classmethod
    def run(cls, run: Run) -> "Bringer":
        return cls(Actor.agent(run.agent_id), run_id=run.pk, agent_id=run.agent_id)

    @classmethod
    def person(cls, account: Account) -> "Bringer":
        if account.person_id is None:
            raise ValueError("An account without a person brings no evidence.")
        return cls(Actor.person(account_id=account.pk, person_id=account.person_id), person_id=account.person_id)


def record_observed(*, bringer: Bringer, read: Read, at: datetime) -> list[Evidence]:
    """Store what `reads.read_for_evidence` read, one row per system that owns the field. Locks the run.

    The value, its hash and its expiry are the server's; nothing of them comes from the bringer. Refuses
    a run that is over, and a reading that is older than its field allows (409 `reading_expired`).
    """
    in_transaction()
    run = _begun(bringer, at)
    in_force = ages(types={each.wanted.type for each in read.readings})
    rows = [_observed(bringer, reading, read, in_force, at) for reading in read.readings]
    made = Evidence.objects.bulk_create(rows)
    if run is not None:
        note_touched(run, read.segment_ids)
    record_many([_entry(bringer, row, read, run, at) for row in made])
    _charge(run, {"tool_calls": 1}, at)
    return made


def record_claimed(*, bringer: Bringer, source: str, observed_at: datetime, value: Json, at: datetime) -> Evidence:
    """Store what the bringer says it saw elsewhere. It names no field, and no rule takes it for checked.

    Refuses a run that is over, a time to come, an unnamed source, and a value that is too large or
    cannot be hashed exactly.
    """
    in_transaction()
    run = _begun(bringer, at)
    _refuse_claim(source, observed_at, value, at)
    row = Evidence.objects.create(
        kind="claimed",
        run_id=bringer.run_id,
        person_id=bringer.person_id,
        source=source,
        value=value,
        sha256=digest(value),
        observed_at=observed_at,
        expires_at=observed_at + CLAIM_AGE,
        recorded_at=at,
    )
    record(
        action="evidence.recorded",
        actor=bringer.actor,
        at=at,
        about={"evidence": row.pk, **({} if run is None else about(run))},
        data={
            "kind": "claimed",
            "sha256": row.sha256,
            "observed_at": observed_at,
            "expires_at": row.expires_at,
            **({"source": source} if is_word(source) else {}),
        },
    )
    _charge(run, {}, at)
    return row


def _begun(bringer: Bringer, at: datetime) -> Run | None:
    if bringer.run_id is None:
        return None
    run = lock(bringer.run_id, agent_id=bringer.agent_id)
    begin(run, by=bringer.actor, at=at)
    return run


def _charge(run: Run | None, spent: Mapping[str, int], at: datetime) -> None:
    """What was read is on record, since it happened; a run that has overspent by it is stopped."""
    if run is None or not run.budget:
        return
    exceeded = budgets.spend(run, spent, at=at)
    run.save(update_fields=["budget"])
    if exceeded is not None:
        stop_locked(run, reason=f"budget_{exceeded}", by=Actor.system(), at=at)


def _observed(bringer: Bringer, reading: Reading, read: Read, in_force: Ages, at: datetime) -> Evidence:
    wanted, observed_at = reading.wanted, reading.observed_at or at
    expires_at = in_force.expires_at(
        type=wanted.type, field=wanted.field, system_id=wanted.system_id, observed_at=observed_at
    )
    if expires_at <= at:
        raise Refusal(
            Kind.CONFLICT,
            "reading_expired",
            "What was read has expired before it could be recorded.",
            next="Read it again.",
            params={"field": wanted.field},
        )
    return Evidence(
        kind="observed",
        run_id=bringer.run_id,
        person_id=bringer.person_id,
        resource_id=wanted.resource_id,
        system_id=wanted.system_id,
        field=wanted.field,
        address=wanted.address.wire(),
        address_key=wanted.address.key(),
        source=read.systems[wanted.system_id],
        value=reading.value,
        sha256=digest(reading.value),
        observed_at=observed_at,
        expires_at=expires_at,
        recorded_at=at,
    )


def _entry(bringer: Bringer, row: Evidence, read: Read, run: Run | None, at: datetime) -> Entry:
    return Entry(
        action="evidence.recorded",
        actor=bringer.actor,
        at=at,
        about={"evidence": row.pk, "resource": row.resource_id, **({} if run is None else about(run))},
        data={
            "kind": "observed",
            "fields": [row.field],
            "source": row.source,
            "observed_at": row.observed_at,
            "expires_at": row.expires_at,
            "sha256": row.sha256,
        },
        segments=read.segments,
    )


def _refuse_claim(source: str, observed_at: datetime, value: Json, at: datetime) -> None:
    try:
        size = len(canonical(value))
    except (TypeError, ValueError):
        raise _bad_claim("claim_not_exact", "A claim holds whole numbers, texts, lists and objects.") from None
    if size > LARGEST_CLAIM or "\\u0000" in canonical(value).decode():
        raise _bad_claim("claim_too_large", f"A claim holds at most {LARGEST_CLAIM:,} bytes and no NUL.")
    if not 0 < len(source) <= 300 or not source.isprintable():
        raise _bad_claim("claim_source", "A claim names its source in one line.")
    if observed_at > at:
        raise _bad_claim("claim_from_the_future", "A claim was observed in the past.")


def _bad_claim(code: str, why: str) -> Refusal:
    return Refusal(Kind.UNPROCESSABLE, code, why, next="Correct it and send it again.")


def in_wire(rows: Sequence[Evidence]) -> list[dict[str, Json]]:
    """Evidence as the API answers it."""
    return [
        {
            "id": str(row.pk),
            "kind": row.kind,
            "field": row.field or None,
            "address": row.address,
            "source": row.source,
            "value": row.value,
            "sha256": row.sha256,
            "observed_at": row.observed_at.isoformat().replace("+00:00", "Z"),
            "expires_at": row.expires_at.isoformat().replace("+00:00", "Z"),
        }
        for row in rows
    ]
