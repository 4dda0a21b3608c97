"""Containment: one act, one person on call, and a second who reviews it."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import shelf
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.execution.incidents import siblings
from orchestr.execution.incidents.containment import Contained, contain
from orchestr.execution.incidents.incident import acknowledge, escalate_overdue, review
from orchestr.execution.incidents.models import EvidenceHold
from orchestr.execution.incidents.siblings import Siblings
from orchestr.execution.models import Execution, Incident
from orchestr.execution.revert_plan import plan_revert
from orchestr.freezes.freeze import request_thaw
from orchestr.freezes.models import Freeze
from orchestr.freezes.targets import Target
from orchestr.governance import control
from orchestr.people.models import Account, Notice
from orchestr.people.paging.call import call_due
from orchestr.people.paging.models import Call, Page
from orchestr.proposals.models import Proposal
from orchestr.refusal import Refusal
from orchestr.runs.events import SourceEvent
from orchestr.runs.models import Evidence, Run
from orchestr.runs.start import queue_run
from orchestr.triggers.dispatch import dispatch
from tests import make, people
from tests.execution.approved import approved, clock_after_window, states, work, work_until_settled
from tests.execution.test_revert import live, plan_of, published
from tests.proposals.propose import propose

SAID = {"verdict": "right", "text": "The prices were below cost."}


def act(house: make.House, proposal: Proposal, by: Account, **fields: Any) -> Contained:
    plan = plan_of(house, proposal)
    with transaction.atomic():
        return contain(
            plan=plan, choices={}, digest=plan.digest, by=by, why="Prices are wrong.", at=make.now(), **fields
        )


def test_one_act_reverts_freezes_opens_an_incident_and_tells_the_rollback_owner(house: make.House) -> None:
    proposal = published(house)
    done = act(house, proposal, house.people.omar)
    work(clock_after_window())
    proposal.refresh_from_db()
    assert proposal.state == "reverted"
    assert done.execution is not None
    assert done.execution.authority["kind"] == "containment"
    assert Freeze.objects.get().target == "workflow:clearance"
    assert Incident.objects.get().freeze == Freeze.objects.get()
    assert list(Notice.objects.values_list("kind", "person__name")) == [("incident.contained", "Olga")]


def test_what_is_approved_and_not_begun_is_blocked_instead(house: make.House) -> None:
    proposal = approved(house)
    done = act(house, proposal, house.people.omar)
    work(clock_after_window())
    proposal.refresh_from_db()
    assert (done.execution, proposal.state, proposal.blocked_reason) == (None, "blocked", "contained")


def test_a_workflow_frozen_before_stays_so(house: make.House) -> None:
    first, second = (
        published(house, house.change(after=19_000)),
        published(house, house.change(house.base_layer, after=19_000)),
    )
    act(house, first, house.people.omar)
    act(house, second, house.people.omar)
    assert Freeze.objects.count() == 1
    assert Incident.objects.count() == 2


@pytest.mark.parametrize("who", ["mia", "ada"])
def test_refuses_who_is_not_on_call_here_and_nothing_happens(house: make.House, who: str) -> None:
    proposal = published(house)
    before = AuditEvent.objects.count()
    with pytest.raises(Refusal) as refused:
        act(house, proposal, getattr(house.people, who))
    assert refused.value.code == "may_not_contain_here"
    assert (AuditEvent.objects.count(), Incident.objects.count(), Freeze.objects.count()) == (before, 0, 0)


def further(house: make.House, by: Account) -> tuple[Proposal, Contained]:
    """A jacket's price and, of the same bad run, one of a base layer: contained in one act."""
    first, other = published(house), published(house, house.change(house.base_layer, after=19_000))
    plan = plan_revert(proposal_id=other.pk, account=house.people.omar, at=make.now())
    return other, act(house, first, by, siblings=False, also=[plan])


def test_a_further_proposal_of_the_same_bad_run_is_put_back_in_the_same_act(house: make.House) -> None:
    other, done = further(house, house.people.omar)
    assert [each.proposal_id == other.pk for each in done.executions] == [False, True]
    work(clock_after_window())
    assert set(Proposal.objects.values_list("state", flat=True)) == {"reverted"}


