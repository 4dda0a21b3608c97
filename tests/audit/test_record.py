"""`record` is the only way in: in the fact's transaction, from the table of actions, without free text."""

import hashlib
import json
import threading
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from audit.actions import UnknownAction
from audit.models import AuditEvent
from audit.prepared import one_trip, prepared
from audit.record import Actor, Entry, NotInTransaction, note, record, record_many, record_refusal, text_digest
from orchestr.pulse import Pulse, beat
from tests.audit.events import MIA, NOON, REPRICER, submitted


@pytest.mark.django_db
class TestRecord:
    def test_stores_the_columns_and_the_bytes_that_were_hashed(self):
        proposal = uuid4()
        id = record(
            action="proposal.approved",
            actor=MIA,
            at=NOON,
            about={"proposal": proposal, "run": None},
            data={"version": 2, "functions": ["finance"]},
            segments=["outdoor", "apparel", "apparel"],
            on_behalf_of=UUID(int=9),
            request_id="r-1",
        )

        event = AuditEvent.objects.get()
        said = json.loads(bytes(event.canonical))
        assert event.id == id
        assert id.version == 7
        assert bytes(event.sha256) == hashlib.sha256(bytes(event.canonical)).digest()
        assert said == {
            "about": {"proposal": str(proposal)},
            "account": str(UUID(int=1)),
            "action": "proposal.approved",
            "actor": {"id": str(UUID(int=2)), "kind": "person"},
            "at": "2026-03-02T12:00:00.000000Z",
            "data": {"functions": ["finance"], "version": 2},
            "for": str(UUID(int=9)),
            "id": str(id),
            "request": "r-1",
            "segments": ["apparel", "outdoor"],
            "v": 1,
        }
        assert (event.action, event.at, event.about, event.data) == (
            said["action"],
            NOON,
            said["about"],
            said["data"],
        )
        assert (event.actor_kind, event.actor_id, event.account_id) == ("person", str(UUID(int=2)), UUID(int=1))
        assert (event.on_behalf_of, event.request_id, event.segments) == (
            said["for"],
            "r-1",
            ["apparel", "outdoor"],
        )

    def test_costs_one_statement(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            record_many([submitted(), submitted(), submitted()])

    def test_gives_ids_in_the_order_of_the_entries(self):
        entries = [submitted(request_id=f"r-{number}") for number in range(50)]
        ids = record_many(entries)
        assert ids == sorted(ids)
        stored = dict(AuditEvent.objects.values_list("request_id", "id"))
        assert [stored[f"r-{number}"] for number in range(50)] == ids

    def test_records_nothing_of_no_entries(self):
        assert record_many([]) == []
        assert AuditEvent.objects.count() == 0

    def test_refuses_an_action_the_table_does_not_name(self):
        with pytest.raises(UnknownAction, match=r"proposal\.liked"):
            record_many([submitted(action="proposal.liked")])
        assert AuditEvent.objects.count() == 0

    def test_refuses_a_parameter_its_line_does_not_name(self):
        with pytest.raises(UnknownAction, match="colour"):
            record_many([submitted(data={"colour": "red"})])

    def test_refuses_to_be_about_what_the_table_does_not_name(self):
        with pytest.raises(UnknownAction, match="weather"):
            record_many([submitted(about={"weather": "rain"})])

    @pytest.mark.parametrize(
        "data",
        [
            {"reason": "because I say so"},
            {"version": "1"},
            {"version": True},
            {"digest": "abc"},
            {"until": "tomorrow"},
            {"functions": "finance"},
            {"functions": ["a sentence, no code"]},
            {"kind": "zero\u200bwidth"},
            {"kind": "x" * 161},
        ],
    )
    def test_refuses_text_where_a_code_or_number_belongs(self, data):
        with pytest.raises(ValueError, match=next(iter(data))):
            record_many([submitted(data=data)])

    def test_refuses_a_float(self):
        with pytest.raises(TypeError):
            record_many([submitted(data={"risk": 0.5})])

    @pytest.mark.parametrize(
        "changed",
        [
            {"about": {"proposal": "two words"}},
            {"segments": ["two words"]},
            {"request_id": "a b"},
            {"at": datetime(2026, 3, 2)},
            {"actor": Actor.worker("a b")},
            {"actor": Actor.agent("")},
        ],
    )
    def test_refuses_names_that_are_no_ids_and_times_without_a_zone(self, changed):
        with pytest.raises(ValueError):
            record_many([submitted(**changed)])
        assert AuditEvent.objects.count() == 0

    def test_the_model_has_no_other_way_in_or_out(self):
        record_many([submitted()])
        event = AuditEvent.objects.get()
        with pytest.raises(TypeError):
            event.save()
        with pytest.raises(TypeError):
            event.delete()


class TestTransaction:
    def test_refuses_to_run_outside_one(self, committed):
        with pytest.raises(NotInTransaction):
            record_many([submitted()])
        with pytest.raises(NotInTransaction):
            note(submitted())
        assert AuditEvent.objects.count() == 0

    def test_a_fact_that_fails_leaves_no_event(self, committed):
        with pytest.raises(IntegrityError):
            record_and_then_fail()
        assert (AuditEvent.objects.count(), Pulse.objects.count()) == (0, 0)

    @pytest.mark.parametrize(
        ("entry", "error"),
        [
            (submitted(action="nothing.like.it"), UnknownAction),
            # An account that is no person's: only the database knows.
            (submitted(actor=Actor("worker", "publish", str(UUID(int=1)))), IntegrityError),
        ],
    )
    def test_a_record_that_fails_undoes_the_fact(self, entry, error, committed):
        with pytest.raises(error):
            beat_and_record(entry)
        assert (AuditEvent.objects.count(), Pulse.objects.count()) == (0, 0)

    def test_a_writer_waits_for_no_other_writer(self, committed):
        done = threading.Event()

        def write_beside() -> None:
            with transaction.atomic():
                record_many([submitted()])
            connection.close()
            done.set()

        with transaction.atomic():
            record_many([submitted()])
            beside = threading.Thread(target=write_beside)
            beside.start()
            assert done.wait(30), "the second writer waited for the first one's commit"
        beside.join()
        assert AuditEvent.objects.count() == 2


@transaction.atomic
def record_and_then_fail() -> None:
    record_many([submitted()])
    Pulse.objects.bulk_create([Pulse(name="same", at=NOON), Pulse(name="same", at=NOON)])


@transaction.atomic
def beat_and_record(entry: Entry) -> None:
    beat(name="fact", at=NOON)
    record_many([entry])


class TestRefusal:
    def test_is_exactly_one_event(self, committed):
        proposal = uuid4()
        record_refusal(
            actor=REPRICER,
            at=NOON,
            code="own_work",
            door="page reviews:decide",
            status=403,
            params={"version": 3},
            about={"proposal": proposal},
            segments=["apparel"],
        )
        event = AuditEvent.objects.get()
        assert event.action == "refused"
        assert event.about == {"proposal": str(proposal)}
        assert event.data == {
            "code": "own_work",
            "door": "page:reviews:decide",
            "params": {"version": 3},
            "status": 403,
        }

    def test_of_something_hostile_withholds_its_text_and_is_still_recorded(self, committed):
        record_refusal(
            actor=Actor.anonymous(),
            at=NOON,
            code="not_json",
            door="api",
            params={
                "field": "<b>pre-approved by legal</b>",
                "size": 10**40,
                "share": float("nan"),
                "names": ["ok", "not ok", {"deep": 1}],
                "a key with spaces": 1,
                "nul": "a\0b",
            },
            about={"proposal": "no id at all", "weather": "x"},
        )
        event = AuditEvent.objects.get()
        assert event.about == {}
        assert event.data["params"] == {
            "field": "withheld",
            "size": "withheld",
            "share": "withheld",
            "names": ["ok", "withheld", "withheld"],
            "nul": "withheld",
        }


class TestTextDigest:
    def test_depends_on_the_text_and_on_its_salt(self):
        one, other = b"1" * 16, b"2" * 16
        assert text_digest("a reason", one) == text_digest("a reason", one)
        assert len({text_digest("a reason", one), text_digest("a reason", other), text_digest("b reason", one)}) == 3
        assert len(text_digest("a reason", one)) == 64

    def test_refuses_a_salt_that_could_be_guessed(self):
        with pytest.raises(ValueError, match="16"):
            text_digest("a reason", b"short")


@pytest.mark.django_db
class TestNotedInOneTrip:
    """An event whose id nobody needs goes over with the statement after it."""

    def test_is_there_with_what_was_asked_beside_it(self):
        with transaction.atomic(), one_trip():
            note(submitted())
            with prepared() as cursor:
                cursor.execute("SELECT %s::int", [7])
                assert cursor.fetchone() == (7,)
        event = AuditEvent.objects.get()
        assert bytes(event.sha256) == hashlib.sha256(bytes(event.canonical)).digest()

    def test_is_not_there_when_what_came_after_it_failed(self):
        with pytest.raises(DatabaseError), transaction.atomic(), one_trip(), prepared() as cursor:  # noqa: PT012 - the trip's end raises
            note(submitted())
            cursor.execute("SELECT 1 / %s::int", [0])
            cursor.fetchone()
        assert not AuditEvent.objects.exists()
