"""A first share that holds: it sells, it is looked at, and people let it go on, put it back or look for longer."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.faults import shares
from tests.faults.rules.history import History


class Shares(History):
    @rule(how=st.sampled_from(sorted(shares.SELLING)))
    def the_share_sells(self, how: str) -> None:
        if self.world.current.rollout:
            self.world.tell(f"sells {how}")
            shares.sell(self.world, how)

    @rule(how=st.sampled_from(sorted(shares.SELLING)), seconds=st.sampled_from([10.0, 61.0]))
    def the_guard_looks_later(self, how: str, seconds: float) -> None:
        if self.world.share_state == "holding":
            shares.sell(self.world, how)
            self.world.pass_by(seconds, late_land=True)
            self.world.drain()
            self.world.tell(f"sold {how} for {seconds} s: {self.world.share_state}")

    @rule(what=st.sampled_from(shares.SAYINGS))
    def a_person_says_what_becomes_of_the_share(self, what: str) -> None:
        if self.world.share_state in ("holding", "asking"):
            shares.say(self.world, what)
            self.world.tell(f"said {what}: {self.world.share_state}")
            self.seen[f"said {what}"] += 1

    @rule()
    def on_call_puts_back_what_is_half_written(self) -> None:
        world = self.world
        if world.state == "approved" and world.open:
            world.tell("revert while executing")
            world.revert(restore_conflicts=False)
