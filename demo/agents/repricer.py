"""The repricer: looks for slow and overstocked items and proposes lower prices, a segment at a time."""

import logging
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable

from demo.agents import clearance
from demo.agents.clearance import Standing
from demo.agents.door import Door, Refused, mine
from demo.agents.job import Idea, Job

log = logging.getLogger("repricer")
PAUSE_S = float(os.environ.get("DEMO_AGENT_PAUSE_S", "120"))
HOLD_S = 3_600.0


class Repricer:
    """Remembers what it has proposed, so that it does not ask twice within the hour."""

    def __init__(self, door: Door, workflow: str) -> None:
        self.door = door
        self.workflow = workflow
        self._asked: dict[tuple[str, str], float] = {}

    def round(self) -> list[dict[str, object]]:
        """Look at the whole catalogue once; propose for each channel and segment where something stands."""
        made = []
        for channel in self._channels():
            by_segment: dict[str, list[Standing]] = defaultdict(list)
            for row in self.read(channel):
                if time.monotonic() - self._asked.get((row.id, channel), -HOLD_S) >= HOLD_S:
                    by_segment[row.segment].append(row)
            for number, (_, rows) in enumerate(sorted(by_segment.items())):
                ideas = (clearance.deep, clearance.gentle, clearance.firm)
                made += self._propose(channel, rows, ideas if number == 0 else ideas[1:])
        return made

    def read(self, channel: str) -> list[Standing]:
        stocks: dict[str, int] = defaultdict(int)
        for stock in self.door.pages("/catalogue/resources", type="stock", limit=200):
            counted = [each for each in stock["fields"] if each["field"] == "on_hand" and each["source_of_truth"]]
            stocks[stock["id"]] += sum(each["value"] for each in counted if isinstance(each["value"], int))
        variants = list(self.door.pages("/catalogue/resources", type="variant", limit=200))
        return clearance.standings(variants, stocks, channel)

    def _channels(self) -> list[str]:
        found = [each for each in self.door.get("/tools")["workflows"] if each["key"] == self.workflow]
        return list(found[0]["channels"]) if found else []

    def _propose(
        self, channel: str, rows: list[Standing], ideas: Iterable[Callable[[Iterable[Standing]], Idea | None]]
    ) -> list[dict[str, object]]:
        made: list[dict[str, object]] = []
        taken: set[str] = set()
        for think in ideas:
            idea = think([row for row in rows if row.id not in taken])
            if idea is None:
                continue
            taken |= {str(change["id"]) for change in idea.changes}
            if (answer := self._run(idea)) is not None:
                made.append(answer)
            self._asked |= {(id, channel): time.monotonic() for id in taken}
        return made

    def _run(self, idea: Idea) -> dict[str, object] | None:
        since = time.monotonic()
        job = Job(self.door, self.workflow, why="orchestr.demo.slow-stock")
        try:
            job.report("reason", idea.rationale, since=since)
            # The deep cut is asked as it is: where the floor lies is for policy to say.
            kept = idea if len(idea.changes) == 1 else job.allowed(idea)
            if kept is None:
                job.finish("done", "Policy would refuse every one of these, so I do not ask.")
                return None
            answer = job.propose(kept)
        except Refused as refused:
            log.warning("refused: %s", refused)
            job.finish("failed", f"Refused: {refused.code}.")
            return None
        job.finish("done", job.asked(len(kept.changes), answer))
        return dict(answer)


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    repricer = Repricer(*mine("repricer"))
    while True:
        try:
            made = repricer.round()
            log.info("proposed %d", len(made))
        except Refused as refused:
            log.warning("stopped for now: %s", refused)
        time.sleep(PAUSE_S)


if __name__ == "__main__":
    main()
