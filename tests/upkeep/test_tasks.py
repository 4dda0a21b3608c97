"""The audit log's months are made ahead by a tick."""

import pytest
from django.db import connection

from orchestr.upkeep.tasks import extend_audit


@pytest.mark.django_db
def test_the_months_of_the_audit_log_stand_ahead_and_asking_twice_adds_none() -> None:
    extend_audit()
    first = months()
    extend_audit()
    assert months() == first
    assert len(first) >= 25


def months() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_event'::regclass ORDER BY 1"
        )
        return [row[0] for row in cursor.fetchall()]
