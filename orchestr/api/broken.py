"""What nobody foresaw: a 500 that says nothing of its cause. The log has the cause, and the trail that it was refused;
both under the id that the answer names.
"""

from collections.abc import Callable
from uuid import uuid4

import structlog
from structlog.contextvars import get_contextvars

from orchestr.refusal import Kind, Refusal

log = structlog.get_logger(__name__)
CODE = "broken"


def broken(error: BaseException | None, *, door: str) -> Refusal:
    """Log what went wrong, and give the refusal that says nothing of it. Its id is the one that the log has for the
    request, or a new one; never one that the caller chose."""
    id = str(get_contextvars().get("request_id") or uuid4())
    log.error("door_broken", request_id=id, door=door, exc_info=error)
    return refusal_of(id)


def refusal_of(request_id: str) -> Refusal:
    """The answer to a request that failed on our side."""
    return Refusal(
        Kind.BROKEN,
        CODE,
        "Something failed on our side. Nothing was half done.",
        next="Send it again with the same Idempotency-Key; if it stays like this, tell an admin the request_id.",
        answer={"request_id": request_id},
    )


def kept(record: Callable[[], object], request_id: str) -> None:
    """Put it on record if the database takes it: what is broken may be the database itself, and the log has it."""
    try:
        record()
    except Exception:
        log.error("door_broken_unrecorded", request_id=request_id, exc_info=True)
