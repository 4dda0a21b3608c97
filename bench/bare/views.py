"""A submission as a team writes it in a week: read the body, insert proposal, version and exposure, answer.

No policy, no plan, no scopes, no evidence, no audit, no idempotency, nobody to superseded, no hints.
"""

import hashlib
import json
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from orchestr.agents.models import AgentToken
from orchestr.catalogue.models import SegmentSet
from orchestr.proposals.models import Exposure, Proposal, Version
from orchestr.runs.models import Run


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


@csrf_exempt
def propose(request: HttpRequest, run_id: UUID) -> HttpResponse:
    text = request.headers["Authorization"].removeprefix("Bearer ")
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    token = AgentToken.objects.select_related("agent").filter(sha256=sha256).first()
    if token is None:
        return HttpResponse(status=401)
    run = get_object_or_404(Run, pk=run_id, agent=token.agent)
    body = json.loads(request.body)
    at = timezone.now()
    digest = hashlib.sha256(request.body).hexdigest()
    with transaction.atomic():
        segments = SegmentSet.objects.first()
        assert segments is not None
        proposal = Proposal.objects.create(
            run=run,
            agent=token.agent,
            workflow_id=run.workflow_id,
            workflow_version=run.workflow_version,
            own_work_of=[token.agent.owner_id],
            state="draft",
            digest=digest,
            tier="single",
            functions=[],
            risk=10,
            rank=int(at.timestamp() * 1000),
            segment_set=segments,
            channels=["web-de"],
            touches=[],
            intent="price_down",
            item_count=len(body["changes"]),
            submitted_at=at,
            expires_at=at + timedelta(hours=72),
        )
        version = Version.objects.create(
            proposal=proposal,
            number=1,
            digest=digest,
            canonical=request.body,
            summary=body["summary"],
            rationale=body["rationale"],
            confidence_bp=round(body["confidence"] * 10_000),
            atomicity=body["atomicity"],
            plan=body["changes"],
            created_at=at,
        )
        Exposure.objects.create(
            proposal=proposal,
            workflow_id=run.workflow_id,
            segment_id=segments.segment_ids[0],
            channel="web-de",
            items=len(body["changes"]),
            state="reserved",
            at=at,
        )
    answer = {"id": str(proposal.pk), "version": version.number, "state": proposal.state, "plan": version.plan}
    return JsonResponse(answer, status=201)
