"""How far a workflow reaches."""

from uuid import UUID

from orchestr.catalogue.tree import with_descendants
from orchestr.generation import kept
from orchestr.workflows.models import Workflow


@kept
def covered_by(workflow_id: UUID) -> frozenset[UUID]:
    """The ids of the workflow's segments and of all below them."""
    named = Workflow.segments.through.objects.filter(workflow_id=workflow_id)
    return with_descendants(named.values_list("segment_id", flat=True))
