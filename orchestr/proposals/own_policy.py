"""Nobody passes their own proposal by publishing a looser policy: as its author, by asking, or by confirming."""

import json
from collections.abc import Collection, Iterator
from itertools import batched
from uuid import UUID

from django.db.models import F, Q

from orchestr.policy.compare import is_stricter
from orchestr.policy.evaluate import evaluate
from orchestr.policy.facts import Facts
from orchestr.policy.ruleset import Policy, loosens
from orchestr.proposals.models import Proposal, Verdict
from orchestr.refusal import Kind, Refusal
from orchestr.rulebook.publish import guarded_by

CHUNK = 200


@guarded_by
def refuse_own_proposal_looser(old: Policy, new: Policy, persons: Collection[UUID]) -> None:
    """Refuse a policy under which an open proposal that is these persons' own work would need less than it does now.

    Judged on the facts that are kept with each proposal, so both policies see the same.
    """
    if not loosens(old, new):
        return
    for proposal_id, facts in _open_work_of(persons):
        if is_stricter(evaluate(facts, old), than=evaluate(facts, new)):
            raise Refusal(
                Kind.FORBIDDEN,
                "own_proposal_looser",
                "An open proposal of somebody who wrote, asked for or confirms this version would need less under it.",
                next="Leave it to people who have nothing open there, or wait until that proposal is decided.",
                about={"proposal": str(proposal_id)},
            )


def _open_work_of(persons: Collection[UUID]) -> Iterator[tuple[UUID, Facts]]:
    theirs = (
        Q(own_work_of__overlap=list(persons))
        | Q(agent__owner_id__in=persons)
        | Q(person_id__in=persons)
        | Q(versions__edited_by_id__in=persons)
    )
    open_ids = Proposal.objects.filter(theirs, state__in=("draft", "approved")).order_by("id").distinct()
    for ids in batched(open_ids.values_list("id", flat=True).iterator(chunk_size=CHUNK), CHUNK, strict=False):
        latest = (
            Verdict.objects.filter(version__proposal_id__in=ids, version__number=F("version__proposal__number"))
            .order_by("version_id", "-at", "-id")
            .distinct("version_id")
        )
        for proposal_id, raw in latest.values_list("version__proposal_id", "facts"):
            yield proposal_id, Facts.from_wire(json.loads(bytes(raw)))
