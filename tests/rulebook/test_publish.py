"""Publishing: examples that pass, a second person, nobody's own proposal, and a date it holds from."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from audit.models import AuditEvent
from audit.record import Actor
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.people.models import Account
from orchestr.policy.default_examples import default_examples
from orchestr.proposals.close import close
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import BlockedReason
from orchestr.refusal import Refusal
from orchestr.rulebook.drafts import change_draft, discard_draft, draft_policy
from orchestr.rulebook.in_force import in_force
from orchestr.rulebook.models import PolicyVersion
from orchestr.rulebook.publish import request_publication, retire_past
from tests import make, people
from tests.proposals.propose import dual, propose, single


def rules_with(house: make.House, rule: str, **params: Any) -> dict[str, Any]:
    standing = PolicyVersion.objects.get(state="published")
    rows = [
        {"rule": row["rule"], "params": row["params"] | (params if row["rule"] == rule else {})}
        for row in standing.rules["rules"]
    ]
    return {"functions": standing.rules["functions"], "rules": rows}


def drafted(house: make.House, *, by: Account | None = None, examples: Any = None, **params: Any) -> PolicyVersion:
    rules = rules_with(house, "price_change", **params)
    with transaction.atomic():
        return draft_policy(rules=rules, by=by or house.people.ada, at=make.now(), examples=examples or [])


def ask(row: PolicyVersion, by: Account, **more: Any) -> ControlChange:
    with transaction.atomic():
        return request_publication(number=row.number, reason="The autumn is over.", by=by, at=make.now(), **more)


def confirm(change: ControlChange, by: Account, at: Any = None) -> ControlChange:
    with transaction.atomic():
        return control.confirm(change_id=change.pk, digest=change.digest, by=by, at=at or make.now())


@contextmanager
def nothing_but(code: str) -> Iterator[Refusal]:
    seen = list(AuditEvent.objects.values_list("id", flat=True))
    states = list(PolicyVersion.objects.order_by("number").values_list("number", "state", "rules", "examples"))
    changes = ControlChange.objects.count()
    with pytest.raises(Refusal) as refusal:
        yield refusal  # type: ignore[misc]
    assert refusal.value.code == code
    assert not AuditEvent.objects.exclude(id__in=seen).exists()
    now = list(PolicyVersion.objects.order_by("number").values_list("number", "state", "rules", "examples"))
    assert (now, ControlChange.objects.count()) == (states, changes)


def test_a_version_that_fails_an_example_is_not_asked_for(house: make.House) -> None:
    row = drafted(house, examples=default_examples(), dual_over_bp=5_000)
    with nothing_but("example_fails") as refusal:
        ask(row, house.people.ada)
    assert "20 % down" in refusal.value.detail  # type: ignore[attr-defined]


def test_the_examples_are_looked_at_again_when_it_is_confirmed(house: make.House) -> None:
    row = drafted(house, dual_over_bp=5_000)
    change = ask(row, house.people.ada)
    PolicyVersion.objects.filter(pk=row.pk).update(examples=default_examples())
    with nothing_but("policy_moved"):
        confirm(change, house.people.fay)


def test_a_new_draft_carries_the_examples_of_the_version_in_force(house: make.House) -> None:
    PolicyVersion.objects.filter(number=1).update(examples=default_examples()[:2])
    row = draft_policy(rules=rules_with(house, "cost"), by=house.people.ada, at=make.now())
    assert row.examples == default_examples()[:2]


def test_refuses_to_loosen_alone(house: make.House) -> None:
    change = ask(drafted(house, dual_over_bp=2_500), house.people.ada)
    with nothing_but("own_request"):
        confirm(change, house.people.ada)
    second = people.account("ada-two", ["admin"], person=house.people.ada.person)
    with nothing_but("own_request"):
        confirm(change, second)


@pytest.mark.parametrize("role", ["author", "asker", "confirmer"])
def test_refuses_who_would_pass_their_own_proposal(house: make.House, role: str) -> None:
    """Ada owns the agent whose proposal waits at two persons; under the draft one would do."""
    make.plain_policy(house, "price_change")
    dual(house)
    bea, cid = people.account("bea", ["admin"]), people.account("cid", ["admin"])
    row = drafted(house, by=house.people.ada if role == "author" else bea, dual_over_bp=2_500)
    if role in ("author", "asker"):
        with nothing_but("own_proposal_looser"):
            ask(row, bea if role == "author" else house.people.ada)
        return
    change = ask(row, cid)
    with nothing_but("own_proposal_looser"):
        confirm(change, house.people.ada)
    assert confirm(change, bea).state == "confirmed"


def test_refuses_a_person_who_proposed(house: make.House) -> None:
    make.plain_policy(house, "price_change")
    make.second_finance(house)
    propose(house, house.change(after=16_000), by=house.people.fay)
    bea = people.account("bea", ["admin"])
    change = ask(drafted(house, by=bea, dual_over_bp=2_500), bea)
    with nothing_but("own_proposal_looser"):
        confirm(change, house.people.fay)


def test_refuses_who_would_pass_what_policy_has_refused_them(house: make.House) -> None:
    """What was refused is closed; it would only have to be proposed once more."""
    make.plain_policy(house, "price_change")
    assert propose(house, house.change(after=1_000)).blocked_reason == "policy"
    bea, cid = people.account("bea", ["admin"]), people.account("cid", ["admin"])
    row = drafted(house, by=bea, refuse_over_bp=None)
    with nothing_but("own_proposal_looser"):
        ask(row, house.people.ada)
    change = ask(row, cid)
    with nothing_but("own_proposal_looser"):
        confirm(change, house.people.ada)
    assert confirm(change, bea).state == "confirmed"


def test_refuses_who_withdraws_only_to_propose_it_again_under_a_looser_policy(house: make.House) -> None:
    make.plain_policy(house, "price_change")
    proposal = dual(house)
    with transaction.atomic():
        close(proposal_id=proposal.pk, reason=BlockedReason.WITHDRAWN, by=Actor.agent(house.agent.pk), at=make.now())
    row = drafted(house, dual_over_bp=2_500)
    with nothing_but("own_proposal_looser"):
        ask(row, house.people.ada)


@pytest.mark.parametrize(("days", "held"), [(7, True), (8, False)])
def test_what_ended_unpublished_counts_for_seven_days(house: make.House, days: int, held: bool) -> None:
    make.plain_policy(house, "price_change")
    proposal = propose(house, house.change(after=1_000))
    settled = make.now() - timedelta(days=days) + timedelta(hours=1)
    Proposal.objects.filter(pk=proposal.pk).update(settled_at=settled)
    row = drafted(house, refuse_over_bp=None)
    if held:
        with nothing_but("own_proposal_looser"):
            ask(row, house.people.ada)
    else:
        assert confirm(ask(row, house.people.ada), house.people.fay).state == "confirmed"


def test_what_shadow_kept_holds_nobody(house: make.House) -> None:
    make.plain_policy(house, "price_change")
    proposal = propose(house, house.change(after=1_000))
    Proposal.objects.filter(pk=proposal.pk).update(blocked_reason="shadow")
    assert confirm(ask(drafted(house, refuse_over_bp=None), house.people.ada), house.people.fay).state == "confirmed"


def test_what_judges_no_own_proposal_more_loosely_is_published(house: make.House) -> None:
    single(house)
    change = ask(drafted(house, dual_over_bp=2_500), house.people.ada)
    assert confirm(change, house.people.fay).state == "confirmed"


def test_tightening_is_free_of_own_work(house: make.House) -> None:
    dual(house)
    change = ask(drafted(house, dual_over_bp=300), house.people.ada)
    assert confirm(change, house.people.fay).state == "confirmed"


def test_one_is_in_force_and_one_to_come(house: make.House) -> None:
    row = drafted(house, dual_over_bp=300)
    starts = make.now() + timedelta(days=2)
    confirm(ask(row, house.people.ada, effective_from=starts), house.people.fay)
    assert in_force(at=make.now()).number == 1
    assert in_force(at=starts).number == row.number
    assert PolicyVersion.objects.published().count() == 2
    retire_past(by=Actor.worker("rejudge"), at=make.now())
    assert PolicyVersion.objects.published().count() == 2
    retire_past(by=Actor.worker("rejudge"), at=starts)
    assert list(PolicyVersion.objects.published().values_list("number", flat=True)) == [row.number]


def test_another_to_come_takes_the_place_of_the_first(house: make.House) -> None:
    first, second = drafted(house, dual_over_bp=300), drafted(house, dual_over_bp=400)
    for n, row in enumerate((first, second)):
        starts = make.now() + timedelta(days=2 + n)
        confirm(ask(row, house.people.ada, effective_from=starts), house.people.fay)
    first.refresh_from_db()
    assert first.state == "retired"
    assert list(PolicyVersion.objects.published().values_list("number", flat=True)) == [second.number, 1]


def test_one_for_now_leaves_the_one_to_come(house: make.House) -> None:
    later, now = drafted(house, dual_over_bp=300), drafted(house, dual_over_bp=400)
    starts = make.now() + timedelta(days=2)
    confirm(ask(later, house.people.ada, effective_from=starts), house.people.fay)
    confirm(ask(now, house.people.ada), house.people.fay)
    assert (in_force(at=make.now()).number, in_force(at=starts).number) == (now.number, later.number)


def test_a_date_that_has_passed_before_the_second_person_means_now(house: make.House) -> None:
    change = ask(drafted(house, dual_over_bp=300), house.people.ada, effective_from=make.now() + timedelta(minutes=1))
    at = make.now() + timedelta(hours=1)
    confirm(change, house.people.fay, at=at)
    standing = PolicyVersion.objects.standing(at)
    assert standing is not None
    assert standing.effective_from == at


def test_refuses_a_date_that_has_passed(house: make.House) -> None:
    row = drafted(house, dual_over_bp=300)
    with nothing_but("effective_in_the_past"):
        ask(row, house.people.ada, effective_from=make.now() - timedelta(seconds=1))


def test_a_draft_is_changed_by_its_author_and_discarded(house: make.House) -> None:
    row = drafted(house, dual_over_bp=300)
    at, ada = make.now(), house.people.ada
    with transaction.atomic():
        changed = change_draft(number=row.number, stamp=row.stamp, by=ada, at=at, examples=default_examples())
    assert changed.examples == default_examples()
    with nothing_but("stale_digest"):
        change_draft(number=row.number, stamp=row.stamp, by=ada, at=at, examples=[])
    bea = people.account("bea", ["admin"])
    with nothing_but("not_your_draft"):
        change_draft(number=row.number, stamp=changed.stamp, by=bea, at=at, examples=[])
    with transaction.atomic():
        assert discard_draft(number=row.number, by=bea, at=at).state == "discarded"
    with nothing_but("not_a_draft"):
        discard_draft(number=row.number, by=bea, at=at)
    with nothing_but("not_a_draft"):
        ask(row, ada)


def test_what_waits_for_a_second_person_stays_as_it_was_shown(house: make.House) -> None:
    row = drafted(house, dual_over_bp=300)
    ask(row, house.people.ada)
    with nothing_but("already_requested"):
        change_draft(number=row.number, stamp=row.stamp, by=house.people.ada, at=make.now(), examples=[])
    with nothing_but("already_requested"):
        discard_draft(number=row.number, by=house.people.ada, at=make.now())


def test_what_was_published_is_never_changed(house: make.House) -> None:
    with nothing_but("not_a_draft"):
        change_draft(number=1, stamp="", by=house.people.ada, at=make.now(), examples=[])
    with nothing_but("not_found"):
        discard_draft(number=99, by=house.people.ada, at=make.now())
