"""Triggers on the catalogue: thresholds that are crossed, shares, what grows old, and what an import has changed."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from orchestr.catalogue.models import FieldValue, Resource, System, ValueHistory
from orchestr.catalogue.observations import Cause, Observation, take_in
from orchestr.policy.values import Address
from orchestr.runs.models import Event, Run
from orchestr.triggers.changes import look, look_all
from orchestr.triggers.crossing import crossed
from orchestr.triggers.definition import Watch
from orchestr.triggers.models import Trigger
from tests import make
from tests.proposals.propose import single
from tests.triggers.given import trigger


@pytest.fixture
def house(committed: object) -> make.House:
    return make.house()


def seen(
    house: make.House,
    amount: int,
    *,
    resource: Resource | None = None,
    field: str = "price",
    cause: Cause = "observed",
    **fields: Any,
) -> None:
    """The shop says so now."""
    row = FieldValue.objects.filter(resource=resource or house.jacket, system=house.shop, field=field).order_by(
        "address_key"
    )[0]
    value = row.value | {"amount": amount} if isinstance(row.value, dict) else amount
    told = Observation(
        resource_id=row.resource_id, system_id=row.system_id, field=field, address=Address.parse(row.address),
        kind=row.kind, value=value, observed_at=make.now(),
    )  # fmt: skip
    take_in([told], cause=cause, **fields)
    # History is told apart by the millisecond: what is looked for next begins in a later one.
    newest = ValueHistory.objects.order_by("-id").values_list("id", flat=True)[0]
    while int(time.time() * 1_000) <= newest.int >> 80:
        pass


def watching(house: make.House, **watch: Any) -> Trigger:
    row = trigger(house.workflow, "watch", on="change", types=(), watch=Watch(**({"field": "price"} | watch)))
    # History is told apart by the millisecond: what was there when the trigger was made is behind it.
    look(trigger_id=row.pk, at=make.now())
    assert not Event.objects.exists()
    return row


def items() -> list[list[tuple[str, Any]]]:
    rows = Event.objects.order_by("id").values_list("data", flat=True)
    return [[(item["id"], (item["after"] or {}).get("amount")) for item in data["items"]] for data in rows]


def test_a_threshold_counts_when_it_is_crossed_and_not_while_a_value_stays_beyond(house: make.House) -> None:
    watching(house, way="below", amount=15_000)
    for amount in (16_000, 14_900, 14_000, 15_500):
        seen(house, amount)
        look_all(at=make.now())
    assert items() == [[("JKT-1", 14_900)]]
    assert Event.objects.get().outcome == "started"


def test_what_has_changed_between_two_looks_is_one_event_and_is_looked_at_once(house: make.House) -> None:
    watching(house)
    seen(house, 19_000)
    seen(house, 18_000, resource=house.tent)
    look_all(at=make.now())
    look_all(at=make.now())
    assert [sorted(each) for each in items()] == [[("JKT-1", 19_000), ("TNT-1", 18_000)]]


def test_only_its_segments_are_watched(house: make.House) -> None:
    watching(house, segments=("apparel",))
    seen(house, 18_000, resource=house.tent)
    look_all(at=make.now())
    assert items() == []
    seen(house, 19_000)
    look_all(at=make.now())
    assert items() == [[("JKT-1", 19_000)]]


def test_what_a_rule_holds_can_be_watched(house: make.House) -> None:
    make.rule(house, within=house.base_layers)
    watching(house, segments=("rule-dear",))
    seen(house, 18_000)
    seen(house, 17_000, resource=house.base_layer)
    look_all(at=make.now())
    assert items() == [[("BAS-1", 17_000)]]


def test_a_change_that_commits_late_is_not_passed_over(house: make.House) -> None:
    row = watching(house)
    with transaction.atomic():
        seen(house, 19_000)
        from_elsewhere(lambda: seen(house, 18_000, resource=house.tent))
        from_elsewhere(lambda: look(trigger_id=row.pk, at=make.now()))
        assert not Event.objects.exists()
    look_all(at=make.now())
    assert [sorted(each) for each in items()] == [[("JKT-1", 19_000), ("TNT-1", 18_000)]]


def test_a_workflow_does_not_answer_its_own_change_and_answers_anothers_as_a_child_of_its_run(
    house: make.House,
) -> None:
    other = make.workflow(
        make.agent("copywriter", owner=house.people.ada), key="copy", segments=[house.apparel], owner=house.people.ada
    )
    watching(house)
    answering = trigger(other, "answer", on="change", types=(), watch=Watch(field="price"))
    proposal = single(house)
    seen(house, 19_000, cause="applied", proposal_id=proposal.pk)
    look_all(at=make.now())
    (event,) = Event.objects.filter(type="catalogue.changed")
    assert event.trigger_id == answering.pk
    run = Run.objects.get(pk=event.run_id)
    assert (run.parent_id, run.depth, run.workflow_id) == (proposal.run_id, 1, other.pk)


def test_agents_that_answer_each_others_changes_end_at_the_depth_cap(house: make.House) -> None:
    other = make.workflow(
        make.agent("copywriter", owner=house.people.ada), key="copy", segments=[house.apparel], owner=house.people.ada
    )
    watching(house)
    trigger(other, "answer", on="change", types=(), watch=Watch(field="price"))
    proposal = single(house)
    Run.objects.filter(pk=proposal.run_id).update(depth=5)
    seen(house, 19_000, cause="applied", proposal_id=proposal.pk)
    look_all(at=make.now())
    (event,) = Event.objects.filter(type="catalogue.changed")
    assert (event.outcome, event.reason) == ("capped", "too_deep")
    assert Run.objects.count() == 1


def test_what_has_not_been_seen_for_so_long_is_told_once(house: make.House) -> None:
    at = make.now()
    row = trigger(
        house.workflow, "old", on="change", types=(), watch=Watch(field="on_hand", way="stale", amount=900), at=at
    )
    FieldValue.objects.filter(field="on_hand", system=house.erp).update(observed_at=at - timedelta(seconds=890))
    FieldValue.objects.filter(field="on_hand", system=house.shop).update(observed_at=at)
    look(trigger_id=row.pk, at=at + timedelta(seconds=70))
    look(trigger_id=row.pk, at=at + timedelta(seconds=140))
    (event,) = Event.objects.all()
    assert (event.type, event.data["count"], event.data["items"][0]["id"]) == ("catalogue.stale", 1, "JKT-1")


def test_an_import_that_has_ended_is_one_event_with_what_it_changed(house: make.House) -> None:
    row = trigger(house.workflow, "feed", on="feed", types=(), watch=Watch(system="shop"))
    look(trigger_id=row.pk, at=make.now())
    System.objects.filter(pk=house.shop.pk).update(refreshing_until=make.now() + timedelta(minutes=1))
    seen(house, 19_000)
    seen(house, 18_000, resource=house.tent)
    look(trigger_id=row.pk, at=make.now())
    assert not Event.objects.exists()
    System.objects.filter(pk=house.shop.pk).update(refreshing_until=None, refreshed_at=make.now())
    look(trigger_id=row.pk, at=make.now())
    look(trigger_id=row.pk, at=make.now())
    (event,) = Event.objects.all()
    assert (event.type, event.data["changed"]) == ("feed.imported", 2)
    assert [item["id"] for item in event.data["items"]] == ["JKT-1", "TNT-1"]


@pytest.mark.parametrize(
    ("way", "amount", "before", "after", "expected"),
    [
        ("any", 0, 1, 2, True),
        ("any", 0, None, 2, False),
        ("above", 10, 10, 11, True),
        ("above", 10, 11, 12, False),
        ("below", 10, 10, 9, True),
        ("below", 10, None, 9, False),
        ("up_by", 500, 100, 105, True),
        ("up_by", 500, 100, 104, False),
        ("up_by", 0, 100, 100, False),
        ("down_by", 500, 100, 95, True),
        ("down_by", 500, 0, -5, False),
        ("below", 10, "12", "9", False),
        ("above", 0, False, True, False),
    ],
)
def test_what_crosses(way: Any, amount: int, before: Any, after: Any, expected: bool) -> None:
    assert crossed(Watch(field="price", way=way, amount=amount), before, after) is expected


def from_elsewhere(act: Any) -> None:
    """In a connection of its own, committed before this one goes on."""

    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        threads.submit(run).result(timeout=30)
