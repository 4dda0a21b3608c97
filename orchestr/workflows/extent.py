"""How far a workflow reaches."""

from datetime import datetime
from uuid import UUID

from orchestr.catalogue.rules.members import in_date
from orchestr.catalogue.tree import tree, with_descendants
from orchestr.generation import kept
from orchestr.workflows.models import Workflow


@kept
def covered_by(workflow_id: UUID) -> frozenset[UUID]:
    """The ids of the workflow's segments and of all below them."""
    named = Workflow.segments.through.objects.filter(workflow_id=workflow_id)
    return with_descendants(named.values_list("segment_id", flat=True))


def reached_by(workflow_id: UUID, *, at: datetime) -> frozenset[UUID]:
    """The same, without the rules of which it is not known any more what they hold: those give no right."""
    found = covered_by(workflow_id)
    named = tree().rules & found
    return found - (named - in_date(at=at)) if named else found
