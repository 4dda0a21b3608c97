"""Everything that may happen next, with how often: proposals and what becomes of them, and what governs them."""

from datetime import timedelta

from audit.actors import Actor
from orchestr.agents.grants import Extent, revoke_scope, set_scope
from orchestr.agents.models import Agent, AgentToken, Scope
from orchestr.agents.register import register_agent
from orchestr.agents.retire import retire_agent
from orchestr.agents.tokens import issue_token, revoke_token
from orchestr.commitments.commit import Asked, commit
from orchestr.commitments.commit import lift as lift_commitment
from orchestr.commitments.models import Commitment
from orchestr.execution.revert import request_revert
from orchestr.execution.revert_plan import plan_revert
from orchestr.freezes.freeze import freeze, request_thaw
from orchestr.freezes.models import Freeze
from orchestr.freezes.targets import Target
from orchestr.governance.grants import request_function, request_right
from orchestr.keeping.erase import request_erasure
from orchestr.keeping.hold import HeldTarget, hold, request_lift
from orchestr.keeping.models import LegalHold
from orchestr.people.functions import Function
from orchestr.people.grants import RIGHTS, take_function, take_right
from orchestr.people.models import Account, SegmentAccountGrant
from orchestr.proposals.close import close
from orchestr.proposals.deciding.decide import REASON_CODES, Reason, approve, block, request_changes
from orchestr.proposals.deciding.narrowing import Edit
from orchestr.proposals.deciding.take_back import take_back
from orchestr.proposals.exceptions.course import confirm_exception, reject_exception
from orchestr.proposals.exceptions.models import PolicyException
from orchestr.proposals.exceptions.request import request_exception
from orchestr.proposals.models import Proposal
from orchestr.proposals.rejudging.again import rejudge
from orchestr.proposals.states import BlockedReason
from orchestr.proposals.submitting.content import AgentProposer, PersonProposer, Proposer
from orchestr.proposals.submitting.revise import narrow, revise
from orchestr.proposals.submitting.submit import submit
from orchestr.refusal import Refusal
from orchestr.rulebook.drafts import draft_policy
from orchestr.rulebook.models import PolicyVersion
from orchestr.rulebook.publish import request_publication
from orchestr.runs.events import SourceEvent
from orchestr.runs.finish import finish
from orchestr.runs.models import Run
from orchestr.runs.start import start_run
from orchestr.triggers.define import define_trigger, pause_trigger, resume_trigger
from orchestr.triggers.definition import Definition
from orchestr.triggers.dispatch import dispatch
from orchestr.triggers.models import Trigger
from orchestr.workflows.define import set_enabled
from orchestr.workflows.models import Stage
from orchestr.workflows.stage import set_stage
from tests.proposals.propose import content
from tests.reconciling.random.company import SEGMENTS, WHY, Company

WORKER = Actor.worker("sweeper")


def start_a_run(c: Company) -> None:
    event = SourceEvent(id=f"e-{c.next()}", type="price.drift", source="test")
    agent, flow = c.house.agent, c.house.workflow
    act = lambda: start_run(agent=agent, workflow=flow, source_event=event, by=Actor.agent(agent.pk), at=c.clock.now)  # noqa: E731
    agent.refresh_from_db()
    flow.refresh_from_db()
    c.do("run started", act)


def _proposer(c: Company) -> Proposer | None:
    if c.random.random() < 0.4:
        return PersonProposer(c.somebody(c.house.people.mia, c.house.people.marco, c.house.people.fay))
    run = c.one_of(Run.objects.filter(agent=c.house.agent, state="running"))
    token = AgentToken.objects.select_related("agent", "agent__owner").filter(agent=c.house.agent, revoked_at=None)
    return AgentProposer(token=token[0], run=run) if run is not None and token else None


