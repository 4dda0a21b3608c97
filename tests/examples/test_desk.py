"""The desk that the example agents share: nothing is asked twice within the hour, and one bad round ends no agent."""

import time

import pytest

from examples.allocation import _completion
from examples.desk import QUIET_S, Desk, Idea, work
from orchestr.client import Change, Orchestr, Refused

BAD = {"code": "budget_spent", "detail": "Nothing is left.", "next": "Wait."}


def test_a_refusal_and_a_failure_end_a_round_and_not_the_agent() -> None:
    rounds = iter([Refused(429, BAD), RuntimeError("no session"), None, None])
    done = []

    def round_() -> None:
        error = next(rounds)
        done.append(error)
        if error:
            raise error

    work(round_, name="x", until=time.monotonic() + 60, pause_s=0, stop=lambda seconds: len(done) == 3)
    assert len(done) == 3


@pytest.mark.parametrize(("after", "new"), [(QUIET_S - 1, False), (QUIET_S, True)])
def test_what_was_asked_about_is_left_alone_for_an_hour(after: float, new: bool) -> None:
    now = [1_000.0]
    desk = Desk(Orchestr("http://nowhere.invalid", "t"), name="x", workflow="y", clock=lambda: now[0])
    desk.remember("fjell")
    now[0] += after
    assert desk.asked() == ([] if new else ["fjell"])


def test_what_policy_leaves_of_an_idea_is_told_by_its_own_count() -> None:
    changes = tuple(Change("product", id, "description", {"locale": "en"}, "a", "a b") for id in ("x", "y"))
    idea = _completion("outdoor/tents", 4, changes)
    assert idea.summary == "Complete 2 descriptions in tents from their facts."
    assert idea.only(changes[:1]).summary == "Complete 1 description in tents from their facts."
    assert idea.only(changes) is idea


def test_ideas_about_the_same_value_at_two_places_are_two() -> None:
    def idea(channel: str) -> Idea:
        change = Change("variant", "A", "price", {"channel": channel, "locale": None}, 1, 2)
        return Idea(summary="s", rationale="r", confidence=1, changes=(change,))

    assert idea("web-de").about == {("variant", "A", "price", "channel=web-de")}
    assert idea("web-de").about.isdisjoint(idea("web-uk").about)
