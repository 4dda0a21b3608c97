"""The copy improver: says the facts where a description is thin, a few texts a round."""

import logging
import os
import time

from demo.agents import wording
from demo.agents.door import Door, Refused, mine
from demo.agents.job import Idea, Job

log = logging.getLogger("copywriter")
PAUSE_S = float(os.environ.get("DEMO_AGENT_PAUSE_S", "120"))
MOST_A_ROUND = 3


class Copywriter:
    """Remembers which texts it has been refused, so that it does not insist."""

    def __init__(self, door: Door, workflow: str) -> None:
        self.door = door
        self.workflow = workflow
        self._asked: set[tuple[str, str]] = set()

    def round(self) -> list[dict[str, object]]:
        products = self.door.pages("/catalogue/resources", type="product", limit=200)
        fresh = [idea for idea in wording.ideas(products) if self._key(idea) not in self._asked]
        return [answer for idea in fresh[:MOST_A_ROUND] if (answer := self._run(idea)) is not None]

    def _run(self, idea: Idea) -> dict[str, object] | None:
        self._asked.add(self._key(idea))
        since = time.monotonic()
        job = Job(self.door, self.workflow, why="orchestr.demo.thin-copy")
        try:
            job.report("reason", idea.rationale, since=since)
            if job.allowed(idea) is None:
                job.finish("done", "Policy would refuse it for now, so I do not ask.")
                return None
            answer = job.propose(idea)
        except Refused as refused:
            log.warning("refused: %s", refused)
            job.finish("failed", f"Refused: {refused.code}.")
            return None
        job.finish("done", job.asked(1, answer))
        return dict(answer)

    @staticmethod
    def _key(idea: Idea) -> tuple[str, str]:
        change = idea.changes[0]
        return str(change["id"]), str(change["address"].get("locale"))


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    writer = Copywriter(*mine("copywriter"))
    while True:
        try:
            made = writer.round()
            log.info("proposed %d", len(made))
        except Refused as refused:
            log.warning("stopped for now: %s", refused)
        time.sleep(PAUSE_S)


if __name__ == "__main__":
    main()
