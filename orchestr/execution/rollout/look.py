"""A hold is looked at: claimed in the database, read outside of it, and settled in one transaction."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from audit.record import Actor
from orchestr import failpoints
from orchestr.connectors.base import ConnectorError
from orchestr.execution.rollout import settle
from orchestr.execution.rollout.guard import Numbers, Said, decide
from orchestr.execution.rollout.hold import next_look
from orchestr.execution.rollout.models import Rollout
from orchestr.execution.rollout.numbers import numbers_of, share_of
from orchestr.execution.rollout.states import RolloutState
from orchestr.proposals.locks import lock
from orchestr.proposals.models import Proposal
from orchestr.proposals.settle import touch
from orchestr.workflows.rollout import Terms

BY = Actor.worker("guard")
BATCH = 20
CLAIMED_FOR = timedelta(seconds=60)  # whoever dies while looking is followed by the next after so long
PATIENCE = timedelta(minutes=15)  # so long after its end a hold waits for systems that do not tell their sales

_CLAIM = """
UPDATE orchestr_rollout SET next_look_at = %(until)s, looks = looks + 1
WHERE id IN (
    SELECT id FROM orchestr_rollout WHERE state = 'holding' AND next_look_at <= %(at)s
    ORDER BY next_look_at, id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
)
RETURNING id, looks
"""

type Clock = Callable[[], datetime]


def look(*, clock: Clock) -> int:
    """Look at every rollout that is due, a batch at most. Returns how many holds ended.

    Opens its own transactions, and none around a call to a system. Two workers never look at the same one; one that
    died while looking is followed by the next look.
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        at = clock()
        cursor.execute(_CLAIM, {"at": at, "until": at + CLAIMED_FOR, "limit": BATCH})
        claimed: list[tuple[UUID, int]] = cursor.fetchall()
    if claimed:
        failpoints.hit("rollout.claimed")
    return sum(_look(id, looks, clock) for id, looks in sorted(claimed))


def _look(id: UUID, looks: int, clock: Clock) -> bool:
    rollout = Rollout.objects.select_related("execution").get(pk=id)
    assert rollout.held_at is not None
    assert rollout.began_at is not None
    share = share_of(rollout)
    blind = Numbers(items=share.items, failed=share.failed, drifted=share.drifted)
    at = clock()
    numbers: Numbers | None = blind
    try:
        if Terms.parse(rollout.terms).asks_sales:
            numbers = numbers_of(share, began_at=rollout.began_at, held_at=rollout.held_at, at=at)
    except (ConnectorError, LookupError):
        numbers = None
    with transaction.atomic(durable=True):
        return _judge(rollout.execution.proposal_id, id, looks, numbers, blind, clock())


def _judge(proposal_id: UUID, id: UUID, looks: int, numbers: Numbers | None, blind: Numbers, at: datetime) -> bool:
    """Lock proposal, execution and rollout, and do what the numbers say, unless somebody was faster."""
    proposal = lock(proposal_id)
    rollout = settle.locked(proposal)
    if rollout is None or rollout.pk != id or (rollout.state, rollout.looks) != (RolloutState.HOLDING, looks):
        return False
    assert rollout.holds_until is not None
    terms, over = Terms.parse(rollout.terms), at >= rollout.holds_until
    unread = numbers is None
    if numbers is None and at < rollout.holds_until + PATIENCE:
        over = False
    seen = numbers or blind
    said = decide(seen, terms=terms, over=over)
    rollout.looked_at = at
    if not unread:
        rollout.numbers = seen.wire()
    rollout.save(update_fields=["looked_at", "numbers"])
    _act(said, rollout, proposal, terms, at)
    return said.act != "look_again"


def _act(said: Said, rollout: Rollout, proposal: Proposal, terms: Terms, at: datetime) -> None:
    match said.act:
        case "go_on":
            settle.go_on(rollout, proposal, settled_by=settle.GUARD, reason=said.code, by=BY, at=at)
        case "put_back":
            settle.put_back(rollout, proposal, settled_by=settle.GUARD, reason=said.code, by=BY, at=at)
        case "ask":
            settle.ask(rollout, proposal, reason=said.code, by=BY, at=at)
        case "look_again":
            assert rollout.holds_until is not None
            rollout.next_look_at = next_look(terms, until=rollout.holds_until, at=at)
            rollout.save(update_fields=["next_look_at"])
            touch(proposal_id=proposal.pk)
