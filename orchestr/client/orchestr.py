"""The door as an agent holds it."""

import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import httpx

from orchestr.client.door import Door
from orchestr.client.proposal import Proposal
from orchestr.client.run import Run, resources
from orchestr.client.values import Resource

type Json = Any

LONGEST_WAIT_S = 30


class Orchestr:
    """`Orchestr(url, token)`: what this agent may do, its runs and its proposals. Safe to keep for a long time."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._door = Door(url, token, transport=transport, sleep=sleep)

    def close(self) -> None:
        self._door.close()

    def tools(self) -> dict[str, Json]:
        """The agent, its workflows with budgets, and the tools it was granted."""
        answer: dict[str, Json] = self._door.get("/tools")
        return answer

    def resources(self, **wanted: Json) -> Iterator[Resource]:
        """All resources that match type, segment, q, system."""
        return resources(self._door, **wanted)

    def resource(self, type: str, id: str) -> Resource:
        return Resource.parse(self._door.get(f"/catalogue/resources/{type}/{id}"))

    def start_run(
        self,
        workflow: str,
        *,
        event: str | None = None,
        event_type: str = "manual",
        source: str = "client",
        **more: Json,
    ) -> Run:
        """A run of a workflow. The same `event` of the same source starts one once; without one it is a new event."""
        body = {
            "workflow": workflow,
            "source_event": {"id": event or str(uuid.uuid4()), "type": event_type, "source": source},
            **more,
        }
        return Run(self._door, self._door.post("/runs", body))

    def next_run(self, *, wait_s: int = LONGEST_WAIT_S) -> Run | None:
        """The next run that an event started for this agent; None where none came."""
        answer = self._door.post("/runs/next", wait=wait_s)
        return None if answer is None else Run(self._door, answer["run"], lease=answer["lease"])

    def run(self, id: str, *, lease: str | None = None) -> Run:
        """A run by its id; with the `lease` that another process kept of it, as long as it is still the run's."""
        return Run(self._door, self._door.get(f"/runs/{id}"), lease=lease)

    def runs_of(self, event: str, *, source: str) -> list[Run]:
        """What this agent has started for an event, with what was proposed then: for another process, days later."""
        return [Run(self._door, each) for each in self._door.get("/runs", source=source, event=event)["items"]]

    def proposal(self, id: str, *, wait_s: int = 0, after: int = 0) -> Proposal:
        """With `wait_s` and the revision you know, answered as soon as there is a later one."""
        return Proposal.parse(self._door.get(f"/proposals/{id}", wait=wait_s, after=after))

    def withdraw(self, id: str, *, reason: str = "") -> Proposal:
        return Proposal.parse(self._door.post(f"/proposals/{id}/withdraw", {"reason": reason}))

    def revise(self, proposal: Proposal, body: dict[str, Json]) -> Proposal:
        """A new version in place of the one that was read. Raises Refused (412) where there is another by now."""
        return Proposal.parse(self._door.put(f"/proposals/{proposal.id}", body, digest=proposal.digest))

    def wait(self, id: str, *, timeout_s: float, clock: Callable[[], float] = time.monotonic) -> Proposal:
        """Until people have decided and it is written, or it is the proposer's turn, or the time is up.

        May be asked by another process than the one that proposed, days later.
        """
        end = clock() + timeout_s
        found = self.proposal(id)
        while not (found.settled or found.my_turn):
            left = int(min(LONGEST_WAIT_S, end - clock()))
            if left <= 0:
                return found
            found = self.proposal(id, wait_s=left, after=found.revision)
        return found

    def feedback(self, since: datetime | None = None) -> list[dict[str, Json]]:
        """What was decided on this agent's proposals and what was measured of them, oldest news first.

        Ask again with the last item's `news_at` as `since`.
        """
        answer = self._door.get("/agents/me/feedback", since=since and since.isoformat())
        items: list[dict[str, Json]] = answer["items"]
        return items
