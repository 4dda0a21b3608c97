"""Faults on order: what a tester scripts is done to the next matching requests.

`match` is found in, or as a glob fits, `"<METHOD> <path>?<query>"`, percent signs decoded; empty or `*`
takes all; an object names parts that must each be found (`{"method": "GET", "sku": "FF-…"}`).
Unless the match asks for GET, faults befall writes only: a read before the write would use them up.
"""

import asyncio
import fnmatch
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import unquote_plus

from aiohttp import web

from demo.door.strict import Problem
from orchestr.policy.values import Json

Kind = Literal["delay", "error", "429", "lose_answer", "stale_read"]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(slots=True)
class Fault:
    """One scripted fault with the times it still has. `ms` is the delay, the staleness or the Retry-After."""

    number: int
    match: Json
    fault: str
    left: int
    ms: int
    status: int

    def wire(self) -> dict[str, Json]:
        return {
            "id": self.number,
            "match": self.match,
            "fault": self.fault,
            "left": self.left,
            "ms": self.ms,
            "status": self.status,
        }

    def fits(self, method: str, line: str) -> bool:
        if self.left <= 0:
            return False
        if isinstance(self.match, dict):
            wanted = str(self.match.get("method", "")).upper()
            rest = (str(part) for name, part in self.match.items() if name != "method")
            return (method == wanted or (not wanted and method != "GET")) and all(part in line for part in rest)
        if (method == "GET") != self.match.upper().startswith("GET"):
            return False
        return self.match in ("", "*") or self.match in line or fnmatch.fnmatchcase(line, self.match)


class Faults:
    """The script of one server; nothing in it survives a restart."""

    def __init__(self, kinds: Iterable[str] = KINDS) -> None:
        self._kinds = tuple(kinds)
        self._script: list[Fault] = []
        self._number = 0
        self._down_until = 0.0

    def go_down(self, seconds: Json) -> int:
        """Be down for so long from now on, 0 to be back. Raises Problem 422."""
        if type(seconds) is not int or not 0 <= seconds <= 600:
            raise Problem(422, "seconds", "An outage lasts 0 to 600 seconds.")
        self._down_until = time.monotonic() + seconds
        return seconds

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._script)

    def add(self, raw: dict[str, Json]) -> Fault:
        """Take one `{"match","fault","times","ms"}`, `status` too for `error`. Raises Problem 422."""
        kind, match = str(raw.get("fault")), raw.get("match") or ""
        times, ms, status = raw.get("times", 1), raw.get("ms", 1_000), raw.get("status", 500)
        if kind not in self._kinds:
            raise Problem(422, "fault", f"A fault is one of {', '.join(self._kinds)}.")
        if not isinstance(match, str | dict):
            raise Problem(422, "match", "A match is a text or an object of texts.")
        if type(times) is not int or type(ms) is not int or times < 1 or not 0 <= ms <= 600_000:
            raise Problem(422, "number", "times is 1 or more, ms from 0 to 600000.")
        if type(status) is not int or not 400 <= status <= 599:
            raise Problem(422, "status", "An error's status is from 400 to 599.")
        self._number += 1
        fault = Fault(self._number, match, kind, times, ms, status)
        self._script.append(fault)
        return fault

    def clear(self) -> None:
        self._script.clear()
        self._down_until = 0.0

    def refuse_while_down(self) -> None:
        """Raises Problem 503 during an outage: nothing is done."""
        if time.monotonic() < self._down_until:
            raise Problem(503, "down", "The system is down, as it was told to be.")

    def take(self, method: str, path_qs: str) -> Fault | None:
        """The first fault that fits, used up by one."""
        if not self._script:
            return None
        line = f"{method} {unquote_plus(path_qs)}"
        for fault in self._script:
            if fault.fits(method, line):
                fault.left -= 1
                self._script = [other for other in self._script if other.left > 0]
                return fault
        return None

    def fail(self, fault: Fault | None) -> None:
        """Raises the scripted 429 or error, nothing done."""
        if fault and fault.fault == "429":
            seconds = str(max(1, -(-fault.ms // 1000)))
            raise Problem(429, "rate_limited", "Too many requests: wait.", headers={"Retry-After": seconds})
        if fault and fault.fault == "error":
            raise Problem(fault.status, "scripted", "This failure was ordered; nothing was done.")

    async def befall(self, request: web.Request) -> None:
        """Do to a read what is scripted for it."""
        fault = self.take(request.method, request.path_qs)
        self.fail(fault)
        if fault and fault.fault == "delay":
            await asyncio.sleep(fault.ms / 1000)
        if fault and fault.fault == "lose_answer" and request.transport is not None:
            request.transport.abort()
