"""What a stage lets go on: at submit, when people decide, and again just before the first write."""

from uuid import UUID

import pytest
from django.db import transaction

from audit.models import AuditEvent
from orchestr.policy.default import default_rules
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.deciding.narrowing import Edit
from orchestr.proposals.locks import current, lock
from orchestr.proposals.models import Decision, Exposure, Proposal, Verdict
from orchestr.proposals.recheck import Recheck, plainly_fine, recheck
from orchestr.proposals.submitting.autonomy import outside
from orchestr.proposals.submitting.revise import narrow
from orchestr.refusal import Refusal
from orchestr.rulebook.models import PolicyVersion
from orchestr.workflows.models import Workflow
from orchestr.workflows.share import within
from tests import make
from tests.proposals.propose import propose, single

HALF = 5_000
THINGS = ("JKT-1", "JKT-2", "BAS-1", "TNT-1")


def staged(
    house: make.House, stage: str, *, inside: set[str] | None = None, share: int = HALF, **fields: object
) -> None:
    """The stage, and a seed by which exactly these things lie in the share (half of all, unless told)."""
    seed = house.workflow.canary_seed if inside is None else seed_for(inside)
    Workflow.objects.filter(pk=house.workflow.pk).update(stage=stage, canary_bp=share, canary_seed=seed, **fields)
    house.workflow.refresh_from_db()


def seed_for(inside: set[str]) -> UUID:
    """The first seed that draws exactly these."""
    seeds = (UUID(int=number) for number in range(10_000))
    return next(seed for seed in seeds if {thing for thing in THINGS if within(seed, thing, HALF)} == inside)


def both(house: make.House) -> list[dict[str, object]]:
    return [house.change(house.jacket, after=19_000), house.change(house.jacket_2, after=19_000)]


def decided(proposal: Proposal, house: make.House) -> Proposal:
    with transaction.atomic():
        return approve(proposal_id=proposal.pk, digest=proposal.digest, by=house.people.mia, at=make.now())


def looked_at(proposal: Proposal) -> tuple[Recheck, bool]:
    """What the two looks before the first write say: each proposal by itself, and several together."""
    with transaction.atomic():
        held = lock(proposal.pk)
        together = proposal.pk in plainly_fine(proposals=[held], at=make.now())
        return recheck(proposal=held, at=make.now()), together


def test_in_the_canary_the_share_goes_on_and_the_rest_stays_back_on_record(house: make.House) -> None:
    staged(house, "canary", inside={"JKT-1"})
    proposal = propose(house, *both(house))
    version = current(proposal)
    assert (proposal.state, proposal.item_count) == ("draft", 1)
    assert [(each["index"], each["change"], each["sku"]) for each in version.plan] == [(0, 0, "JKT-1")]
    assert [(each["change"], each["sku"]) for each in version.bounds["withheld"]] == [(1, "JKT-2")]
    assert sum(row.items for row in Exposure.objects.filter(proposal=proposal)) == 1
    codes = {finding["code"]: finding for finding in Verdict.objects.get(version=version).findings}
    assert codes["canary_withheld"]["value"] == 1
    assert codes["stage_supervised"]["value"] == "canary"
    assert AuditEvent.objects.get(action="proposal.submitted").data["withheld"] == 1


def test_a_proposal_wholly_outside_the_share_is_judged_and_never_published(house: make.House) -> None:
    staged(house, "canary", inside={"TNT-1"})
    proposal = propose(house, *both(house))
    assert (proposal.state, proposal.blocked_reason, proposal.item_count) == ("blocked", "shadow", 2)
    assert not Exposure.objects.filter(proposal=proposal).exists()
    assert Verdict.objects.get(version__proposal=proposal).tier == "single"


@pytest.mark.parametrize(("inside", "state"), [({"JKT-1", "JKT-2"}, "draft"), ({"JKT-1"}, "blocked")])
def test_a_set_that_has_to_stay_whole_goes_on_whole_or_not_at_all(
    house: make.House, inside: set[str], state: str
) -> None:
    staged(house, "canary", inside=inside)
    proposal = propose(house, *both(house), atomicity="all_or_compensate")
    assert (proposal.state, len(current(proposal).plan)) == (state, 2)


def test_what_an_agent_sends_together_changes_nothing_about_what_goes_on(house: make.House) -> None:
    staged(house, "canary", inside={"JKT-2", "BAS-1"})
    goods = [house.jacket, house.jacket_2, house.base_layer]
    every = propose(house, *(house.change(each, after=19_000) for each in goods))
    assert [each["sku"] for each in current(every).plan] == ["JKT-2", "BAS-1"]
    alone = propose(house, house.change(house.jacket, after=18_900))
    assert (alone.state, alone.blocked_reason) == ("blocked", "shadow")


