"""What comes in: CloudEvents from agents and the systems they speak for."""

from django.utils import timezone
from ninja import Router

from audit.record import Actor
from orchestr.api.door import Knock, write
from orchestr.api.shapes import EventIn
from orchestr.policy.values import Json
from orchestr.runs.events import SourceEvent
from orchestr.triggers.dispatch import Dispatched, dispatch

router = Router(tags=["Events"])


@router.post("/events", summary="Send an event", response={201: dict})
@write(201)
def event(request: Knock, body: EventIn) -> dict[str, Json]:
    """A structured CloudEvent. (source, id) dedupes: the same one again starts nothing and is answered as before."""
    agent = request.auth.agent
    came = SourceEvent(id=body.id, type=body.type, source=body.source, subject=body.subject, data=body.data)
    return _answer(dispatch(event=came, by=Actor.agent(agent.pk), at=timezone.now(), agent=agent))


def _answer(done: Dispatched) -> dict[str, Json]:
    return {
        "event_id": str(done.event.pk),
        "outcome": done.event.outcome,
        "reason": done.event.reason or None,
        "run_id": None if done.run_id is None else str(done.run_id),
    }