def test_a_further_proposal_where_the_person_may_not_put_back_refuses_the_whole_act(house: make.House) -> None:
    reach = [house.jackets]
    rita = people.account("rita", ["oncall"], {people.VIEW: reach, people.REVERT: reach})
    with pytest.raises(Refusal) as caught:
        further(house, rita)
    assert caught.value.code == "may_not_contain_here"
    assert caught.value.about["proposal"] == str(Proposal.objects.latest("id").pk)
    assert (Incident.objects.count(), Freeze.objects.count()) == (0, 0)
    assert not Execution.objects.filter(kind="revert").exists()


def test_a_second_person_reviews_it_and_the_first_may_not(house: make.House) -> None:
    incident = act(house, published(house), house.people.omar).incident
    with pytest.raises(Refusal) as refused:
        review(incident_id=incident.pk, **SAID, by=house.people.omar, at=make.now())
    assert refused.value.code == "own_containment"
    acknowledge(incident_id=incident.pk, by=house.people.olga, at=make.now())
    review(incident_id=incident.pk, **SAID, by=house.people.olga, at=make.now())
    incident.refresh_from_db()
    assert (incident.acknowledged_by, incident.reviewed_by) == (house.people.olga.person, house.people.olga.person)


def test_of_what_is_half_written_nothing_more_is_begun_and_the_rest_is_put_back(house: make.House) -> None:
    proposal = approved(
        house, *(house.change(each, after=19_000) for each in (house.jacket, house.jacket_2, house.base_layer))
    )
    shelf.SHELVES["shop"].answers = ["yes", "busy"]
    clock = clock_after_window()
    work(clock)
    assert states(proposal) == ["applied", "pending", "pending"]
    act(house, proposal, house.people.omar)
    clock = clock_after_window()
    work_until_settled(proposal, clock)
    assert (proposal.state, states(proposal)) == ("reverted", ["applied", "not_applied", "not_applied"])
    assert (states(proposal, "revert"), live("JKT-1")) == (["restored"], 20_000)


def sibling(house: make.House, **fields: Any) -> Proposal:
    """Another proposal of the same workflow, which waits."""
    return propose(house, house.change(house.jacket_2, after=18_900), **fields)


