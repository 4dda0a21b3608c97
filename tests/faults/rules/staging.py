"""Values that are staged before they go live: their own answers, other hands among them, and who takes them back."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.faults import prepared
from tests.faults.rules.history import History

ANSWERS = st.sampled_from(["answer lost", "request lost", "lands later", "busy", "down", "rejected", "rejected"])


class Staging(History):
    @rule(after=st.integers(0, 2), what=ANSWERS)
    def a_staging_goes_wrong(self, after: int, what: str) -> None:
        if self.world.current.staged:
            self.world.tell(f"staging: {what} after {after}")
            prepared.answer(after, what)

    @rule(place=st.integers(0, 1))
    def somebody_else_prepares(self, place: int) -> None:
        if self.world.current.staged:
            self.world.tell("prepare")
            prepared.prepare(self.world, place)

    @rule(leave=st.booleans())
    def a_person_takes_back_what_is_staged(self, leave: bool) -> None:
        if "needs_person" in self.world.open:
            self.world.tell("leave it prepared" if leave else "take it back again")
            self.world.settle_by_person(leave_prepared=leave)
