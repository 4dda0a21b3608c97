"""The line to the database or the broker breaks, stalls or drips, at the worst moments: nothing lost, nothing twice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count, cycle
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import OperationalError, connection, connections, transaction

from launch.live import Live
from launch.valkey import BROKER_DATABASE, CHANNEL_DATABASE
from orchestr.proposals.deciding.decide import approve
from orchestr.proposals.models import Decision
from orchestr.refusal import Refusal
from tests import make
from tests.faults.company import Company, found, states, wait_until
from tests.faults.proxy import Proxy, When
from tests.faults.rounds import Rounds, opened
from tests.proposals.propose import propose

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]
COMMIT = b"COMMIT"
VARIANTS = 24


@pytest.fixture
def company(processes: Live, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    made = found(processes, monkeypatch, variants=VARIANTS)
    yield made
    made.assert_invariants()


@pytest.fixture
def database(company: Company) -> Iterator[Proxy]:
    """A line to this test's PostgreSQL that the test may break."""
    sockets = connection.settings_dict["HOST"]
    with Proxy(f"{sockets}/.s.PGSQL.5432") as proxy:
        yield proxy


def through(proxy: Proxy, url: str) -> str:
    """The address of the same database behind the proxy."""
    parts = urlsplit(url)
    assert dict(parse_qsl(parts.query))["host"]
    return f"postgres://{parts.netloc.partition('@')[0]}@127.0.0.1:{proxy.port}{parts.path}"


@contextmanager
def speaking_through(proxy: Proxy) -> Iterator[None]:
    """This thread's Django reaches its database through the proxy."""
    settings = connections.settings["default"]
    before = {part: settings[part] for part in ("HOST", "PORT")}
    connection.close()
    settings.update(HOST="127.0.0.1", PORT=str(proxy.port))
    connection.settings_dict.update(HOST="127.0.0.1", PORT=str(proxy.port))
    try:
        yield
    finally:
        connection.close()
        settings.update(before)
        connection.settings_dict.update(before)


@pytest.fixture
def rounds(company: Company, database: Proxy) -> Iterator[Rounds]:
    env = company.live.publishing()
    with opened(env | {"DATABASE_URL": through(database, env["DATABASE_URL"])}) as rounds:
        yield rounds


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["apply", "revert"])
def test_a_worker_that_loses_the_database_at_any_commit_leaves_one_effect(
    company: Company, database: Proxy, rounds: Rounds, kind: str, when: When
) -> None:
    """Whether its transaction was committed the worker cannot know; whoever comes next finds out."""
    left = cycle(company.variants)
    for nth in count(1):
        variant = next(left)
        proposal = company.approved(variant)
        if kind == "revert":
            rounds.ahead_s = 0.0
            rounds.until_settled(proposal)
            company.revert(proposal)
        before = len(company.shop.values())
        rounds.ahead_s = 0.0
        lost = database.lose(COMMIT, nth=nth, when=when)
        rounds.until_settled(proposal)
        price = company.lower(variant) if kind == "apply" else company.price(variant)
        assert company.shop.values()[before:] == [price], f"{kind}, COMMIT {nth} lost {when} it reached the server"
        assert proposal.state == ("published" if kind == "apply" else "reverted")
        if not lost.is_set():
            database.mend()
            break
    assert nth > 4, "queueing, claiming, intent and outcome each commit"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_decision_whose_commit_is_lost_was_made_once_or_not_at_all(
    company: Company, database: Proxy, when: When
) -> None:
    """The person gets an error either way, looks again, and presses again."""
    change = company.house.change(company.variants[0], after=company.lower(company.variants[0]))
    proposal = propose(company.house, change | {"system": "demo-shop"})
    mia = company.house.people.mia

    def press() -> None:
        with transaction.atomic():
            approve(proposal_id=proposal.pk, digest=proposal.digest, by=mia, at=make.now())

    with speaking_through(database):
        lost = database.lose(COMMIT, when=when)
        with pytest.raises(OperationalError):
            press()
        assert lost.is_set()
    decided = when == "after"
    assert Decision.objects.filter(proposal=proposal).exists() is decided
    if decided:
        with pytest.raises(Refusal) as refused:
            press()
        assert refused.value.status == 409
    else:
        press()
    proposal.refresh_from_db()
    assert (proposal.state, Decision.objects.filter(proposal=proposal).count()) == ("approved", 1)


def reached_through(live: Live, *, database: Proxy | None = None, broker: Proxy | None = None) -> None:
    """What is started from now on finds its database or its broker behind a proxy."""
    servers = live.servers
    if database is not None:
        servers = replace(servers, database_url=through(database, servers.database_url))
    if broker is not None:
        line = f"redis://127.0.0.1:{broker.port}"
        servers = replace(servers, broker_url=f"{line}/{BROKER_DATABASE}", channel_url=f"{line}/{CHANNEL_DATABASE}")
    live.servers = servers


def what_may_happen(line: Proxy) -> dict[str, Callable[[], None]]:
    return {
        "drips": lambda: line.slow(0.02),
        "breaks in the middle of an answer": lambda: line.reset_mid_answer(500),
        "is cut": line.cut,
        "is silent": line.stall,
    }


def test_a_real_worker_outlives_everything_that_may_happen_to_its_line_to_the_database(
    company: Company, database: Proxy
) -> None:
    reached_through(company.live, database=database)
    company.worker()
    for variant, happens in zip(company.variants, what_may_happen(database).values(), strict=False):
        happens()
        proposal = company.approved(variant)
        wait_until(lambda: database.troubled > 0, hint=True)
        database.mend()
        company.settled(proposal, within=90)
        assert (proposal.state, states(proposal)) == ("published", ["applied"])
    assert company.shop.values() == [company.lower(each) for each in company.variants[:4]]


def test_a_real_worker_outlives_everything_that_may_happen_to_its_line_to_the_broker(company: Company) -> None:
    """What it is told is lost or late; the clock's sweep tells it again."""
    with Proxy(str(company.live.broker.server.socket)) as broker:
        reached_through(company.live, broker=broker)
        company.worker()
        company.live.beat()
        for variant, happens in zip(company.variants, what_may_happen(broker).values(), strict=False):
            happens()
            proposal = company.approved(variant)
            wait_until(lambda: broker.troubled > 0)
            broker.mend()
            company.settled(proposal, within=90, hint=False)
            assert (proposal.state, states(proposal)) == ("published", ["applied"])
    assert company.shop.values() == [company.lower(each) for each in company.variants[:4]]
