"""Migrations are in step with the models, and each of the three histories is linear."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader


@pytest.mark.django_db
def test_migrations_are_in_step_with_the_models() -> None:
    said = StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=said)
    assert "No changes" in said.getvalue()


@pytest.mark.parametrize("app", ["orchestr", "reviews", "audit"])
def test_each_history_has_one_end(app: str) -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    assert len(loader.graph.leaf_nodes(app)) == 1
