"""What is not as its events tell is accounted for by two people, stays in the list, and alarms again when it is another."""

from io import StringIO
from uuid import UUID

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.db.models import F

from audit.actors import Actor
from audit.models import AuditEvent
from audit.record import record
from orchestr.discrepancies.acknowledge import makers_of, request_acknowledgement
from orchestr.discrepancies.models import Acknowledgement, DifferingRow, Discrepancy
from orchestr.freezes.models import Freeze
from orchestr.governance import control
from orchestr.governance.models import ControlChange
from orchestr.people.models import Account, Notice
from orchestr.reconciling.tasks import look_at_row_history, reconcile_daily
from orchestr.workflows.models import Workflow
from tests import make, people
from tests.conftest import Committed
from tests.reviews.admin.doors import one_refusal, signed_in

WHY = "The migration of Tuesday, by hand."


@pytest.fixture
def house(committed: Committed, shelves: None) -> make.House:
    """Its builders are one transaction with an event; the rows that no event tells of are acknowledged by two people."""
    with transaction.atomic():
        made = make.house()
        record(action="export.made", actor=Actor.system(), at=make.now(), about={}, data={})
    with pytest.raises(CommandError):
        reconciled()
    for row in Discrepancy.objects.all():
        acknowledge(row, made.people.ada, made.people.aud)
    assert "acknowledged: 0" not in reconciled()
    return made


def acknowledge(row: Discrepancy, asks: Account, confirms: Account, made_by: UUID | None = None) -> None:
    with transaction.atomic():
        change = request_acknowledgement(
            discrepancy_id=row.pk, digest=row.digest, why=WHY, by=asks, at=make.now(), made_by=made_by
        )
    with transaction.atomic():
        control.confirm(change_id=change.pk, digest=change.digest, by=confirms, at=make.now())


def reconciled() -> str:
    said = StringIO()
    call_command("reconcile", stdout=said)
    return said.getvalue()


def waiting() -> list[Discrepancy]:
    return list(Discrepancy.objects.filter(acknowledgement=None).order_by("id"))


def stop_everything() -> Discrepancy:
    """Around the operations; found by the look of the minute."""
    Freeze.objects.create(kind="all", why="Stop.", set_at=make.now())
    look_at_row_history()
    (found,) = waiting()
    return found


def test_two_people_account_for_a_change_by_the_page_and_reconcile_is_content_again(house: make.House) -> None:
    found = stop_everything()
    ada, aud = signed_in(house.people.ada), signed_in(house.people.aud)
    page = ada.get("/audit/rows/").content.decode()
    assert f'data-discrepancy="{found.pk}"' in page
    asked = ada.post(f"/audit/rows/{found.pk}/acknowledge/", {"digest": found.digest, "why": WHY})
    change = ControlChange.objects.get(state="requested")
    assert asked["Location"] == f"/controls/#change-{change.pk}"
    assert "a second person has to confirm" in ada.get("/audit/rows/").content.decode()
    with pytest.raises(CommandError):
        reconciled()
    assert "orchestr_freeze" in aud.get("/controls/").content.decode()
    aud.post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
    # The row itself has no event either: the look at everything finds that, and it is accounted for on its own.
    with pytest.raises(CommandError):
        reconciled()
    (untold,) = waiting()
    assert (untold.kind, untold.said["noun"], untold.said["how"]) == ("difference", "freeze", "untold")
    acknowledge(untold, house.people.ada, house.people.aud)
    assert "Every row is what its events tell." in reconciled()
    page = aud.get("/audit/rows/").content.decode()
    assert WHY in page
    assert "Said by Ada, confirmed by Aud" in page
    told = AuditEvent.objects.filter(about__discrepancy=str(found.pk)).order_by("id")
    assert [(event.action, event.actor_id) for event in told] == [
        ("discrepancy.found", "reconcile"),
        ("discrepancy.acknowledged", str(house.people.aud.person_id)),
    ]
    assert told[1].data["digest"] == found.digest
    assert WHY not in str([event.data for event in told])