class TestSiblings:
    def test_what_else_the_workflow_has_queued_is_cancelled(self, house: make.House) -> None:
        bad = published(house, house.change(after=19_000))
        waiting = sibling(house)
        queued = approved(house, house.change(house.base_layer, after=19_000))
        run = house.run()
        done = act(house, bad, house.people.omar)
        for each in (waiting, queued, run):
            each.refresh_from_db()
        assert (waiting.state, waiting.blocked_reason) == ("blocked", "contained")
        assert (queued.state, queued.blocked_reason) == ("blocked", "contained")
        assert (run.state, run.reason) == ("stopped", "contained")
        assert set(done.siblings.proposals) == {waiting.pk, queued.pk}
        event = AuditEvent.objects.get(action="incident.cancelled_siblings")
        assert (len(event.data["proposals"]), event.data["left"]) == (2, 0)
        work(clock_after_window())
        assert live("BAS-1") == 20_000

    def test_they_stay_where_the_person_says_so_and_are_held(self, house: make.House) -> None:
        bad, queued = published(house, house.change(after=19_000)), sibling(house)
        act(house, bad, house.people.omar, siblings=False)
        queued.refresh_from_db()
        assert queued.state == "draft"

    def test_other_workflows_and_what_is_half_written_are_left_alone(self, house: make.House) -> None:
        bad = published(house, house.change(after=19_000))
        half = approved(house, house.change(house.jacket_2, after=19_000), house.change(house.base_layer, after=19_000))
        shelf.SHELVES["shop"].answers = ["yes", "busy"]
        work(clock_after_window())
        assert states(half) == ["applied", "pending"]
        done = act(house, bad, house.people.omar)
        half.refresh_from_db()
        assert (half.state, done.siblings.proposals, done.siblings.left) == ("approved", [], 1)

    def test_where_the_person_may_not_put_back_they_stay_and_are_held(self, house: make.House) -> None:
        bad = published(house, house.change(after=19_000))
        elsewhere = propose(house, house.change(house.tent, after=18_900))
        rita = people.account("rita", ["oncall"], {people.VIEW: [house.apparel], people.REVERT: [house.apparel]})
        plan = plan_revert(proposal_id=bad.pk, account=rita, at=make.now())
        with transaction.atomic():
            done = contain(plan=plan, choices={}, digest=plan.digest, by=rita, why="Wrong.", at=make.now())
        elsewhere.refresh_from_db()
        assert (elsewhere.state, done.siblings.left) == ("draft", 1)

    def test_what_was_settled_or_begun_between_the_look_and_the_lock_stays(
        self, house: make.House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The look is told what was waiting a moment ago: a published one, a half written one and a run that is over."""
        bad = published(house, house.change(after=19_000))
        out = published(house, house.change(house.base_layer, after=19_000))
        half = approved(house, house.change(house.jacket_2, after=19_000), house.change(house.base_layer, after=18_500))
        shelf.SHELVES["shop"].answers = ["yes", "busy"]
        work(clock_after_window())
        over = house.run(state="finished", ended_at=make.now())
        seen = Siblings([over.pk], [out.pk, half.pk], 0)
        monkeypatch.setattr(siblings, "siblings_of", lambda *_given, **_named: seen)
        done = act(house, bad, house.people.omar)
        assert (done.siblings.runs, done.siblings.proposals, done.siblings.left) == ([], [], 2)
        out.refresh_from_db()
        half.refresh_from_db()
        over.refresh_from_db()
        assert (out.state, half.state, over.state) == ("published", "approved", "finished")


class TestFreezes:
    @pytest.mark.parametrize(
        "chosen",
        [
            ["agent:repricer"],
            ["segment:apparel/jackets", "connector:shop"],
            ["workflow:clearance", "agent:repricer"],
            [],
        ],
    )
    def test_what_is_chosen_is_frozen_and_nothing_else(self, house: make.House, chosen: list[str]) -> None:
        done = act(
            house, published(house), house.people.omar, freezes=[Target.parse(each) for each in chosen], siblings=False
        )
        assert sorted(each.target for each in Freeze.objects.all()) == sorted(chosen)
        assert len(done.freezes) == len(chosen)

    def test_a_frozen_system_holds_even_the_putting_back(self, house: make.House) -> None:
        proposal = published(house)
        act(house, proposal, house.people.omar, freezes=[Target.parse("connector:shop")])
        work(clock_after_window())
        assert Execution.objects.get(kind="revert").held_by == "connector:shop"

    def test_a_misspelt_target_refuses_the_whole_act(self, house: make.House) -> None:
        proposal, before = published(house), AuditEvent.objects.count()
        with pytest.raises(Refusal):
            act(house, proposal, house.people.omar, freezes=[Target.parse("workflow:clearence")])
        assert (AuditEvent.objects.count(), Incident.objects.count(), Freeze.objects.count()) == (before, 0, 0)
        assert not Execution.objects.filter(kind="revert").exists()


class TestEvidence:
    def test_it_is_kept_and_postgresql_refuses_to_delete_it(self, house: make.House) -> None:
        proposal = published(house)
        done = act(house, proposal, house.people.omar)
        kept = Evidence.objects.filter(versions__proposal=proposal)
        assert done.evidence == EvidenceHold.objects.count() == kept.count() > 0
        piece = kept.first()
        assert piece is not None
        for statement in (
            "DELETE FROM orchestr_version_evidence WHERE evidence_id = %s",
            "DELETE FROM orchestr_evidence WHERE id = %s",
        ):
            with connection.cursor() as cursor:
                if "version" in statement:
                    cursor.execute(statement, [piece.pk])
                    continue
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                with pytest.raises(IntegrityError, match="evidence_hold"), transaction.atomic():
                    cursor.execute(statement, [piece.pk])

    def test_evidence_of_other_runs_is_not_held(self, house: make.House) -> None:
        other = published(house, house.change(house.base_layer, after=19_000))
        act(house, published(house), house.people.omar)
        assert not EvidenceHold.objects.filter(evidence__versions__proposal=other).exists()


class TestReview:
    def test_one_that_nobody_reviews_in_time_calls_people_once(self, house: make.House) -> None:
        incident = act(house, published(house), house.people.omar).incident
        late = incident.review_due_at + timedelta(seconds=1)
        assert escalate_overdue(at=incident.review_due_at - timedelta(seconds=1)) == 0
        assert escalate_overdue(at=late) == 1
        assert escalate_overdue(at=late) == 0
        page = Page.objects.get(kind="incident.review_overdue")
        assert [call.person.name for call in page.calls.all()] == ["Olga"]
        with transaction.atomic():
            review(incident_id=incident.pk, **SAID, by=house.people.olga, at=late)
        page.refresh_from_db()
        assert page.answered_by == house.people.olga.person

    def test_who_contained_it_is_never_called_about_it(self, house: make.House) -> None:
        proposal = published(house)
        act(house, proposal, house.people.olga)
        assert [call.person.name for call in Call.objects.all()] == ["Omar"]

    def test_acknowledging_ends_the_calls(self, house: make.House) -> None:
        incident = act(house, published(house), house.people.omar).incident
        acknowledge(incident_id=incident.pk, by=house.people.olga, at=make.now())
        assert call_due(at=make.now() + timedelta(hours=1)) == 0
        assert Call.objects.count() == 1


class TestTheAutomationCannotUndoIt:
    def test_a_frozen_workflows_triggers_only_record(self, house: make.House) -> None:
        house.workflow.triggers = ["stock.low"]
        house.workflow.save()
        act(house, published(house), house.people.omar)
        runs = Run.objects.count()
        with transaction.atomic():
            done = dispatch(
                event=SourceEvent(id="e-1", type="stock.low", source="shop"), by=Actor.worker("test"), at=make.now()
            )
        assert (done.event.outcome, done.event.reason, done.run_id) == ("suppressed", "frozen", None)
        assert Run.objects.count() == runs

    def test_switching_the_workflow_off_and_on_thaws_nothing(self, house: make.House) -> None:
        act(house, published(house), house.people.omar)
        for enabled in (False, True):
            house.workflow.enabled = enabled
            house.workflow.save()
        with pytest.raises(Refusal) as refused, transaction.atomic():
            start_again(house)
        assert refused.value.code == "frozen"

    def test_one_person_does_not_thaw_it_by_two_accounts(self, house: make.House) -> None:
        act(house, published(house), house.people.omar)
        asked = request_thaw(
            target=Target.parse("workflow:clearance"), why="Fine now.", by=house.people.omar, at=make.now()
        )
        second = people.account("omar2", ["admin"], person=house.people.omar.person)
        with pytest.raises(Refusal) as refused, transaction.atomic():
            control.confirm(change_id=asked.pk, digest=asked.digest, by=second, at=make.now())
        assert refused.value.code == "own_request"
        assert Freeze.objects.get().thawed_at is None


def start_again(house: make.House) -> None:
    queue_run(
        workflow=house.workflow,
        source_event=SourceEvent(id="e-2", type="stock.low", source="shop"),
        by=Actor.worker("test"),
        at=make.now(),
    )


class TestCommand:
    def run(self, *arguments: str) -> str:
        out = StringIO()
        call_command("contain", *arguments, "--why", "Prices are wrong.", "--as", "omar", stdout=out)
        return out.getvalue()

    def test_a_proposal_is_contained_from_a_terminal(self, house: make.House) -> None:
        proposal = published(house)
        assert "Frozen: workflow:clearance." in self.run(f"proposal:{proposal.pk}")
        work(clock_after_window())
        proposal.refresh_from_db()
        assert (proposal.state, Incident.objects.get().opened_by) == ("reverted", house.people.omar.person)

    def test_an_agent_is_contained_with_everything_it_published_of_late(self, house: make.House) -> None:
        both = [published(house, house.change(each, after=19_000)) for each in (house.jacket, house.base_layer)]
        assert "Being put back: 2 proposals." in self.run("agent:repricer")
        work(clock_after_window())
        for each in both:
            each.refresh_from_db()
        assert [each.state for each in both] == ["reverted", "reverted"]
        assert (Incident.objects.count(), Freeze.objects.get().target) == (1, "agent:repricer")

    @pytest.mark.parametrize("target", ["proposal:nonsense", "everything", "workflow:absent"])
    def test_refuses_what_is_nothing(self, house: make.House, target: str) -> None:
        before = AuditEvent.objects.count()
        with pytest.raises(CommandError):
            self.run(target)
        assert AuditEvent.objects.count() == before

    def test_a_refusal_is_one_event(self, house: make.House) -> None:
        proposal, before = published(house), AuditEvent.objects.count()
        with pytest.raises(CommandError):
            call_command("contain", f"proposal:{proposal.pk}", "--why", "x", "--as", "ada")
        assert AuditEvent.objects.count() == before + 1
        assert AuditEvent.objects.filter(action="refused").get().data["code"] == "may_not_contain_here"
