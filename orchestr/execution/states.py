"""The charts of an execution, of its items, and of a system's breaker."""

from django.db.models import TextChoices

from orchestr.chart import Arrow, Chart


class ExecutionState(TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    HELD = "held"
    NEEDS_PERSON = "needs_person"
    DONE = "done"
    STOPPED = "stopped"


class ItemState(TextChoices):
    """`pending` and `intended`, then an outcome."""

    PENDING = "pending"
    INTENDED = "intended"
    APPLIED = "applied"
    NOT_APPLIED = "not_applied"
    CONFLICT = "conflict"
    UNKNOWN = "unknown"
    APPLIED_NOT_EFFECTIVE = "applied_not_effective"
    RESTORED = "restored"
    COMPENSATED = "compensated"
    KEPT = "kept"
    IRREVERSIBLE = "irreversible"


class BreakerState(TextChoices):
    """A system that works has no breaker; `closed` is one that has failed of late, but not often enough."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


_S = ExecutionState

EXECUTION_CHART = Chart(
    "execution",
    ExecutionState,
    Arrow("queue", None, _S.QUEUED),
    Arrow("claim", _S.QUEUED, _S.RUNNING),
    Arrow("claim", _S.RUNNING, _S.RUNNING),  # a lease that ran out is taken over with a higher fence
    Arrow("hold", _S.QUEUED, _S.HELD),
    Arrow("hold", _S.RUNNING, _S.HELD),
    Arrow("thaw", _S.HELD, _S.QUEUED),
    Arrow("wait", _S.RUNNING, _S.QUEUED),  # backs off until next_at
    Arrow("ask", _S.RUNNING, _S.NEEDS_PERSON),
    Arrow("resume", _S.NEEDS_PERSON, _S.QUEUED),
    Arrow("finish", _S.RUNNING, _S.DONE),
    Arrow("finish", _S.NEEDS_PERSON, _S.DONE),
    Arrow("stop", _S.QUEUED, _S.STOPPED),
    Arrow("stop", _S.RUNNING, _S.STOPPED),
    Arrow("stop", _S.HELD, _S.STOPPED),
    Arrow("stop", _S.NEEDS_PERSON, _S.STOPPED),
)

_I = ItemState

ITEM_CHART = Chart(
    "item",
    ItemState,
    Arrow("plan", None, _I.PENDING),
    Arrow("intend", _I.PENDING, _I.INTENDED),
    Arrow("release", _I.INTENDED, _I.PENDING),  # certain that nothing was sent
    Arrow("intend", _I.UNKNOWN, _I.INTENDED),  # sent again under the same operation key
    Arrow("retry", _I.CONFLICT, _I.PENDING),  # a person asks for it, on a backward write that got stuck
    Arrow("retry", _I.NOT_APPLIED, _I.PENDING),
    Arrow("settle", _I.PENDING, _I.CONFLICT),
    Arrow("settle", _I.PENDING, _I.NOT_APPLIED),
    Arrow("settle", _I.PENDING, _I.KEPT),
    Arrow("settle", _I.PENDING, _I.IRREVERSIBLE),
    Arrow("settle", _I.PENDING, _I.RESTORED),  # another item's write on the same value has put this back as well
    Arrow("settle", _I.PENDING, _I.COMPENSATED),
    *(
        Arrow("settle", source, target)
        for source in (_I.INTENDED, _I.UNKNOWN, _I.APPLIED_NOT_EFFECTIVE)
        for target in (
            _I.APPLIED,
            _I.NOT_APPLIED,
            _I.CONFLICT,
            _I.UNKNOWN,
            _I.APPLIED_NOT_EFFECTIVE,
            _I.RESTORED,
            _I.COMPENSATED,
        )
        if source != target
    ),
)

_B = BreakerState

BREAKER_CHART = Chart(
    "breaker",
    BreakerState,
    Arrow("count", None, _B.CLOSED),
    Arrow("count", _B.CLOSED, _B.CLOSED),
    Arrow("trip", _B.CLOSED, _B.OPEN),
    Arrow("trip", _B.OPEN, _B.OPEN),  # what was under way when it opened fails as well
    Arrow("trip", _B.HALF_OPEN, _B.OPEN),
    Arrow("probe", _B.OPEN, _B.HALF_OPEN),
    Arrow("probe", _B.HALF_OPEN, _B.HALF_OPEN),  # the worker that probed is gone
    Arrow("close", _B.CLOSED, None),
    Arrow("close", _B.OPEN, None),
    Arrow("close", _B.HALF_OPEN, None),
)
