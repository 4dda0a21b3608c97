"""Choosing between work that is held together: one goes on, all do, or none."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from audit.record import Actor, record, text_digest
from orchestr.live import announce, segment_group
from orchestr.people.eligibility import holds_on
from orchestr.people.models import Account
from orchestr.proposals.arbitration.models import Arbitration
from orchestr.proposals.arbitration.queries import OPEN_STATES
from orchestr.proposals.deciding.decide import Reason, block
from orchestr.proposals.deciding.refused import refuse_unless_decider
from orchestr.proposals.locks import has_intent, in_transaction, lock_all
from orchestr.proposals.models import Proposal
from orchestr.proposals.settle import touch
from orchestr.refusal import Kind, Refusal, absent

type Choice = Literal["one", "all", "none"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was settled, which proposals were blocked, and which could not be any more: they are being written."""

    arbitration: Arbitration
    blocked: tuple[UUID, ...]
    under_way: tuple[UUID, ...]


def digest_of(parties: Iterable[Proposal]) -> str:
    """What a person looks at: every party with its version and state. 64 hexadecimal digits."""
    told = sorted(f"{each.pk} {each.digest} {each.state}" for each in parties)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def choose(
    *,
    arbitration_id: UUID,
    choice: Choice,
    chosen_id: UUID | None = None,
    digest: str,
    reason: str,
    by: Account,
    at: datetime,
) -> Chosen:
    """Settle an arbitration: the chosen one goes on to its ordinary decision and the others are blocked, or all, or none.

    What goes on still needs the people that policy asks for; choosing approves nothing. What is being written already
    cannot be blocked and is named. Refuses what is absent or not visible, settled, another digest (409), no reason,
    a choice of what is not open, and who may not decide on each of the open ones or owns one of them.
    Locks the proposals by primary key, then the arbitration.
    """
    in_transaction()
    ids = list(Arbitration.objects.filter(pk=arbitration_id).values_list("parties__proposal_id", flat=True))
    parties = lock_all([id for id in ids if id is not None])
    arbitration = Arbitration.objects.select_for_update().filter(pk=arbitration_id).first()
    if arbitration is None or not all(holds_on(by, "view_segment", each.segment_ids) for each in parties):
        raise absent("arbitration")
    _refuse_moved(arbitration, parties, digest)
    standing = [each for each in parties if each.state in OPEN_STATES]
    _refuse_unfit(arbitration, standing, choice, chosen_id, reason)
    for each in standing:
        refuse_unless_decider(each, by)
    going = {each.pk for each in standing} if choice == "all" else {chosen_id} - {None}
    losing = [each for each in standing if each.pk not in going]
    under_way = tuple(each.pk for each in losing if has_intent(each))
    blocked = tuple(each.pk for each in losing if each.pk not in under_way)
    why = Reason(code="other", text=reason, constraints={"arbitration": str(arbitration.pk)})
    for each in losing:
        if each.pk in blocked:
            block(proposal_id=each.pk, digest=each.digest, by=by, reason=why, at=at)
    _settle(arbitration, choice, chosen_id if choice == "one" else None, reason, by, at)
    _record(arbitration, parties, blocked, by, at)
    for each in standing:
        if each.pk not in blocked:
            touch(proposal_id=each.pk)
    for segment_set_id in {each.segment_set_id for each in parties}:
        announce("arbitration", [arbitration.pk], groups=[segment_group(segment_set_id)])
    return Chosen(arbitration, blocked, under_way)


def close_gone(*, at: datetime, most: int = 200) -> int:
    """Settle arbitrations of which fewer than two are open still: nothing is left to choose. Returns how many."""
    in_transaction()
    free = Arbitration.objects.select_for_update(skip_locked=True).filter(settled_at=None)
    rows = list(free.exclude(pk__in=Arbitration.objects.standing().values("pk")).order_by("opened_at")[:most])
    for row in rows:
        row.settled_at, row.choice = at, "gone"
        row.save(update_fields=["settled_at", "choice"])
        record(
            action="arbitration.settled",
            actor=Actor.worker("sweep"),
            at=at,
            about={"arbitration": str(row.pk)},
            data={"choice": "gone"},
        )
    return len(rows)


def _refuse_moved(arbitration: Arbitration, parties: Sequence[Proposal], digest: str) -> None:
    about = {"arbitration": str(arbitration.pk)}
    if arbitration.settled_at is not None:
        raise Refusal(
            Kind.CONFLICT,
            "arbitration_settled",
            "Somebody has chosen already, or nothing is left to choose between.",
            next="Look at what was chosen.",
            params={"choice": arbitration.choice},
            about=about,
        )
    if digest != digest_of(parties):
        raise Refusal(
            Kind.CONFLICT,
            "stale_digest",
            "The proposals have changed since you looked at them, or another one has joined.",
            next="Look at them as they are now, then choose.",
            about=about,
            answer={"digest": digest_of(parties)},
        )


def _refuse_unfit(
    arbitration: Arbitration, standing: Sequence[Proposal], choice: Choice, chosen_id: UUID | None, reason: str
) -> None:
    about = {"arbitration": str(arbitration.pk)}
    if choice not in ("one", "all", "none") or (choice == "one" and chosen_id not in {each.pk for each in standing}):
        raise Refusal(
            Kind.UNPROCESSABLE,
            "choice_unknown",
            "That is none of the proposals that are open here.",
            next="Choose one of them, all of them or none.",
            about=about,
        )
    if not reason.strip():
        raise Refusal(
            Kind.UNPROCESSABLE,
            "reason_missing",
            "A reason is needed, so that the proposers can learn from it.",
            next="Say in a sentence why.",
            about=about,
        )


def _settle(
    arbitration: Arbitration, choice: Choice, chosen_id: UUID | None, reason: str, by: Account, at: datetime
) -> None:
    arbitration.settled_at, arbitration.choice, arbitration.chosen_id = at, choice, chosen_id
    arbitration.person_id, arbitration.account = by.person_id, by
    arbitration.reason, arbitration.reason_salt = reason, secrets.token_bytes(16)
    arbitration.save(
        update_fields=["settled_at", "choice", "chosen", "person", "account", "reason", "reason_salt"],
    )


def _record(
    arbitration: Arbitration, parties: Sequence[Proposal], blocked: Sequence[UUID], by: Account, at: datetime
) -> None:
    about = {"arbitration": str(arbitration.pk)}
    if arbitration.chosen_id is not None:
        about["proposal"] = str(arbitration.chosen_id)
    record(
        action="arbitration.settled",
        actor=Actor.person(account_id=by.pk, person_id=by.person_id),
        at=at,
        about=about,
        data={
            "choice": arbitration.choice,
            "parties": [str(each.pk) for each in parties],
            "blocked": [str(id) for id in blocked],
            "text_digest": text_digest(arbitration.reason, bytes(arbitration.reason_salt)),
        },
        segments=sorted({id for each in parties for id in each.segment_ids}),
    )
