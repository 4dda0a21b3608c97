"""Nobody passes their own proposal by lifting the lock or promise that it breaks."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from orchestr.commitments.commit import guarded_by
from orchestr.commitments.models import Commitment
from orchestr.policy.compare import is_stricter
from orchestr.policy.evaluate import evaluate
from orchestr.policy.facts.proposal import Facts
from orchestr.proposals.deciding.own_policy import CLOSED_FOR, work_of
from orchestr.refusal import Kind, Refusal
from orchestr.rulebook.in_force import in_force


@guarded_by
def refuse_own_proposal_freed(standing: Commitment, person_id: UUID | None, at: datetime) -> None:
    """Refuse to lift what a proposal of this person's own breaks, open or ended unpublished within CLOSED_FOR.

    Judged on the facts that are kept with each, once as they are and once without it.
    """
    if person_id is None:
        return
    policy = in_force(at=at)
    for proposal_id, facts in work_of({person_id}, since=at - CLOSED_FOR):
        freed = _without(facts, str(standing.pk))
        if freed is not None and is_stricter(evaluate(facts, policy), than=evaluate(freed, policy)):
            raise Refusal(
                Kind.FORBIDDEN,
                "own_proposal_freed",
                "A proposal of your own would need less without this.",
                next="Leave it to somebody whose own work it does not hold.",
                about={"commitment": str(standing.pk), "proposal": str(proposal_id)},
            )


def _without(facts: Facts, commitment: str) -> Facts | None:
    """The same facts with this one lifted; None where it was not among them."""
    if facts.around is None:
        return None
    rest = tuple(each for each in facts.around.commitments if each.id != commitment)
    return (
        None
        if len(rest) == len(facts.around.commitments)
        else replace(facts, around=replace(facts.around, commitments=rest))
    )
