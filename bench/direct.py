"""A submission by the operation itself, without HTTP: for parts that measure what follows."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from bench.company import Client, Company
from orchestr.agents.models import AgentToken
from orchestr.catalogue.plans import ProposedChange
from orchestr.proposals.submitting.content import Content
from orchestr.proposals.submitting.submit import submit_in_run


def submitted(company: Company, client: Client, keys: list[str]) -> UUID:
    """The id of a proposal on these variants."""
    token = AgentToken.objects.select_related("agent").get(agent=client.agent)
    body = company.body(keys)
    content = Content(
        summary=body["summary"],
        rationale=body["rationale"],
        confidence_bp=9_000,
        atomicity="per_item",
        evidence=tuple(UUID(each) for each in body["evidence"]),
        changes=tuple(ProposedChange.parse(index, each) for index, each in enumerate(body["changes"])),
    )
    with transaction.atomic():
        return submit_in_run(token=token, run_id=client.run_id, content=content, at=timezone.now()).proposal.pk
