"""What comes in: CloudEvents from agents and the systems they speak for."""

from django.utils import timezone
from ninja import Router

from audit.record import Actor
from orchestr.api.door import Knock, write
from orchestr.api.shapes import EventIn, EventsIn
from orchestr.policy.values import Json
from orchestr.refusal import Kind, Refusal
from orchestr.runs.events import RESERVED, SourceEvent
from orchestr.triggers.dispatch import Dispatched, dispatch, dispatch_many

router = Router(tags=["Events"])


@router.post("/events", summary="Send an event", response={201: dict})
@write(201)
def event(request: Knock, body: EventIn) -> dict[str, Json]:
    """A structured CloudEvent. Your (source, id) dedupes: the same again starts nothing and is answered as before.

    With another type, subject or data it is refused (409 `event_reused`). Another agent's event of the same name is
    its own.
    """
    agent = request.auth.agent
    test, at = request.auth.sandbox_only, timezone.now()
    return _answer(dispatch(event=_came(body), by=Actor.agent(agent.pk), at=at, agent=agent, sandbox_only=test))


@router.post("/events/batch", summary="Send events together", response={201: dict})
@write(201)
def events(request: Knock, body: EventsIn) -> dict[str, Json]:
    """Up to 1,000 CloudEvents in one transaction: all of them are taken in, in this order, or none."""
    agent = request.auth.agent
    came = [_came(each) for each in body.events]
    test, at = request.auth.sandbox_only, timezone.now()
    done = dispatch_many(events=came, by=Actor.agent(agent.pk), at=at, agent=agent, sandbox_only=test)
    return {"events": [_answer(each) for each in done]}


def _came(body: EventIn) -> SourceEvent:
    if body.source.startswith(RESERVED):
        raise source_reserved()
    return SourceEvent(id=body.id, type=body.type, source=body.source, subject=body.subject, data=body.data)


def source_reserved() -> Refusal:
    return Refusal(
        Kind.UNPROCESSABLE,
        "source_reserved",
        "Sources that begin with system:, trigger:, brief: or drill: are told by Orchestr itself.",
        next="Send the event with the source it comes from.",
    )


def _answer(done: Dispatched) -> dict[str, Json]:
    return {
        "event_id": str(done.event.pk),
        "outcome": done.event.outcome,
        "reason": done.event.reason or None,
        "run_id": None if done.run_id is None else str(done.run_id),
    }
