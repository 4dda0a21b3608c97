"""A stale feed: what is proposed rests on a value that has moved, and then on a reading of days ago."""

from datetime import timedelta

from audit.record import record_refusal
from orchestr.drills.agent import BY, Wanted, begin_run, propose, read_target, value_in
from orchestr.drills.common import findings_of
from orchestr.drills.expect import Answer, Expectation, met, not_met, not_yet
from orchestr.drills.models import Drill
from orchestr.drills.scenarios.base import Clock, Scenario
from orchestr.drills.seen import Seen
from orchestr.drills.step import step
from orchestr.refusal import Refusal
from orchestr.runs.evidence import Bringer, record_claimed

OLD = timedelta(days=3)
WANTED = "A rehearsal: the feed behind this has stood still for days."


def propose_on_a_moved_value(drill: Drill, clock: Clock) -> bool:
    """Names a value before the change that the sandbox does not hold."""
    live = value_in(drill, read_target(drill, at=clock()))
    stale = live | {"amount": live["amount"] + 1}
    wanted = Wanted("A little less.", WANTED, live | {"amount": max(1, live["amount"] - 1)})
    try:
        with step(drill) as locked:
            at = clock()
            propose(locked, begin_run(locked, name="moved", at=at), wanted, before=stale, evidence=(), at=at)
    except Refusal as refusal:
        with step(drill) as locked:
            record_refusal(
                actor=BY,
                at=clock(),
                code=refusal.code,
                door="task:drills",
                about={"drill": str(locked.pk)},
                params=refusal.params,
                segments=locked.touched,
            )
    return True


def propose_on_an_old_reading(drill: Drill, clock: Clock) -> bool:
    """The value before is right, and the evidence is one that somebody brings from days ago."""
    live = value_in(drill, read_target(drill, at=clock()))
    wanted = Wanted("A little less.", WANTED, live | {"amount": max(1, live["amount"] * 98 // 100)})
    with step(drill) as locked:
        at = clock()
        run = begin_run(locked, name="old", at=at)
        brought = record_claimed(
            bringer=Bringer(BY, run_id=run.pk), source="drill:feed", observed_at=at - OLD, value=live, at=at
        )
        propose(locked, run, wanted, before=live, evidence=(brought.pk,), at=at)
    return True


def moved(seen: Seen) -> Answer:
    if seen.drill.phase < 1:
        return not_yet()
    fact = next((each for each in seen.all("refused") if each.data["code"] == "before_moved"), None)
    return not_met("taken_as_true") if fact is None else met("before_moved", fact)


def stale(seen: Seen) -> Answer:
    if seen.drill.phase < 2:
        return not_yet()
    proposal = seen.proposals[-1]
    rules = [each for each in findings_of(proposal) if each.startswith("evidence")]
    submitted = seen.first("proposal.submitted", proposal=str(proposal.pk))
    if not rules or proposal.tier == "none":
        return not_met("evidence_ignored", submitted)
    if proposal.blocked_reason == "policy":
        return met("evidence_refused", seen.first("proposal.blocked", proposal=str(proposal.pk)), rules=rules)
    if proposal.tier == "dual":
        return met("evidence_raised", submitted, rules=rules)
    return not_met("evidence_ignored", submitted)


STALE_FEED = Scenario(
    name="stale_feed",
    kinds=frozenset({"money"}),
    acts=(propose_on_a_moved_value, propose_on_an_old_reading),
    expectations=(Expectation("moved", moved), Expectation("stale", stale)),
)
