"""Named places where a test may end the process as a power cut would. A leaf.

`ORCHESTR_FAILPOINT=write.answered` kills the process (SIGKILL, nothing is flushed) the first time it
gets there, `write.answered:3` the third time. `ORCHESTR_FAILPOINT_MARK` names a file that is made just
before: while it exists nobody dies again, so that a pool's next process gets past the point, and a test
can tell that the point was reached. Without the variables a point costs one comparison.
"""

import os
import signal

POINTS = frozenset(
    {
        "queue.created",  # executions and items are inserted, not committed
        "claim.recorded",  # claimed, not committed
        "claim.committed",  # claimed, nothing intended
        "intent.recorded",  # the intent and its audit event are written, not committed
        "intent.committed",  # intended, nothing read or sent
        "write.compared",  # the live value was read and is as it should be; nothing sent
        "write.answered",  # the system has answered; nothing of it is recorded
        "read_back.seen",  # the new value was read back; nothing of it is recorded
        "accepted.committed",  # the system said yes and does not show it; that it said so is on record
        "park.committed",  # unknown or not effective is on record; the execution is still ours
        "settle.recorded",  # outcome, audit and the proposal's arrow are written, not committed
        "settle.committed",  # all committed; only hints are missing
        "rollout.held",  # the first share has settled and is held, not committed
        "rollout.claimed",  # a hold that is due is claimed for a look, committed; nothing of it is read
        "rollout.settled",  # a hold has ended: what follows is written, not committed
        "stage.compared",  # a staged value is intended and as it should be; nothing sent
        "stage.answered",  # the system has answered a staging; nothing of it is recorded
        "stage.committed",  # the staged value was seen and is on record; nothing is live
        "unstage.answered",  # the system has taken a staged value back; nothing of it is recorded
        "unstage.committed",  # that nothing of ours is staged any more is on record
        "rest.abandoned",  # what was not begun of a failed set is given up, committed; its end is not
    }
)
# Those of the sealer of the audit log, which is a process of its own.
SEALING = frozenset(
    {
        "seal.numbered",  # leaves are inserted, not committed
        "seal.signed",  # leaves, subtrees and their checkpoint are written, not committed
        "seal.committed",  # committed; no witness was told
    }
)

# Of events on their way to runs.
DISPATCHING = frozenset(
    {
        "dispatch.opened",  # events are stored and their windows opened; no run is queued, nothing committed
    }
)

_armed, _, _count = os.environ.get("ORCHESTR_FAILPOINT", "").partition(":")
if _armed and _armed not in POINTS | SEALING | DISPATCHING:
    raise LookupError(f"There is no failpoint {_armed!r}: {', '.join(sorted(POINTS | SEALING | DISPATCHING))}.")
_left = int(_count or 1)
_mark = os.environ.get("ORCHESTR_FAILPOINT_MARK", "")


def hit(point: str) -> None:
    """Die here if this point is armed and its turn has come."""
    global _left
    if point != _armed:
        return
    _left -= 1
    if _left <= 0 and _is_first():
        os.kill(os.getpid(), signal.SIGKILL)


def _is_first() -> bool:
    if not _mark:
        return True
    try:
        os.close(os.open(_mark, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True
