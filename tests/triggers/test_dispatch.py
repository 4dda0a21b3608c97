"""What becomes of events: one run for near-duplicates, and a reason for each that starts none."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from audit.models import AuditEvent
from orchestr.agents.register import person
from orchestr.catalogue.models import Segment, ValueHistory
from orchestr.execution.models import Incident
from orchestr.freezes.freeze import freeze
from orchestr.freezes.targets import Target
from orchestr.people.models import Notice
from orchestr.refusal import Refusal
from orchestr.runs.models import BudgetUse, Event, Run
from orchestr.triggers.cause import cause_of, collapsed
from orchestr.triggers.define import resume_trigger
from orchestr.triggers.definition import Cap, Condition, Holds, Quiet, Storm
from orchestr.triggers.dispatch import MOST_AT_ONCE
from orchestr.triggers.models import CapUse, Trigger, Window
from orchestr.triggers.suppression import is_quiet
from tests import make
from tests.proposals.propose import single
from tests.runs.operate import lease_next
from tests.triggers.given import event, outcomes, send, trigger

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def actions() -> list[str]:
    rows = AuditEvent.objects.filter(action__startswith="event.").order_by("id")
    return list(rows.values_list("action", flat=True))


class TestNearDuplicates:
    def test_the_first_starts_and_the_others_are_counted_into_its_run_with_the_last_value(
        self, house: make.House
    ) -> None:
        trigger(house.workflow, value="price", bucket=100)
        done = send(*(event(f"e-{n}", data={"price": 1_900 + n}) for n in range(38)))
        assert outcomes(done) == [("started", "")] + [("coalesced", "")] * 37
        run = Run.objects.get()
        assert {each.run_id for each in done} == {run.pk}
        told = cause_of(run)
        assert (told.trigger, told.collapsed, told.event.data) == ("slow-stock", 37, {"price": 1_937})
        assert actions() == ["event.received"] + ["event.coalesced"] * 37

    def test_events_that_come_one_by_one_are_one_as_well(self, house: make.House) -> None:
        trigger(house.workflow)
        first, second = send(event("a"), at=NOON)[0], send(event("b"), at=NOON + timedelta(seconds=299))[0]
        assert (second.event.outcome, second.run_id) == ("coalesced", first.run_id)

    @pytest.mark.parametrize(
        "other",
        [
            {"subject": "variant/JKT-2"},
            {"data": {"price": 2_000}},
            {"data": {"price": 1_900, "channel": "web-uk"}},
        ],
        ids=["another-thing", "another-bucket", "another-channel"],
    )
    def test_what_differs_is_another_run(self, house: make.House, other: dict[str, Any]) -> None:
        trigger(house.workflow, value="price", bucket=100)
        given = {"data": {"price": 1_900}} | other
        done = send(event("a", data={"price": 1_950}), event("b", **given))
        assert outcomes(done) == [("started", ""), ("started", "")]

    def test_after_the_window_a_run_that_was_begun_is_followed_by_another(self, house: make.House) -> None:
        trigger(house.workflow)
        first = send(event("a"), at=NOON)[0]
        assert lease_next(house, at=NOON) is not None
        later = send(event("b"), at=NOON + timedelta(seconds=300))[0]
        assert later.event.outcome == "started"
        assert later.run_id != first.run_id
        assert Window.objects.get().count == 1

    def test_a_run_keeps_what_it_was_about_when_its_window_is_another_runs(self, house: make.House) -> None:
        house.jacket.segments.add(Segment.objects.create(key="never-touch", name="Never touch"))
        trigger(house.workflow, holds=Holds(protected=("never-touch",)))
        both = "variant/JKT-1 variant/JKT-2"
        first = send(*(event(id, subject=both, data={"seen": id}) for id in "abc"), at=NOON)[0]
        run = Run.objects.get(pk=first.run_id)
        before = cause_of(run)
        assert (before.collapsed, before.event.external_id) == (2, "c")
        assert before.left_out == (("variant/JKT-1", "protected"),)
        assert lease_next(house, at=NOON) is not None
        second = send(event("d", subject=both), event("e", subject=both), at=NOON + timedelta(seconds=300))[0]
        assert cause_of(run) == before
        assert collapsed([run.pk, Run.objects.exclude(pk=run.pk).get().pk]) == {run.pk: 2, second.run_id: 1}

    def test_a_run_that_nobody_has_begun_takes_what_comes_after_the_window(self, house: make.House) -> None:
        trigger(house.workflow)
        first = send(event("a"), at=NOON)[0]
        later = send(event("b"), at=NOON + timedelta(hours=2))[0]
        assert (later.event.outcome, later.run_id) == ("coalesced", first.run_id)

    def test_the_same_event_again_is_answered_as_before_and_counts_nowhere(self, house: make.House) -> None:
        trigger(house.workflow)
        first, again = send(event("a"))[0], send(event("a"), event("a"))
        assert {(each.event.pk, each.run_id) for each in again} == {(first.event.pk, first.run_id)}
        assert Window.objects.get().count == 1
        assert actions() == ["event.received"]

    def test_two_triggers_of_one_workflow_do_not_run_it_twice_for_one_event(self, house: make.House) -> None:
        trigger(house.workflow, "one")
        trigger(house.workflow, "two")
        done = send(event("a"))[0]
        assert done.event.outcome == "started"
        assert sorted(each["outcome"] for each in done.event.told) == ["coalesced", "started"]
        assert Run.objects.count() == 1


class TestPattern:
    def test_a_star_takes_what_begins_like_it_and_a_source_narrows(self, house: make.House) -> None:
        trigger(house.workflow, types=("stock.*",), sources=("erp",))
        done = send(event("a", type="stock.low"), event("b", type="price.low"), event("c", source="shop"))
        assert outcomes(done) == [("started", ""), ("suppressed", "no_trigger"), ("suppressed", "no_trigger")]

    def test_every_condition_has_to_hold(self, house: make.House) -> None:
        low = Condition(field="stock.on_hand", test="below", value=5)
        trigger(house.workflow, conditions=(low, Condition(field="kind", test="differs", value="bundle")))
        done = send(
            event("a", data={"stock": {"on_hand": 4}}),
            event("b", data={"stock": {"on_hand": 5}}),
            event("c", data={"stock": {"on_hand": 4}, "kind": "bundle"}),
            event("d", data={}),
        )
        assert outcomes(done) == [("started", "")] + [("suppressed", "conditions")] * 3

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            ({}, "value_missing"),
            ({"price": "19.00"}, "value_not_whole"),
            ({"price": 19.5}, "value_has_fraction"),
            ({"price": 1, "items": [{"sku": "JKT-1"}]}, "items_unreadable"),
        ],
    )
    def test_what_cannot_be_read_is_refused_and_starts_nothing(
        self, house: make.House, data: dict[str, Any], code: str
    ) -> None:
        trigger(house.workflow, value="price", bucket=100)
        assert outcomes(send(event("a", data=data))) == [("refused", code)]
        assert actions() == ["event.refused"]
        assert not Run.objects.exists()

    def test_a_workflow_with_a_trigger_for_the_event_no_longer_runs_for_its_type_alone(self, house: make.House) -> None:
        house.workflow.triggers = ["stock.slow", "stock.low"]
        house.workflow.save()
        trigger(house.workflow)
        done = send(event("a"), event("b"), event("c", type="stock.low"), event("d", type="stock.low"))
        assert [each.event.outcome for each in done] == ["started", "coalesced", "started", "started"]


class TestSuppression:
    def test_a_frozen_workflow_only_records(self, house: make.House) -> None:
        trigger(house.workflow)
        with transaction.atomic():
            freeze(
                target=Target("workflow", house.workflow.key),
                why="Looking.",
                by=person(house.people.omar),
                at=make.now(),
            )
        assert outcomes(send(event("a"), event("b"))) == [("suppressed", "frozen")] * 2
        assert (Run.objects.count(), Window.objects.count(), BudgetUse.objects.count()) == (0, 0, 0)
        assert actions() == ["event.suppressed"] * 2

    def test_things_in_a_frozen_segment_are_left_out_and_the_rest_goes_on(self, house: make.House) -> None:
        trigger(house.workflow)
        with transaction.atomic():
            freeze(
                target=Target("segment", house.outdoor.key), why="Looking.", by=person(house.people.omar), at=make.now()
            )
        (only,) = send(event("a", subject="variant/TNT-1"))
        assert (only.event.outcome, only.event.reason) == ("suppressed", "frozen")
        (both,) = send(event("b", subject="variant/TNT-1 variant/JKT-1"))
        assert both.event.outcome == "started"
        assert cause_of(Run.objects.get()).left_out == (("variant/TNT-1", "frozen"),)

    def test_an_open_incident_of_the_workflow_holds_it(self, house: make.House) -> None:
        trigger(house.workflow)
        Incident.objects.create(
            workflow=house.workflow, title_code="contained", why="Wrong.", opened_at=NOON, review_due_at=NOON
        )
        assert outcomes(send(event("a"))) == [("suppressed", "open_incident")]
        Incident.objects.update(closed_at=NOON)
        assert outcomes(send(event("b"))) == [("started", "")]

    def test_what_somebody_has_just_changed_by_hand_is_left_to_them(self, house: make.House) -> None:
        trigger(house.workflow, holds=Holds(manual_edit_s=3_600))
        changed(house, "price", NOON - timedelta(minutes=59))
        assert outcomes(send(event("a"), at=NOON)) == [("suppressed", "manual_edit")]
        assert outcomes(send(event("b"), at=NOON + timedelta(minutes=1))) == [("started", "")]

    def test_what_shoppers_buy_is_no_edit_by_hand(self, house: make.House) -> None:
        trigger(house.workflow, holds=Holds(manual_edit_s=3_600))
        changed(house, "on_hand", NOON - timedelta(minutes=1))
        assert outcomes(send(event("a"), at=NOON)) == [("started", "")]

    def test_what_another_agent_has_just_changed_is_left_alone_and_ones_own_change_is_not(
        self, house: make.House
    ) -> None:
        other = make.agent("copywriter", owner=house.people.ada)
        flow = make.workflow(other, key="copy", segments=[house.apparel], owner=house.people.ada)
        trigger(house.workflow, holds=Holds(other_agent_s=600))
        trigger(flow, "copy", types=("copy.due",), holds=Holds(other_agent_s=600))
        proposal = single(house)
        changed(house, "price", NOON - timedelta(minutes=9), cause="applied", proposal_id=proposal.pk)
        assert outcomes(send(event("a", type="copy.due"), at=NOON)) == [("suppressed", "other_agent")]
        assert outcomes(send(event("b"), at=NOON)) == [("started", "")]

    def test_protected_things_are_never_started_for(self, house: make.House) -> None:
        never = Segment.objects.create(key="never-touch", name="Never touch")
        house.jacket.segments.add(never)
        trigger(house.workflow, holds=Holds(protected=("never-touch",)))
        assert outcomes(send(event("a"), event("b", subject="variant/JKT-2"))) == [
            ("suppressed", "protected"),
            ("started", ""),
        ]

    def test_quiet_hours_are_the_wall_clocks_also_over_midnight_and_the_change_of_the_clocks(
        self, house: make.House
    ) -> None:
        quiet = Quiet(begins="22:00", ends="06:00", zone="Europe/Berlin")
        trigger(house.workflow, holds=Holds(quiet=quiet))
        night = datetime(2026, 7, 1, 20, tzinfo=UTC)
        assert outcomes(send(event("a"), at=night)) == [("suppressed", "quiet_hours")]
        assert outcomes(send(event("b"), at=night - timedelta(minutes=1))) == [("started", "")]
        # Summer time ends on 25 October at 03:00: at 04:30 UTC it is half past five, the day before half past six.
        assert is_quiet(quiet, at=datetime(2026, 10, 25, 4, 30, tzinfo=UTC))
        assert not is_quiet(quiet, at=datetime(2026, 10, 24, 4, 30, tzinfo=UTC))


class TestLimits:
    def test_a_cap_counts_starts_for_each_segment_channel_and_family(self, house: make.House) -> None:
        trigger(house.workflow, family="win-back", cap=Cap(runs=1, per_s=3_600))
        done = send(
            event("a", subject="variant/JKT-1"),
            event("b", subject="variant/JKT-2"),
            event("c", subject="variant/TNT-1"),
            event("d", subject="variant/JKT-2", data={"channel": "web-uk"}),
            at=NOON,
        )
        assert sorted(outcomes(done)) == [("capped", "frequency_cap")] + [("started", "")] * 3
        assert outcomes(send(event("e", subject="variant/JKT-2"), at=NOON + timedelta(hours=1))) == [("started", "")]

    def test_a_spent_budget_caps_and_gives_the_cap_and_the_window_back(self, house: make.House) -> None:
        house.workflow.budgets = {"runs_per_day": 0}
        house.workflow.save()
        trigger(house.workflow, cap=Cap(runs=1))
        assert outcomes(send(event("a"))) == [("capped", "budget_spent")]
        assert not Window.objects.exists()
        assert set(CapUse.objects.values_list("used", flat=True)) == {0}

    def test_a_storm_pauses_the_trigger_tells_its_owner_once_and_is_still_counted(self, house: make.House) -> None:
        row = trigger(house.workflow, storm=Storm(events=50, per_s=60))
        send(*(event(f"a-{n}") for n in range(51)), at=NOON)
        row.refresh_from_db()
        assert (row.paused_at, row.paused_reason) == (NOON, "storm")
        assert AuditEvent.objects.get(action="trigger.paused").data["reason"] == "storm"
        told = {house.workflow.owner_id, house.workflow.escalation_owner_id}
        assert set(Notice.objects.filter(kind="trigger.storm").values_list("person_id", flat=True)) == told
        more = send(*(event(f"b-{n}") for n in range(60)), event("c", subject="variant/JKT-2"), at=NOON)
        assert outcomes(more) == [("coalesced", "")] * 60 + [("suppressed", "trigger_paused")]
        assert (Run.objects.count(), Window.objects.get().count) == (1, 111)
        assert AuditEvent.objects.filter(action="trigger.paused").count() == 1

    def test_what_a_person_has_let_go_on_is_no_storm_again_by_what_came_before(self, house: make.House) -> None:
        row = trigger(house.workflow, storm=Storm(events=5, per_s=60))
        send(*(event(f"a-{n}") for n in range(6)), at=NOON)
        with transaction.atomic():
            resume_trigger(trigger_id=row.pk, by=house.people.ada, at=NOON + timedelta(seconds=10))
        send(*(event(f"b-{n}") for n in range(5)), at=NOON + timedelta(seconds=11))
        row.refresh_from_db()
        assert row.paused_at is None
        send(event("c"), at=NOON + timedelta(seconds=12))
        row.refresh_from_db()
        assert row.paused_reason == "storm"

    def test_as_many_as_are_allowed_are_no_storm(self, house: make.House) -> None:
        trigger(house.workflow, storm=Storm(events=50, per_s=60))
        send(*(event(f"a-{n}") for n in range(50)), at=NOON)
        send(*(event(f"b-{n}") for n in range(50)), at=NOON + timedelta(seconds=61))
        assert Trigger.objects.get().paused_at is None

    def test_refuses_more_at_once_than_one_body_holds(self, house: make.House) -> None:
        with pytest.raises(Refusal) as caught:
            send(*(event(f"e-{n}") for n in range(MOST_AT_ONCE + 1)))
        assert (caught.value.status, caught.value.code) == (413, "too_many_events")
        assert not Event.objects.exists()


def changed(house: make.House, field: str, at: datetime, **fields: Any) -> None:
    ValueHistory.objects.create(
        resource=house.jacket, system=house.shop, field=field, address_key="{}", value=1, since=at,
        **({"cause": "observed"} | fields),
    )  # fmt: skip
