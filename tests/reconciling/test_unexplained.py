"""Rows that were changed around the operations are named; what operations change is explained by their events."""

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from audit.models import RowChange, Unexplained
from audit.record import Actor
from audit.walls import guarded_tables
from orchestr.freezes.freeze import freeze
from orchestr.freezes.models import Freeze
from orchestr.freezes.targets import Target
from orchestr.people.models import Notice
from orchestr.proposals.models import Decision, Proposal
from orchestr.reconciling import nouns
from orchestr.reconciling.compare import reconcile
from orchestr.reconciling.tasks import look_at_row_history, reconcile_daily
from orchestr.reconciling.unexplained import changed_without_event, look, look_again
from tests import make
from tests.conftest import Committed
from tests.execution.approved import approved, clock_after_window, work_until_settled


@pytest.fixture
def house(committed: Committed, shelves: None) -> make.House:
    """What the builders make has no events; it is found once, and then known."""
    made = make.house()
    look_again(at=make.now())
    return made


def fresh() -> list[RowChange]:
    return list(RowChange.objects.filter(pk__in=look_again(at=make.now())).order_by("id"))


def test_what_operations_change_is_explained_by_their_events(house: make.House) -> None:
    before = RowChange.objects.count()
    with transaction.atomic():
        freeze(
            target=Target.parse("segment:apparel"),
            why="Stop.",
            by=Actor.person(house.people.omar.pk, house.people.omar.person_id),
            at=make.now(),
        )
    assert RowChange.objects.count() == before + 1
    assert fresh() == []


def test_update_bulk_create_and_raw_sql_around_the_operations_are_named(
    house: make.House, committed: Committed
) -> None:
    Freeze.objects.bulk_create([Freeze(kind="all", why="Stop.", set_at=make.now())])
    Freeze.objects.update(thawed_at=make.now())
    with psycopg.connect(committed.superuser_url, application_name="psql") as raw:
        raw.execute("DELETE FROM orchestr_freeze")
    found = fresh()
    assert [(change.operation, change.table) for change in found] == [
        ("insert", "orchestr_freeze"), ("update", "orchestr_freeze"), ("delete", "orchestr_freeze"),
    ]  # fmt: skip
    said = [f"{fault.place} {fault.message}" for fault in changed_without_event([change.pk for change in found])]
    assert "(thawed_at)" in said[1]
    assert "by the role postgres in psql" in said[2]
    assert fresh() == []  # each is told once
    assert Unexplained.objects.filter(pk__in=[change.pk for change in found]).count() == 3


def test_a_change_in_the_transaction_of_somebody_who_began_long_ago_is_found_late(
    house: make.House, committed: Committed
) -> None:
    with psycopg.connect(committed.app_url) as slow:
        slow.execute("UPDATE orchestr_agent SET name = 'Another'")
        assert fresh() == []
        look_again(at=make.now() + timedelta(seconds=250))  # others go on meanwhile
        slow.commit()
    found = look_again(at=make.now() + timedelta(seconds=280))
    assert {change.table for change in RowChange.objects.filter(pk__in=found)} == {"orchestr_agent"}


def test_lines_taken_out_of_the_row_history_hide_the_change_and_not_that_the_row_differs(
    house: make.House, committed: Committed
) -> None:
    """The row history is not sealed: a superuser can take lines out. What the events tell stands against the row."""
    with transaction.atomic():
        freeze(target=Target.parse("all"), why="Stop.", by=Actor.worker("command"), at=make.now())
    assert [each for each in reconcile([nouns.FREEZE]) if each] == []
    with psycopg.connect(committed.superuser_url, autocommit=True) as root:
        root.execute("UPDATE orchestr_freeze SET thawed_at = now()")
        tables = [name for name in guarded_tables() if name.startswith("audit_row_change")]
        for table in tables:
            root.execute(f"ALTER TABLE {table} DISABLE TRIGGER audit_refuse_change")
        root.execute("DELETE FROM audit_row_change WHERE \"table\" = 'orchestr_freeze' AND operation = 'update'")
        for table in tables:
            root.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER audit_refuse_change")
    assert fresh() == []
    assert [each.place for each in reconcile([nouns.FREEZE]) if each] == [f"freeze {Freeze.objects.get().pk}"]


def test_an_event_of_another_transaction_explains_nothing(house: make.House) -> None:
    Freeze.objects.create(kind="all", why="Stop.", set_at=make.now())
    with transaction.atomic():
        freeze(
            target=Target.parse("segment:apparel"),
            why="Stop.",
            by=Actor.person(house.people.omar.pk, house.people.omar.person_id),
            at=make.now(),
        )
    (change,) = fresh()
    assert change.changes["kind"] == "all"


def test_the_command_names_what_was_changed_without_an_event_and_ends_with_one(
    house: make.House, capsys: pytest.CaptureFixture[str]
) -> None:
    Freeze.objects.create(kind="all", why="Stop.", set_at=make.now())
    with pytest.raises(CommandError) as ended:
        call_command("reconcile")
    assert ended.value.returncode == 1
    assert "insert orchestr_freeze" in capsys.readouterr().out


def test_admins_and_auditors_are_told_once_a_day_of_what_is_new(house: make.House) -> None:
    look_at_row_history()
    assert not Notice.objects.filter(kind="audit.rows_unexplained").exists()
    Freeze.objects.create(kind="all", why="Stop.", set_at=make.now())
    look_at_row_history()
    Freeze.objects.all().delete()
    look_at_row_history()
    reconcile_daily()
    told = Notice.objects.filter(kind="audit.rows_unexplained")
    assert {notice.person.name for notice in told} == {"Ada", "Aud"}
    assert len(told) == 2


def test_publishing_a_proposal_leaves_no_row_change_without_its_event(house: make.House) -> None:
    """As workers do it, each step a transaction of its own: claim, intent, outcome, end."""
    proposal = approved(house)
    prepared = {change.pk for change in fresh()}
    work_until_settled(proposal, clock_after_window())
    assert Proposal.objects.get(pk=proposal.pk).state == "published"
    assert Decision.objects.filter(proposal=proposal).exists()
    changed = RowChange.objects.exclude(pk__in=prepared).filter(id__gt=max(prepared, default=UUID(int=0)))
    assert {change.table for change in changed} >= {
        "orchestr_proposal",
        "orchestr_execution",
        "orchestr_execution_item",
    }
    assert [f"{change}: {sorted(change.changes)}" for change in fresh()] == []


def test_stretches_of_days_find_the_same(house: make.House) -> None:
    Freeze.objects.create(kind="all", why="Stop.", set_at=make.now())
    now = make.now()
    looked = look(since=now - timedelta(days=5), until=now + timedelta(minutes=1))
    assert looked.changes == RowChange.objects.count()
    assert RowChange.objects.latest("id").pk in looked.unexplained
