"""Putting back what was published, with a choice for each item."""

from typing import Any

import pytest
import shelf
from django.db import transaction

from audit.models import AuditEvent
from orchestr.connectors.base import SystemUnavailable
from orchestr.execution.models import Execution
from orchestr.execution.revert import request_revert
from orchestr.execution.revert_plan import RevertPlan, plan_revert
from orchestr.proposals.models import Proposal
from orchestr.refusal import Refusal
from tests import make
from tests.execution.approved import approved, clock_after_window, states, work, work_until_settled


def published(house: make.House, *changes: dict[str, Any]) -> Proposal:
    proposal = approved(house, *(changes or (house.change(after=19_000), house.change(house.jacket_2, after=19_000))))
    work(clock_after_window())
    proposal.refresh_from_db()
    assert proposal.state == "published"
    return proposal


def plan_of(house: make.House, proposal: Proposal, indexes: list[int] | None = None) -> RevertPlan:
    return plan_revert(proposal_id=proposal.pk, item_indexes=indexes, account=house.people.omar, at=make.now())


def ask(house: make.House, plan: RevertPlan, choices: dict[int, Any] | None = None, **fields: Any) -> Execution:
    values: dict[str, Any] = {"digest": plan.digest, "by": house.people.omar, "why": "It went wrong."}
    with transaction.atomic():
        return request_revert(plan=plan, choices=choices or {}, at=make.now(), **(values | fields))


def live(key: str) -> int:
    held = shelf.SHELVES["shop"].resources["variant", key]
    return int(next(f.value["amount"] for f in held.fields if (f.field, f.address) == ("price", make.DE)))


def test_a_revert_restores_every_item_and_the_proposal_is_reverted(house: make.House) -> None:
    proposal = published(house)
    plan = plan_of(house, proposal)
    assert [(line.verdict, line.default, line.restores_to["amount"]) for line in plan.lines] == [
        ("restore", "restore", 20_000),
        ("restore", "restore", 20_000),
    ]
    execution = ask(house, plan)
    assert execution.authority == {"kind": "person", "id": str(house.people.omar.person_id)}
    work(clock_after_window())
    proposal.refresh_from_db()
    assert (proposal.state, states(proposal, "revert")) == ("reverted", ["restored", "restored"])
    assert (live("JKT-1"), live("JKT-2")) == (20_000, 20_000)


def test_some_items_put_back_leave_the_proposal_published(house: make.House) -> None:
    proposal = published(house)
    ask(house, plan_of(house, proposal, [1]))
    work(clock_after_window())
    proposal.refresh_from_db()
    assert (proposal.state, live("JKT-1"), live("JKT-2")) == ("published", 19_000, 20_000)
    rest = plan_of(house, proposal)
    assert [line.index for line in rest.lines] == [0]
    ask(house, rest)
    work(clock_after_window())
    proposal.refresh_from_db()
    assert (proposal.state, live("JKT-1")) == ("reverted", 20_000)


def test_a_value_changed_since_is_kept_unless_somebody_says_otherwise(house: make.House) -> None:
    proposal = published(house)
    shelf.set_value("shop", "variant", "JKT-1", "price", make.money(17_500), make.DE)
    plan = plan_of(house, proposal)
    line = plan.lines[0]
    assert (line.verdict, line.default, line.live["amount"]) == ("conflict", "keep", 17_500)
    assert line.changed is not None
    assert (line.changed.cause, line.changed.proposal_id) == ("observed", None)
    ask(house, plan)
    work(clock_after_window())
    proposal.refresh_from_db()
    assert (proposal.state, states(proposal, "revert")) == ("published", ["kept", "restored"])
    assert (live("JKT-1"), live("JKT-2")) == (17_500, 20_000)


def test_a_conflict_is_restored_over_what_was_seen_when_somebody_says_so(house: make.House) -> None:
    proposal = published(house)
    shelf.set_value("shop", "variant", "JKT-1", "price", make.money(17_500), make.DE)
    ask(house, plan_of(house, proposal), {0: "restore"})
    work(clock_after_window())
    proposal.refresh_from_db()
    assert (proposal.state, live("JKT-1")) == ("reverted", 20_000)


def test_a_value_changed_after_the_plan_was_read_is_not_overwritten(house: make.House) -> None:
    proposal = published(house)
    ask(house, plan_of(house, proposal))
    shelf.set_value("shop", "variant", "JKT-1", "price", make.money(17_500), make.DE)
    work(clock_after_window())
    proposal.refresh_from_db()
    assert (proposal.state, states(proposal, "revert"), live("JKT-1")) == (
        "published",
        ["conflict", "restored"],
        17_500,
    )