def test_another_change_of_an_acknowledged_row_alarms_again(house: make.House) -> None:
    found = stop_everything()
    acknowledge(found, house.people.ada, house.people.aud)
    told = Notice.objects.filter(kind="audit.rows_unexplained").count()
    look_at_row_history()
    assert Notice.objects.filter(kind="audit.rows_unexplained").count() == told
    Freeze.objects.update(key=F("key"), thawed_at=make.now())
    look_at_row_history()
    (again,) = waiting()
    assert again.said["tables"] == ["orchestr_freeze"]
    assert Notice.objects.filter(kind="audit.rows_unexplained").count() == 2 * told > 0


def test_a_row_that_differs_in_another_way_than_was_acknowledged_alarms_again(house: make.House) -> None:
    workflow = Workflow.objects.first()
    assert workflow is not None
    Workflow.objects.filter(pk=workflow.pk).update(enabled=False)
    with pytest.raises(CommandError):
        reconciled()
    for row in waiting():
        acknowledge(row, house.people.ada, house.people.aud)
    reconciled()
    with transaction.atomic():  # beside an event, so that the row history has nothing to say
        Workflow.objects.filter(pk=workflow.pk).update(version=7)
        record(action="export.made", actor=Actor.system(), at=make.now(), about={}, data={})
    reconcile_daily()
    (again,) = waiting()
    assert again.said["noun"] == "workflow"
    assert {notice.person.name for notice in Notice.objects.filter(kind="audit.rows_differ")} == {"Ada", "Aud"}


class TestWrongDoors:
    def test_alone(self, house: make.House) -> None:
        found = stop_everything()
        ada = signed_in(house.people.ada)
        ada.post(f"/audit/rows/{found.pk}/acknowledge/", {"digest": found.digest, "why": WHY})
        change = ControlChange.objects.get(state="requested")
        with one_refusal("own_request", by=house.people.ada):
            ada.post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})
        second = people.account("ada-too", ["admin"], person=house.people.ada.person)
        with one_refusal("own_request", by=house.people.ada):
            signed_in(second).post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})

    def test_by_the_one_who_was_named(self, house: make.House) -> None:
        found = stop_everything()
        ada, aud = signed_in(house.people.ada), signed_in(house.people.aud)
        given = {"digest": found.digest, "why": WHY, "made_by": str(house.people.aud.person_id)}
        ada.post(f"/audit/rows/{found.pk}/acknowledge/", given)
        change = ControlChange.objects.get(state="requested")
        with one_refusal("own_change", by=house.people.aud):
            aud.post(f"/controls/{change.pk}/confirm/", {"digest": change.digest})

    def test_by_the_one_whose_name_the_role_of_the_database_has(self, house: make.House, committed: Committed) -> None:
        people.account("postgres", ["admin"], person=house.people.aud.person)
        with psycopg.connect(committed.superuser_url) as raw:
            raw.execute("UPDATE orchestr_workflow SET enabled = false")
        look_at_row_history()
        found = [row for row in waiting() if row.said["role"] == "postgres"]
        assert [makers_of(row) for row in found] == [{house.people.aud.person_id}]

    def test_by_the_one_whom_the_changed_row_names(self, house: make.House) -> None:
        Freeze.objects.create(kind="all", why="Stop.", set_at=make.now(), set_by=house.people.aud.person)
        look_at_row_history()
        (found,) = waiting()
        assert makers_of(found) == {house.people.aud.person_id}

    def test_without_the_function_without_a_reason_and_of_what_is_not_there(self, house: make.House) -> None:
        found = stop_everything()
        ada, url = signed_in(house.people.ada), f"/audit/rows/{found.pk}/acknowledge/"
        for stranger in (house.people.mia, house.people.omar, house.people.fay):
            assert signed_in(stranger).post(url, {"digest": found.digest, "why": WHY}).status_code == 404
        with one_refusal("reason_missing", by=house.people.ada):
            answer = ada.post(url, {"digest": found.digest, "why": "  "})
        assert answer.status_code == 422
        with one_refusal("stale_digest", by=house.people.ada):
            answer = ada.post(url, {"digest": "0" * 64, "why": "It was me."})
        assert answer.status_code == 409
        assert "It was me." in answer.content.decode()
        with one_refusal("form_unreadable", by=house.people.ada):
            ada.post(url, {"digest": found.digest, "why": WHY, "made_by": "ada"})
        assert ada.post(f"/audit/rows/{house.agent.pk}/acknowledge/", {"why": WHY}).status_code == 404

    def test_a_second_time(self, house: make.House) -> None:
        found = stop_everything()
        acknowledge(found, house.people.ada, house.people.aud)
        with one_refusal("already_acknowledged", by=house.people.ada):
            answer = signed_in(house.people.ada).post(
                f"/audit/rows/{found.pk}/acknowledge/", {"digest": found.digest, "why": WHY}
            )
        assert answer.status_code == 409

    def test_postgres_itself_refuses_one_person_and_the_maker(self, house: make.House) -> None:
        found, ada, aud = stop_everything(), house.people.ada.person, house.people.aud.person
        given = {"discrepancy": found, "digest": found.digest, "why": WHY, "at": make.now()}
        for asked, confirmed, made in ((ada, ada, None), (ada, aud, aud)):
            with pytest.raises(IntegrityError), transaction.atomic():
                Acknowledgement.objects.create(**given, asked_by=asked, confirmed_by=confirmed, made_by=made)


