"""What names a rule reaches what it holds, and nothing else: agents, workflows, readers, stops, layers of policy."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from audit.record import Actor
from orchestr.agents.models import Scope
from orchestr.agents.scopes import reach_of, readable
from orchestr.catalogue.models import FieldValue, SegmentRule
from orchestr.catalogue.rules import members
from orchestr.catalogue.view import Asked, Reader, one, page
from orchestr.freezes.freeze import freeze
from orchestr.freezes.targets import Target
from orchestr.people.eligibility import segments_with
from orchestr.people.rights import segments_by_right
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.models import Proposal, Verdict
from orchestr.refusal import Refusal
from tests import make
from tests.execution.approved import approved, clock_after_window, open_executions, states, work
from tests.proposals.propose import propose


def narrowed(house: make.House) -> SegmentRule:
    """The house's agent reaches what the rule holds alone."""
    rule = make.rule(house)
    for scope in Scope.objects.filter(agent=house.agent):
        scope.segments.set([rule.segment])
    return rule


def cheap(house: make.House, key: str = "JKT-2") -> None:
    FieldValue.objects.filter(resource__key=key, field="price", address_key=make.DE.key()).update(
        value=make.money(10_000)
    )


def frozen(house: make.House) -> None:
    omar = Actor.person(account_id=house.people.omar.pk, person_id=house.people.omar.person_id)
    with transaction.atomic():
        freeze(target=Target("segment", "rule-dear"), why="look first", by=omar, at=make.now())


def refused(house: make.House, change: dict[str, Any]) -> str:
    with pytest.raises(Refusal) as caught:
        propose(house, change)
    return caught.value.code


def test_an_agent_whose_scope_names_a_rule_may_change_what_it_holds(house: make.House) -> None:
    narrowed(house)
    assert propose(house, house.change(after=19_000)).state == "draft"


def test_what_the_rule_does_not_hold_is_out_of_scope_of_such_an_agent(house: make.House) -> None:
    cheap(house)
    narrowed(house)
    assert refused(house, house.change(house.jacket_2, after=9_500)) == "out_of_scope"
    assert refused(house, house.change(house.tent, after=19_000)) == "out_of_scope"


def test_a_workflow_that_names_a_rule_goes_as_far_as_it(house: make.House) -> None:
    cheap(house)
    house.workflow.segments.set([make.rule(house).segment])
    assert refused(house, house.change(house.jacket_2, after=9_500)) == "outside_workflow"
    assert propose(house, house.change(after=19_000)).state == "draft"


def test_a_scope_on_the_segment_a_rule_draws_from_reaches_nothing_by_the_rule(house: make.House) -> None:
    """What lies in two segments needs both: that a rule of the one holds it changes nothing."""
    house.jacket.segments.add(house.tents)
    for scope in Scope.objects.filter(agent=house.agent):
        scope.segments.set([house.apparel])
    make.rule(house, within=house.apparel)
    assert refused(house, house.change(after=19_000)) == "out_of_scope"


def test_a_rule_of_which_it_is_not_known_any_more_what_it_holds_gives_no_right(house: make.House) -> None:
    rule = narrowed(house)
    SegmentRule.objects.filter(pk=rule.pk).update(evaluated_at=make.now() - members.GOOD_FOR - timedelta(seconds=1))
    assert refused(house, house.change(after=19_000)) == "out_of_scope"
    SegmentRule.objects.filter(pk=rule.pk).update(evaluated_at=make.now())
    assert propose(house, house.change(after=19_000)).state == "draft"


def test_nor_does_a_workflow_reach_by_it_then(house: make.House) -> None:
    rule = make.rule(house)
    house.workflow.segments.set([rule.segment])
    SegmentRule.objects.filter(pk=rule.pk).update(evaluated_at=make.now() - members.GOOD_FOR - timedelta(seconds=1))
    assert refused(house, house.change(after=19_000)) == "outside_workflow"


def test_what_left_the_rule_is_out_of_reach_at_once(house: make.House) -> None:
    rule = narrowed(house)
    cheap(house)
    members.evaluate(rule.pk, at=make.now())
    assert refused(house, house.change(house.jacket_2, after=9_500)) == "out_of_scope"