def test_what_turned_irreversible_after_the_plan_was_read_is_left_and_said(house: make.House) -> None:
    proposal = published(house)
    ask(house, plan_of(house, proposal))
    written = len(shelf.SHELVES["shop"].written)
    house.shop.settings = {**house.shop.settings, "reversibility": "irreversible"}
    house.shop.save(update_fields=["settings"])
    work_until_settled(proposal, clock_after_window())
    assert (proposal.state, states(proposal, "revert")) == ("published", ["irreversible", "irreversible"])
    assert (live("JKT-1"), live("JKT-2"), len(shelf.SHELVES["shop"].written)) == (19_000, 19_000, written)


def test_the_catalogue_says_who_changed_it_when_it_was_another_proposal(house: make.House) -> None:
    first = published(house, house.change(after=19_000))
    second = approved(house, house.change(after=18_100))
    work_until_settled(second, clock_after_window())
    assert second.state == "published"
    (line,) = plan_of(house, first).lines
    assert (line.verdict, line.changed and line.changed.proposal_id) == ("conflict", second.pk)


def test_a_system_that_does_not_answer_makes_its_lines_unreadable(house: make.House) -> None:
    proposal = published(house)
    shelf.SHELVES["shop"].failing = [SystemUnavailable("unreachable", "down")]
    plan = plan_of(house, proposal)
    assert {(line.verdict, line.choices, line.problem) for line in plan.lines} == {
        ("unreadable", ("keep",), "unreachable")
    }


def test_a_freeze_of_the_workflow_does_not_keep_a_bad_price_alive(house: make.House) -> None:
    from audit.record import Actor
    from orchestr.freezes.freeze import freeze
    from orchestr.freezes.targets import Target

    proposal = published(house)
    for target in ("all", "workflow:clearance"):
        freeze(target=Target.parse(target), why="Stop.", by=Actor.worker("command"), at=make.now())
    ask(house, plan_of(house, proposal))
    work(clock_after_window())
    proposal.refresh_from_db()
    assert proposal.state == "reverted"


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("without the right to revert", "may_not_revert_here"),
        ("without seeing it", "not_found"),
        ("without a reason", "reason_missing"),
        ("on an old plan", "plan_moved"),
        ("keeping everything", "nothing_to_restore"),
    ],
)
def test_refuses_and_nothing_happens(house: make.House, case: str, code: str) -> None:
    proposal = published(house)
    plan = plan_of(house, proposal)
    fields: dict[str, Any] = {
        "without the right to revert": {"by": house.people.mia},
        "without seeing it": {"by": house.people.marco},
        "without a reason": {"why": " "},
        "on an old plan": {"digest": "0" * 64},
        "keeping everything": {"choices": {0: "keep", 1: "keep"}},
    }[case]
    before = AuditEvent.objects.count(), Execution.objects.count()
    with pytest.raises(Refusal) as refused:
        ask(house, plan, **fields)
    assert refused.value.code == code
    assert (AuditEvent.objects.count(), Execution.objects.count()) == before


def test_refuses_a_second_revert_while_one_is_open(house: make.House) -> None:
    proposal = published(house)
    plan = plan_of(house, proposal)
    ask(house, plan)
    with pytest.raises(Refusal) as refused:
        ask(house, plan)
    assert refused.value.code == "executing"


def test_refuses_to_revert_what_is_reverted(house: make.House) -> None:
    proposal = published(house)
    ask(house, plan_of(house, proposal))
    work(clock_after_window())
    plan = plan_of(house, proposal)
    assert plan.lines == ()
    with pytest.raises(Refusal) as refused:
        ask(house, plan)
    assert refused.value.code == "not_in_this_state"


def below_cost_now(house: make.House) -> Proposal:
    """A price was raised; since then the cost has risen above what it would go back to."""
    proposal = published(house, house.change(after=21_000))
    costs = house.jacket.values.filter(field="cost")
    costs.update(value=make.money(17_200, tax="excluded"))
    return proposal


def test_a_revert_that_breaks_a_floor_is_flagged_and_refused_to_a_person_alone(house: make.House) -> None:
    proposal = below_cost_now(house)
    plan = plan_of(house, proposal)
    assert plan.lines[0].breaks == ("below_cost",)
    with pytest.raises(Refusal) as refused:
        ask(house, plan)
    assert refused.value.code == "breaks_floor"


def test_on_call_may_break_a_floor_as_containment_which_is_flagged_for_review(house: make.House) -> None:
    from orchestr.execution.incidents.containment import contain

    proposal = below_cost_now(house)
    plan = plan_of(house, proposal)
    with transaction.atomic():
        done = contain(
            plan=plan, choices={}, digest=plan.digest, by=house.people.omar, why="Wrong price.", at=make.now()
        )
    work(clock_after_window())
    proposal.refresh_from_db()
    assert (proposal.state, live("JKT-1")) == ("reverted", 20_000)
    assert done.incident.reviewed_at is None
    assert AuditEvent.objects.get(action="incident.contained").data["code"] == "breaks_floor"
