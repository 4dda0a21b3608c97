"""Bearer tokens of agents: shown once, kept as SHA-256, revoked on the next request."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

from audit.record import record
from orchestr.agents.models import Agent, AgentRate, AgentToken, TokenUse
from orchestr.agents.register import in_transaction, person
from orchestr.people.models import Account
from orchestr.prepared import columns, made, prepared
from orchestr.refusal import Kind, Refusal, absent

DEFAULT_LIFE = timedelta(days=90)
LONGEST_LIFE = timedelta(days=366)
LONGEST_OVERLAP = timedelta(days=30)
USE_NOTED_EVERY = timedelta(minutes=1)
MOST_SEEN = 10_000
NEVER = datetime.min.replace(tzinfo=UTC)
_seen: dict[tuple[UUID, str], datetime] = {}  # of this process: few tokens, from few places
_LIVE = f"""
SELECT {columns(AgentToken, "t")}, {columns(Agent, "a")}, r.per_minute
FROM orchestr_agent_token t JOIN orchestr_agent a ON a.id = t.agent_id
LEFT JOIN orchestr_agent_rate r ON r.agent_id = a.id
WHERE t.sha256 = %(sha256)s::text AND t.revoked_at IS NULL AND t.expires_at > %(at)s::timestamptz
  AND a.retired_at IS NULL
"""  # noqa: S608 - made of the models' own columns


def issue_token(
    *, agent_id: UUID, by: Account, at: datetime, life: timedelta = DEFAULT_LIFE, sandbox_only: bool = False
) -> tuple[AgentToken, str]:
    """Make a token for the agent; the text is returned once and never stored.

    Its issuer counts as a person behind whatever is proposed with it. `sandbox_only`: a test token, and what is
    proposed with it writes only to systems marked as sandboxes. Refuses a retired agent and a life over a year.
    """
    in_transaction()
    agent = Agent.objects.select_for_update().filter(pk=agent_id, retired_at=None).first()
    if agent is None:
        raise absent("agent")
    if not timedelta(0) < life <= LONGEST_LIFE:
        raise Refusal(
            Kind.UNPROCESSABLE,
            "token_life",
            "A token lives for at most a year.",
            next="Choose a shorter life; issue the next token before this one ends.",
            about={"agent": str(agent_id)},
        )
    text = f"orc_{secrets.token_urlsafe(32)}"
    token = AgentToken.objects.create(
        agent=agent,
        prefix=text[:8],
        sha256=fingerprint(text),
        issued_by_id=by.person_id,
        issued_at=at,
        expires_at=at + life,
        sandbox_only=sandbox_only,
    )
    _record("token.issued", token, by, at)
    return token, text


def revoke_token(*, token_id: UUID, by: Account, at: datetime) -> AgentToken:
    """From the next request on it opens nothing. Revoking twice changes nothing."""
    in_transaction()
    token = AgentToken.objects.select_for_update().filter(pk=token_id).first()
    if token is None:
        raise absent("token")
    if token.revoked_at is None:
        token.revoked_at = at
        token.save(update_fields=["revoked_at"])
        _record("token.revoked", token, by, at)
    return token


def is_live(token: AgentToken, *, at: datetime) -> bool:
    """Whether a token that was let in opens anything still: for whoever has waited meanwhile."""
    live = AgentToken.objects.filter(pk=token.pk, revoked_at=None, expires_at__gt=at, agent__retired_at=None)
    return live.exists()


def token_for(text: str, *, at: datetime) -> AgentToken | None:
    """The live token with this text, its agent loaded; None if absent, expired, revoked or retired."""
    with prepared() as cursor:
        cursor.execute(_LIVE, {"sha256": fingerprint(text), "at": at})
        row = cursor.fetchone()
    if row is None:
        return None
    token, rest = made(AgentToken, row)
    token.agent, (per_minute,) = made(Agent, rest)
    token.agent.rate = AgentRate(agent=token.agent, per_minute=per_minute)
    return token


def rotate_token(
    *, token_id: UUID, overlap: timedelta, by: Account, at: datetime, life: timedelta = DEFAULT_LIFE
) -> tuple[AgentToken, str]:
    """A new token in place of this one, which still opens until the overlap is over; at once with none.

    One for tests is replaced by one for tests. Refuses a token that opens nothing any more, and an overlap over 30 days. Locks the agent, then the token.
    """
    in_transaction()
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise Refusal(
            Kind.UNPROCESSABLE,
            "token_overlap",
            "A token that was replaced is good for at most 30 days more.",
            next="Choose a shorter overlap.",
        )
    old = AgentToken.objects.filter(pk=token_id).first()
    if old is None:
        raise absent("token")
    fresh, text = issue_token(agent_id=old.agent_id, by=by, at=at, life=life, sandbox_only=old.sandbox_only)
    old = AgentToken.objects.select_for_update().get(pk=token_id)
    if old.revoked_at is not None or old.expires_at <= at:
        raise Refusal(
            Kind.CONFLICT,
            "token_ended",
            "This token opens nothing any more: there is nothing to replace.",
            next="Issue a new one.",
            about={"agent": str(old.agent_id), "token": str(old.pk)},
        )
    fresh.replaces = old
    fresh.save(update_fields=["replaces"])
    old.expires_at = min(old.expires_at, at + overlap)
    old.save(update_fields=["expires_at"])
    _record("token.rotated", old, by, at)
    return fresh, text


def note_use(token: AgentToken, *, address: str = "", at: datetime) -> None:
    """Remember that it was used, and from where, at most once a minute."""
    if token.last_used_at is None or at - token.last_used_at > USE_NOTED_EVERY:
        AgentToken.objects.filter(pk=token.pk).update(last_used_at=at)
    place = (token.pk, address)
    if address and at - _seen.get(place, NEVER) > USE_NOTED_EVERY:
        if len(_seen) >= MOST_SEEN:  # a token that is used from everywhere fills no memory
            _seen.clear()
        _seen[place] = at
        TokenUse.objects.bulk_create(
            [TokenUse(token=token, address=address[:45], last_at=at)],
            update_conflicts=True,
            unique_fields=["token", "address"],
            update_fields=["last_at"],
        )


def fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _record(action: str, token: AgentToken, by: Account, at: datetime) -> None:
    record(
        action=action,
        actor=person(by),
        at=at,
        about={"agent": str(token.agent_id), "token": str(token.pk)},
        data={"prefix": token.prefix}
        | ({"expires_at": token.expires_at} if action != "token.revoked" else {})
        | ({"sandbox_only": True} if token.sandbox_only else {}),
    )
