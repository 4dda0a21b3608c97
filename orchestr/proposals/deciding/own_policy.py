"""Nobody passes their own proposal by publishing a looser policy: as its author, by asking, or by confirming."""

import json
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from itertools import batched
from uuid import UUID

from django.db.models import F, Q

from orchestr.policy.compare import is_stricter
from orchestr.policy.evaluate import evaluate
from orchestr.policy.facts.proposal import Facts
from orchestr.policy.ruleset import Policy, loosens
from orchestr.proposals.models import Proposal, Verdict
from orchestr.refusal import Kind, Refusal
from orchestr.rulebook.publish import guarded_by

CHUNK = 200
CLOSED_FOR = timedelta(days=7)
# What shadow keeps was never to be published, and of what a newer one took the place of the newer one is asked.
NOT_MEANT = ("shadow", "superseded")


@guarded_by
def refuse_own_proposal_looser(old: Policy, new: Policy, persons: Collection[UUID], at: datetime) -> None:
    """Refuse a policy under which a proposal that is these persons' own work would need less than it does now.

    Asked of what is open, and of what ended unpublished within CLOSED_FOR: what was refused, turned down or withdrawn
    would be proposed once more. Judged on the facts that are kept with each, so both policies see the same.
    """
    if not loosens(old, new):
        return
    for proposal_id, facts in work_of(persons, since=at - CLOSED_FOR):
        if is_stricter(evaluate(facts, old), than=evaluate(facts, new)):
            raise Refusal(
                Kind.FORBIDDEN,
                "own_proposal_looser",
                "A proposal of somebody who wrote, asked for or confirms this version would need less under it.",
                next="Leave it to people who have proposed nothing there, or wait: what is open until it is decided, "
                f"what ended unpublished for {CLOSED_FOR.days} days.",
                about={"proposal": str(proposal_id)},
            )


def work_of(persons: Collection[UUID], *, since: datetime) -> Iterator[tuple[UUID, Facts]]:
    """Their own work that is open or ended unpublished since, each with the facts of its last verdict."""
    theirs = (
        Q(own_work_of__overlap=list(persons))
        | Q(agent__owner_id__in=persons)
        | Q(person_id__in=persons)
        | Q(versions__edited_by_id__in=persons)
    )
    unpublished = Q(state="blocked", settled_at__gt=since) & ~Q(blocked_reason__in=NOT_MEANT)
    found = Proposal.objects.filter(theirs, Q(state__in=("draft", "approved")) | unpublished).order_by("id").distinct()
    for ids in batched(found.values_list("id", flat=True).iterator(chunk_size=CHUNK), CHUNK, strict=False):
        latest = (
            Verdict.objects.filter(version__proposal_id__in=ids, version__number=F("version__proposal__number"))
            .order_by("version_id", "-at", "-id")
            .distinct("version_id")
        )
        for proposal_id, raw in latest.values_list("version__proposal_id", "facts"):
            yield proposal_id, Facts.from_wire(json.loads(bytes(raw)))
