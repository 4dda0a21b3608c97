"""The app role owns nothing and passwords count, also on the socket."""

import psycopg
import pytest

from launch.places import SOCKET_PATH_BYTES, socket_folder
from launch.pytest_plugin import rehearsal_of
from launch.roles import APP, OWNER


@pytest.fixture
def clone(clones):
    taken = clones.take()
    yield taken
    clones.drop(taken)


@pytest.mark.parametrize(
    "statement",
    ["CREATE TABLE mine (id int)", "CREATE SCHEMA mine", "TRUNCATE orchestr_pulse", "DROP TABLE orchestr_pulse"],
)
def test_the_app_role_makes_empties_and_drops_nothing(clone, statement):
    with psycopg.connect(clone.app_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


def test_the_app_role_uses_what_the_owner_makes_later(clone):
    with psycopg.connect(clone.owner_url, autocommit=True) as owner:
        owner.execute("CREATE TABLE later (id int GENERATED ALWAYS AS IDENTITY, word text)")
    with psycopg.connect(clone.app_url) as app:
        app.execute("INSERT INTO later (word) VALUES ('yes')")
        assert app.execute("SELECT word FROM later").fetchone() == ("yes",)


def test_neither_role_is_more_than_a_role(clone):
    with psycopg.connect(clone.superuser_url) as connection:
        rows = connection.execute(
            "SELECT rolname, rolsuper OR rolcreatedb OR rolcreaterole OR rolbypassrls OR rolreplication FROM pg_roles"
            " WHERE rolname = ANY(%s)",
            [[APP, OWNER]],
        ).fetchall()
    assert sorted(rows) == [(APP, False), (OWNER, False)]


def test_a_wrong_password_is_refused(clone, pytestconfig):
    right = rehearsal_of(pytestconfig).access.passwords.app
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(clone.app_url.replace(right, "wrong"))


def test_a_folder_too_deep_for_a_socket_is_replaced_by_a_private_short_one(tmp_path):
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    short = socket_folder(deep, longest_name=15, account=None)

    assert len(str(short)) + 16 <= SOCKET_PATH_BYTES
    assert short.stat().st_mode & 0o777 == 0o700
    short.rmdir()
