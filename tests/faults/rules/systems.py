"""Systems that answer wrongly, late or not at all; other hands in them; and time."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.faults.rules.history import History

SYSTEMS = st.sampled_from(["shop", "shop", "erp"])
ANSWERS = st.sampled_from(
    ["answer lost", "request lost", "lands later", "busy", "down", "rejected", "yes, but does nothing"]
)


class Systems(History):
    @rule(system=SYSTEMS, what=ANSWERS)
    def the_next_write_goes_wrong(self, system: str, what: str) -> None:
        self.world.tell(f"{system}: {what}")
        self.world.answer(system, what)

    @rule(seconds=st.sampled_from([0.5, 2.0, 16.0, 40.0]), late_land=st.booleans())
    def time_passes(self, seconds: float, late_land: bool) -> None:
        self.world.tell(f"{seconds} s pass, late ones {'land' if late_land else 'are lost'}")
        self.world.pass_by(seconds, late_land=late_land)

    @rule()
    def what_was_late_lands(self) -> None:
        self.world.tell("land")
        self.world.land()

    @rule()
    def somebody_else_edits(self) -> None:
        self.world.tell("edit")
        self.world.edit()
