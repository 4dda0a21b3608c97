"""Registering agents."""

from datetime import datetime

from django.db import connection, transaction
from django.db.utils import IntegrityError

from audit.record import Actor, record
from orchestr.agents.models import Agent
from orchestr.people.models import Account, Person
from orchestr.refusal import Kind, Refusal


def register_agent(*, key: str, name: str, description: str, owner: Person, by: Account, at: datetime) -> Agent:
    """A new principal that may propose nothing until it holds a scope, a token and a workflow."""
    in_transaction()
    if not key or not all(part.isalnum() and part.isascii() and part.islower() for part in key.split("-")):
        raise Refusal(
            Kind.UNPROCESSABLE,
            "agent_key",
            "An agent's key is small letters and digits, with dashes between them.",
            next="Choose a key such as spring-repricer.",
        )
    try:
        with transaction.atomic():
            agent = Agent.objects.create(key=key, name=name or key, description=description, owner=owner, created_at=at)
    except IntegrityError:
        raise Refusal(
            Kind.CONFLICT, "agent_exists", "There is an agent with this key already.", next="Choose another key."
        ) from None
    record(
        action="agent.registered",
        actor=person(by),
        at=at,
        about={"agent": str(agent.pk), "person": str(owner.pk)},
        data={"key": key},
    )
    return agent


def person(by: Account) -> Actor:
    return Actor.person(account_id=by.pk, person_id=by.person_id)


def in_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("An operation was called outside a transaction: the door opens it.")
