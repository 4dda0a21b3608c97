"""The shop is down: a harmless change is proposed, and the sandbox answers nothing while it goes out.

Nothing may be written meanwhile and nothing may be lost: the system's breaker opens, closes when it is back, and what
waited is written, once.
"""

from orchestr.connectors.base import ConnectorError
from orchestr.drills.agent import Wanted, begin_run, observe, propose, read_target, value_in
from orchestr.drills.expect import Answer, Expectation, met, not_met, not_yet
from orchestr.drills.models import Drill
from orchestr.drills.outage import play_dead
from orchestr.drills.scenarios.base import Clock, Scenario
from orchestr.drills.seen import Fact, Seen, look
from orchestr.drills.step import step
from orchestr.proposals.models import Proposal
from orchestr.refusal import Kind, Refusal

# Longer than a drill goes without being played, so that the outage holds from look to look; it ends by itself.
OUTAGE_S = 20
OVER = ("blocked", "reverted")


def propose_and_go_down(drill: Drill, clock: Clock) -> bool:
    """One per cent more for the target; the sandbox is down before anybody can say yes."""
    read = read_target(drill, at=clock())
    before = value_in(drill, read)
    wanted = Wanted(
        "This price may rise by a hundredth.",
        "A rehearsal: the change is harmless, and the shop will be down when it goes out.",
        before | {"amount": before["amount"] + max(1, before["amount"] // 100)},
    )
    _down(drill)
    with step(drill) as locked:
        at = clock()
        run = begin_run(locked, name="outage", at=at)
        propose(locked, run, wanted, before=before, evidence=observe(run, read, at=at), at=at)
    return True


def stay_down(drill: Drill, clock: Clock) -> bool:
    """Down until the breaker has opened, or nothing is left to go out."""
    seen = look(drill)
    if _opened(seen) is None and not _over(seen):
        _down(drill)
        return False
    with step(drill):
        pass
    return True


def kept(seen: Seen) -> Answer:
    """Nothing is written until the breaker has opened and closed again."""
    if (ended := _ended(seen)) is not None:
        return ended
    opened, closed = _opened(seen), _closed(seen)
    written = _written(seen)
    if written and (opened is None or closed is None or written[0].at < closed.at):
        return not_met("written_meanwhile", written[0])
    return not_yet("waiting_for_people") if opened is None else met("waits_for_breaker", opened)


def breaker(seen: Seen) -> Answer:
    if (ended := _ended(seen)) is not None:
        return ended
    opened = _opened(seen)
    return not_yet() if opened is None else met("breaker_opened", opened, failures=opened.data["failures"])


def closed(seen: Seen) -> Answer:
    if (ended := _ended(seen)) is not None:
        return ended
    found = _closed(seen)
    return not_yet() if found is None else met("breaker_closed", found)


def written(seen: Seen) -> Answer:
    """Published in the end, by one write."""
    if (ended := _ended(seen)) is not None:
        return ended
    published = seen.first("proposal.published")
    if published is None:
        return not_yet("waits_for_breaker" if _opened(seen) else "waiting_for_people")
    return met("written_after_all", published) if len(_written(seen)) == 1 else not_met("lost", published)


def _down(drill: Drill) -> None:
    try:
        play_dead(drill.system, seconds=OUTAGE_S)
    except (ConnectorError, ValueError):
        raise Refusal(
            Kind.CONFLICT,
            "no_outage",
            "The sandbox cannot be told to play dead.",
            next="See that it answers, that it is marked as a sandbox, and start the drill again.",
            about={"workflow": str(drill.workflow_id)},
        ) from None


def _ended(seen: Seen) -> Answer | None:
    """Where it never went out there is nothing to look at."""
    if _over(seen):
        stopped = seen.first("proposal.blocked", "proposal.superseded", "proposal.expired")
        return not_met("not_published", stopped, state=_proposal(seen).state)
    return None if seen.proposals else not_yet()


def _over(seen: Seen) -> bool:
    return bool(seen.proposals) and _proposal(seen).state in OVER


def _proposal(seen: Seen) -> Proposal:
    return seen.proposals[0]


def _opened(seen: Seen) -> Fact | None:
    return seen.first("breaker.opened")


def _closed(seen: Seen) -> Fact | None:
    opened = _opened(seen)
    return next((each for each in seen.all("breaker.closed") if opened and each.at >= opened.at), None)


def _written(seen: Seen) -> list[Fact]:
    return [each for each in seen.all("execution.item_settled") if each.data.get("outcome") == "applied"]


SHOP_DOWN = Scenario(
    name="shop_down",
    kinds=frozenset({"money"}),
    acts=(propose_and_go_down, stay_down),
    expectations=(
        Expectation("kept", kept),
        Expectation("breaker", breaker),
        Expectation("closed", closed),
        Expectation("written", written),
    ),
    plays_dead=True,
)
