"""Events for the audit's own tests, recorded through the one way in."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from audit.record import Actor, Entry

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MIA = Actor.person(account_id=UUID(int=1), person_id=UUID(int=2))
REPRICER = Actor.agent(UUID(int=3))


def submitted(**changed: Any) -> Entry:
    """A proposal was submitted by the repricer; `changed` replaces parts of the entry."""
    given: dict[str, Any] = {
        "action": "proposal.submitted",
        "actor": REPRICER,
        "at": NOON,
        "about": {"proposal": uuid4(), "run": uuid4()},
        "data": {"version": 1, "tier": "single"},
        "segments": ["apparel"],
    }
    return Entry(**(given | changed))