def test_such_an_agent_reads_exactly_what_the_rule_holds(house: make.House) -> None:
    cheap(house)
    narrowed(house)
    reader = Reader(*readable(reach_of(house.agent, at=make.now())))
    shown = {(each["type"], each["id"]) for each in page(reader, Asked(), at=make.now()).items}
    assert shown == {("variant", "JKT-1"), ("stock", "JKT-1"), ("variant", "BAS-1")}
    assert set(reader.resources().values_list("type", "key")) == shown
    assert one(reader, type="variant", key="JKT-1", at=make.now())["id"] == "JKT-1"
    with pytest.raises(Refusal):
        one(reader, type="variant", key="JKT-2", at=make.now())


def test_a_list_can_ask_for_what_a_rule_holds(house: make.House) -> None:
    cheap(house)
    make.rule(house)
    everything = Reader(segments_with(house.people.fay, "view_segment"))
    found = page(everything, Asked(segment="rule-dear"), at=make.now())
    assert {each["id"] for each in found.items} == {"JKT-1", "BAS-1"}
    outdoor = Reader(segments_with(house.people.marco, "view_segment"))
    assert page(outdoor, Asked(segment="rule-dear"), at=make.now()).items == ()


def test_rights_of_people_never_hang_on_a_rule(house: make.House) -> None:
    rule = make.rule(house)
    assert rule.pk not in segments_with(house.people.mia, "view_segment")
    assert rule.pk not in segments_by_right(house.people.mia)["view_segment"]
    proposal = propose(house, house.change(after=19_000))
    assert proposal.segment_ids == [house.jackets.pk]


def test_a_freeze_of_a_rule_stops_what_it_holds(house: make.House) -> None:
    cheap(house)
    make.rule(house)
    frozen(house)
    held = propose(house, house.change(after=19_000))
    free = propose(house, house.change(house.jacket_2, after=9_500))
    facts = [bytes(Verdict.objects.get(version__proposal=each).facts) for each in (held, free)]
    assert [b"rule-dear" in each for each in facts] == [True, False]


def test_what_was_approved_and_a_frozen_rule_holds_is_not_written(house: make.House) -> None:
    make.rule(house, within=house.base_layers)
    held, free = approved(house, house.change(house.base_layer, after=19_000)), approved(house)
    frozen(house)
    clock = clock_after_window()
    for _ in range(3):
        work(clock)
        clock.pass_by(1)
    assert [open_executions(each)[:1] == [] for each in (held, free)] == [True, True]
    assert (states(held), states(free)) == (["pending"], ["applied"])


def test_a_layer_of_policy_can_speak_of_a_rule(house: make.House) -> None:
    make.rule(house)
    proposal = propose(house, house.change(after=19_000))
    assert b'"lineage":["apparel","rule-dear"]' in bytes(Verdict.objects.get(version__proposal=proposal).facts)


def test_what_leaves_the_rule_while_it_waits_is_approved_by_nobody(house: make.House) -> None:
    rule = narrowed(house)
    proposal = propose(house, house.change(after=19_000))
    assert approve_code(house, proposal) == ""
    other = propose(house, house.change(house.jacket_2, after=19_000))
    cheap(house)
    members.evaluate(rule.pk, at=make.now())
    assert approve_code(house, other) == "scope_lost"


def test_nor_is_what_left_the_rule_of_its_workflow(house: make.House) -> None:
    rule = make.rule(house)
    house.workflow.segments.set([rule.segment])
    proposal = propose(house, house.change(house.jacket_2, after=19_000))
    cheap(house)
    members.evaluate(rule.pk, at=make.now())
    assert approve_code(house, proposal) == "outside_workflow"


def approve_code(house: make.House, proposal: Proposal) -> str:
    try:
        with transaction.atomic():
            approve(proposal_id=proposal.pk, digest=proposal.digest, by=house.people.mia, at=make.now())
    except Refusal as refusal:
        return refusal.code
    return ""
