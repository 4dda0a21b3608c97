"""Executions of one item are begun together where nothing stands in the way; each is written and settled by itself."""

from collections.abc import Sequence

import shelf
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.execution.breakers import refresh
from orchestr.execution.claim import claim, give_back
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.execution.queue import queue_ready
from orchestr.execution.worker import Worker
from orchestr.execution.writing import wave
from orchestr.execution.writing.begun import Wave
from orchestr.execution.writing.perform import perform
from orchestr.execution.writing.work import Work
from orchestr.freezes.freeze import freeze
from orchestr.freezes.targets import Target
from orchestr.proposals.models import Exposure, Proposal
from tests import make
from tests.execution.approved import approved, clock_after_window, states, work


def three(house: make.House) -> list[Proposal]:
    """Approved, each on a thing of its own."""
    return [
        approved(house, house.change(each, after=19_000)) for each in (house.jacket, house.jacket_2, house.base_layer)
    ]


def claimed() -> tuple[Worker, list[Work]]:
    worker = Worker(name="publish-1", clock=clock_after_window())
    with transaction.atomic():
        queue_ready(at=worker.clock(), limit=20, by=worker.actor)
        works = claim(worker=worker.name, at=worker.clock(), limit=20, by=worker.actor)
    refresh(worker)
    return worker, works


def begun(worker: Worker, works: Sequence[Work]) -> Wave:
    return wave.begin(wave.next_of(works, worker), worker=worker)


def intents() -> int:
    return AuditEvent.objects.filter(action="execution.intent").count()


def test_what_nothing_stands_in_the_way_of_is_intended_in_one_transaction(house: make.House) -> None:
    made = three(house)
    worker, works = claimed()
    with CaptureQueriesContext(connection) as seen:
        together = begun(worker, works)
    assert len(together.intended) == intents() == 3
    assert [query["sql"][:6] for query in seen].count("COMMIT") <= 1
    assert {row.state for row in ExecutionItem.objects.all()} == {"intended"}
    assert set(Exposure.objects.values_list("state", flat=True)) == {"live"}
    for each in works:
        perform(each, worker=worker, wave=together)
    assert [states(each) for each in made] == [["applied"]] * 3
    assert {each.state for each in Proposal.objects.all()} == {"published"}
    assert len(shelf.SHELVES["shop"].written) == 3


def test_beginning_three_costs_hardly_more_statements_than_beginning_two(house: make.House) -> None:
    made = three(house)
    worker, works = claimed()
    with CaptureQueriesContext(connection) as two:
        together = begun(worker, works[:2])
    wave.withdraw(works[:2], together, worker=worker)
    with CaptureQueriesContext(connection) as all_three:
        assert len(begun(worker, works).intended) == 3
    assert len(all_three) <= len(two) + 2  # What is around each plan is asked for each, in one trip.
    assert len(made) == 3


def test_the_one_whose_approval_no_longer_holds_goes_back_and_the_others_go_out(house: make.House) -> None:
    first, second, third = three(house)
    Proposal.objects.filter(pk=second.pk).update(evidence_until=make.now())
    work(clock_after_window())
    assert [Proposal.objects.get(pk=each.pk).state for each in (first, second, third)] == [
        "published", "draft", "published",
    ]  # fmt: skip
    assert Execution.objects.get(proposal=second).reason == "evidence_expired"


def test_what_is_frozen_is_held_and_the_others_go_out(house: make.House) -> None:
    *_, third = three(house)
    stop("segment:apparel/base-layers")
    work(clock_after_window())
    assert {each.pk for each in Proposal.objects.filter(state="approved")} == {third.pk}
    assert Execution.objects.get(proposal=third).held_by == "segment:apparel/base-layers"
    assert intents() == 2


def test_a_freeze_after_the_intents_holds_what_was_not_written_within_half_a_second(house: make.House) -> None:
    made = three(house)
    worker, works = claimed()
    together = begun(worker, works)
    perform(works[0], worker=worker, wave=together)
    stop("all")
    together.looked_at -= wave.WRITTEN_WITHIN_S + 0.1
    for each in works[1:]:
        perform(each, worker=worker, wave=together)
    assert [states(each) for each in made] == [["applied"], ["pending"], ["pending"]]
    assert [row.attempts for row in ExecutionItem.objects.exclude(state="applied")] == [0, 0]
    assert Execution.objects.filter(state="held", held_by="all").count() == 2
    assert len(shelf.SHELVES["shop"].written) == 1


def test_two_proposals_on_the_same_thing_are_not_begun_together(house: make.House) -> None:
    approved(house, house.change(after=19_000))
    approved(house, house.change(after=18_900))
    worker, works = claimed()
    assert begun(worker, works).intended == {}
    assert intents() == 0


def test_a_version_that_people_no_longer_look_at_is_not_begun(house: make.House) -> None:
    made = three(house)
    worker, works = claimed()
    Proposal.objects.filter(pk=made[0].pk).update(number=2)  # What was queued is not what people look at now.
    assert set(begun(worker, works).intended) == {each.items[0].id for each in works[1:]}
    Proposal.objects.filter(pk=made[0].pk).update(number=1)


def test_an_execution_that_somebody_took_over_is_left_to_them(house: make.House) -> None:
    three(house)
    worker, works = claimed()
    Execution.objects.filter(pk=works[0].execution_id).update(fence=7)
    together = begun(worker, works)
    assert set(together.intended) == {each.items[0].id for each in works[1:]}


def test_what_was_not_taken_up_when_time_is_up_is_as_if_it_had_not_been_begun(house: make.House) -> None:
    made = three(house)
    worker, works = claimed()
    together = begun(worker, works)
    wave.withdraw(works, together, worker=worker)
    with transaction.atomic():
        give_back(works=works, at=worker.clock(), by=worker.actor)
    assert [states(each) for each in made] == [["pending"]] * 3
    assert {(row.state, row.fence) for row in Execution.objects.all()} == {("queued", 1)}
    work(clock_after_window())
    assert {each.state for each in Proposal.objects.all()} == {"published"}


def test_a_slow_system_is_written_one_by_one(house: make.House) -> None:
    three(house)
    worker, works = claimed()
    worker.pace_s = 0.4
    assert list(wave.next_of(works, worker)) == works[:1]
    worker.pace_s = 0.01
    assert list(wave.next_of(works, worker)) == works


def stop(target: str) -> None:
    with transaction.atomic():
        freeze(target=Target.parse(target), why="Stop.", by=Actor.worker("command"), at=make.now())
