"""The seven invariants of the house, asserted over everything a test has left in the database.

`assert_invariants(writes)` takes the systems' own record of our writes: what each was given, under which
operation key. Call it in the teardown of every test that touches decisions or execution.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import httpx
import shelf

from audit.models import AuditEvent
from orchestr.agents.models import Agent
from orchestr.catalogue.models import Segment, ValueHistory
from orchestr.execution.models import Execution, ExecutionItem
from orchestr.people.eligibility import segments_with
from orchestr.people.models import Account
from orchestr.policy.findings import Tier
from orchestr.policy.quorum import Approval, missing
from orchestr.proposals.models import Decision, Proposal, Verdict, Version
from orchestr.reconciling.compare import reconcile
from orchestr.reconciling.nouns import DECISION, EXECUTION, ITEM, PROPOSAL

BACKWARD = {"person", "containment", "compensation", "guard_metric"}
WRITTEN = {"applied", "restored", "compensated", "applied_not_effective"}
NOT_WRITTEN = {"pending", "not_applied", "conflict", "kept", "irreversible"}
RANK = {"none": 0, "single": 1, "dual": 2}


@dataclass(frozen=True, slots=True)
class Write:
    """One effect in a system, as that system recorded it."""

    operation_key: str
    value: Any


def shelf_writes() -> list[Write]:
    """What the shelves of this process were given."""
    return [Write(key, value) for held in shelf.SHELVES.values() for key, value in held.written]


def shop_writes(control_url: str) -> list[Write]:
    """What a demo shop recorded: asked for each of our operation keys."""
    found = []
    with httpx.Client(base_url=control_url, timeout=10) as client:
        for item in ExecutionItem.objects.values_list("id", flat=True):
            answer = client.get("/_control/writes", params={"operation_key": str(item)})
            answer.raise_for_status()
            found += [Write(str(item), write["value"]) for write in answer.json()]
    return found


def assert_invariants(writes: Iterable[Write]) -> None:
    """Raise AssertionError naming the first invariant that does not hold."""
    recorded = list(writes)
    first_every_write_has_its_authority()
    second_one_effect_per_operation_key(recorded)
    third_every_effect_has_its_event()
    fourth_the_log_verifies()
    fifth_outcomes_agree_with_the_systems(recorded)
    sixth_nobody_sees_what_grants_do_not_cover()
    seventh_nobody_decides_on_own_work()


def first_every_write_has_its_authority() -> None:
    """Forward: decisions that meet the verdict's tier on exactly that digest. Backward: it undoes ours, on authority."""
    # Each execution once: its version holds the whole plan, and an item of thousands must not bring it along.
    executions = {each.pk: each for each in Execution.objects.select_related("version")}
    forward: dict[Any, Version] = {}
    for item in ExecutionItem.objects.exclude(intended_at=None).select_related("undoes"):
        execution = item.execution = executions[item.execution_id]
        if execution.kind == "apply":
            forward[execution.pk] = execution.version
            continue
        assert execution.authority.get("kind") in BACKWARD, f"1: backward item {item.pk} has no authority"
        undone = item.undoes
        assert undone is not None, f"1: backward item {item.pk} undoes nothing"
        assert undone.state == "applied", f"1: {item.pk} undoes what was not applied"
        assert _goes_back(item, undone), f"1: {item.pk} restores something else than what was there"
    for execution_id, version in forward.items():
        _assert_decided(execution_id, version)


def _goes_back(item: ExecutionItem, undone: ExecutionItem) -> bool:
    """Back to what we found there, under this write or one below it; on a revert's own terms to the value of a
    time that history knows, or to where a later approved change lies without ours."""
    if item.after == undone.before or item.choice == "rebase":
        return True
    place = {"resource": item.resource_id, "field": item.field, "address_key": item.address_key}
    revert = item.execution.revert
    if revert is not None and "as_of" in revert.selection:
        steps = ValueHistory.objects.filter(**place, since__lte=revert.selection["as_of"])
        return any(step.value == item.after for step in steps)
    ours = ExecutionItem.objects.filter(**place, execution__kind="apply", state="applied")
    return any(write.before == item.after for write in ours)


def _assert_decided(execution_id: Any, version: Version) -> None:
    first = ExecutionItem.objects.filter(execution_id=execution_id, intended_at__isnull=False).order_by("intended_at")
    at = first[0].intended_at
    verdicts = list(Verdict.objects.filter(version=version, at__lte=at).exclude(occasion="execute"))
    assert verdicts, f"1: execution {execution_id} rests on no verdict"
    assert not any(verdict.refused for verdict in verdicts[-1:]), f"1: execution {execution_id} of a refused version"
    verdict = max(verdicts, key=lambda each: (RANK[each.tier], len(each.functions)))
    standing = Decision.objects.filter(version=version, digest=version.digest, verdict="approve", at__lte=at)
    standing = standing.filter(taken_back_at=None, voided_at=None)
    voices = [Approval(person=str(each.person_id), functions=frozenset(each.functions)) for each in standing]
    lacking = missing(tier=cast("Tier", verdict.tier), functions=verdict.functions, approvals=voices)
    assert lacking.met, f"1: execution {execution_id} lacks {lacking}"


