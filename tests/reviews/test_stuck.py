"""An execution that waits for a person says in plain words what happened, who is asked and what each button does."""

import pytest

from orchestr.execution.models import Execution, ExecutionItem
from orchestr.execution.settle_by_person import Mark
from reviews.stuck import BACKWARD, BACKWARD_LABELS, FORWARD, HAPPENED
from tests import make
from tests.execution.approved import clock_after_window, work_until_settled
from tests.execution.test_by_person import unknown
from tests.execution.test_compensation import _stuck as stuck_compensation
from tests.reviews.door import get, signed_in

pytestmark = pytest.mark.usefixtures("invariants")


def page(house: make.House, execution: Execution, who: str = "omar") -> tuple[object, str]:
    answer = get(getattr(house.people, who), f"/executions/{execution.pk}/")
    return answer.context, answer.content.decode()


def test_a_stuck_compensation_names_its_owner_what_failed_and_what_each_button_does(house: make.House) -> None:
    make.shift(house.people.omar)
    stuck_compensation(house)
    execution = Execution.objects.get(kind="revert")
    context, html = page(house, execution)
    stuck = context["stuck"]  # type: ignore[index]
    assert (stuck.owner, stuck.on_call, stuck.systems) == ("Olga", ["Omar"], ["shop"])
    assert [cause.message for cause in stuck.causes] == ["This cannot be sold."]
    assert "1 of them could not be put back" in stuck.happened
    assert [label for label, _does in stuck.acts] == ["Put it back over what is there now", "Leave it as it is"]
    assert "This waits for Olga" in html
    assert "On call now, and told as well: Omar." in html
    for label, does in stuck.acts:
        assert label in html
        assert does in html


def test_what_waits_for_hands_comes_first_and_with_its_own_buttons(house: make.House) -> None:
    stuck_compensation(house)
    context, _html = page(house, Execution.objects.get(kind="revert"))
    items = context["items"]  # type: ignore[index]
    assert [(item.outcome, [mark for mark, _label in item.marks]) for item in items] == [
        ("conflict", ["retry", "accept"]),
        ("restored", []),
    ]


def test_a_write_whose_answer_was_lost_is_told_as_such(house: make.House) -> None:
    unknown(house)
    execution = Execution.objects.get()
    context, html = page(house, execution)
    stuck = context["stuck"]  # type: ignore[index]
    assert stuck.happened == str(HAPPENED[execution.reason])
    assert [does for _label, does in stuck.acts] == [str(does) for does in FORWARD.values()]
    assert "Nobody is on call now." in html


def test_whoever_may_not_settle_it_reads_the_same_without_buttons(house: make.House) -> None:
    unknown(house)
    context, html = page(house, Execution.objects.get(), "mia")
    assert context["stuck"].owner == "Olga"  # type: ignore[index]
    assert 'data-act="settle"' not in html


def test_an_item_accepted_as_it_is_offers_nothing_more_while_another_still_waits(house: make.House) -> None:
    stuck_compensation(house)
    item = ExecutionItem.objects.get(execution__kind="revert", state="conflict")
    other = ExecutionItem.objects.get(execution__kind="revert", state="restored")
    ExecutionItem.objects.filter(pk=other.pk).update(state="conflict")
    try:
        signed_in(house.people.omar).post(
            f"/executions/items/{item.pk}/settle/", {"mark": "accept", "why": "Right so."}
        )
        context, _html = page(house, Execution.objects.get(kind="revert"))
        marks = {line.id: line.marks for line in context["items"]}  # type: ignore[index]
        assert marks[item.pk] == []
        assert marks[other.pk] != []
    finally:
        ExecutionItem.objects.filter(pk=other.pk).update(state="restored")


def test_nothing_of_it_shows_once_it_is_settled(house: make.House) -> None:
    proposal = stuck_compensation(house)
    item = ExecutionItem.objects.get(execution__kind="revert", state="conflict")
    signed_in(house.people.olga).post(f"/executions/items/{item.pk}/settle/", {"mark": "retry", "why": "A mistake."})
    work_until_settled(proposal, clock_after_window())
    context, html = page(house, Execution.objects.get(kind="revert"))
    assert (context["stuck"], "This waits for" in html) == (None, False)  # type: ignore[index]


def test_every_button_says_what_it_does() -> None:
    marks: set[Mark] = {"retry", "written", "not_written", "accept"}
    assert set(BACKWARD) == set(BACKWARD_LABELS) == marks
    assert set(FORWARD) == marks - {"accept"}


def test_who_was_called_stands_there_with_a_button_until_somebody_is_on_it(house: make.House) -> None:
    make.shift(house.people.omar)
    unknown(house)
    execution = Execution.objects.get()
    context, html = page(house, execution)
    called = context["stuck"].called  # type: ignore[index]
    assert ([step.who for step in called.steps], called.answered_by) == (["Olga"], "")
    assert 'id="stuck-take"' in html
    assert signed_in(house.people.omar).post(called.take.url).status_code == 302
    context, html = page(house, execution)
    called = context["stuck"].called  # type: ignore[index]
    assert (called.answered_by, called.next_at, called.take) == ("Omar", None, None)
    assert "Omar is on it; nobody else is called." in html


def test_a_viewer_who_is_not_on_call_reads_who_was_called_without_a_button(house: make.House) -> None:
    unknown(house)
    context, _html = page(house, Execution.objects.get(), "mia")
    called = context["stuck"].called  # type: ignore[index]
    assert ([step.who for step in called.steps], called.take) == (["Olga"], None)


def test_what_failed_the_set_says_what_was_wanted_of_it(house: make.House) -> None:
    stuck_compensation(house)
    context, _html = page(house, Execution.objects.get(kind="revert"))
    (cause,) = context["stuck"].causes  # type: ignore[index]
    assert " → " in cause.wanted
    assert cause.at is not None


def test_each_side_of_a_compensation_leads_to_the_other(house: make.House) -> None:
    stuck_compensation(house)
    for kind, other in (("apply", "revert"), ("revert", "apply")):
        context, _html = page(house, Execution.objects.get(kind=kind))
        (led,) = context["others"]  # type: ignore[index]
        assert led.url == f"/executions/{Execution.objects.get(kind=other).pk}/"
