"""Work for the queue: price proposals of the repricer, through the same operations as over the API."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import batched

from django.db import transaction
from django.utils import timezone

from audit.record import Actor
from orchestr.agents.models import AgentToken
from orchestr.catalogue.models import FieldValue
from orchestr.catalogue.plans import ProposedChange
from orchestr.catalogue.tree import with_descendants
from orchestr.catalogue.view import Reader
from orchestr.policy.values import Address
from orchestr.proposals.models import Proposal
from orchestr.proposals.submitting.content import AgentProposer, Content
from orchestr.proposals.submitting.submit import submit
from orchestr.refusal import Refusal
from orchestr.runs.events import SourceEvent
from orchestr.runs.evidence import Bringer, record_observed
from orchestr.runs.finish import finish
from orchestr.runs.models import Evidence, Run
from orchestr.runs.reads import Place, read_for_evidence
from orchestr.runs.start import start_run
from orchestr.workflows.models import Workflow

A_RUN = 40  # proposals of one run
CUTS_BP = (300, 500, 800, 1_200, 1_500, 2_000)


def propose(count: int, *, workflow_key: str = "clearance") -> Counter[str]:
    """Submit up to `count` proposals of one price each, as many as there are prices; returns how many in which state.

    The same prices come in the same order every time, so that a second call supersedes the first.
    """
    workflow = Workflow.objects.select_related("agent").get(key=workflow_key)
    token = AgentToken.objects.select_related("agent", "agent__owner").filter(agent=workflow.agent).latest("issued_at")
    reader = Reader(with_descendants(workflow.segments.values_list("id", flat=True)))
    chance = random.Random(count)
    states: Counter[str] = Counter()
    for prices in batched(_prices(reader, workflow.channels, count), A_RUN, strict=False):
        states.update(_one_run(workflow, token, reader, prices, chance))
    return states


def _prices(reader: Reader, channels: Sequence[str], count: int) -> Iterator[FieldValue]:
    visible = reader.resources().filter(type="variant").values("pk")
    rows = FieldValue.objects.filter(resource__in=visible, field="price", address__channel__in=channels)
    yield from rows.select_related("resource").order_by("address_key", "resource__key")[:count]


def _one_run(
    workflow: Workflow, token: AgentToken, reader: Reader, prices: Sequence[FieldValue], chance: random.Random
) -> list[str]:
    at = timezone.now()
    by = Actor.agent(token.agent_id)
    places = [
        Place(type="variant", key=row.resource.key, field="price", address=Address.parse(row.address)) for row in prices
    ]
    read = read_for_evidence(reader=reader, places=places)
    with transaction.atomic(durable=True):
        event = SourceEvent(id=f"seed-{at.isoformat()}", type="orchestr.seed", source="/seed_demo")
        run = start_run(agent=token.agent, workflow=workflow, source_event=event, by=by, at=at)
        evidence = record_observed(bringer=Bringer.run(run), read=read, at=at)
    states = [_submit(token, run, row, chance) for row in evidence]
    with transaction.atomic(durable=True):
        finish(
            run_id=run.pk, agent_id=token.agent_id, outcome="done", summary="Seeded for the queue.", at=timezone.now()
        )
    return states


def _submit(token: AgentToken, run: Run, evidence: Evidence, chance: random.Random) -> str:
    cut = chance.choice(CUTS_BP)
    before, resource = evidence.value, evidence.resource
    if resource is None or before is None:
        raise ValueError("observed evidence names its resource and holds its value")
    after = {**before, "amount": before["amount"] * (10_000 - cut) // 10_000}
    change = ProposedChange(
        index=0,
        type=resource.type,
        key=resource.key,
        field="price",
        address=Address.parse(evidence.address),
        before=before,
        after=after,
    )
    content = Content(
        summary=f"Lower {resource.key} by {cut / 100:g} %.",
        rationale="Seeded work: the price comes down by a fixed share, so that the queue has something to show.",
        confidence_bp=9_000,
        atomicity="per_item",
        evidence=(evidence.pk,),
        changes=(change,),
    )
    try:
        with transaction.atomic(durable=True):
            proposal: Proposal = submit(proposer=AgentProposer(token, run), content=content, at=timezone.now())
    except Refusal as refused:
        return f"refused: {refused.code}"
    return str(proposal.state)
