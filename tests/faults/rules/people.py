"""People who freeze, thaw, put back and settle."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.faults.model import TARGETS
from tests.faults.rules.history import History


class People(History):
    @rule(what=st.sampled_from(TARGETS))
    def somebody_freezes(self, what: str) -> None:
        if what not in self.world.frozen:
            self.world.tell(f"freeze {what}")
            self.world.freeze(what)

    @rule()
    def two_people_thaw(self) -> None:
        for what in sorted(self.world.frozen):
            self.world.tell(f"thaw {what}")
            self.world.thaw(what)

    @rule(restore_conflicts=st.booleans())
    def on_call_puts_back(self, restore_conflicts: bool) -> None:
        world = self.world
        if world.state == "approved":
            world.drain()
        if world.state == "published":
            world.tell(f"revert, conflicts {'too' if restore_conflicts else 'kept'}")
            world.revert(restore_conflicts=restore_conflicts)

    @rule()
    def a_person_settles(self) -> None:
        if "needs_person" in self.world.open:
            self.world.tell("settle by person")
            self.world.settle_by_person()
