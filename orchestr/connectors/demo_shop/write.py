"""Writes: the shop itself compares the version and does each operation key once.

With the token seen beside `before` that is one request. Without one we read first. Where the version moved and
the value did not (stock sold and come back), the write is sent again with the version that stands.
"""

import time

from orchestr.connectors.base import (
    Accepted,
    Ambiguous,
    Conflict,
    Json,
    NotSent,
    Rejected,
    SystemRefused,
    SystemUnavailable,
    WriteOutcome,
    WriteRequest,
)
from orchestr.connectors.demo_shop.client import Client
from orchestr.connectors.demo_shop.declaration import FIELDS
from orchestr.connectors.demo_shop.read import read
from orchestr.connectors.http import Reply

WRITABLE = {(one.type, one.field) for one in FIELDS if one.writable}
MOST_TRIES = 5


def write(client: Client, request: WriteRequest) -> WriteOutcome:
    """Compare and set one value."""
    target = request.target
    if (target.type, target.field) not in WRITABLE:
        return Rejected(code="field_not_writable", message=f"The shop's {target.type}.{target.field} is not writable.")
    deadline = time.monotonic() + request.timeout_s
    version = request.token
    if not version:
        try:
            (seen,) = read(client, [target], timeout_s=request.timeout_s)
        except SystemRefused as refused:
            return Rejected(code=refused.code, message=str(refused))
        except SystemUnavailable as failure:
            return NotSent(reason=str(failure), retry_after_s=failure.retry_after_s)
        if seen.value != request.before:
            return Conflict(live=seen.value, token=seen.token)
        version = seen.token or "0"
    return _send(client, request, version, deadline)


def _send(client: Client, request: WriteRequest, version: str, deadline: float) -> WriteOutcome:
    for _ in range(MOST_TRIES):
        left = deadline - time.monotonic()
        if left <= 0:
            break
        reply = client.put(
            request.target, request.after, version=version, operation_key=request.operation_key, timeout_s=left
        )
        if not isinstance(reply, Reply):
            return reply
        try:
            answer = reply.json()
            if reply.status == 200:
                return Accepted(ref=request.target.id, token=answer["version"])
            live, version = _live(answer)
        except (ValueError, KeyError, TypeError):
            return Ambiguous(reason="The shop's answer is not what its API promises.")
        if live != request.before:
            return Conflict(live=live, token=version)
    return NotSent(reason="The value moved too often, or the time ran out, before the write was taken.")


def _live(answer: Json) -> tuple[Json, str]:
    return answer["live"]["value"], answer["live"]["version"]
