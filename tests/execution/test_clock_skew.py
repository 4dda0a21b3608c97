"""Workers whose clocks do not agree: who is ahead takes over too early, who is behind waits too long; nothing twice."""

import pytest
import shelf
from django.db import transaction

from orchestr.execution.claim import claim
from orchestr.execution.queue import queue_ready
from orchestr.execution.worker import Worker
from orchestr.execution.writing.perform import perform
from orchestr.execution.writing.work import Work
from tests import make
from tests.execution.approved import Clock, approved, clock_after_window, states, work

SKEW_S = 90  # six leases


def claimed(worker: Worker) -> Work:
    """What it has claimed and not yet begun."""
    at = worker.clock()
    with transaction.atomic():
        queue_ready(at=at, limit=20, by=worker.actor)
    with transaction.atomic():
        (found,) = claim(worker=worker.name, at=at, limit=20, by=worker.actor)
    return found


def ahead() -> Clock:
    clock = clock_after_window()
    clock.pass_by(SKEW_S)
    return clock


def test_one_that_is_ahead_takes_over_and_the_first_writes_nothing_more(house: make.House) -> None:
    proposal = approved(house)
    slow = Worker(name="slow", clock=clock_after_window())
    held = claimed(slow)
    work(ahead(), name="fast")
    perform(held, worker=slow)
    proposal.refresh_from_db()
    assert (proposal.state, states(proposal)) == ("published", ["applied"])
    assert len(shelf.SHELVES["shop"].written) == shelf.SHELVES["shop"].calls["write"] == 1


def test_one_that_is_behind_leaves_alone_what_another_holds_and_finds_it_done(house: make.House) -> None:
    proposal = approved(house)
    fast = Worker(name="fast", clock=ahead())
    held = claimed(fast)
    work(clock_after_window(), name="slow")
    assert shelf.SHELVES["shop"].written == []
    perform(held, worker=fast)
    work(clock_after_window(), name="slow")
    proposal.refresh_from_db()
    assert (proposal.state, len(shelf.SHELVES["shop"].written)) == ("published", 1)


@pytest.mark.parametrize("skew_s", [-SKEW_S, SKEW_S])
def test_what_one_had_sent_and_not_settled_is_found_by_the_other_and_not_sent_again(
    house: make.House, skew_s: int
) -> None:
    proposal = approved(house)
    shelf.SHELVES["shop"].answers = ["answer lost"]
    work(clock_after_window(), name="first")
    clock = clock_after_window()
    clock.pass_by(skew_s)
    work(clock, name="second")
    clock.pass_by(2 * SKEW_S)
    work(clock, name="second")
    proposal.refresh_from_db()
    assert (proposal.state, len(shelf.SHELVES["shop"].written)) == ("published", 1)
