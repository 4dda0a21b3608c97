"""Bearer tokens by stage: the read token reads, only the publish token writes."""

import hmac
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from aiohttp import web

from demo.door.strict import Problem

Stage = Literal["read", "publish"]


@dataclass(frozen=True, slots=True)
class Tokens:
    read: str
    publish: str

    def __repr__(self) -> str:
        return "<Tokens: hidden>"

    @classmethod
    def from_files(cls, *, read: Path, publish: Path) -> "Tokens":
        """One token a file. Raises ValueError where one is empty or both are alike."""
        found = cls(read.read_text(encoding="utf-8").strip(), publish.read_text(encoding="utf-8").strip())
        if not found.read or not found.publish or found.read == found.publish:
            raise ValueError("The read and the publish token are two different, non-empty texts.")
        return found

    def demand(self, request: web.Request, stage: Stage) -> None:
        """Raises Problem 401 without a known token, 403 where the token is of a lesser stage."""
        given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
        if hmac.compare_digest(given, self.publish.encode()):
            return
        if not hmac.compare_digest(given, self.read.encode()):
            raise Problem(401, "unauthenticated", "Send a bearer token of this server.")
        if stage == "publish":
            raise Problem(403, "read_only_token", "This token may only read: use the publish token to write.")
