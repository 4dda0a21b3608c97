"""What every builder rests on: the clock, money, persons, and waiting for a lock."""

import time
from datetime import UTC, datetime

import shelf
from django.db import connection
from django.db.models import Model

from orchestr.people.models import Account, Person

money = shelf.money


def now() -> datetime:
    return datetime.now(UTC)


def person_of(who: Person | Account | Model) -> Person:
    if isinstance(who, Account):
        assert who.person is not None
        return who.person
    assert isinstance(who, Person)
    return who


def wait_until_blocked(*, count: int = 1, within_s: float = 10) -> None:
    """Wait until so many backends of this database wait for a lock: the second side of a race has arrived."""
    deadline = time.monotonic() + within_s
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0] >= count:
                return
        if time.monotonic() > deadline:
            raise AssertionError("Nobody came to wait for the lock: is it still taken?")
        time.sleep(0.01)