def second_one_effect_per_operation_key(writes: Sequence[Write]) -> None:
    twice = {key: count for key, count in Counter(write.operation_key for write in writes).items() if count > 1}
    assert not twice, f"2: more than one effect for {twice}"


def third_every_effect_has_its_event() -> None:
    """Each state a proposal, execution or item is in was recorded, and each refusal once and alone."""
    events: dict[str, Counter[str]] = defaultdict(Counter)
    outcomes: dict[str, list[str]] = defaultdict(list)
    for action, about, data in AuditEvent.objects.values_list("action", "about", "data"):
        for noun in ("proposal", "execution", "item", "decision"):
            if noun in about:
                events[about[noun]][action] += 1
        if action == "execution.item_settled" and "item" in about:
            outcomes[about["item"]].append(data["outcome"])
    for proposal in Proposal.objects.all():
        seen = events[str(proposal.pk)]
        expected = {
            "published": {"proposal.published"},
            "reverted": {"proposal.reverted"},
            "approved": {"proposal.approved", "proposal.version_added"},
            "blocked": {"proposal.blocked", "proposal.withdrawn", "proposal.expired", "proposal.superseded"},
            "draft": {"proposal.submitted"},
        }[proposal.state]
        assert any(seen[action] for action in expected), f"3: {proposal.pk} is {proposal.state}: {dict(seen)}"
    for decision in Decision.objects.all():
        assert events[str(decision.pk)]["proposal.decision.recorded"] == 1, f"3: decision {decision.pk} unrecorded"
    for execution in Execution.objects.all():
        seen = events[str(execution.pk)]
        assert seen["execution.queued"] == 1, f"3: execution {execution.pk} was queued without its event"
        ended = {"done": "execution.finished", "stopped": "execution.stopped"}.get(execution.state)
        assert ended is None or seen[ended] == 1, f"3: execution {execution.pk} ended without its event"
    for item in ExecutionItem.objects.all():
        if item.intended_at is not None and item.state != "pending":
            assert events[str(item.pk)]["execution.intent"] >= 1, f"3: item {item.pk} was written without an intent"
        if item.state not in ("pending", "intended"):
            assert outcomes[str(item.pk)][-1:], f"3: item {item.pk} is {item.state} without an event"
            assert item.state in outcomes[str(item.pk)], f"3: item {item.pk}: {item.state} was never recorded"


def fourth_the_log_verifies() -> None:
    """Its bytes are what was hashed, and what it tells of each row is what the row is."""
    for id, canonical, sha256 in AuditEvent.objects.values_list("id", "canonical", "sha256"):
        assert hashlib.sha256(bytes(canonical)).digest() == bytes(sha256), f"4: event {id} does not match its hash"
        assert json.loads(bytes(canonical))["id"] == str(id), f"4: event {id} carries another id"
    for fault in reconcile([PROPOSAL, DECISION, EXECUTION, ITEM]):
        assert fault is None, f"4: {fault}"


def fifth_outcomes_agree_with_the_systems(writes: Sequence[Write]) -> None:
    by_key: dict[str, list[Any]] = defaultdict(list)
    for write in writes:
        by_key[write.operation_key].append(write.value)
    for item in ExecutionItem.objects.all():
        ours = by_key.pop(str(item.pk), [])
        by_person = item.outcome_code.startswith("person_")
        if item.read_by in ("before_write", "other_item") or item.outcome_code == "there_already":
            assert not ours, f"5: item {item.pk} needed no write, the system recorded {ours}"
            continue
        if item.state in WRITTEN - {"applied_not_effective"} and not by_person:
            assert ours == [item.after], f"5: item {item.pk} is {item.state}, the system recorded {ours}"
        if item.state in NOT_WRITTEN and not by_person:
            assert not ours, f"5: item {item.pk} is {item.state}, the system recorded {ours}"
    assert not by_key, f"5: writes under keys that are nobody's: {sorted(by_key)}"


def sixth_nobody_sees_what_grants_do_not_cover() -> None:
    parents = dict(Segment.objects.values_list("id", "parent_id"))
    proposals = list(Proposal.objects.select_related("segment_set"))
    for account in Account.objects.all():
        covered = segments_with(account, "view_segment")
        assert all(parents[id] not in covered or id in covered for id in parents), "6: a right skips a descendant"
        expected = {each.pk for each in proposals if each.segment_ids and set(each.segment_ids) <= covered}
        assert set(Proposal.objects.visible_to(account).values_list("pk", flat=True)) == expected, f"6: {account}"


def seventh_nobody_decides_on_own_work() -> None:
    owners = dict(Agent.objects.values_list("id", "owner_id"))
    for decision in Decision.objects.select_related("proposal", "version"):
        proposal = decision.proposal
        own = {proposal.person_id, owners.get(proposal.agent_id) if proposal.agent_id else None}
        if decision.verdict != "approve":
            own = {proposal.person_id}
        editors = Version.objects.filter(proposal=proposal, number__lte=decision.version.number)
        own |= set(editors.values_list("edited_by_id", flat=True))
        assert decision.person_id not in own - {None}, f"7: {decision.pk} was made on own work"
