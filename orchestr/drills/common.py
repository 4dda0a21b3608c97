"""Expectations that several scenarios share: who noticed a proposal, what stopped it, whether it was put back."""

from orchestr.drills.expect import Answer, met, not_met, not_yet
from orchestr.drills.seen import Fact, Seen
from orchestr.proposals.models import Proposal, Verdict

STOPS = ("proposal.blocked", "proposal.superseded", "proposal.expired", "incident.contained", "revert.requested")


def detected(seen: Seen) -> Answer:
    """Policy refuses it, or asks two people."""
    proposal = _proposal(seen)
    if proposal is None:
        return not_yet()
    about = str(proposal.pk)
    submitted = seen.first("proposal.submitted", proposal=about)
    blocked = seen.first("proposal.blocked", proposal=about)
    if blocked is not None and blocked.data.get("by_policy"):
        return met("refused_by_policy", blocked, rules=rules_in(blocked))
    if submitted is None:
        return not_yet()
    if submitted.data["tier"] == "dual":
        return met("asks_two", submitted, functions=list(submitted.data["functions"]))
    return not_met("let_through", submitted, tier=submitted.data["tier"])


def contained(seen: Seen) -> Answer:
    """It is blocked before anything is written, or stopped afterwards."""
    proposal = _proposal(seen)
    if proposal is None:
        return not_yet()
    stopped = next(
        (each for each in seen.all(*STOPS) if each.about.get("proposal") == str(proposal.pk) and not _own(each)), None
    )
    if stopped is not None:
        return met("blocked" if stopped.action.startswith("proposal.") else "stopped", stopped)
    return not_yet("nobody_has_stopped_it" if proposal.state == "published" else "waiting_for_people")


def put_back(seen: Seen) -> Answer:
    """Nothing of it stands in the sandbox: never written, or all of it restored."""
    proposal = _proposal(seen)
    if proposal is None:
        return not_yet()
    if proposal.state == "reverted":
        return met("put_back", seen.first("proposal.reverted", proposal=str(proposal.pk)))
    if proposal.state == "blocked" and proposal.pk not in seen.written:
        stopped = seen.first("proposal.blocked", "proposal.superseded", "proposal.expired", proposal=str(proposal.pk))
        return met("nothing_written", stopped)
    return not_yet("still_written" if proposal.pk in seen.written else "waiting_for_people")


def findings_of(proposal: Proposal) -> list[str]:
    """The rules that had something to say of its first verdict."""
    first = Verdict.objects.filter(version__proposal=proposal).order_by("at", "id").first()
    return sorted({each["rule"] for each in first.findings}) if first is not None else []


def rules_in(fact: Fact) -> list[str]:
    """The rules whose findings an event names."""
    return sorted({each["rule"] for each in fact.data.get("findings", [])})


def _proposal(seen: Seen) -> Proposal | None:
    return seen.proposals[0] if seen.proposals else None


def _own(fact: Fact) -> bool:
    """Whether the drill itself tidied up."""
    return fact.by_kind == "worker" and fact.by == "drills"
