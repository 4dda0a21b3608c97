"""One plan over many proposals: what is selected, what lies on one another, what others have changed."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import shelf
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from orchestr.catalogue.models import ValueHistory
from orchestr.connectors.base import SystemUnavailable
from orchestr.execution.models import Execution
from orchestr.execution.reverting.declared import Declared
from orchestr.execution.reverting.models import Revert
from orchestr.execution.reverting.selection import Selection
from orchestr.proposals.models import Proposal
from orchestr.refusal import Refusal
from tests import make
from tests.execution.reverting.doing import ago, edit, look, outcomes, plan, press, price, publish, states, work_all


def said(planned: Any) -> list[tuple[str, str, int]]:
    return [(line.sku, line.verdict, line.restores_to["amount"]) for line in planned.lines]


def test_everything_of_an_agent_since_a_time_is_one_plan_and_goes_back_at_once(house: make.House) -> None:
    before = ago(seconds=1)
    first = publish(house, house.change(after=19_000))
    second = publish(house, house.change(house.jacket_2, after=19_500), house.change(house.base_layer, after=19_000))
    planned = plan(house, agent="repricer", since=before)
    assert said(planned) == [
        ("BAS-1", "restore", 20_000),
        ("JKT-1", "restore", 20_000),
        ("JKT-2", "restore", 20_000),
    ]
    revert = press(house, planned)
    assert (revert.count, revert.executions.count()) == (3, 2)
    work_all()
    assert states(first, second) == ["reverted", "reverted"]
    assert [price(key) for key in ("JKT-1", "JKT-2", "BAS-1")] == [20_000] * 3
    assert outcomes(revert) == [("restored", "read_back")] * 3


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({"agent": "nobody"}, []),
        ({"workflow": "clearance"}, ["BAS-1", "JKT-1"]),
        ({"workflow": "other"}, []),
        ({"segment": "apparel"}, ["BAS-1", "JKT-1"]),
        ({"segment": "apparel/jackets"}, ["JKT-1"]),
        ({"segment": "outdoor-gear"}, []),
        ({"skus": ("BAS-1", "nothing")}, ["BAS-1"]),
        ({}, ["BAS-1", "JKT-1"]),
    ],
)
def test_each_condition_narrows(house: make.House, selection: dict[str, Any], expected: list[str]) -> None:
    publish(house, house.change(after=19_000), house.change(house.base_layer, after=19_000))
    assert [line.sku for line in plan(house, since=ago(hours=1), **selection).lines] == expected
    assert plan(house, since=make.now(), **selection).lines == ()


def test_changes_on_one_another_are_one_line_that_goes_back_to_what_the_first_found(house: make.House) -> None:
    first = publish(house, house.change(after=19_000))
    second = publish(house, house.change(after=18_100))
    third = publish(house, house.change(after=17_300))
    planned = plan(house, agent="repricer", since=ago(hours=1))
    (line,) = planned.lines
    assert (line.verdict, line.ours["amount"], line.restores_to["amount"]) == ("restore", 17_300, 20_000)
    assert [part.proposal_id for part in line.parts] == [third.pk, second.pk, first.pk]
    revert = press(house, planned)
    written = len(shelf.SHELVES["shop"].written)
    work_all()
    assert states(first, second, third) == ["reverted"] * 3
    assert (price("JKT-1"), len(shelf.SHELVES["shop"].written)) == (20_000, written + 1)
    assert outcomes(revert) == [("restored", "other_item"), ("restored", "other_item"), ("restored", "read_back")]


def test_where_the_one_write_conflicts_all_that_ride_on_it_say_so(house: make.House) -> None:
    first, second = publish(house, house.change(after=19_000)), publish(house, house.change(after=18_100))
    planned = plan(house, since=ago(hours=1))
    revert = press(house, planned)
    edit("JKT-1", 17_777)
    work_all()
    assert states(first, second) == ["published", "published"]
    assert ([state for state, _ in outcomes(revert)], price("JKT-1")) == (["conflict", "conflict"], 17_777)


def test_a_later_change_that_is_not_selected_is_a_conflict_that_names_it(house: make.House) -> None:
    ours = publish(house, house.change(after=19_000))
    later = publish(house, house.change(after=18_050))
    (line,) = plan(house, proposals=(ours.pk,)).lines
    assert line.changed is not None
    assert (line.verdict, line.default, line.changed.proposal_id) == ("conflict", "keep", later.pk)
    assert (line.choices, line.rebases_to["amount"]) == (("restore", "keep", "rebase"), 19_000)


def test_a_rebase_keeps_the_later_share_and_takes_ours_out(house: make.House) -> None:
    ours = publish(house, house.change(after=19_000))
    later = publish(house, house.change(after=18_050))
    revert = press(house, plan(house, proposals=(ours.pk,)), {0: "rebase"})
    work_all()
    assert states(ours, later) == ["reverted", "published"]
    assert (price("JKT-1"), outcomes(revert)) == (19_000, [("restored", "read_back")])


def test_what_lay_on_a_change_that_was_taken_out_goes_back_past_it(house: make.House) -> None:
    """Rebased under the later one, and then the later one goes too: what comes back is not what we had taken out."""
    ours = publish(house, house.change(after=19_000))
    later = publish(house, house.change(after=18_050))
    press(house, plan(house, proposals=(ours.pk,)), {0: "rebase"})
    work_all()
    (line,) = plan(house, proposals=(later.pk,)).lines
    assert (line.verdict, line.restores_to["amount"]) == ("conflict", 20_000)
    press(house, plan(house, proposals=(later.pk,)), {0: "restore"})
    work_all()
    assert (states(later), price("JKT-1")) == (["reverted"], 20_000)


def test_somebody_elses_hand_in_between_is_a_conflict_even_where_ours_came_last(house: make.House) -> None:
    publish(house, house.change(after=19_000))
    edit("JKT-1", 19_500)
    look(house, "JKT-1")
    publish(house, house.change(after=18_600))
    (line,) = plan(house, agent="repricer", since=ago(hours=1)).lines
    assert (line.verdict, line.default, line.restores_to["amount"], line.rebases_to) == (
        "conflict", "keep", 20_000, None,
    )  # fmt: skip
    assert line.changed is not None
    assert line.changed.cause == "observed"


def test_a_foreign_change_of_a_price_has_no_rebase(house: make.House) -> None:
    proposal = publish(house, house.change(after=19_000))
    edit("JKT-1", 18_000)
    planned = plan(house, proposals=(proposal.pk,))
    assert planned.lines[0].choices == ("restore", "keep")
    with pytest.raises(Refusal) as refused:
        press(house, planned, {0: "rebase"})
    assert refused.value.code == "choice_impossible"


def test_values_as_of_a_time_come_back_from_history_over_what_others_did(house: make.House) -> None:
    then = ago(days=3)
    ValueHistory.objects.filter(resource=house.jacket, field="price").update(since=ago(days=9))
    place = ValueHistory.objects.filter(resource=house.jacket, field="price", address_key=make.DE.key()).get()
    ValueHistory.objects.create(
        resource=place.resource, system=place.system, field="price", address=place.address,
        address_key=place.address_key, value=make.money(20_500), since=ago(days=4), cause="observed",
    )  # fmt: skip
    proposal = publish(house, house.change(after=19_000))
    (line,) = plan(house, as_of=then, skus=("JKT-1",)).lines
    assert (line.verdict, line.restores_to["amount"], line.rebases_to) == ("restore", 20_500, None)
    press(house, plan(house, as_of=then, skus=("JKT-1",)))
    work_all()
    assert (states(proposal), price("JKT-1")) == (["reverted"], 20_500)


def test_what_is_back_already_is_taken_note_of_without_a_write(house: make.House) -> None:
    proposal = publish(house, house.change(after=19_000))
    edit("JKT-1", 20_000)
    planned = plan(house, proposals=(proposal.pk,))
    assert (planned.lines[0].verdict, planned.lines[0].default) == ("already", "restore")
    written = len(shelf.SHELVES["shop"].written)
    revert = press(house, planned)
    work_all()
    assert (states(proposal), outcomes(revert)) == (["reverted"], [("restored", "before_write")])
    assert len(shelf.SHELVES["shop"].written) == written


def test_each_outcome_says_what_was_read_when_and_by_which_read(house: make.House) -> None:
    proposal = publish(house, house.change(after=19_000))
    revert = press(house, plan(house, proposals=(proposal.pk,)))
    work_all()
    item = revert.executions.get().items.get()
    assert (item.observed["amount"], item.read_by) == (20_000, "read_back")
    assert item.settled_at is not None
    event = AuditEvent.objects.get(action="execution.item_settled", about__item=str(item.pk))
    assert (event.data["read"], event.data["outcome"]) == ("read_back", "restored")


def test_the_trail_names_the_revert_and_what_was_chosen(house: make.House) -> None:
    publish(house, house.change(after=19_000), house.change(house.jacket_2, after=19_000))
    planned = plan(house, since=ago(hours=1))
    revert = press(house, planned, {1: "keep"})
    event = AuditEvent.objects.get(action="revert.requested")
    assert event.about == {"revert": str(revert.pk)}
    assert {name: event.data[name] for name in ("proposals", "restored", "kept", "rebased", "conflicts")} == {
        "proposals": 1, "restored": 1, "kept": 1, "rebased": 0, "conflicts": 0,
    }  # fmt: skip


def test_a_quantity_loses_our_difference_and_keeps_what_was_sold(house: make.House) -> None:
    change = {
        "type": "stock", "id": "JKT-1", "field": "on_hand", "address": make.HAMBURG.wire(), "before": 40, "after": 60,
        "system": "shop",
    }  # fmt: skip
    proposal = publish(house, change, by=[house.people.mia, house.people.fay])
    lines = [line for line in plan(house, proposals=(proposal.pk,)).lines if line.system == "shop"]
    shelf.set_value("shop", "stock", "JKT-1", "on_hand", 57, make.HAMBURG)
    lines = [line for line in plan(house, proposals=(proposal.pk,)).lines if line.system == "shop"]
    assert [(line.verdict, line.rebases_to) for line in lines] == [("conflict", 37)]


def test_what_lies_beyond_ones_right_is_counted_and_left(house: make.House) -> None:
    publish(house, house.change(after=19_000))
    planned = plan(house, account=house.people.mia, since=ago(hours=1))
    assert (planned.lines, planned.beyond) == ((), 1)
    unseen = plan(house, account=house.people.marco, since=ago(hours=1))
    assert (unseen.lines, unseen.beyond) == ((), 0)


@pytest.mark.parametrize(
    ("selection", "code"),
    [
        ({}, "nothing_selected"),
        ({"agent": "repricer"}, "nothing_selected"),
        ({"since": "ahead"}, "time_ahead"),
        ({"since": "past", "as_of": "past"}, "selection_unreadable"),
        ({"since": "past", "items": (1,)}, "selection_unreadable"),
    ],
)
def test_refuses_a_selection_without_bounds(house: make.House, selection: dict[str, Any], code: str) -> None:
    times = {"ahead": ago(hours=-1), "past": ago(hours=1)}
    given = {name: times.get(value, value) if isinstance(value, str) else value for name, value in selection.items()}
    with pytest.raises(Refusal) as refused:
        plan(house, **given)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("without the right to revert", "not_found"),
        ("without a reason", "reason_missing"),
        ("on an old plan", "plan_moved"),
        ("keeping everything", "nothing_to_restore"),
        ("while it is being put back", "executing"),
    ],
)
def test_refuses_many_and_nothing_happens(house: make.House, case: str, code: str) -> None:
    publish(house, house.change(after=19_000))
    publish(house, house.change(house.jacket_2, after=19_000))
    planned = plan(house, since=ago(hours=1))
    if case == "while it is being put back":
        press(house, plan(house, since=ago(hours=1), skus=("JKT-1",)))
    fields: dict[str, Any] = {
        "without the right to revert": {"by": house.people.marco},
        "without a reason": {"why": " "},
        "on an old plan": {"digest": "0" * 64},
        "keeping everything": {"choices": {0: "keep", 1: "keep"}},
        "while it is being put back": {},
    }[case]
    before = AuditEvent.objects.count(), Execution.objects.count(), Revert.objects.count()
    with pytest.raises(Refusal) as refused:
        press(house, planned, **fields)
    assert refused.value.code == code
    assert (AuditEvent.objects.count(), Execution.objects.count(), Revert.objects.count()) == before


def test_a_system_that_is_down_keeps_its_own_lines_alone(house: make.House) -> None:
    publish(house, house.change(after=19_000))
    shelf.SHELVES["shop"].failing = [SystemUnavailable("unreachable", "down")]
    (line,) = plan(house, since=ago(hours=1)).lines
    assert (line.verdict, line.choices, line.problem) == ("unreadable", ("keep",), "unreachable")


def below_cost_now(house: make.House) -> tuple[Proposal, Proposal]:
    """Two prices were raised; since then the cost of one has risen above what it would go back to."""
    first = publish(house, house.change(after=21_000))
    second = publish(house, house.change(house.jacket_2, after=21_000))
    house.jacket.values.filter(field="cost").update(value=make.money(17_200, tax="excluded"))
    return first, second


def test_a_plan_over_many_flags_each_floor_and_a_person_alone_is_refused(house: make.House) -> None:
    below_cost_now(house)
    planned = plan(house, since=ago(hours=1))
    assert [(line.sku, line.breaks) for line in planned.lines] == [("JKT-1", ("below_cost",)), ("JKT-2", ())]
    with pytest.raises(Refusal) as refused:
        press(house, planned)
    assert (refused.value.code, refused.value.params["items"]) == ("breaks_floor", [0])
    press(house, planned, {0: "keep"})
    work_all()
    assert (price("JKT-1"), price("JKT-2")) == (21_000, 20_000)


def test_a_containment_over_many_may_break_a_floor_and_the_trail_says_so(house: make.House) -> None:
    first, second = below_cost_now(house)
    press(house, plan(house, since=ago(hours=1)), authority="containment")
    work_all()
    assert states(first, second) == ["reverted", "reverted"]
    assert AuditEvent.objects.get(action="revert.requested").data["broken_floors"] == 1


def test_a_plan_and_its_revert_take_the_same_number_of_statements_for_few_and_many(house: make.House) -> None:
    counts = []
    for most in (1, 3):
        for key, resource in (("JKT-1", house.jacket), ("JKT-2", house.jacket_2), ("BAS-1", house.base_layer))[:most]:
            publish(house, house.change(resource, after=price(key) - 700))
        plan(house, since=ago(hours=1))  # What a process keeps is kept from here on.
        with CaptureQueriesContext(connection) as planning:
            planned = plan(house, since=ago(hours=1))
        assert len(planned.lines) == most
        with CaptureQueriesContext(connection) as pressing:
            press(house, planned)
        counts.append((len(planning), len(pressing)))
        work_all()
    assert counts[0] == counts[1]


def test_a_selection_is_stored_as_it_was_asked(house: make.House) -> None:
    asked = Selection(agent="repricer", since=ago(hours=2), skus=("A", "B"))
    assert Selection.parse(asked.wire()) == asked


def test_a_promotion_that_ends_by_itself_may_be_left_to_expire(house: make.House) -> None:
    ends = (make.now() + timedelta(days=5)).replace(microsecond=0)
    item = SimpleNamespace(
        system_id=house.shop.pk, system=house.shop, resource=SimpleNamespace(type="promotion"), field="definition",
        address={},
    )  # fmt: skip
    declared: Any = Declared()
    assert declared.end_of(item, {"ends_at": ends.isoformat()}, at=make.now()) == ends
    assert declared.end_of(item, {"ends_at": ends.isoformat()}, at=ends) is None
    assert declared.end_of(item, {"title": "No end"}, at=make.now()) is None
    assert declared.end_of(item, {"ends_at": "soon"}, at=make.now()) is None
    item.address, item.field = {"valid_until": ends.isoformat()}, "price"
    assert declared.end_of(item, 5, at=make.now()) == ends
