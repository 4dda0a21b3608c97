"""What one value's line says, from our writes on it and what is there: thousands of made-up pasts."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from orchestr.execution.reverting.chain import Write, judge
from tests.make import money, now

AMOUNT = st.integers(1, 50)
MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("ours"), AMOUNT, st.booleans()),
        st.tuples(st.just("foreign"), AMOUNT, st.just(False)),
    ),
    min_size=1,
    max_size=8,
)


@dataclass
class Past:
    """A value that we and others moved."""

    live: int = 25
    at: datetime = field(default_factory=now)
    writes: list[Write] = field(default_factory=list)
    foreign_after_first_taken: bool = False

    def play(self, moves: list[tuple[str, int, bool]]) -> "Past":
        for who, amount, taken in moves:
            self.at += timedelta(minutes=1)
            if amount == self.live:
                continue
            if who == "ours":
                self.writes.append(
                    Write(item_id=uuid4(), proposal_id=uuid4(), before=money(self.live), after=money(amount),
                          at=self.at, taken=taken)
                )  # fmt: skip
            elif any(write.taken for write in self.writes):
                self.foreign_after_first_taken = True
            self.live = amount
        return self

    @property
    def taken(self) -> list[Write]:
        return [write for write in self.writes if write.taken]


@given(MOVES)
def test_it_is_ours_to_restore_only_where_nobody_else_moved_it_since(moves: list[tuple[str, int, bool]]) -> None:
    past = Past().play(moves)
    if not past.taken:
        return
    judged = judge(past.writes, money(past.live), kind="money")
    first = past.writes.index(past.taken[0])
    others = any(not write.taken for write in past.writes[first:]) or past.foreign_after_first_taken
    assert judged.restores_to == past.taken[0].before
    if judged.standing == "ours":
        assert not any(not write.taken for write in past.writes[first:])
        assert judged.ours == money(past.live)
    elif judged.standing == "already":
        assert judged.restores_to == money(past.live)
    else:
        assert others


@given(MOVES)
def test_a_rebase_of_a_price_is_offered_over_approved_changes_alone(moves: list[tuple[str, int, bool]]) -> None:
    past = Past().play(moves)
    if not past.taken:
        return
    judged = judge(past.writes, money(past.live), kind="money")
    if judged.rebases_to is not None:
        assert judged.standing == "later"
        assert judged.later_by is not None
        assert not judged.later_by.taken
        assert past.writes[-1].after == money(past.live)


@given(MOVES, st.integers(0, 7))
def test_what_was_put_back_since_is_never_put_in_place_again(moves: list[tuple[str, int, bool]], place: int) -> None:
    """A write that was built on one taken out later does not bring that one's value back."""
    past = Past().play([move for move in moves if move[0] == "ours"])
    if len(past.writes) < 2:
        return
    place = place % (len(past.writes) - 1)
    undone = replace(past.writes[place], undone_at=past.at + timedelta(minutes=1), taken=False)
    chosen = replace(past.writes[place + 1], taken=True)
    rest = [replace(write, taken=False) for write in past.writes]
    writes = [*rest[:place], undone, chosen, *rest[place + 2 :]]
    judged = judge(writes, money(past.live), kind="money")
    assert judged.restores_to == undone.before


@given(MOVES)
def test_the_value_of_a_time_comes_back_whoever_moved_it_before_ours(moves: list[tuple[str, int, bool]]) -> None:
    past = Past().play(moves)
    if not past.taken:
        return
    judged = judge(past.writes, money(past.live), kind="money", as_of=(money(7),))
    assert (judged.restores_to, judged.rebases_to) == (money(7), None)
