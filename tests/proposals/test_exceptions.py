"""Exceptions: who asks, who confirms, what they open, and when they are over."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.catalogue.models import FieldValue
from orchestr.people.models import Account, Notice
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.exceptions.course import confirm_exception, end_exception, reject_exception
from orchestr.proposals.exceptions.models import ExceptionConfirmation, PolicyException
from orchestr.proposals.exceptions.request import LONGEST, request_exception
from orchestr.proposals.locks import lock
from orchestr.proposals.models import Exposure, Proposal, Verdict
from orchestr.proposals.recheck import recheck
from orchestr.proposals.rejudging.again import rejudge
from orchestr.refusal import Refusal
from tests import make, people
from tests.proposals.propose import propose, single

BY = Actor.worker("rejudge")


def refused(house: make.House) -> Proposal:
    """Below a cost of 150.00: blocked by policy, and by the rule of costs alone."""
    values = FieldValue.objects.filter(resource=house.jacket, field="cost")
    assert values.update(value=make.money(15_000, tax="excluded")) == 1
    return propose(house, house.change(after=16_000))


def ask(house: make.House, proposal: Proposal, *, by: Account | None = None, **changed: Any) -> PolicyException:
    given = {"rule": "cost", "reason": "The last of the season.", "until": make.now() + timedelta(hours=2)} | changed
    actor = Actor.agent(house.agent.pk) if by is None else Actor.person(account_id=by.pk, person_id=by.person_id)
    with transaction.atomic():
        return request_exception(
            proposal_id=proposal.pk, by=actor, person_id=None if by is None else by.person_id, at=make.now(), **given
        )


def confirm(row: PolicyException, by: Account, **changed: Any) -> PolicyException:
    with transaction.atomic():
        return confirm_exception(**{"exception_id": row.pk, "digest": row.digest, "by": by, "at": make.now()} | changed)


def granted(house: make.House, proposal: Proposal, **changed: Any) -> PolicyException:
    row = ask(house, proposal, **changed)
    confirm(row, house.people.mia)
    return confirm(row, house.people.fay)


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))


@contextmanager
def nothing_but(code: str) -> Iterator[None]:
    seen, rows = actions(), (PolicyException.objects.count(), ExceptionConfirmation.objects.count())
    states = list(Proposal.objects.order_by("id").values_list("state", "revision"))
    with pytest.raises(Refusal) as refusal:
        yield
    assert refusal.value.code == code
    assert actions() == seen
    assert (PolicyException.objects.count(), ExceptionConfirmation.objects.count()) == rows
    assert list(Proposal.objects.order_by("id").values_list("state", "revision")) == states


def test_two_persons_of_the_functions_open_what_policy_refused(house: make.House) -> None:
    proposal = refused(house)
    row = ask(house, proposal)
    assert row.functions == ["finance", "merchandising"]
    confirm(row, house.people.mia)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.excepted) == ("blocked", False)
    confirm(row, house.people.fay)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.blocked_reason, proposal.settled_at) == ("draft", "", None)
    assert (proposal.tier, proposal.functions) == ("dual", ["finance", "merchandising"])
    assert set(Exposure.objects.filter(proposal=proposal).values_list("state", flat=True)) == {"reserved"}
    assert actions() == [
        "proposal.submitted", "proposal.blocked", "exception.requested", "exception.confirmed", "exception.confirmed",
        "exception.granted", "proposal.reopened",
    ]  # fmt: skip


def test_the_verdict_says_which_finding_the_exception_covered(house: make.House) -> None:
    row = granted(house, refused(house))
    verdict = Verdict.objects.latest("at", "id")
    (covered,) = [each for each in verdict.findings if "exception" in each["params"]]
    assert (covered["rule"], covered["effect"], covered["params"]["exception"]) == ("cost", "dual", str(row.pk))
    assert verdict.refused is False


def test_those_who_could_confirm_are_told(house: make.House) -> None:
    ask(house, refused(house))
    told = set(Notice.objects.filter(kind="exception.requested").values_list("person__name", flat=True))
    assert told == {"Mia", "Fay"}


def test_an_opened_proposal_is_decided_like_any_other_and_passes_the_check_before_the_first_write(
    house: make.House,
) -> None:
    proposal = refused(house)
    granted(house, proposal)
    for who in (house.people.mia, house.people.fay):
        with transaction.atomic():
            approve(proposal_id=proposal.pk, digest=proposal.digest, by=who, at=make.now())
    with transaction.atomic():
        assert recheck(proposal=lock(proposal.pk), at=make.now()).ok


def test_one_that_has_ended_counts_no_more_at_execution(house: make.House) -> None:
    proposal = refused(house)
    granted(house, proposal, until=make.now() + timedelta(minutes=10))
    for who in (house.people.mia, house.people.fay):
        with transaction.atomic():
            approve(proposal_id=proposal.pk, digest=proposal.digest, by=who, at=make.now())
    with transaction.atomic():
        found = recheck(proposal=lock(proposal.pk), at=make.now() + timedelta(minutes=11))
    assert (found.ok, found.reason) == (False, "policy_refuses")


def test_when_it_ends_what_it_opened_is_blocked_again(house: make.House) -> None:
    proposal = refused(house)
    row = granted(house, proposal, until=make.now() + timedelta(minutes=10))
    later = make.now() + timedelta(minutes=11)
    with transaction.atomic():
        assert end_exception(exception_id=row.pk, by=BY, at=later)
        rejudge(proposal_id=proposal.pk, occasion="exception_ended", by=BY, at=later)
    proposal.refresh_from_db()
    row.refresh_from_db()
    assert (row.state, proposal.state, proposal.blocked_reason) == ("ended", "blocked", "policy")
    assert actions()[-3:] == ["exception.ended", "proposal.judged", "proposal.blocked"]


def test_one_that_still_runs_is_not_ended(house: make.House) -> None:
    row = granted(house, refused(house))
    with transaction.atomic():
        assert not end_exception(exception_id=row.pk, by=BY, at=make.now())
    row.refresh_from_db()
    assert row.state == "granted"


def test_refuses_what_policy_has_not_refused(house: make.House) -> None:
    proposal = single(house)
    with nothing_but("not_refused"):
        ask(house, proposal)


def test_refuses_a_rule_that_refuses_nothing_here(house: make.House) -> None:
    proposal = refused(house)
    with nothing_but("nothing_to_except"):
        ask(house, proposal, rule="price_day")


def test_refuses_a_rule_that_declares_never(house: make.House) -> None:
    proposal = refused(house)
    verdict = Verdict.objects.get(version__proposal=proposal)
    verdict.findings = [{**verdict.findings[0], "rule": "money"}]
    verdict.save()
    with nothing_but("never_excepted"):
        ask(house, proposal, rule="money")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"reason": "  "}, "reason_missing"),
        ({"until": make.now() - timedelta(seconds=1)}, "until_out_of_bounds"),
        ({"until": make.now() + LONGEST + timedelta(hours=1)}, "until_out_of_bounds"),
        ({"until": make.now().replace(tzinfo=None)}, "until_out_of_bounds"),
    ],
)
def test_refuses_one_without_reason_or_end(house: make.House, changed: dict[str, Any], code: str) -> None:
    proposal = refused(house)
    with nothing_but(code):
        ask(house, proposal, **changed)


def test_refuses_a_second_one_of_the_same_rule(house: make.House) -> None:
    proposal = refused(house)
    ask(house, proposal)
    with nothing_but("already_requested"):
        ask(house, proposal)


def test_refuses_one_that_nobody_could_confirm(house: make.House) -> None:
    proposal = refused(house)
    people.take(house.people.fay, people.DECIDE, house.apparel)
    with nothing_but("nobody_can_confirm"):
        ask(house, proposal)


def test_refuses_the_person_who_asked(house: make.House) -> None:
    second = people.account("mona", ["merchandising"], {people.VIEW: [house.apparel], people.DECIDE: [house.apparel]})
    row = ask(house, refused(house), by=second)
    with nothing_but("own_request"):
        confirm(row, second)


def test_refuses_the_owner_of_the_agent(house: make.House) -> None:
    row = ask(house, refused(house))
    people.grant(house.people.ada, people.DECIDE, house.apparel)
    with nothing_but("own_work"):
        confirm(row, house.people.ada)


def test_refuses_who_may_not_decide_there(house: make.House) -> None:
    row = ask(house, refused(house))
    with nothing_but("may_not_decide_here"):
        confirm(row, house.people.omar)
    with nothing_but("not_found"):
        confirm(row, house.people.marco)


def test_refuses_a_voice_that_adds_nothing(house: make.House) -> None:
    row = ask(house, refused(house))
    confirm(row, house.people.mia)
    with nothing_but("function_missing"):
        confirm(row, house.people.lena)
    with nothing_but("function_missing"):
        confirm(row, house.people.mia)


def test_refuses_another_digest_and_what_waits_no_more(house: make.House) -> None:
    row = ask(house, refused(house))
    with nothing_but("stale_digest"):
        confirm(row, house.people.mia, digest="0" * 64)
    with nothing_but("not_in_this_state"):
        confirm(row, house.people.mia, at=row.until)
    with nothing_but("not_found"):
        confirm(row, house.people.mia, exception_id=UUID(int=7))


def test_whoever_could_confirm_it_can_turn_it_down(house: make.House) -> None:
    proposal = refused(house)
    row = ask(house, proposal)
    with nothing_but("function_missing"), transaction.atomic():
        reject_exception(exception_id=row.pk, by=house.people.lena, at=make.now())
    with transaction.atomic():
        reject_exception(exception_id=row.pk, by=house.people.fay, at=make.now())
    row.refresh_from_db()
    proposal.refresh_from_db()
    assert (row.state, proposal.state) == ("rejected", "blocked")
    with nothing_but("not_in_this_state"):
        confirm(row, house.people.mia)
