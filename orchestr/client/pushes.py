"""What Orchestr pushes to an agent's own address: read only once its signature holds.

Signed as the Standard Webhooks specification says: HMAC-SHA256 over `id.timestamp.body`, in base64, one `v1,…` for each
secret that signs. Orchestr signs with the old secret as well for a day after a renewal; an agent may hold both until
it has taken the new one over.

```python
from orchestr.client import Forged, read_push

def on_post(body: bytes, headers):                      # the body as it came, before anybody parsed it
    try:
        push = read_push(body, headers, secrets=[new_secret, old_secret])
    except Forged:
        return 400
    if push.type == "proposal.changed":
        proposal = door.proposal(push.data["proposal"])  # ask for how it stands now
    return 204
```
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TOLERANCE_S = 300.0
_PREFIX = "whsec_"


class Forged(Exception):
    """Not to be believed. `code`: `headers`, `timestamp`, `too_old`, `too_new`, `signature` or `body`."""

    def __init__(self, code: str) -> None:
        super().__init__(f"This push is not to be believed: {code}.")
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One message. It comes at least once: `id` is the same each time, so keep those of the last day."""

    id: str
    type: str
    timestamp: int
    data: Mapping[str, Any]


def read_push(
    body: bytes,
    headers: Mapping[str, str],
    *,
    secrets: str | Sequence[str],
    tolerance_s: float = TOLERANCE_S,
    now: float | None = None,
) -> Push:
    """The message in this body, once one of the `secrets` (`whsec_…`) has signed it within `tolerance_s` of now.

    Each signature is compared in the same time whatever it holds, with every secret. Raises Forged, and ValueError for
    a secret that is none or where there is none at all.
    """
    keys = [_key(each) for each in ([secrets] if isinstance(secrets, str) else secrets)]
    if not keys:
        raise ValueError("Name the secret that the push is signed with.")
    given = {name.lower(): value for name, value in headers.items()}
    try:
        id, moment, signatures = (given[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
    except KeyError:
        raise Forged("headers") from None
    timestamp = _within(moment, tolerance_s, time.time() if now is None else now)
    if not _signed(f"{id}.{moment}.".encode() + body, signatures, keys):
        raise Forged("signature")
    return _push(id, timestamp, body)


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not key:
        raise ValueError("A secret is `whsec_` and base64, as the agent's page shows it once.")
    return key


def _within(moment: str, tolerance_s: float, now: float) -> int:
    if not (moment.isascii() and moment.isdecimal()) or len(moment) > 12:
        raise Forged("timestamp")
    timestamp = int(moment)
    if timestamp < now - tolerance_s:
        raise Forged("too_old")
    if timestamp > now + tolerance_s:
        raise Forged("too_new")
    return timestamp


def _signed(content: bytes, signatures: str, keys: Sequence[bytes]) -> bool:
    expected = [base64.b64encode(hmac.digest(key, content, hashlib.sha256)) for key in keys]
    given = [each.partition(",")[2].encode() for each in signatures.split() if each.startswith("v1,")]
    good = [hmac.compare_digest(one, other) for one in given for other in expected]  # all of them: no early end
    return any(good)


def _push(id: str, timestamp: int, body: bytes) -> Push:
    try:
        told = json.loads(body)
        return Push(id=id, type=str(told["type"]), timestamp=timestamp, data=dict(told["data"]))
    except (ValueError, KeyError, TypeError):
        raise Forged("body") from None
