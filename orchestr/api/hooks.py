"""`POST /api/v1/hooks/{system}`: signed deliveries from shops become events. The connector checks the signature."""

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from audit.record import Actor
from orchestr.api import strict
from orchestr.api.problems import refuse, refuse_broken
from orchestr.catalogue.models import System
from orchestr.catalogue.systems import config_of
from orchestr.connectors import registry
from orchestr.connectors.base import ConnectorError, WebhookEvent
from orchestr.http import open_to_all
from orchestr.refusal import Kind, Refusal
from orchestr.runs.events import SourceEvent
from orchestr.triggers.dispatch import dispatch


@csrf_exempt
@require_POST
@open_to_all
def hook(request: HttpRequest, system: str) -> HttpResponse:
    """Answers 202 with what became of the event; the same delivery again is answered as before and starts nothing.

    An unknown system and a bad signature look alike from outside; the log knows them apart.
    """
    try:
        event = _read(request, system)
        with transaction.atomic(durable=True):
            done = dispatch(event=_source(system, event), by=Actor.system(), at=timezone.now())
    except Refusal as refusal:
        return refuse(request, refusal)
    except Exception as error:  # a connector's own code reads the delivery
        return refuse_broken(request, error)
    return JsonResponse({"event_id": str(done.event.pk), "outcome": done.event.outcome}, status=202)


def _read(request: HttpRequest, key: str) -> WebhookEvent:
    if _bytes(request) > strict.MOST_BYTES:
        raise Refusal(Kind.TOO_LARGE, "body_too_large", "A delivery holds at most a megabyte.", next="Send less.")
    system = System.objects.filter(key=key, enabled=True).first()
    if system is None:
        raise _refused(key, "no_such_system")
    try:
        return registry.parse_webhook(config_of(system), request.headers, request.body)
    except ConnectorError as refused:
        raise _refused(key, refused.code) from None


def _refused(key: str, reason: str) -> Refusal:
    return Refusal(
        Kind.UNAUTHENTICATED,
        "webhook_refused",
        "This delivery is not one that the connector of this system accepts.",
        next="Check the system in the address, the signature, the secret and the clock of the sender.",
        params={"system": key, "reason": reason},
    )


def _bytes(request: HttpRequest) -> int:
    try:
        return len(request.body)
    except RequestDataTooBig:  # not even read
        return strict.MOST_BYTES + 1


def _source(key: str, event: WebhookEvent) -> SourceEvent:
    subject = " ".join(f"{type}/{id}" for type, id in event.subjects)
    return SourceEvent(id=event.id, type=event.type, source=f"system:{key}", subject=subject, data=dict(event.data))
