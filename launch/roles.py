"""The two database roles: the owner, who migrates, and the app, which owns nothing."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql

SUPERUSER = "postgres"
OWNER = "orchestr_owner"
APP = "orchestr_app"
DATABASE = "orchestr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passwords:
    """The generated password of each role."""

    superuser: str
    owner: str
    app: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How to reach one embedded cluster as each of its roles."""

    sockets: str
    passwords: Passwords

    def app_url(self, database: str = DATABASE) -> str:
        """For everything that serves: reads and writes rows, owns nothing."""
        return self._url(APP, self.passwords.app, database)

    def owner_url(self, database: str = DATABASE) -> str:
        """For migrations alone."""
        return self._url(OWNER, self.passwords.owner, database)

    def superuser_url(self, database: str = "postgres") -> str:
        """For the set-up of roles and databases, and for tests of what a superuser could tamper with."""
        return self._url(SUPERUSER, self.passwords.superuser, database)

    def _url(self, role: str, password: str, database: str) -> str:
        return f"postgres://{role}:{quote(password, safe='')}@/{database}?{urlencode({'host': self.sockets})}"


def establish(access: Access) -> None:
    """Create both roles with their passwords and the owner's database; safe to repeat."""
    with psycopg.connect(access.superuser_url(), autocommit=True) as connection:
        _set_role(connection, OWNER, access.passwords.owner)
        _set_role(connection, APP, access.passwords.app)
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
    if not found:
        create_database(access, DATABASE)


def create_database(access: Access, database: str) -> None:
    """Create an empty database of the owner in which the app role may use what the owner makes, and no more.

    The app role gets rows and sequences by default privileges; migrations take away what is append-only.
    """
    name = sql.Identifier(database)
    with psycopg.connect(access.superuser_url(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, sql.Identifier(OWNER)))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, sql.Identifier(APP)))
    with psycopg.connect(access.superuser_url(database), autocommit=True) as connection:
        for statement in _SCHEMA_RIGHTS:
            connection.execute(statement.format(owner=sql.Identifier(OWNER), app=sql.Identifier(APP)))


_SCHEMA_RIGHTS = (
    sql.SQL("ALTER SCHEMA public OWNER TO {owner}"),
    sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC"),
    sql.SQL("GRANT USAGE ON SCHEMA public TO {app}"),
    sql.SQL(
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public "
        "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}"
    ),
    sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {app}"),
)


def _set_role(connection: psycopg.Connection, role: str, password: str) -> None:
    name = sql.Identifier(role)
    found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    if not found:
        connection.execute(sql.SQL("CREATE ROLE {}").format(name))
    connection.execute(
        sql.SQL("ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD {}").format(
            name, sql.Literal(password)
        )
    )
