"""One person with the settings, the clock or the right to ask cannot make reasons and names go before their time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.execution.models import Incident
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.keeping.erase import erase, request_erasure
from orchestr.keeping.hold import HeldTarget, hold
from orchestr.keeping.period import over_before, period_of, request_period
from orchestr.keeping.retention import Gone, empty_due
from orchestr.people.models import Account, Notice
from orchestr.proposals.models import Decision, Proposal
from orchestr.refusal import Refusal
from orchestr.runs.models import Event, Run
from tests import make, people
from tests.execution.approved import approved, clock_after_window, work_until_settled
from tests.keeping.days import agreed, days_pass
from tests.reviews.admin.doors import one_refusal, signed_in

LATER = timedelta(days=31)


@pytest.fixture(autouse=True)
def month(db: Any, settings: Any) -> None:
    """The settings ask for thirty days; nobody has agreed to anything."""
    settings.RETAIN_TEXT_DAYS, settings.RETAIN_PERSONAL_DAYS = 30, 0


@pytest.fixture
def olive(house: make.House) -> Account:
    return people.account("olive", ["admin"])


@pytest.fixture
def published(house: make.House) -> Proposal:
    return settled(house)


def settled(house: make.House, *changes: Any) -> Proposal:
    proposal = approved(house, *changes)
    work_until_settled(proposal, clock_after_window())
    Decision.objects.filter(proposal=proposal).update(reason="Because of Jane.")
    return proposal


def reason(proposal: Proposal) -> str:
    return Decision.objects.get(proposal=proposal).reason


def refusing(code: str, act: Callable[[], object]) -> None:
    with pytest.raises(Refusal) as refusal, transaction.atomic():
        act()
    assert refusal.value.code == code


class TestThePeriod:
    def test_of_the_settings_alone_empties_nothing_and_is_told_to_who_may_agree(
        self, house: make.House, published: Proposal
    ) -> None:
        days_pass(32)
        assert empty_due(at=make.now() + LATER) == Gone(0, 0)
        assert reason(published) == "Because of Jane."
        told = set(Notice.objects.filter(kind="retention.waits").values_list("person_id", flat=True))
        assert told == {house.people.ada.person_id, house.people.aud.person_id, house.people.lena.person_id}
        empty_due(at=make.now() + LATER)
        assert Notice.objects.filter(kind="retention.waits").count() == len(told)

    def test_is_asked_for_by_one_and_agreed_to_by_another_each_with_an_event(
        self, house: make.House, published: Proposal
    ) -> None:
        days_pass(32)
        aud = signed_in(house.people.aud)
        assert "ask to keep free text for 30 days only" in aud.get("/holds/").content.decode()
        aud.post("/holds/period/text/", {"why": "As the law says."})
        change = ControlChange.objects.get(kind="retention.period")
        with one_refusal("own_request", by=house.people.aud):
            aud.post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
        assert empty_due(at=make.now() + LATER) == Gone(0, 0)
        lena = signed_in(house.people.lena)
        page = lena.get("/controls/").content.decode()
        assert "Keep free text of settled work for a shorter time" in page
        lena.post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
        event = AuditEvent.objects.get(action="retention.agreed")
        assert event.data == {"kind": "text", "days": 30}
        assert empty_due(at=make.now() + LATER).proposals == 1
        assert AuditEvent.objects.filter(action="text.emptied", data__proposals__isnull=False).get().data["days"] == 30
        assert "ask to keep free text" not in lena.get("/holds/").content.decode()

    def test_made_shorter_by_the_settings_stays_as_it_was_agreed(self, settings: Any, published: Proposal) -> None:
        agreed("text", 30)
        days_pass(32)
        settings.RETAIN_TEXT_DAYS = 1
        assert (period_of("text").days, period_of("text").waits) == (30, True)
        assert empty_due(at=make.now() + timedelta(days=20)).proposals == 0
        assert empty_due(at=make.now() + LATER).proposals == 1

    def test_made_longer_by_the_settings_is_longer_at_once_and_back_again_needs_nobody(self, settings: Any) -> None:
        agreed("text", 30)
        for asked, days in ((365, 365), (30, 30), (0, 0)):
            settings.RETAIN_TEXT_DAYS = asked
            assert (period_of("text").days, period_of("text").waits) == (days, False)

    def test_that_is_none_or_is_in_force_already_is_refused(self, house: make.House, settings: Any) -> None:
        ada = house.people.ada
        refusing("nothing_to_agree", lambda: request_period(kind="other", why="x", by=ada, at=make.now()))
        refusing("nothing_to_agree", lambda: request_period(kind="personal", why="x", by=ada, at=make.now()))
        refusing("reason_missing", lambda: request_period(kind="text", why=" ", by=ada, at=make.now()))
        refusing("function_missing", lambda: request_period(kind="text", why="x", by=house.people.mia, at=make.now()))
        agreed("text", 30)
        with one_refusal("nothing_to_agree", by=ada):
            answer = signed_in(ada).post("/holds/period/text/", {"why": "As the law says."})
        assert answer.status_code == 409

    def test_is_no_page_for_who_may_not_hold(self, house: make.House) -> None:
        assert signed_in(house.people.mia).post("/holds/period/text/", {"why": "x"}).status_code == 404
        assert Client().post("/holds/period/text/", {"why": "x"}).status_code == 302


class TestTheClock:
    def test_put_forward_by_years_ends_no_period(self, published: Proposal) -> None:
        agreed("text", 30)
        assert empty_due(at=make.now() + timedelta(days=4_000)) == Gone(0, 0)
        days_pass(3)
        assert empty_due(at=make.now() + timedelta(days=4_000)) == Gone(0, 0)
        assert reason(published) == "Because of Jane."

    def test_counts_days_on_which_something_was_recorded(self) -> None:
        now = make.now().replace(hour=12)
        assert over_before(3, at=now) is None
        days_pass(5)
        assert over_before(3, at=now + timedelta(days=5)) == now + timedelta(days=2)
        # Ten days of standstill, and the days before them still are as many as they were.
        assert over_before(3, at=now + timedelta(days=15)).date() == (now + timedelta(days=3)).date()

    def test_costs_one_statement_however_long_the_period(self, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(1):
            over_before(7_300, at=make.now())


class TestWhatIsShared:
    """A run, or the event that started it, belongs to the story of each of its proposals."""

    @pytest.fixture
    def two(self, house: make.House) -> tuple[Proposal, Proposal]:
        agreed("text", 30)
        days_pass(32)
        one, other = settled(house), settled(house, house.change(house.jacket_2, after=19_000))
        Run.objects.filter(pk=one.run_id).update(summary="All jackets.")
        return one, other

    @pytest.mark.parametrize("kind", ["hold", "incident"])
    def test_a_run_is_kept_while_another_proposal_of_it_is_held_or_in_an_open_incident(
        self, two: tuple[Proposal, Proposal], kind: str
    ) -> None:
        one, other = two
        Proposal.objects.filter(pk=other.pk).update(run_id=one.run_id)
        now = make.now()
        if kind == "hold":
            with transaction.atomic():
                hold(target=HeldTarget("proposal", str(other.pk)), why="x", by=Actor.worker("command"), at=now)
        else:
            Incident.objects.create(
                proposal=other, title_code="contained", why="Wrong.", opened_at=now, review_due_at=now
            )
        assert empty_due(at=now + LATER).proposals == 0
        assert Run.objects.get(pk=one.run_id).summary == "All jackets."

    def test_an_event_is_kept_until_the_last_proposal_that_it_led_to_is_emptied(
        self, house: make.House, two: tuple[Proposal, Proposal]
    ) -> None:
        one, other = two
        event = Event.objects.create(
            source="shop", external_id="1", type="stock.low", subject="JACKET", data={"by": "Jane"}, outcome="started",
            body_sha256="a" * 64, received_at=make.now(),
        )  # fmt: skip
        # One event starts a run of each workflow that listens to it.
        Run.objects.filter(pk=one.run_id).update(event_id=event.pk)
        listens = make.workflow(house.agent, key="listens-too", owner=house.people.ada)
        Run.objects.filter(pk=other.run_id).update(event_id=event.pk, workflow=listens)
        with transaction.atomic():
            held = hold(
                target=HeldTarget("proposal", str(other.pk)), why="x", by=Actor.worker("command"), at=make.now()
            )
        assert empty_due(at=make.now() + LATER).proposals == 1
        event.refresh_from_db()
        assert (event.data, event.subject) == ({"by": "Jane"}, "JACKET")
        held.lifted_at = make.now()
        held.save()
        assert empty_due(at=make.now() + LATER).proposals == 1
        event.refresh_from_db()
        assert (event.data, event.subject, event.body_sha256) == ({}, "", "")  # a digest can be tried against a guess


def test_a_hold_on_a_person_keeps_the_reasons_of_what_they_asked_and_confirmed(house: make.House) -> None:
    agreed("text", 30)
    days_pass(32)
    now, ada = make.now(), house.people.ada.person
    kept = ControlChange.objects.create(
        kind="x", target="x", before={}, after={}, digest="0" * 64, reason="Because of Jane.", requested_by=ada,
        requested_at=now, settled_by=house.people.aud.person, settled_at=now, state="confirmed",
    )  # fmt: skip
    with transaction.atomic():
        held = hold(target=HeldTarget("person", str(ada.pk)), why="x", by=Actor.worker("command"), at=now)
    empty_due(at=now + LATER)
    kept.refresh_from_db()
    assert kept.reason == "Because of Jane."
    held.lifted_at = now
    held.save()
    empty_due(at=now + LATER)
    kept.refresh_from_db()
    assert kept.reason == ""


class TestErasing:
    def refuses(self, code: str, person: UUID, by: Account) -> None:
        events = AuditEvent.objects.count()
        refusing(code, lambda: request_erasure(person_id=person, reason="x", by=by, at=make.now()))
        actor = Actor.person(by.pk, by.person_id)
        refusing(code, lambda: erase(person_id=person, by=actor, at=make.now()))
        assert AuditEvent.objects.count() == events

    def test_is_refused_of_whose_decision_stands_on_what_is_not_settled(
        self, house: make.House, olive: Account
    ) -> None:
        proposal = approved(house)
        self.refuses("still_takes_part", house.people.mia.person_id, olive)
        work_until_settled(proposal, clock_after_window())
        with transaction.atomic():
            erase(person_id=house.people.mia.person_id, by=Actor.person(olive.pk, olive.person_id), at=make.now())

    def test_is_refused_of_who_decided_on_what_is_held_or_in_an_open_incident(
        self, house: make.House, olive: Account, published: Proposal
    ) -> None:
        now, mia = make.now(), house.people.mia.person_id
        incident = Incident.objects.create(
            proposal=published, title_code="contained", why="Wrong.", opened_at=now, review_due_at=now
        )
        self.refuses("still_takes_part", mia, olive)
        incident.closed_at = now
        incident.save()
        with transaction.atomic():
            hold(target=HeldTarget("proposal", str(published.pk)), why="x", by=Actor.worker("command"), at=now)
        self.refuses("held", mia, olive)

    def test_is_refused_of_who_has_asked_for_what_nobody_has_settled(self, house: make.House, olive: Account) -> None:
        with transaction.atomic():
            asked = request_period(kind="text", why="x", by=house.people.lena, at=make.now())
        self.refuses("still_takes_part", house.people.lena.person_id, olive)
        with transaction.atomic():
            control.reject(change_id=asked.pk, by=house.people.aud, at=make.now())
        with transaction.atomic():
            request_erasure(person_id=house.people.lena.person_id, reason="x", by=olive, at=make.now())

    def test_that_was_asked_for_before_is_refused_when_it_is_confirmed_after_a_hold(
        self, house: make.House, olive: Account, published: Proposal
    ) -> None:
        mia = house.people.mia.person_id
        with transaction.atomic():
            asked = request_erasure(person_id=mia, reason="x", by=house.people.ada, at=make.now())
        with transaction.atomic():
            hold(target=HeldTarget("proposal", str(published.pk)), why="x", by=Actor.worker("command"), at=make.now())
        refusing("held", lambda: control.confirm(change_id=asked.pk, digest=asked.digest, by=olive, at=make.now()))
