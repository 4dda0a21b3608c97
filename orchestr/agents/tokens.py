"""Bearer tokens of agents: shown once, kept as SHA-256, revoked on the next request."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from audit.record import record
from orchestr.agents.models import Agent, AgentToken
from orchestr.agents.register import in_transaction, person
from orchestr.people.models import Account
from orchestr.prepared import columns, made, prepared
from orchestr.refusal import Kind, Refusal, absent

DEFAULT_LIFE = timedelta(days=90)
LONGEST_LIFE = timedelta(days=366)
USE_NOTED_EVERY = timedelta(minutes=1)
_LIVE = f"""
SELECT {columns(AgentToken, "t")}, {columns(Agent, "a")}
FROM orchestr_agent_token t JOIN orchestr_agent a ON a.id = t.agent_id
WHERE t.sha256 = %(sha256)s::text AND t.revoked_at IS NULL AND t.expires_at > %(at)s::timestamptz
  AND a.retired_at IS NULL
"""  # noqa: S608 - made of the models' own columns


def issue_token(*, agent_id: UUID, by: Account, at: datetime, life: timedelta = DEFAULT_LIFE) -> tuple[AgentToken, str]:
    """Make a token for the agent; the text is returned once and never stored.

    Its issuer counts as a person behind whatever is proposed with it. Refuses a retired agent and a
    life over a year.
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


def token_for(text: str, *, at: datetime) -> AgentToken | None:
    """The live token with this text, its agent loaded; None if absent, expired, revoked or retired."""
    with prepared() as cursor:
        cursor.execute(_LIVE, {"sha256": fingerprint(text), "at": at})
        row = cursor.fetchone()
    if row is None:
        return None
    token, rest = made(AgentToken, row)
    token.agent, _ = made(Agent, rest)
    return token


def note_use(token: AgentToken, *, at: datetime) -> None:
    """Remember that it was used, at most once a minute."""
    if token.last_used_at is None or at - token.last_used_at > USE_NOTED_EVERY:
        AgentToken.objects.filter(pk=token.pk).update(last_used_at=at)


def fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _record(action: str, token: AgentToken, by: Account, at: datetime) -> None:
    record(
        action=action,
        actor=person(by),
        at=at,
        about={"agent": str(token.agent_id), "token": str(token.pk)},
        data={"prefix": token.prefix} | ({"expires_at": token.expires_at} if action == "token.issued" else {}),
    )
