"""What is emptied when its time is over, what is not, and what stays for ever."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection, transaction

from audit.models import AuditEvent, RowChange
from audit.recheck import recheck
from audit.record import Actor
from orchestr.api.models import IdempotencyKey
from orchestr.execution.drift.models import Drift
from orchestr.execution.models import Execution, ExecutionItem, Incident
from orchestr.keeping.hold import HeldTarget, hold
from orchestr.keeping.models import Emptied, LegalHold
from orchestr.keeping.retention import Gone, empty_due
from orchestr.keeping.tasks import empty
from orchestr.proposals.models import Decision, Proposal, Version
from orchestr.reconciling.compare import reconcile
from orchestr.reconciling.nouns import DECISION, EXECUTION, ITEM, PROPOSAL
from orchestr.runs.models import Evidence, Run
from reviews.models import Comment
from tests import make
from tests.execution.approved import approved, clock_after_window, work_until_settled
from tests.keeping.days import agreed, days_pass

PERIOD = 30
LATER = timedelta(days=PERIOD + 1)


@pytest.fixture(autouse=True)
def period(db: Any, settings: Any) -> None:
    settings.RETAIN_TEXT_DAYS = settings.RETAIN_PERSONAL_DAYS = PERIOD
    agreed("text", PERIOD)
    agreed("personal", PERIOD)
    days_pass(PERIOD + 2)


@pytest.fixture
def published(house: make.House) -> Proposal:
    proposal = approved(house)
    work_until_settled(proposal, clock_after_window())
    assert proposal.state == "published"
    Comment.objects.create(proposal=proposal, person=house.people.mia.person, text="Fine by me.", at=make.now())
    Run.objects.filter(pk=proposal.run_id).update(summary="Looked at all jackets.")
    Evidence.objects.create(
        kind="claimed", run_id=proposal.run_id, source="a supplier", value="Call Jane.", sha256="0" * 64,
        observed_at=make.now(), expires_at=make.now(), recorded_at=make.now(),
    )  # fmt: skip
    Decision.objects.filter(proposal=proposal).update(reason="Because of Jane.")
    return proposal


def texts(proposal: Proposal) -> set[object]:
    version, run = Version.objects.get(proposal=proposal), Run.objects.get(pk=proposal.run_id)
    return {
        version.summary, version.rationale, run.summary, Comment.objects.get(proposal=proposal).text,
        Decision.objects.get(proposal=proposal).reason, Evidence.objects.get(run=run, kind="claimed").value or "",
    }  # fmt: skip


def test_texts_are_emptied_after_the_period_and_states_digests_and_events_stay(published: Proposal) -> None:
    digest, canonical = published.digest, bytes(Version.objects.get(proposal=published).canonical)
    before = AuditEvent.objects.count()
    assert empty_due(at=make.now() + timedelta(days=PERIOD - 1)) == Gone(0, 0)
    assert "" not in texts(published)
    assert empty_due(at=make.now() + LATER).proposals == 1
    assert texts(published) == {""}
    assert bytes(Decision.objects.get(proposal=published).reason_salt) == b""
    published.refresh_from_db()
    assert (published.state, published.digest) == ("published", digest)
    assert bytes(Version.objects.get(proposal=published).canonical) == canonical
    told = AuditEvent.objects.filter(action="text.emptied", data__proposals=[str(published.pk)])
    assert told.count() == 1
    assert AuditEvent.objects.count() >= before + 1
    assert [fault for fault in recheck() if fault is not None] == []
    assert [fault for fault in reconcile((PROPOSAL, DECISION, EXECUTION, ITEM)) if fault is not None] == []
    assert empty_due(at=make.now() + LATER).proposals == 0


def test_the_row_history_tells_that_texts_went_and_not_what_they_were(published: Proposal) -> None:
    empty_due(at=make.now() + LATER)
    decision = Decision.objects.get(proposal=published)
    last = RowChange.objects.filter(row=str(decision.pk)).latest("id")
    assert last.changes == {"reason": "changed", "reason_salt": "changed"}
    assert "Jane" not in str(list(RowChange.objects.values_list("changes", flat=True)))


def test_what_is_open_or_only_just_settled_is_not_touched(house: make.House, published: Proposal) -> None:
    waiting = approved(house, house.change(house.jacket_2, after=19_000))
    empty_due(at=make.now() + LATER)
    assert set(Version.objects.filter(proposal=waiting).values_list("summary", flat=True)) == {"Sell the slow ones."}
    assert list(Emptied.objects.values_list("proposal_id", flat=True)) == [published.pk]


@pytest.mark.parametrize("kind", ["all", "proposal", "decider"])
def test_a_legal_hold_keeps_what_it_covers(house: make.House, published: Proposal, kind: str) -> None:
    target = {
        "all": HeldTarget("all", ""),
        "proposal": HeldTarget("proposal", str(published.pk)),
        "decider": HeldTarget("person", str(house.people.mia.person_id)),
    }[kind]
    with transaction.atomic():
        hold(target=target, why="A claim.", by=Actor.worker("command"), at=make.now())
    empty_due(at=make.now() + LATER)
    assert "" not in texts(published)
    LegalHold.objects.update(lifted_at=make.now())
    assert empty_due(at=make.now() + LATER).proposals == 1


def test_a_hold_on_another_proposal_keeps_nothing_here(house: make.House, published: Proposal) -> None:
    LegalHold.objects.create(kind="proposal", key=str(UUID(int=7)), why="x", set_at=make.now())
    assert empty_due(at=make.now() + LATER).proposals == 1


def test_an_open_incident_keeps_the_texts_of_its_proposal(published: Proposal) -> None:
    Incident.objects.create(
        proposal=published, title_code="contained", why="Wrong.", opened_at=make.now(), review_due_at=make.now()
    )
    assert empty_due(at=make.now() + LATER).proposals == 0
    Incident.objects.update(closed_at=make.now() + LATER)
    assert empty_due(at=make.now() + LATER).proposals == 1


def test_personal_data_of_others_goes_after_its_own_period(published: Proposal, settings: Any) -> None:
    settings.RETAIN_TEXT_DAYS = 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orchestr_execution_item SET changed_by = 'jane@shop.example'")
        assert cursor.rowcount
    assert empty_due(at=make.now() + timedelta(days=PERIOD - 1)).rows == 0
    assert empty_due(at=make.now() + LATER).rows >= 1
    execution = Execution.objects.get(proposal=published)
    assert set(execution.items.values_list("changed_by", flat=True)) == {""}
    assert "" not in texts(published)


@pytest.mark.parametrize("kind", ["proposal", "decider"])
def test_a_legal_hold_keeps_what_lies_around_the_work_it_covers(
    house: make.House, published: Proposal, kind: str
) -> None:
    target = {
        "proposal": HeldTarget("proposal", str(published.pk)),
        "decider": HeldTarget("person", str(house.people.mia.person_id)),
    }[kind]
    now = make.now()
    Incident.objects.create(
        proposal=published, title_code="contained", why="Jane.", opened_at=now, review_due_at=now, closed_at=now
    )
    item = ExecutionItem.objects.get(execution__proposal=published)
    Drift.objects.create(proposal=published, item=item, kind="foreign", seen_at=now, changed_by="jane@shop.example")
    ExecutionItem.objects.update(changed_by="jane@shop.example")
    with transaction.atomic():
        hold(target=target, why="A claim.", by=Actor.worker("command"), at=now)

    def kept() -> set[str]:
        item.refresh_from_db()
        return {item.changed_by, Drift.objects.get().changed_by, Incident.objects.get().why}

    empty_due(at=now + LATER)
    assert kept() == {"jane@shop.example", "Jane."}
    LegalHold.objects.update(lifted_at=now)
    empty_due(at=now + LATER)
    assert kept() == {""}


def test_a_legal_hold_on_a_person_keeps_their_failed_sign_ins(house: make.House) -> None:
    attempts = apps.get_model("axes", "AccessAttempt")._default_manager
    for username in ("mia", "marco"):
        attempts.create(username=username, ip_address="192.0.2.1", failures_since_start=1)
    with transaction.atomic():
        hold(
            target=HeldTarget("person", str(house.people.mia.person_id)), why="A claim.",
            by=Actor.worker("command"), at=make.now(),
        )  # fmt: skip
    empty_due(at=make.now() + LATER)
    assert list(attempts.values_list("username", flat=True)) == ["mia"]


def test_stored_answers_go_with_the_texts(house: make.House, published: Proposal) -> None:
    IdempotencyKey.objects.create(
        agent=house.agent, key="k", path="/", body_sha256="0" * 64, status=201, answer={"summary": "x"}, at=make.now()
    )
    empty_due(at=make.now() + LATER)
    assert not IdempotencyKey.objects.exists()


def test_without_a_period_nothing_is_ever_emptied(published: Proposal, settings: Any) -> None:
    settings.RETAIN_TEXT_DAYS = settings.RETAIN_PERSONAL_DAYS = 0
    assert empty_due(at=make.now() + timedelta(days=10_000)) == Gone(0, 0)
    empty()
    assert "" not in texts(published)