@pytest.mark.parametrize("stage", ["canary", "supervised"])
def test_below_trusted_a_person_is_asked_even_where_policy_has_no_rule_about_stages(
    house: make.House, stage: str
) -> None:
    raw = default_rules()
    raw["rules"] = [row for row in raw["rules"] if row["rule"] != "stage"]
    PolicyVersion.objects.update(state="retired")
    make.policy_version(author=house.people.ada, approver=house.people.fay, rules=raw)
    staged(house, stage, share=10_000)
    proposal = propose(house, text(house))
    assert (proposal.state, proposal.tier) == ("draft", "single")
    codes = [each["code"] for each in Verdict.objects.get(version__proposal=proposal).findings]
    assert codes.count("stage_supervised") == 1


def test_trusted_is_as_policy_says(house: make.House) -> None:
    staged(house, "trusted")
    proposal = propose(house, text(house))
    assert (proposal.state, proposal.tier) == ("approved", "none")
    assert current(proposal).bounds is None


def test_refuses_a_yes_while_the_workflow_is_in_shadow(house: make.House) -> None:
    proposal = single(house)
    staged(house, "shadow")
    with pytest.raises(Refusal) as caught:
        decided(proposal, house)
    assert (caught.value.status, caught.value.code) == (409, "workflow_in_shadow")
    assert not Decision.objects.exists()


def test_refuses_a_yes_to_what_lies_outside_the_share_until_it_is_dropped(house: make.House) -> None:
    proposal = propose(house, *both(house))
    staged(house, "canary", inside={"JKT-2"})
    with pytest.raises(Refusal) as caught:
        decided(proposal, house)
    assert caught.value.code == "outside_canary"
    with transaction.atomic():
        held = lock(proposal.pk)
        assert outside(held, current(held)) == [0]
        dropped = {0: Edit(reason="Outside the canary.", drop=True)}
        narrowed = narrow(
            proposal_id=proposal.pk, digest=proposal.digest, edits=dropped, by=house.people.mia, at=make.now()
        )
    assert decided(narrowed.proposal, house).state == "approved"


@pytest.mark.parametrize(
    ("stage", "inside", "reason"),
    [("shadow", None, "workflow_in_shadow"), ("canary", {"TNT-1"}, "outside_canary"), ("canary", {"JKT-1"}, "")],
)
def test_a_narrower_stage_counts_again_before_the_first_write(
    house: make.House, stage: str, inside: set[str] | None, reason: str
) -> None:
    proposal = decided(single(house), house)
    assert looked_at(proposal)[0].ok
    staged(house, stage, inside=inside)
    looked, together = looked_at(proposal)
    assert (looked.ok, looked.reason, together) == (not reason, reason, not reason)


def test_what_went_out_unattended_waits_for_a_person_once_the_stage_is_narrower(house: make.House) -> None:
    staged(house, "trusted")
    proposal = propose(house, text(house))
    staged(house, "supervised")
    assert looked_at(proposal)[0].reason == "policy_stricter"


def test_reviewers_of_the_workflow_have_a_say_wherever_people_are_asked(house: make.House) -> None:
    staged(house, "supervised", reviewers=["legal"])
    asked = single(house)
    assert (asked.tier, asked.functions) == ("single", ["legal"])
    staged(house, "trusted", reviewers=["legal"])
    assert propose(house, text(house)).tier == "none"


def test_the_workflows_time_to_look_only_shortens(house: make.House) -> None:
    at = make.now()
    by_default = single(house, at=at).due_at
    assert by_default is not None
    staged(house, "supervised", sla_s=600)
    shorter = single(house, at=at).due_at
    assert shorter is not None
    assert shorter < by_default
    staged(house, "supervised", sla_s=30 * 86_400)
    assert single(house, at=at).due_at == by_default


@pytest.mark.parametrize(
    ("fallback", "state", "tier", "items"),
    [("hold", "blocked", "single", 2), ("narrow", "draft", "single", 1), ("raise_tier", "draft", "dual", 2)],
)
def test_a_fallback_of_its_run_holds_back_narrows_or_asks_for_one_more(
    house: make.House, fallback: str, state: str, tier: str, items: int
) -> None:
    staged(house, "supervised", inside={"JKT-1"})
    run = house.run(fallback=fallback, fallback_cause="step:gather")
    proposal = propose(house, *both(house), run=run)
    assert (proposal.state, proposal.tier, proposal.item_count) == (state, tier, items)
    found = {each["code"]: each["value"] for each in Verdict.objects.get(version__proposal=proposal).findings}
    assert found[f"fallback_{fallback}"] == "step:gather"
    assert AuditEvent.objects.get(action="proposal.submitted").data["fallback"] == fallback


def test_a_system_that_does_not_answer_puts_the_workflows_fallback_in_force(house: make.House) -> None:
    staged(house, "supervised", feed_fallback="raise_tier")
    assert single(house).tier == "single"
    house.shop.degraded_since = make.now()
    house.shop.save(update_fields=["degraded_since"])
    proposal = single(house)
    assert (proposal.tier, current(proposal).bounds["cause"]) == ("dual", "feed:shop")


def text(house: make.House) -> dict[str, object]:
    return {
        "type": "product",
        "id": "jacket-one",
        "field": "description",
        "address": make.ENGLISH.wire(),
        "before": "Keeps the rain out.",
        "after": "Keeps the rain out, all day.",
    }
