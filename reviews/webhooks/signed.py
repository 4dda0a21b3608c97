"""One signed POST as the Standard Webhooks specification says: id, seconds and body, HMAC-SHA256. Touches no row."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from standardwebhooks import Webhook as Signer

from orchestr.outbound import OutboundError, post

log = logging.getLogger(__name__)
GONE = "answered_410"
MISCONFIGURED = "secret_missing"


@dataclass(frozen=True, slots=True)
class Sent:
    """`problem` is empty where it arrived; `after_s` is what the other side asked to be left alone for.

    `unreachable`: nobody answered, or the server behind the address failed; what else is for it would fare no better.
    """

    problem: str = ""
    after_s: float = 0
    unreachable: bool = False


def post_signed(url: str, *, secrets: Sequence[str], id: UUID, body: str, at: datetime) -> Sent:
    """Send it, signed by each of these secrets. Never inside a transaction; never unsigned."""
    try:
        signatures = [Signer(secret).sign(msg_id=str(id), timestamp=at, data=body) for secret in secrets]
    except ValueError:
        signatures = []
    if not url or not signatures:
        return Sent(MISCONFIGURED)
    headers = {
        "content-type": "application/json",
        "webhook-id": str(id),
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
    try:
        answer = post(url, body=body.encode(), headers=headers)
    except OutboundError as error:
        log.warning("A webhook could not be told (%s): it is tried again.", error.code)
        return Sent(error.code, unreachable=True)
    if 200 <= answer.status < 300:
        return Sent()
    waits = float(answer.retry_after) if answer.retry_after.isascii() and answer.retry_after.isdecimal() else 0
    return Sent(f"answered_{answer.status}", min(waits, 3_600), unreachable=answer.status >= 500)