def _changes(c: Company) -> list[dict[str, object]]:
    goods = c.random.sample(c.goods, c.random.choice((1, 1, 1, 2, 4)))
    # A few per cent, a quarter, below cost, and up.
    shares = (99, 98, 95, 95, 90, 78, 35, 101, 104)
    changes = []
    for each in goods:
        now = int(c.house.price(each).value["amount"])
        changes.append(c.house.change(each, after=now * c.random.choice(shares) // 100))
    return changes


def propose(c: Company) -> None:
    proposer = _proposer(c)
    if proposer is None:
        return start_a_run(c)
    atomicity = c.random.choice(("per_item", "per_item", "all_or_compensate"))
    body = content(c.house, _changes(c), proposer, atomicity=atomicity)
    by = proposer.account if isinstance(proposer, PersonProposer) else None
    c.do("submitted", lambda: submit(proposer=proposer, content=body, at=c.clock.now), by=by)
    return None


def propose_anew(c: Company) -> None:
    proposer, proposal = _proposer(c), c.proposal("draft", "approved")
    if proposer is None or proposal is None:
        return
    body = content(c.house, _changes(c), proposer)
    act = lambda: revise(  # noqa: E731
        proposal_id=proposal.pk, digest=proposal.digest, proposer=proposer, content=body, at=c.clock.now
    )
    c.do("revised", act, by=proposer.account if isinstance(proposer, PersonProposer) else None)


def _decider(c: Company) -> Account:
    cast = c.house.people
    return c.somebody(cast.mia, cast.marco, cast.fay, cast.fay)


def say_yes(c: Company) -> None:
    by, proposal = _decider(c), c.proposal("draft")
    if proposal is not None:
        act = lambda: approve(proposal_id=proposal.pk, digest=proposal.digest, by=by, at=c.clock.now)  # noqa: E731
        c.do("yes", act, by=by)


def say_no(c: Company) -> None:
    by, proposal = _decider(c), c.proposal("draft", "draft", "approved")
    if proposal is None:
        return
    reason = Reason(code=c.random.choice(REASON_CODES), text=WHY)
    says = c.random.choice((block, request_changes))
    act = lambda: says(proposal_id=proposal.pk, digest=proposal.digest, by=by, reason=reason, at=c.clock.now)  # noqa: E731
    c.do(says.__name__, act, by=by)


def change_ones_mind(c: Company) -> None:
    by, proposal = _decider(c), c.proposal("draft", "approved")
    if proposal is not None:
        c.do("taken back", lambda: take_back(proposal_id=proposal.pk, by=by, at=c.clock.now), by=by)


def drop_an_item(c: Company) -> None:
    by, proposal = _decider(c), c.proposal("draft")
    if proposal is not None:
        edits = {0: Edit(reason="timing", drop=True)}
        act = lambda: narrow(  # noqa: E731
            proposal_id=proposal.pk, digest=proposal.digest, edits=edits, by=by, at=c.clock.now
        )
        c.do("narrowed", act, by=by)


def close_one(c: Company) -> None:
    proposal = c.proposal("draft", "approved")
    if proposal is not None:
        reason = c.random.choice((BlockedReason.EXPIRED, BlockedReason.WITHDRAWN, BlockedReason.CONTAINED))
        act = lambda: close(proposal_id=proposal.pk, reason=reason, by=WORKER, at=c.clock.now)  # noqa: E731
        c.do(str(reason), act)


def judge_anew(c: Company) -> None:
    proposal = c.proposal("draft", "approved")
    if proposal is not None:
        c.do("judged", lambda: rejudge(proposal_id=proposal.pk, occasion="policy", by=WORKER, at=c.clock.now))


def put_back(c: Company) -> None:
    by, proposal = c.somebody(c.house.people.omar, c.house.people.olga), c.proposal("published")
    if proposal is None:
        return

    # The systems are asked first, as the page does it: never inside a transaction.
    try:
        plan = plan_revert(proposal_id=proposal.pk, account=by, at=c.clock.now)
    except Refusal as refusal:
        c.refused[refusal.code] += 1
        return
    act = lambda: request_revert(plan=plan, choices={}, digest=plan.digest, by=by, why=WHY, at=c.clock.now)  # noqa: E731
    c.do("revert asked for", act, by=by)


def ask_an_exception(c: Company) -> None:
    by, proposal = _decider(c), c.one_of(Proposal.objects.filter(state="blocked", blocked_reason="policy"))
    if proposal is None:
        return
    verdict = proposal.versions.get(number=proposal.number).verdicts.order_by("-at", "-id").first()
    rules = [each["rule"] for each in verdict.findings if each["effect"] == "refuse"] if verdict else []
    if rules:
        act = lambda: request_exception(  # noqa: E731
            proposal_id=proposal.pk, rule=c.random.choice(rules), reason=WHY, until=c.clock.now + timedelta(hours=4),
            by=Actor.person(by.pk, by.person_id), person_id=by.person_id, at=c.clock.now,
        )  # fmt: skip
        c.do("exception asked for", act, by=by)


def settle_an_exception(c: Company) -> None:
    by, row = _decider(c), c.one_of(PolicyException.objects.filter(state="requested"))
    if row is None:
        return
    if c.random.random() < 0.8:
        act = lambda: confirm_exception(exception_id=row.pk, digest=row.digest, by=by, at=c.clock.now)  # noqa: E731
        c.do("exception confirmed", act, by=by)
    else:
        c.do("exception rejected", lambda: reject_exception(exception_id=row.pk, by=by, at=c.clock.now), by=by)


def stop(c: Company) -> None:
    by = c.somebody(c.house.people.omar, c.house.people.ada)
    target = Target.parse(c.random.choice(("connector:shop", "segment:apparel", "workflow:clearance", "all")))
    if c.random.random() < 0.6:
        actor = Actor.person(by.pk, by.person_id)
        c.do("frozen", lambda: freeze(target=target, why=WHY, by=actor, at=c.clock.now), by=by)
    standing = c.one_of(Freeze.objects.filter(thawed_at=None))
    if standing is not None:
        asked = Target.parse(standing.target)
        c.do("thaw asked for", lambda: request_thaw(target=asked, why=WHY, by=by, at=c.clock.now), by=by)


def keep_something(c: Company) -> None:
    by, cast = c.somebody(c.house.people.lena, c.house.people.aud), c.spare
    proposal = c.proposal("draft", "published", "blocked")
    targets = [f"person:{c.random.choice(cast).person_id}"] + ([f"proposal:{proposal.pk}"] if proposal else [])
    actor, target = Actor.person(by.pk, by.person_id), HeldTarget.parse(c.random.choice(targets))
    c.do("held", lambda: hold(target=target, why=WHY, by=actor, at=c.clock.now), by=by)


def ask_to_lift_a_hold(c: Company) -> None:
    by, row = c.somebody(c.house.people.lena, c.house.people.aud), c.one_of(LegalHold.objects.filter(lifted_at=None))
    if row is not None:
        c.do("lift asked for", lambda: request_lift(hold_id=row.pk, why=WHY, by=by, at=c.clock.now), by=by)


def change_a_scope(c: Company) -> None:
    by, scope = c.somebody(c.house.people.ada, c.spare[0]), c.one_of(Scope.objects.filter(agent=c.house.agent))
    if scope is None:
        return
    extent = Extent(
        segments=frozenset(c.random.sample(SEGMENTS[:4:3], c.random.choice((1, 2, 2)))),
        channels=frozenset(("web-de", "web-uk") if c.random.random() < 0.8 else ("web-de",)),
        limits={} if c.random.random() < 0.5 else {"changes_per_proposal": c.random.choice((2, 50))},
    )
    act = lambda: set_scope(  # noqa: E731
        agent_id=scope.agent_id, tool_id=scope.tool_id, extent=extent, reason=WHY, by=by, at=c.clock.now
    )
    c.do("scope set", act, by=by)


def revoke_a_scope(c: Company) -> None:
    by, scope = c.house.people.ada, c.one_of(Scope.objects.filter(revoked_at=None))
    if scope is not None:
        c.do("scope revoked", lambda: revoke_scope(scope_id=scope.pk, by=by, at=c.clock.now), by=by)


def change_the_policy(c: Company) -> None:
    by, draft = c.somebody(c.house.people.ada, c.spare[0]), c.one_of(PolicyVersion.objects.filter(state="draft"))
    standing = PolicyVersion.objects.standing(c.clock.now)
    if draft is None and standing is not None:
        rules = standing.rules
        act = lambda: draft_policy(rules=rules, by=by, at=c.clock.now, examples=[])  # noqa: E731
        c.do("policy drafted", act, by=by)
    elif draft is not None:
        act = lambda: request_publication(number=draft.number, reason=WHY, by=by, at=c.clock.now)  # noqa: E731
        c.do("policy asked for", act, by=by)


def change_rights(c: Company) -> None:
    by, whose = c.somebody(c.house.people.ada, c.spare[0]), c.random.choice(c.spare)
    right, where = c.random.choice(RIGHTS), c.random.choice(SEGMENTS)
    function = str(c.random.choice((Function.FINANCE, Function.LEGAL, Function.ONCALL)))
    held = c.one_of(SegmentAccountGrant.objects.filter(user__in=c.spare))
    doing = c.random.randrange(4)
    if doing == 0:
        act = lambda: request_right(  # noqa: E731
            account_id=whose.pk, right=right, segment=where, reason=WHY, by=by, at=c.clock.now
        )
        c.do("right asked for", act, by=by)
    elif doing == 1:
        act = lambda: request_function(  # noqa: E731
            account_id=whose.pk, function=function, reason=WHY, by=by, at=c.clock.now
        )
        c.do("function asked for", act, by=by)
    elif doing == 2 and held is not None:
        code, place = held.permission.codename, held.content_object.key
        act = lambda: take_right(account_id=held.user_id, right=code, segment=place, by=by, at=c.clock.now)  # noqa: E731
        c.do("right taken", act, by=by)
    else:
        act = lambda: take_function(account_id=whose.pk, function=function, by=by, at=c.clock.now)  # noqa: E731
        c.do("function taken", act, by=by)


def ask_to_erase(c: Company) -> None:
    by, who = c.somebody(c.house.people.ada, c.spare[0]), c.random.choice(c.spare[2:])
    act = lambda: request_erasure(person_id=who.person_id, reason=WHY, by=by, at=c.clock.now)  # noqa: E731
    c.do("erasure asked for", act, by=by)


def change_agents(c: Company) -> None:
    by = c.somebody(c.house.people.ada, c.spare[0])
    other = c.one_of(Agent.objects.filter(retired_at=None).exclude(pk=c.house.agent.pk))
    token = c.one_of(AgentToken.objects.filter(revoked_at=None).exclude(agent=c.house.agent))
    doing = c.random.randrange(4)
    if doing == 0 or other is None:
        key = f"agent-n{c.next()}"
        act = lambda: register_agent(  # noqa: E731
            key=key, name=key, description="", owner=c.house.people.ada.person, by=by, at=c.clock.now
        )
        c.do("agent registered", act, by=by)
    elif doing == 1 and token is not None:
        c.do("token revoked", lambda: revoke_token(token_id=token.pk, by=by, at=c.clock.now), by=by)
    elif doing == 2:
        c.do("agent retired", lambda: retire_agent(agent_id=other.pk, by=by, at=c.clock.now), by=by)
    else:
        c.do("token issued", lambda: issue_token(agent_id=other.pk, by=by, at=c.clock.now), by=by)


def change_the_workflow(c: Company) -> None:
    by, flow = c.somebody(c.house.people.ada, c.spare[0]), c.house.workflow
    flow.refresh_from_db()
    if not flow.enabled or c.random.random() < 0.2:
        act = lambda: set_enabled(workflow_id=flow.pk, enabled=not flow.enabled, by=by, at=c.clock.now)  # noqa: E731
        c.do("workflow switched", act, by=by)
    else:
        stage = c.random.choice((Stage.SHADOW, Stage.SUPERVISED, Stage.TRUSTED))
        act = lambda: set_stage(workflow_id=flow.pk, stage=stage, reason=WHY, by=by, at=c.clock.now)  # noqa: E731
        c.do("stage set", act, by=by)


def lock_a_thing(c: Company) -> None:
    by, goods, row = _decider(c), c.random.choice(c.goods), c.one_of(Commitment.objects.filter(lifted_at=None))
    if row is not None and c.random.random() < 0.6:
        act = lambda: lift_commitment(commitment_id=row.pk, reason=WHY, by=by, at=c.clock.now)  # noqa: E731
        c.do("lock lifted", act, by=by)
    else:
        until = c.clock.now + timedelta(minutes=5)
        asked = Asked(kind="reprice", type="variant", key=goods.key, channel="", until=until, why=WHY)
        c.do("locked", lambda: commit(asked=asked, by=by, at=c.clock.now), by=by)


def let_events_come(c: Company) -> None:
    by, trigger = c.somebody(c.house.people.ada), c.one_of(Trigger.objects.all())
    if trigger is None or (c.random.random() < 0.1 and Trigger.objects.count() < 3):
        key, plain = f"trigger-{c.next()}", Definition(types=("stock.*",))
        act = lambda: define_trigger(  # noqa: E731
            key=key, name=key, workflow_id=c.house.workflow.pk, definition=plain, reason=WHY, by=by, at=c.clock.now
        )
        c.do("trigger defined", act, by=by)
    elif c.random.random() < 0.3:
        turn = pause_trigger if trigger.paused_at is None else resume_trigger
        c.do(turn.__name__, lambda: turn(trigger_id=trigger.pk, by=by, at=c.clock.now), by=by)
    else:
        event = SourceEvent(id=f"s-{c.next()}", type="stock.slow", source="shop", subject=c.random.choice(c.goods).key)
        c.do("event came", lambda: dispatch(event=event, by=WORKER, at=c.clock.now))


def finish_a_run(c: Company) -> None:
    run = c.one_of(Run.objects.filter(state="running"))
    if run is not None:
        how = c.random.choice(("done", "failed"))
        act = lambda: finish(run_id=run.pk, agent_id=run.agent_id, outcome=how, summary="", at=c.clock.now)  # noqa: E731
        c.do("run ended", act)


# How often: the main job mostly, what governs it now and then.
ACTS = {
    propose: 24, say_yes: 34, Company.drain: 22, say_no: 4, change_ones_mind: 4, drop_an_item: 4, propose_anew: 3,
    close_one: 3, judge_anew: 4, put_back: 6, ask_an_exception: 4, settle_an_exception: 6, start_a_run: 5,
    finish_a_run: 2, stop: 2, keep_something: 3, ask_to_lift_a_hold: 2, change_a_scope: 4, revoke_a_scope: 1,
    change_the_policy: 3, change_rights: 5, ask_to_erase: 1, change_agents: 4, change_the_workflow: 2, lock_a_thing: 4,
    let_events_come: 5, Company.settle_a_request: 16, Company.pass_by: 6,
}  # fmt: skip
