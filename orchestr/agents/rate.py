"""How many requests a minute an agent may make: counted for all web processes together, without a row on the way."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from audit.record import Actor, record
from orchestr import tally
from orchestr.agents.models import Agent, AgentRate, AgentToken
from orchestr.agents.register import in_transaction, person
from orchestr.people.models import Account
from orchestr.refusal import Kind, Refusal, absent

WINDOW_S = 60
MOST = 1_000_000


class RateLimited(Refusal):
    """Too many requests in this minute. On record once a window, by whoever was refused first: see `charge`."""


def charge(token: AgentToken, *, at: datetime) -> None:
    """Count one request. Raises RateLimited (429) over the agent's limit, with the seconds until the window ends.

    The first one over it, of all processes, records `agent.limited`; whoever comes after it in the window does not.
    """
    limit = limit_of(token.agent)
    if limit is None:
        return
    count = tally.count(_window(token.agent_id, at), kept_s=2 * WINDOW_S)
    if count <= limit:
        return
    if count == limit + 1:
        _record(token, limit, at)
    left = WINDOW_S - int(at.timestamp()) % WINDOW_S
    raise RateLimited(
        Kind.LIMITED,
        "rate_limited",
        f"This agent may make {limit:,} requests a minute, and has made them.",
        next=f"Wait {left} seconds and go on; ask for what waits with `wait` instead of asking often.",
        params={"limit": limit, "window_s": WINDOW_S},
        about={"agent": str(token.agent_id)},
        retry_after_s=left,
    )


def limit_of(agent: Agent) -> int | None:
    """What is in force for an agent: what was set for it, else the deployment's; None where nothing is limited."""
    own: int | None = agent.rate.per_minute if hasattr(agent, "rate") else None
    return own or settings.AGENT_REQUESTS_PER_MINUTE or None


def set_rate(*, agent_id: UUID, per_minute: int | None, by: Account, at: datetime) -> AgentRate:
    """Allow so many requests a minute from now on; None: as many as the deployment's default. Refuses a retired agent."""
    in_transaction()
    if not Agent.objects.select_for_update().filter(pk=agent_id, retired_at=None).exists():
        raise absent("agent")
    if per_minute is not None and not 1 <= per_minute <= MOST:
        raise Refusal(
            Kind.UNPROCESSABLE,
            "agent_rate",
            f"An agent makes between 1 and {MOST:,} requests a minute.",
            next="Enter a number between these.",
            about={"agent": str(agent_id)},
        )
    rate, _ = AgentRate.objects.update_or_create(agent_id=agent_id, defaults={"per_minute": per_minute})
    data = {} if per_minute is None else {"limit": per_minute}
    record(action="agent.rate_changed", actor=person(by), at=at, about={"agent": str(agent_id)}, data=data)
    return rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast an agent is now. `limit` None: nothing limits it. `used` None: the broker does not say."""

    limit: int | None
    own: bool
    used: int | None
    limited_at: datetime | None


def pace_of(agent: Agent, *, at: datetime) -> Pace:
    """For its page (one query)."""
    row = AgentRate.objects.filter(agent=agent).first()
    own = row.per_minute if row is not None else None
    return Pace(
        limit=own or settings.AGENT_REQUESTS_PER_MINUTE or None,
        own=own is not None,
        used=tally.counted(_window(agent.pk, at)),
        limited_at=row.limited_at if row is not None else None,
    )


def _window(agent_id: UUID, at: datetime) -> str:
    return f"agent.{agent_id}.{int(at.astimezone(UTC).timestamp()) // WINDOW_S}"


def _record(token: AgentToken, limit: int, at: datetime) -> None:
    about = {"agent": str(token.agent_id), "token": str(token.pk)}
    with transaction.atomic():
        AgentRate.objects.update_or_create(agent_id=token.agent_id, defaults={"limited_at": at})
        record(
            action="agent.limited",
            actor=Actor.agent(token.agent_id),
            at=at,
            about=about,
            data={"limit": limit, "window_s": WINDOW_S},
        )
