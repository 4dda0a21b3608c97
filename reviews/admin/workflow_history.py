"""One version of a workflow, as it was saved: what it says otherwise than the one before, and than the one in force."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from orchestr.http import SignedIn, gate
from orchestr.people.functions import Function
from orchestr.refusal import absent
from orchestr.runs.models import Run
from orchestr.workflows.models import WorkflowVersion
from reviews.admin.workflow_words import differences


@require_GET
@gate(Function.ADMIN, Function.AUDITOR, Function.ONCALL)
def version(request: SignedIn, key: str, number: int) -> HttpResponse:
    """What the runs of this version went by."""
    rows = WorkflowVersion.objects.filter(workflow__key=key, number__in=[number - 1, number])
    found = {row.number: row for row in rows.select_related("workflow", "saved_by")}
    if number not in found:
        raise absent("workflow version")
    here, before = found[number], found.get(number - 1)
    workflow = here.workflow
    current = here if workflow.version == number else workflow.versions.get(number=workflow.version)
    context = {
        "now": timezone.now(),
        "workflow": workflow,
        "version": here,
        "before": before,
        "since": [] if before is None else differences(before.definition, here.definition),
        "to_current": [] if current == here else differences(here.definition, current.definition),
        "runs": Run.objects.filter(workflow=workflow, workflow_version=number).count(),
    }
    return render(request, "admin/workflow_version.html", context)
