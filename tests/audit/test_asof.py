"""What was in force at a moment, told from the events, is what the rows said at that moment."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from audit.asof import in_force
from orchestr.agents.grants import Extent, grant_at_setup, revoke_scope
from orchestr.agents.models import Agent, Scope, Tool
from orchestr.catalogue.models import Segment
from orchestr.people.functions import Function
from orchestr.people.grants import give_function, give_right, take_function, take_right
from orchestr.people.models import Account, SegmentAccountGrant
from orchestr.refusal import Refusal
from tests import make, people

RIGHTS = ("view_segment", "decide_segment", "revert_segment", "cost_segment")


def rights_in_rows(accounts: list[Account]) -> dict[str, Any]:
    """Functions and rights of each account by what the tables say now."""
    found: dict[str, Any] = {}
    for account in accounts:
        functions = set(account.groups.values_list("name", flat=True))
        rights: dict[str, set[str]] = {}
        grants = SegmentAccountGrant.objects.filter(user=account)
        for right, segment in grants.values_list("permission__codename", "content_object_id"):
            rights.setdefault(right, set()).add(str(segment))
        if functions or rights:
            found[str(account.pk)] = (functions, rights)
    return found


def scopes_in_rows(agents: list[Agent], at: datetime) -> dict[str, Any]:
    rows = Scope.objects.filter(agent__in=agents, revoked_at=None)
    return {
        str(row.pk): (
            sorted(row.segments.values_list("key", flat=True)), sorted(row.channels), row.limits, row.expires_at,
        )
        for row in rows
        if row.expires_at is None or row.expires_at > at
    }  # fmt: skip


def told(accounts: list[Account], agents: list[Agent], at: datetime) -> tuple[Any, Any]:
    found = in_force(at=at)
    ids = {str(account.pk) for account in accounts}
    held = {
        id: (each.functions, each.rights)
        for id, each in found.held.items()
        if id in ids and (each.functions or each.rights)
    }
    mine = {str(agent.pk) for agent in agents}
    scopes = {
        id: (sorted(each.segments), sorted(each.channels), dict(each.limits), each.expires_at)
        for id, each in found.scopes.items()
        if each.agent in mine
    }
    return held, scopes


@pytest.mark.parametrize("seed", range(3))
def test_over_a_random_history_it_is_what_the_rows_said_then(committed, shelves, seed):
    house, chance = make.house(), random.Random(seed)
    ada, at = house.people.ada, make.now() - timedelta(days=9)
    accounts = [make_account(f"new-{n}") for n in range(3)]
    agents = [make.agent(f"agent-{n}", owner=ada) for n in range(2)]
    segments = sorted(Segment.objects.values_list("key", flat=True))[:3]
    tools = list(Tool.objects.order_by("name")[:2])

    def extent() -> Extent:
        return Extent(
            segments=frozenset(chance.sample(segments, chance.randint(1, 2))),
            channels=frozenset(chance.sample(["web-de", "web-at"], chance.randint(0, 2))),
            limits={"changes": chance.randint(1, 9)} if chance.random() < 0.5 else {},
            expires_at=chance.choice([None, at + timedelta(hours=chance.randint(1, 30))]),
        )

    def act() -> None:
        account, segment = chance.choice(accounts).pk, chance.choice(segments)
        right, function = chance.choice(RIGHTS), str(chance.choice(list(Function)))
        scopes = list(Scope.objects.filter(agent__in=agents, revoked_at=None).order_by("pk"))
        possible: list[Callable[[], object]] = [
            lambda: give_right(account_id=account, right=right, segment=segment, by=ada, at=at),
            lambda: take_right(account_id=account, right=right, segment=segment, by=ada, at=at),
            lambda: give_function(account_id=account, function=function, by=ada, at=at),
            lambda: take_function(account_id=account, function=function, by=ada, at=at),
            lambda: grant_at_setup(
                agent=chance.choice(agents), tool=chance.choice(tools), extent=extent(), by=ada, at=at
            ),
        ]
        if scopes:
            possible.append(lambda: revoke_scope(scope_id=chance.choice(scopes).pk, by=ada, at=at))
        try:
            with transaction.atomic():
                chance.choice(possible)()
        except Refusal:
            pass  # What is not held cannot be taken: nothing happened, and nothing may be told of it.

    then = []
    for _ in range(60):
        at += timedelta(minutes=chance.randint(1, 90))
        act()
        then.append((at, rights_in_rows(accounts), scopes_in_rows(agents, at)))
    assert any(rights for _at, rights, _scopes in then)
    assert any(scopes for _at, _rights, scopes in then)
    for moment, rights, scopes in then:
        assert told(accounts, agents, moment) == (rights, scopes), moment


def make_account(name: str) -> Account:
    return people.account(name)


def test_the_page_shows_the_moment_asked_for_and_one_person(committed, shelves):
    house = make.house()
    ada, account = house.people.ada, make_account("nora")
    given, taken = make.now() - timedelta(days=5), make.now() - timedelta(days=2)
    with transaction.atomic():
        give_function(account_id=account.pk, function="finance", by=ada, at=given)
        take_function(account_id=account.pk, function="finance", by=ada, at=taken)
    client = Client()
    client.force_login(house.people.aud, backend="django.contrib.auth.backends.ModelBackend")

    def functions(at: datetime) -> list[list[str]]:
        query = {"at": f"{at:%Y-%m-%dT%H:%M:%S}", "person": str(account.person_id)}
        return [list(row.functions) for row in client.get("/audit/as-of/", query).context["holders"]]

    day = timedelta(days=1)
    assert [functions(at) for at in (given - day, given + day, taken + day)] == [[], [["finance"]], []]
    assert client.get("/audit/as-of/", {"at": "soon"}).status_code == 400
    assert client.get("/audit/as-of/").status_code == 200