def test_an_acknowledgement_that_was_put_there_by_hand_is_named_itself(house: make.House) -> None:
    found = stop_everything()
    Acknowledgement.objects.create(
        discrepancy=found, digest=found.digest, why=WHY, at=make.now(),
        asked_by=house.people.ada.person, confirmed_by=house.people.aud.person,
    )  # fmt: skip
    with pytest.raises(CommandError):
        reconciled()
    assert {row.said.get("noun") for row in waiting()} >= {"discrepancy"}


def test_an_acknowledgement_covers_no_row_that_was_slipped_under_it(house: make.House) -> None:
    covered = Discrepancy.objects.filter(kind="difference").first()
    stop_everything()
    with pytest.raises(CommandError):
        reconciled()
    assert DifferingRow.objects.filter(discrepancy__acknowledgement=None).update(discrepancy=covered) == 1
    with pytest.raises(CommandError) as ended:
        reconciled()
    assert int(str(ended.value).split()[0]) > 1  # nothing that the altered one covered is covered any more


def test_the_command_lists_what_waits_and_asks(house: make.House) -> None:
    found, said = stop_everything(), StringIO()
    call_command("acknowledge", stdout=said)
    assert str(found.pk) in said.getvalue()
    call_command("acknowledge", str(found.pk), "--why", WHY, "--as", "ada", "--made-by", "omar", stdout=said)
    change = ControlChange.objects.get(state="requested")
    assert (change.requested_by, change.after["made_by"]) == (house.people.ada.person, str(house.people.omar.person_id))
    with one_refusal("already_requested", by=house.people.ada), pytest.raises(CommandError):
        call_command("acknowledge", str(found.pk), "--why", WHY, "--as", "ada")
    with one_refusal("function_missing", by=house.people.mia), pytest.raises(CommandError):
        call_command("acknowledge", str(found.pk), "--why", WHY, "--as", "mia")


def test_the_changes_of_one_transaction_are_one_and_the_page_costs_the_same_however_many(
    house: make.House, django_assert_max_num_queries: object
) -> None:
    with transaction.atomic():
        Freeze.objects.bulk_create(
            [Freeze(kind="segment", key=f"s-{n}", why="Stop.", set_at=make.now()) for n in range(40)]
        )
    look_at_row_history()
    (found,) = waiting()
    assert found.count == 40
    client = signed_in(house.people.aud)
    assert "32 more rows." in client.get("/audit/rows/").content.decode()
    with django_assert_max_num_queries(60) as few:  # type: ignore[operator]
        client.get("/audit/rows/")
    for _ in range(5):
        Freeze.objects.update(thawed_at=make.now())
    look_at_row_history()
    assert len(waiting()) == 6
    with django_assert_max_num_queries(len(few)):  # type: ignore[operator]
        client.get("/audit/rows/")
