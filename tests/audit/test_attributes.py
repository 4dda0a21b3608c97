"""Each attribute of a sampled publication can be a no: stories told event by event, each with one thing wrong."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from audit.actors import Actor
from audit.attributes.answers import attributes_of
from audit.attributes.told import Attributes
from audit.models import AuditEvent
from audit.record import record
from tests import make
from tests.execution.approved import approved, clock_after_window, work_until_settled

DIGEST, OTHER = "a" * 64, "b" * 64
MIA, FAY, ADA = (str(uuid4()) for _ in range(3))
ACCOUNTS = {person: str(uuid4()) for person in (MIA, FAY, ADA)}
BEGAN = timezone.now() - timedelta(days=1)


class Story:
    """A publication that two persons let, told step by step; a test leaves out, changes or adds one step."""

    def __init__(self) -> None:
        self.proposal, self.execution, self.agent, self.segment = (str(uuid4()) for _ in range(4))
        self.minutes = 0
        self.late: dict[str, Any] = {}

    def tell(self, action: str, by: str = "", *, worker: str = "publish-1", **given: Any) -> AuditEvent:
        """One event, a minute after the one before. `given` are its parameters; in `about` what else it is about."""
        self.minutes += 1
        about = {"proposal": self.proposal} | given.pop("about", {})
        at = given.pop("at", BEGAN + timedelta(minutes=self.minutes))
        actor = Actor.person(ACCOUNTS[by], by) if by in ACCOUNTS else Actor.agent(by) if by else Actor.worker(worker)
        if action.split(".")[0] in ("policy", "grant", "agent", "account"):
            del about["proposal"]
        id = record(action=action, actor=actor, at=at, about=about, data=given, segments=[self.segment])
        return AuditEvent.objects.get(pk=id)

    def decide(self, by: str, *functions: str, **given: Any) -> str:
        decision = str(uuid4())
        self.tell(
            "proposal.decision.recorded", by, about={"decision": decision},
            **({"verdict": "approve", "digest": DIGEST, "functions": list(functions), "version": 1} | given),
        )  # fmt: skip
        return decision

    def published(self, change: "Change | None" = None) -> Attributes:
        """The whole of it; `change` may alter the parameters of each step, or do something before it."""
        self.change = change or (lambda story, step, given: given)
        evidence = str(uuid4())
        demanded = {"tier": "dual", "functions": ["finance", "merchandising"], "digest": DIGEST, "version": 1}
        self.step("agent.registered", self.agent, about={"agent": self.agent, "person": ADA}, key="repricer")
        self.step("policy.published", ADA, policy_version=1)
        expires_at = (BEGAN + timedelta(hours=3)).isoformat().replace("+00:00", "Z")
        self.step("evidence.recorded", self.agent, about={"evidence": evidence}, expires_at=expires_at)
        self.step("proposal.submitted", self.agent, state="draft", policy_version=1, evidence=[evidence], **demanded)
        decisions = [self.step("mia", MIA), self.step("fay", FAY)]
        self.step("proposal.approved", FAY, decisions=decisions, **demanded)
        executed = {"execution": self.execution}
        self.step("execution.queued", about=executed, kind="apply")
        self.step("execution.claimed", about=executed, fence=1, kind="apply")
        self.step("execution.intent", about=executed | {"item": str(uuid4())}, kind="apply", policy_version=1)
        self.step(
            "execution.item_settled", about=executed | {"item": str(uuid4())}, outcome="applied", observed_digest=DIGEST
        )
        [found] = attributes_of([self.step("proposal.published", outcomes={"applied": 1})])
        return found

    def step(self, action: str, by: str = "", **given: Any) -> Any:
        changed = self.change(self, action, dict(given))
        if changed is None:
            return str(uuid4())
        if action in ("mia", "fay"):
            functions = ["merchandising"] if action == "mia" else ["finance"]
            return self.decide(changed.pop("by", by), *changed.pop("functions", functions), **changed)
        return self.tell(action, changed.pop("by", by), **changed)


Change = Callable[[Story, str, dict[str, Any]], Mapping[str, Any] | None]


def at_step(name: str, **more: Any) -> Change:
    """At this step these parameters are others."""
    return lambda story, step, given: given | more if step == name else given


def without(name: str) -> Change:
    return lambda story, step, given: None if step == name else given


def before(name: str, does: Callable[[Story], object]) -> Change:
    def change(story: Story, step: str, given: dict[str, Any]) -> dict[str, Any]:
        if step == name:
            does(story)
        return given

    return change


def taken(person: str, **what: Any) -> Callable[[Story], object]:
    about = {"account": ACCOUNTS[person], "person": person}
    return lambda story: story.tell("grant.taken", ADA, about=about | what.pop("about", {}), **what)


def disabled(story: Story) -> object:
    return story.tell("account.disabled", ADA, about={"account": ACCOUNTS[MIA]})


def policy(number: int, *, retires: int | None = None, **more: Any) -> Callable[[Story], object]:
    def does(story: Story) -> None:
        if retires is not None:
            story.tell("policy.retired", ADA, policy_version=retires)
        story.tell("policy.published", ADA, policy_version=number, **more)
        story.minutes += 5

    return does


def decide_right(story: Story, *, takes: bool = True) -> None:
    """Mia got the right to decide by an operation, and lost it."""
    about = {"account": ACCOUNTS[MIA], "person": MIA, "segment": story.segment}
    story.tell("grant.given", ADA, about=about, right="decide_segment")
    if takes:
        story.tell("grant.taken", ADA, about=about, right="decide_segment")


def approved_late(story: Story, step: str, given: dict[str, Any]) -> Mapping[str, Any] | None:
    """The very event that approves, recorded after the write."""
    if step == "proposal.approved":
        story.late = given
        return None
    if step == "proposal.published":
        story.tell("proposal.approved", FAY, **story.late)
    return given


def one_piece_more(story: Story, step: str, given: dict[str, Any]) -> Mapping[str, Any]:
    return given | {"evidence": [*given["evidence"], str(uuid4())]} if step == "proposal.submitted" else given


def _later(hours: int) -> str:
    return (BEGAN + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")


@pytest.mark.django_db
def test_a_publication_as_it_should_be_holds_in_everything() -> None:
    found = Story().published()
    assert {name: getattr(found, name).holds for name in found.__slots__} == dict.fromkeys(found.__slots__, True)
    assert all(getattr(found, name).proofs for name in found.__slots__)


NO: dict[str, tuple[str, Change]] = {
    "approved by nobody": ("authorised", without("proposal.approved")),
    "a yes to another digest": ("authorised", at_step("mia", digest=OTHER)),
    "another version than was approved": ("authorised", at_step("proposal.submitted", digest=OTHER)),
    "a no counted as a yes": ("authorised", at_step("mia", verdict="block")),
    "one of the two missing": ("authorised", without("mia")),
    "a function that the verdict demanded and nobody held": ("authorised", at_step("fay", functions=["legal"])),
    "one person for both functions": (
        "authorised", at_step("fay", by=MIA, functions=["finance", "merchandising"]),
    ),
    "a tier lower than the verdict's on the approval": (
        "authorised",
        lambda story, step, given: given | {"tier": "none", "functions": [], "decisions": []}
        if step == "proposal.approved"
        else given,
    ),
    "stricter judged meanwhile": (
        "authorised",
        before(
            "proposal.approved",
            lambda story: story.tell(
                "proposal.judged", verdict="stricter", tier="dual", functions=["legal"], policy_version=1, version=1
            ),
        ),
    ),
    "a function taken before the decision": (
        "authorised", before("mia", taken(MIA, function="merchandising")),
    ),
    "a function taken before the write": (
        "authorised", before("execution.intent", taken(MIA, function="merchandising")),
    ),
    "an account that was disabled": ("authorised", before("mia", disabled)),
    "no right to decide there any more": ("authorised", before("mia", decide_right)),
    "approved after it was written": ("authorised", approved_late),
    "one person counted twice": ("distinct", at_step("fay", by=MIA)),
    "the owner of the agent": ("distinct", at_step("fay", by=ADA)),
    "the editor of the version": (
        "distinct",
        before("mia", lambda story: story.tell("proposal.overridden", MIA, version=1)),
    ),
    "a policy that was never published": ("policy", at_step("proposal.submitted", policy_version=9)),
    "a policy not yet in force": (
        "policy",
        lambda story, step, given: given | {"effective_from": _later(5)} if step == "policy.published" else given,
    ),
    "a policy that another had replaced": (
        "policy", before("proposal.submitted", policy(2, retires=1)),
    ),
    "judged by no policy": ("policy", at_step("proposal.submitted", policy_version=None)),
    "refused by the last judgement": (
        "policy",
        before(
            "proposal.approved",
            lambda story: story.tell("proposal.judged", verdict="refused", policy_version=1, version=1),
        ),
    ),
    "written under a policy that had been replaced": (
        "policy", before("execution.intent", policy(2, retires=1)),
    ),
    "evidence out of date": ("fresh", at_step("evidence.recorded", expires_at="2020-01-01T00:00:00Z")),
    "a piece of evidence that nothing tells of": ("fresh", one_piece_more),
    "an item that nobody saw": ("read_back", at_step("execution.item_settled", observed_digest=None)),
    "more applied than was settled": ("read_back", at_step("proposal.published", outcomes={"applied": 2})),
    "nothing settled": ("read_back", without("execution.item_settled")),
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", sorted(NO))
def test_one_thing_wrong_is_a_no(wrong: str) -> None:
    name, change = NO[wrong]
    found = getattr(Story().published(change), name)
    assert found.holds is False, found
    assert found.proofs


@pytest.mark.django_db
def test_a_policy_that_changed_after_the_judgement_is_a_yes_where_the_write_looked_again() -> None:
    def change(story: Story, step: str, given: dict[str, Any]) -> dict[str, Any]:
        if step == "execution.intent":
            policy(2, retires=1)(story)
            return given | {"policy_version": 2}
        return given

    found = Story().published(change).policy
    assert (found.holds, found.said) == (True, {"version": 1, "again": 2})


@pytest.mark.django_db
def test_where_an_older_release_did_not_tell_the_policy_is_not_told() -> None:
    def change(story: Story, step: str, given: dict[str, Any]) -> dict[str, Any]:
        if step == "execution.intent":
            policy(2, retires=1)(story)
            del given["policy_version"]
        return given

    assert Story().published(change).policy.holds is None


@pytest.mark.django_db
def test_a_right_that_was_taken_and_given_back_before_the_decision_holds() -> None:
    def does(story: Story) -> None:
        taken(MIA, function="merchandising")(story)
        story.tell("grant.given", ADA, about={"account": ACCOUNTS[MIA], "person": MIA}, function="merchandising")

    assert Story().published(before("mia", does)).authorised.holds is True


def test_the_first_intent_of_a_publication_tells_by_which_policy_it_was_judged_again(house: make.House) -> None:
    proposal = approved(house)
    work_until_settled(proposal, clock_after_window())
    intents = AuditEvent.objects.filter(action="execution.intent", about__proposal=str(proposal.pk))
    assert [event.data.get("policy_version") for event in intents] == [1]


def test_an_apply_in_steps_tells_it_once(house: make.House) -> None:
    proposal = approved(
        house, house.change(after=19_000), house.change(house.jacket_2, after=19_000), atomicity="all_or_compensate"
    )
    work_until_settled(proposal, clock_after_window())
    assert proposal.state == "published"
    intents = AuditEvent.objects.filter(action="execution.intent", about__proposal=str(proposal.pk)).order_by("id")
    assert intents[0].data["policy_version"] == 1


@pytest.mark.django_db
def test_a_sample_of_many_costs_the_same_statements_as_of_one(django_assert_num_queries: Any) -> None:
    first = Story()
    first.published()
    one = list(AuditEvent.objects.filter(action="proposal.published"))
    with django_assert_num_queries(7) as few:
        attributes_of(one)
    for _ in range(4):
        Story().published()
    with_grants = before("mia", lambda story: decide_right(story, takes=False))
    Story().published(with_grants)
    many = list(AuditEvent.objects.filter(action="proposal.published"))
    assert len(many) == 6
    with django_assert_num_queries(len(few) + 1):  # the tree of segments, once
        attributes_of(many)
