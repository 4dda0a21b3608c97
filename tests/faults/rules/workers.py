"""Workers that drain and are killed, and the sweep."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from orchestr import failpoints
from tests.faults.rules.history import History

# Those that every write passes stand thrice, so that deaths are many.
RARE = {
    "accepted.committed",
    "park.committed",
    "rest.abandoned",
    "rollout.held",
    "rollout.claimed",
    "rollout.settled",
    "stage.compared",
    "stage.answered",
    "stage.committed",
    "unstage.answered",
    "unstage.committed",
}
POINTS = st.sampled_from(sorted(failpoints.POINTS) + 2 * sorted(failpoints.POINTS - RARE))
# Passed only by what goes out in shares or is staged.
HELD = st.sampled_from(sorted(point for point in RARE if point.startswith(("rollout.", "stage.", "unstage."))))


class Workers(History):
    @rule(point=POINTS, count=st.sampled_from([1, 1, 1, 2]))
    def a_worker_drains_and_is_killed_if_it_comes_there(self, point: str, count: int) -> None:
        self.drain_and_die(point, count)

    def drain_and_die(self, point: str, count: int) -> None:
        world = self.world
        if world.state != "approved" and not world.open:
            return
        died = world.die(point, count)
        world.tell(f"killed at {point}:{count}" if died else f"drain, never at {point}:{count}")
        self.seen[f"killed at {point}"] += died

    @rule()
    def the_sweep_comes_by(self) -> None:
        if "held" in self.world.open:
            self.world.tell("sweep")
            self.world.sweep()


class HoldingWorkers(Workers):
    @rule(point=HELD, count=st.sampled_from([1, 1, 2]))
    def a_worker_is_killed_while_it_holds_or_stages(self, point: str, count: int) -> None:
        self.drain_and_die(point, count)
