"""An approved brief starts its runs, bounds what they propose, and ends."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.agents.register import person
from orchestr.freezes.freeze import freeze
from orchestr.freezes.targets import Target
from orchestr.proposals.close import close
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import BlockedReason
from orchestr.proposals.submitting.briefed import Spent, spent_of
from orchestr.refusal import Refusal
from orchestr.runs.briefs.models import Brief
from orchestr.runs.models import Event, Run
from orchestr.triggers.briefs import fire
from tests import make
from tests.proposals.propose import propose
from tests.triggers.briefs.given import approved, asked, run_of


def test_one_run_at_its_beginning_and_no_second(house: make.House) -> None:
    brief = approved(house)
    assert fire.fire_briefs(at=make.now()) == 1
    assert fire.fire_briefs(at=make.now()) == 0
    run = Run.objects.get(brief=brief)
    assert (run.state, run.event.type, run.event.source) == ("queued", "campaign.due", f"brief:{brief.pk}")
    assert (run.event.outcome, run.event.data["goal"], run.event.data["budget"]["amount"]) == (
        "started",
        brief.goal,
        50_000,
    )
    brief.refresh_from_db()
    assert brief.next_at is None


def test_what_is_not_approved_or_has_not_begun_starts_nothing(house: make.House) -> None:
    asked(house)
    approved(house, begins_at=make.now() + timedelta(hours=1))
    assert fire.fire_briefs(at=make.now()) == 0
    assert fire.fire_briefs(at=make.now() + timedelta(hours=1, seconds=1)) == 1


def test_by_its_schedule_within_its_dates(house: make.House) -> None:
    brief = approved(house, cron="0 * * * *", ends_at=make.now() + timedelta(hours=2, minutes=30))
    at = make.now()
    for _ in range(6):
        fire.fire_briefs(at=at)
        at += timedelta(hours=1)
    assert Run.objects.filter(brief=brief).count() in (3, 4)  # the full hours of two and a half, and the beginning


def test_a_frozen_workflow_only_records(house: make.House) -> None:
    approved(house)
    with transaction.atomic():
        freeze(target=Target("workflow", "clearance"), why="Looking.", by=person(house.people.omar), at=make.now())
    fire.fire_briefs(at=make.now())
    event = Event.objects.get(type="campaign.due")
    assert (event.outcome, event.reason, Run.objects.count()) == ("suppressed", "frozen", 0)


def refused(house: make.House, run: Run, *changes: dict[str, Any], **fields: Any) -> Refusal:
    before = AuditEvent.objects.count(), Proposal.objects.count()
    with pytest.raises(Refusal) as caught:
        propose(house, *changes, run=run, **fields)
    assert (AuditEvent.objects.count(), Proposal.objects.count()) == before
    assert caught.value.next
    return caught.value


def test_its_run_stays_within_its_segment(house: make.House) -> None:
    run = run_of(house)
    assert propose(house, house.change(after=19_000), run=run).state == "draft"
    found = refused(house, run, house.change(house.base_layer, after=19_000))
    assert (found.code, found.params) == ("outside_brief", {"index": 0})
    assert propose(house, house.change(house.base_layer, after=19_000)).state == "draft"


def test_its_budget_counts_what_waits_and_gives_back_what_was_blocked(house: make.House) -> None:
    margin = -(-1_000 * 14 * 10_000 // 11_900)
    run = run_of(house, budget=margin)
    first = propose(house, house.change(after=19_000), run=run)
    assert first.run is not None
    brief = Brief.objects.get()
    assert spent_of(brief) == Spent(margin, 1)
    found = refused(house, run, house.change(house.jacket_2, after=19_999))
    assert (found.code, found.status, found.params["used"], found.params["limit"]) == (
        "brief_budget",
        429,
        margin,
        margin,
    )
    with transaction.atomic():
        close(proposal_id=first.pk, reason=BlockedReason.WITHDRAWN, by=Actor.system(), at=make.now())
    assert spent_of(brief) == Spent(0, 0)
    assert propose(house, house.change(house.jacket_2, after=19_500), run=run).state == "draft"


def test_its_changes_and_its_deepest_cut_are_limits(house: make.House) -> None:
    run = run_of(house, most_changes=1, deepest_cut_bp=500)
    found = refused(house, run, house.change(after=18_999))
    assert (found.code, found.params) == ("brief_cut", {"index": 0, "limit_bp": 500})
    propose(house, house.change(after=19_000), run=run)
    assert refused(house, run, house.change(house.jacket_2, after=21_000)).code == "brief_changes"


def test_it_has_a_budget_in_one_currency(house: make.House) -> None:
    run = run_of(house, currency="GBP")
    assert refused(house, run, house.change(after=19_000)).code == "brief_currency"


def test_nothing_after_its_end_and_nothing_that_would_go_out_then(house: make.House) -> None:
    run = run_of(house)
    ends = Brief.objects.get().ends_at
    assert refused(house, run, house.change(after=19_000), not_before=ends).code == "brief_not_running"
    assert refused(house, run, house.change(after=19_000), at=ends).code == "brief_not_running"


def test_at_its_end_its_runs_stop_and_what_waits_expires(house: make.House) -> None:
    run = run_of(house)
    waiting = propose(house, house.change(after=19_000), run=run)
    other = propose(house, house.change(house.jacket_2, after=19_000))
    fire.end_over(at=Brief.objects.get().ends_at)
    run.refresh_from_db()
    waiting.refresh_from_db()
    other.refresh_from_db()
    assert (run.state, run.reason) == ("stopped", "brief_ended")
    assert (waiting.state, waiting.blocked_reason, other.state) == ("blocked", "expired", "draft")
    assert (Brief.objects.get().state, Brief.objects.get().end_reason) == ("ended", "over")
    before = AuditEvent.objects.count()
    fire.end_over(at=make.now() + timedelta(days=30))
    assert AuditEvent.objects.count() == before


def test_whoever_answers_for_it_ends_it_before_its_time(house: make.House) -> None:
    run = run_of(house)
    brief = Brief.objects.get()
    with pytest.raises(Refusal) as caught, transaction.atomic():
        fire.end(brief_id=brief.pk, by=house.people.lena, at=make.now())
    assert caught.value.code == "not_its_person"
    with transaction.atomic():
        fire.end(brief_id=brief.pk, by=house.people.olga, at=make.now())
    assert refused(house, run, house.change(after=19_000)).code == "brief_not_running"
    fire.end_over(at=make.now())
    run.refresh_from_db()
    assert run.state == "stopped"
    with pytest.raises(Refusal) as caught, transaction.atomic():
        fire.end(brief_id=brief.pk, by=house.people.olga, at=make.now())
    assert caught.value.code == "brief_not_running"
