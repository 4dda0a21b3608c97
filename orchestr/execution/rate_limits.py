"""An admin's word on how fast a system may be called, instead of what its connector declares."""

from datetime import datetime
from uuid import UUID

from audit.record import Actor, record
from orchestr.catalogue.models import System
from orchestr.catalogue.rate_models import RateLimit
from orchestr.connectors.base import Rate
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.refusal import Kind, Refusal, absent

MOST_PER_MINUTE = 1_000_000


def set_rate(*, system_id: UUID, rate: Rate | None, by: Account, at: datetime) -> None:
    """Set how fast a system may be called; None goes back to what its connector declares. Locks the system.

    Refuses whoever is no admin, a system that is not there, and a rate that is none.
    """
    if str(Function.ADMIN) not in by.functions:
        raise Refusal(
            Kind.FORBIDDEN, "function_missing", "Only admins may set how fast a system is called.",
            next="Ask an admin.", params={"functions": [str(Function.ADMIN)]},
        )  # fmt: skip
    system = System.objects.select_for_update().filter(pk=system_id).first()
    if system is None:
        raise absent("system")
    if rate is not None and not (1 <= rate.per_minute <= MOST_PER_MINUTE and 1 <= rate.burst <= MOST_PER_MINUTE):
        raise Refusal(
            Kind.UNPROCESSABLE, "rate_impossible", "A rate is at least one call a minute, with a burst of at least one.",
            next="Enter whole numbers from 1 to 1,000,000.", about={"system": str(system_id)},
        )  # fmt: skip
    given = {
        "per_minute": rate.per_minute if rate else None,
        "burst": rate.burst if rate else None,
        "set_by_id": by.person_id,
        "set_at": at,
    }
    RateLimit.objects.update_or_create(system=system, defaults=given, create_defaults={**given, "owed_until": at})
    record(
        action="connector.changed",
        actor=Actor.person(account_id=by.pk, person_id=by.person_id),
        at=at,
        about={"connector": system.key, "system": system.pk},
        data={"fields": ["rate"], "count": rate.per_minute if rate else 0},
    )
