"""JSON as the servers take it and answer it: strict on the way in, problems in one shape on the way out."""

import json
from datetime import UTC, datetime
from typing import NoReturn

from aiohttp import web

from orchestr.policy.values import Json


class Problem(Exception):
    """An answer other than success: a status, a stable code and a sentence."""

    def __init__(
        self, status: int, code: str, detail: str, *, headers: dict[str, str] | None = None, **more: Json
    ) -> None:
        super().__init__(detail)
        self.headers = headers
        self.status = status
        self.code = code
        self.detail = detail
        self.more = more

    def response(self) -> web.Response:
        body = {"code": self.code, "detail": self.detail, **self.more}
        return answer(body, status=self.status, headers=self.headers)


def answer(body: Json, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    return web.Response(body=text, status=status, headers=headers, content_type="application/json")


async def body(request: web.Request) -> dict[str, Json]:
    """The body as one JSON object. Raises Problem 400 for NaN, duplicate keys, depth and everything else."""
    raw = await request.read()
    try:
        parsed = json.loads(raw, parse_constant=_refuse, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Problem(400, "malformed", "The body is not strict JSON.") from error
    if not isinstance(parsed, dict):
        raise Problem(400, "malformed", "The body is one JSON object.")
    return parsed


def moment(text: str | None, *, name: str, default: datetime | None = None) -> datetime:
    """An RFC 3339 moment with its zone, in UTC. Raises Problem 400."""
    if text is None and default is not None:
        return default
    try:
        parsed = datetime.fromisoformat(text or "")
    except ValueError:
        parsed = None
    if parsed is None or parsed.tzinfo is None:
        raise Problem(400, "moment", f"{name} is a moment as in 2026-01-31T09:00:00Z.")
    return parsed.astimezone(UTC)


def whole(text: str | None, *, name: str, default: int, most: int) -> int:
    """A whole number from 1 to `most`. Raises Problem 400."""
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:12]) <= most):
        raise Problem(400, "number", f"{name} is a whole number from 1 to {most}.")
    return int(text)


def wire(ms: int) -> str:
    """Milliseconds since 1970 as RFC 3339 in UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"


def millis(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("duplicate key")
    return made
