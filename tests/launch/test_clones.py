"""Each test has the database to itself, as the app role, and nothing is ever emptied."""

import threading

import psycopg
import pytest
from django.db import OperationalError, connection


def the_role_and_database() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        role, database = cursor.fetchone()
    return role, database


def insert_pulse(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO orchestr_pulse (name, at) VALUES (%s, now())", [name])


def pulses() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM orchestr_pulse ORDER BY name")
        return [name for (name,) in cursor.fetchall()]


@pytest.mark.django_db
class TestOrdinary:
    def test_runs_as_the_app_role(self):
        assert the_role_and_database()[0] == "orchestr_app"

    @pytest.mark.parametrize("turn", ["first", "second"])
    def test_sees_nothing_of_the_test_before_it(self, turn):
        assert pulses() == []
        insert_pulse(turn)
        assert pulses() == [turn]

    def test_owns_no_table(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_tables WHERE tableowner = 'orchestr_app'")
            assert cursor.fetchone() == (0,)


class TestCommitted:
    @pytest.mark.parametrize("turn", ["first", "second"])
    def test_has_a_copy_of_its_own_in_which_it_commits(self, committed, turn):
        assert pulses() == []
        insert_pulse(turn)
        with psycopg.connect(committed.app_url) as beside:
            assert beside.execute("SELECT name FROM orchestr_pulse").fetchall() == [(turn,)]

    def test_leads_every_thread_to_the_same_copy(self, committed):
        seen = []

        def look() -> None:
            seen.append(the_role_and_database())
            connection.close()

        thread = threading.Thread(target=look)
        thread.start()
        thread.join()

        assert seen == [("orchestr_app", committed.clone.name)]

    def test_can_be_reached_as_the_owner_and_as_the_superuser(self, committed):
        for url, role in ((committed.owner_url, "orchestr_owner"), (committed.superuser_url, "postgres")):
            with psycopg.connect(url) as beside:
                row = beside.execute("SELECT current_user, current_database()").fetchone()
            assert row == (role, committed.clone.name)

    def test_names_its_copy_to_child_processes(self, committed):
        assert committed.env["DATABASE_URL"] == committed.app_url
        assert "DATABASE_OWNER_URL" not in committed.env


@pytest.mark.faults
@pytest.mark.own_cluster
def test_a_database_of_its_own_can_crash_and_come_back(committed):
    insert_pulse("before")
    committed.server.stop()
    with pytest.raises(OperationalError):
        pulses()

    committed.server.start()
    connection.close()

    assert pulses() == ["before"]
