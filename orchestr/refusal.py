"""Typed refusals: a cause and a next step in one sentence, mapped to HTTP once.

Operations raise `Refusal`; the door (view, API, task, command) rolls back, records the one
refusal event in a fresh transaction, and answers. Kinds are HTTP's, codes are ours.
"""

from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What sort of refusal: decides the status code, and nothing else."""

    INVALID = "invalid"  # 400: cannot be read
    UNPROCESSABLE = "unprocessable"  # 422: read, but cannot be so
    UNAUTHENTICATED = "unauthenticated"  # 401
    FORBIDDEN = "forbidden"  # 403: may see, may not do
    ABSENT = "absent"  # 404: absent or invisible, alike
    CONFLICT = "conflict"  # 409: the world moved
    STALE = "stale"  # 412: If-Match failed
    TOO_LARGE = "too_large"  # 413
    MEDIA = "media"  # 415: in no form that is read here
    LIMITED = "limited"  # 429
    UNAVAILABLE = "unavailable"  # 503
    BROKEN = "broken"  # 500: nobody foresaw it; the log has the cause


STATUS: dict[Kind, int] = {
    Kind.INVALID: 400,
    Kind.UNPROCESSABLE: 422,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.ABSENT: 404,
    Kind.CONFLICT: 409,
    Kind.STALE: 412,
    Kind.TOO_LARGE: 413,
    Kind.MEDIA: 415,
    Kind.LIMITED: 429,
    Kind.UNAVAILABLE: 503,
    Kind.BROKEN: 500,
}


class Refusal(Exception):
    """Why something was not done, and what to do next.

    `code` is stable and machine-readable, `detail` says the cause in one sentence, `next` the next
    step in one. `params` are ids, codes and numbers (they enter the audit event: no free text, no
    secrets); `about` names what it concerns, as in `{"proposal": "…"}`.
    """

    def __init__(
        self,
        kind: Kind,
        code: str,
        detail: str,
        *,
        next: str,
        params: dict[str, Any] | None = None,
        about: dict[str, str] | None = None,
        answer: dict[str, Any] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.code = code
        self.detail = detail
        self.next = next
        self.params = params or {}
        self.about = about or {}
        self.retry_after_s = retry_after_s  # when asking again is worth it, where that is known
        self.answer = answer or {}  # what the caller may see beside it, such as the live value

    @property
    def status(self) -> int:
        return STATUS[self.kind]


def absent(what: str, *, code: str = "not_found", outside: bool = False) -> Refusal:
    """The one answer for absent and invisible alike; `outside` tells the trail alone that it is there."""
    return Refusal(
        Kind.ABSENT,
        code,
        f"There is no such {what}.",
        next="Check the address, or ask somebody who can see it.",
        params={"outside": True} if outside else None,
    )
