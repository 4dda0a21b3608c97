"""What stands around a proposal is read back as it was written, each part in its place, and what is empty is left out."""

from dataclasses import fields, replace
from typing import Any

import pytest

from orchestr.policy.budgets.standing import Purse, StandingFacts, Taken, TotalFacts
from orchestr.policy.facts.around import Around, CommitmentFacts, CoverFacts, HoursFacts, OtherFacts
from orchestr.policy.facts.commerce import CommerceFacts, StandingPromotion
from orchestr.policy.facts.disagreement import DisagreementFacts, SaidFacts
from orchestr.policy.values import Money

STANDING = StandingFacts(
    scope="segment",
    purse=Purse("a", "web-de", "EUR", 2),
    pending=Taken(1, 2, 3),
    live_24h=Taken(4, 5, 6),
    live_7d=Taken(7, 8, 9),
)
TOTAL = TotalFacts(segment="a", channel="web-de", currency="EUR", exponent=2, revenue=7)
OTHER = OtherFacts(proposal="p", agent="a", open=True, at=5, items=(1, 0), addresses=(0,), superseded=True)
QUOTE = CommitmentFacts(
    id="c", kind="quote", until=9, items=(2, 1), channel="web-de", price=Money(5, "EUR"), due=7, units=3
)
LOCK = CommitmentFacts(id="d", kind="sell", until=9, items=(0,))
ODDS = DisagreementFacts(
    thing="JKT-1",
    field="cost",
    said=(SaidFacts(system="a", observed_at=5), SaidFacts(system="b", observed_at=4, value=7)),
    items=(0, 2),
    withheld="cost",
)
PARTS: dict[str, Any] = {
    "family": "winter",
    "standing": (STANDING,),
    "totals": (TOTAL,),
    "hours": (HoursFacts(channel="web-de", open_left_s=60),),
    "cover": CoverFacts(named=True, active=True, covers=False),
    "track": "",
    "others": (OTHER,),
    "scheduled": (1,),
    "commitments": (LOCK,),
    "disagreements": (ODDS,),
}


def test_nothing_is_taken_unless_it_is_said() -> None:
    assert Taken() == (0, 0, 0)


def test_what_is_taken_is_read_back() -> None:
    assert StandingFacts.from_wire(STANDING.to_wire()) == STANDING
    assert STANDING.to_wire() == ["segment", "a", "web-de", "EUR", 2, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert TotalFacts.from_wire(TOTAL.to_wire()) == TOTAL


@pytest.mark.parametrize("name", [*PARTS, ""])
def test_each_part_alone_is_read_back_and_nothing_else_is_written(name: str) -> None:
    about = Around(**{name: PARTS[name]} if name else {})
    wire = about.to_wire()
    assert list(wire) == ([name] if name else [])
    assert Around.from_wire(wire) == (
        about if name != "others" else Around(others=(OtherFacts.from_wire(OTHER.to_wire()),))
    )


def test_other_work_is_open_to_be_superseded_only_where_that_is_said() -> None:
    plain = OtherFacts(proposal="p", agent="a", open=True, at=5, items=(1,))
    assert plain.to_wire()["superseded"] is False
    assert OtherFacts.from_wire(OTHER.to_wire()).items == (0, 1)


@pytest.mark.parametrize("commitment", [LOCK, QUOTE])
def test_a_commitment_is_read_back_with_what_was_promised(commitment: CommitmentFacts) -> None:
    again = CommitmentFacts.from_wire(commitment.to_wire())
    assert again.to_wire() == commitment.to_wire()
    for part in fields(CommitmentFacts):
        if part.name != "items":
            assert getattr(again, part.name) == getattr(commitment, part.name)
    assert set(LOCK.to_wire()) == {"id", "kind", "until", "items"}


def test_what_is_empty_beside_commerce_is_left_out() -> None:
    assert CommerceFacts().to_wire() == {}
    assert CommerceFacts.from_wire({}) == CommerceFacts()


def test_a_standing_promotion_is_read_back_and_only_what_is_known_of_it_is_written() -> None:
    bare = StandingPromotion(key="p", status="live")
    assert bare.to_wire() == {"key": "p", "status": "live"}
    whole = StandingPromotion(key="p", status="waiting", discount_bp=0, ends_at=5, skus=("B", "A"), coupon="X")
    assert whole.to_wire() == {
        "key": "p",
        "status": "waiting",
        "discount_bp": 0,
        "ends_at": 5,
        "skus": ["A", "B"],
        "coupon": "X",
    }
    for promotion in (bare, replace(whole, skus=("A", "B"))):
        assert StandingPromotion.from_wire(promotion.to_wire()) == promotion
