"""Throw-away copies of the migrated template database, one made ahead of need."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count

import psycopg
from psycopg import sql

from launch.rehearsal import Rehearsal
from launch.roles import APP, OWNER, Access
from launch.template import TEMPLATE, ensure_template


@dataclass(frozen=True, slots=True)
class Clone:
    """One copy, and the ways into it."""

    name: str
    access: Access

    @property
    def app_url(self) -> str:
        """As the app role, which is what every test and every process uses."""
        return self.access.app_url(self.name)

    @property
    def owner_url(self) -> str:
        """As the owner of the tables."""
        return self.access.owner_url(self.name)

    @property
    def superuser_url(self) -> str:
        """As the superuser, for tests of what one could tamper with, and for looking at locks."""
        return self.access.superuser_url(self.name)


class Clones:
    """Gives out copies of the template; while one is in use, the next is made in the background."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self._rehearsal = rehearsal
        self._numbers = count(1)
        self._maker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="clones")
        self._next: Future[Clone] | None = None

    def named(self, name: str) -> Clone:
        """Make the copy with exactly this name, now."""
        return self._maker.submit(self._make, name).result()

    def take(self) -> Clone:
        """A fresh copy, usually one that is ready already."""
        ready, self._next = self._next or self._ahead(), self._ahead()
        return ready.result()

    def drop(self, clone: Clone) -> None:
        """Drop the copy in the background, whoever is still connected to it."""
        self._maker.submit(self._drop, clone.name)

    def close(self) -> None:
        """Wait for what is under way. The copies themselves go with the cluster."""
        self._maker.shutdown()

    def _ahead(self) -> Future[Clone]:
        return self._maker.submit(self._make, f"{self._rehearsal.database}_{next(self._numbers)}")

    def _make(self, name: str) -> Clone:
        ensure_template(self._rehearsal)
        database = sql.Identifier(name)
        with psycopg.connect(self._rehearsal.access.superuser_url(), autocommit=True) as connection:
            # By name and oid nothing else differs from the template: rights and triggers come along.
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY").format(
                    database, sql.Identifier(TEMPLATE), sql.Identifier(OWNER)
                )
            )
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
            connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, sql.Identifier(APP)))
        return Clone(name, self._rehearsal.access)

    def _drop(self, name: str) -> None:
        with psycopg.connect(self._rehearsal.access.superuser_url(), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
