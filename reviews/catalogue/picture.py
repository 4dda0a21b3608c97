"""Pictures, fetched by us from the system that has them: a page loads nothing from elsewhere."""

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.csp import CSP
from django.views.decorators.cache import cache_control
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_GET

from orchestr.catalogue.images import picture_of
from orchestr.catalogue.models import Resource
from orchestr.catalogue.said import Said
from orchestr.catalogue.view import Reader
from orchestr.http import SignedIn, gate
from orchestr.people.eligibility import segments_with
from orchestr.refusal import Kind, Refusal, absent

KEPT_S = 3600


def picture_url(resource: Resource | Said) -> str:
    """Where a page finds the picture of a resource; "" if it has none."""
    return reverse("catalogue:picture", args=[resource.id]) if resource.image else ""


@require_GET
@cache_control(private=True, max_age=KEPT_S)
# An SVG can carry script and styles of its own: it may draw, and nothing else.
@csp_override({"default-src": [CSP.NONE], "style-src": [CSP.UNSAFE_INLINE], "sandbox": ""})
@gate()
def picture(request: SignedIn, resource_id: UUID) -> HttpResponse:
    """The picture of a resource one may see. A system that does not answer gives 503, and nothing is recorded."""
    reader = Reader(segments_with(request.user, "view_segment"))
    found = reader.resources().filter(pk=resource_id).first()
    if found is None:
        raise absent("picture")
    try:
        image = picture_of(found)
    except Refusal as refusal:
        if refusal.kind is Kind.ABSENT:
            raise
        answer = HttpResponse(status=refusal.status)
        answer["Cache-Control"] = "no-store"
        return answer
    return HttpResponse(image.body, content_type=image.content_type)
