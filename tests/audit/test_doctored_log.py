"""A database that somebody doctored as superuser: `verify_audit` and the sealer name the first bad place."""

import threading
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction

from audit.merkle import leaf_hash
from audit.models import AuditCheckpoint, AuditEvent, AuditLeaf
from audit.notes import Checkpoint, Note, Signer
from audit.recompute import Recount
from audit.record import record_many
from audit.sealer import Sealer
from audit.witness import keep
from tests.audit.doctored.doctor import CUT_BACK, SIGNER, bad, good, reseal, sealed, sealer
from tests.audit.doctored.doctor import log as log  # a fixture
from tests.audit.doctored.doctor import tamper as tamper  # a fixture
from tests.audit.events import NOON, submitted


def test_a_good_log_is_good_with_and_without_pins(log, tmp_path, capsys):
    assert "40 entries, 4 checkpoints, 0 of them pinned" in good(capsys)
    assert "40 entries, 4 checkpoints, 4 of them pinned" in good(capsys, pinned=tmp_path)
    assert "1 of them pinned" in good(capsys, pinned=sorted(tmp_path.iterdir())[1])
    assert sealer(tmp_path).turn(at=datetime.now(UTC)).fault is None


def test_a_log_that_is_sealed_further_while_it_is_read_is_good(log, monkeypatch, capsys):
    """Sixteen more entries complete a subtree: whoever read the leaves before and the subtrees after saw too many."""
    written = []

    def meanwhile(canonical: bytes) -> bytes:
        if not written:
            beside = threading.Thread(target=grow)
            beside.start()
            beside.join()
        return leaf_hash(canonical)

    def grow() -> None:
        try:
            with transaction.atomic():
                written.extend(record_many([submitted() for _ in range(20)]))
            sealed(NOON + timedelta(minutes=7))
        finally:
            connection.close()

    monkeypatch.setattr("audit.recompute.leaf_hash", meanwhile)
    assert "Sealed log: 40 entries, 4 checkpoints" in good(capsys)
    assert len(written) == 20
    assert "Sealed log: 60 entries, 5 checkpoints" in good(capsys)


def test_an_event_edited_with_its_hash_and_columns_is_named(log, tamper):
    tamper(
        "UPDATE audit_event SET canonical = convert_to(replace(convert_from(canonical, 'UTF8'), 'single', 'dual'), 'UTF8'),"
        " data = jsonb_set(data, '{tier}', '\"dual\"') WHERE id = %(id)s",
        "UPDATE audit_event SET sha256 = sha256(canonical) WHERE id = %(id)s",
        id=log[17],
    )
    assert f"entry #17, event {log[17]}. The event is not the one that was sealed." in bad()


def test_an_event_edited_with_its_leaf_is_named_by_the_hash_over_it_or_the_next_checkpoint(log, tamper):
    edit = (
        "UPDATE audit_event SET canonical = convert_to(replace(convert_from(canonical, 'UTF8'), 'single', 'dual'), 'UTF8'),"
        " data = jsonb_set(data, '{tier}', '\"dual\"') WHERE id = %(id)s",
        "UPDATE audit_event SET sha256 = sha256(canonical) WHERE id = %(id)s",
        "UPDATE audit_leaf SET hash = (SELECT sha256('\\x00'::bytea || canonical) FROM audit_event WHERE id = event_id)"
        " WHERE event_id = %(id)s",
    )
    tamper(*edit, id=log[38])
    assert "checkpoint of 40 entries" in bad()
    assert "from #30 to #39" in bad()
    tamper(*edit, id=log[7])
    assert "checkpoint of 10 entries" in bad()


def test_an_event_deleted_in_the_middle_is_named(log, tamper):
    tamper("DELETE FROM audit_event WHERE id = %(id)s", id=log[23])
    assert f"entry #23, event {log[23]}. The event is gone" in bad()


def test_an_event_deleted_with_its_leaf_is_named(log, tamper):
    tamper(
        "DELETE FROM audit_event WHERE id = %(id)s",
        "DELETE FROM audit_leaf WHERE event_id = %(id)s",
        id=log[23],
    )
    assert "entry #23. This entry of the log is missing." in bad()


def test_an_event_taken_out_and_the_rest_moved_up_is_named_by_the_hash_over_it(log, tamper):
    tamper(
        "DELETE FROM audit_event WHERE id = %(id)s",
        "DELETE FROM audit_leaf WHERE event_id = %(id)s",
        "UPDATE audit_leaf SET number = -number + 1000 WHERE number > 23",
        "UPDATE audit_leaf SET number = 999 - number WHERE number > 900",
        id=log[23],
    )
    assert "checkpoint of 30 entries" in bad()
    assert "from #20 to #29" in bad()


def test_a_missing_partition_is_named(log, tamper, committed):
    with psycopg.connect(committed.superuser_url, autocommit=True) as root:
        [(table,)] = root.execute("SELECT DISTINCT tableoid::regclass::text FROM audit_event").fetchall()
        root.execute(f"ALTER TABLE audit_event DETACH PARTITION {table}")
    told = bad()
    assert f"{table}. This month was taken out" in told
    with transaction.atomic():
        [fault] = Recount().faults([])
    assert fault.place == f"entry #0, event {log[0]}"


def test_a_tail_cut_off_is_named_by_the_checkpoints_that_were_left(log, tamper):
    tamper(
        "DELETE FROM audit_event WHERE id = ANY(%(ids)s::uuid[])",
        "DELETE FROM audit_leaf WHERE number >= 35",
        ids=log[35:],
    )
    told = bad()
    assert "entry #35. The log ends here with 35 entries" in told


def test_a_tail_cut_off_without_a_trace_is_seen_by_pins_alone(log, tamper, tmp_path, capsys):
    tamper("DELETE FROM audit_event WHERE id = ANY(%(ids)s::uuid[])", *CUT_BACK, ids=log[30:], number=30)
    assert "30 entries" in good(capsys)
    assert "entry #30" in bad(pinned=tmp_path)
    fault = sealer(tmp_path).turn(at=datetime.now(UTC)).fault
    assert fault is not None
    assert "entry #30" in fault.place
    assert "old backup" in fault.message


def test_a_tail_rewritten_and_sealed_anew_with_the_same_key_is_named_by_the_first_pin_that_differs(
    log, tamper, tmp_path, capsys
):
    tamper("DELETE FROM audit_event WHERE id = ANY(%(ids)s::uuid[])", *CUT_BACK, ids=log[20:], number=20)
    with transaction.atomic():
        record_many([submitted(data={"version": 2}) for _ in range(25)])
    reseal(20)
    assert "45 entries" in good(capsys)
    told = bad(pinned=tmp_path)
    assert "entries #20 to #29" in told
    assert "rewritten" in told
    fault = sealer(tmp_path).turn(at=datetime.now(UTC)).fault
    assert fault is not None
    assert "entries #20 to #29" in fault.place


def test_a_sealer_signs_nothing_over_a_log_that_a_witness_knows_otherwise(log, tamper, tmp_path):
    tamper("DELETE FROM audit_event WHERE id = ANY(%(ids)s::uuid[])", *CUT_BACK, ids=log[20:], number=20)
    with transaction.atomic():
        record_many([submitted()])
    before = AuditCheckpoint.objects.count()
    assert sealer(tmp_path).turn(at=datetime.now(UTC)).sealed == 0
    assert (AuditCheckpoint.objects.count(), AuditLeaf.objects.count()) == (before, 20)


def test_a_running_sealer_remembers_what_it_signed_though_no_witness_does(log, tamper):
    running = Sealer(signers=[SIGNER], longest=timedelta(minutes=5))
    at = datetime.now(UTC)
    running.begin(at=at)
    assert running.turn(at=at).fault is None
    tamper("DELETE FROM audit_event WHERE id = ANY(%(ids)s::uuid[])", *CUT_BACK, ids=log[20:], number=20)
    fault = running.turn(at=at + timedelta(minutes=1)).fault
    assert fault is not None
    assert "entry #20" in fault.place


def test_a_stored_hash_that_was_changed_is_named(log, tamper):
    tamper("UPDATE audit_subtree SET hash = sha256('x') WHERE level = 4 AND place = 1")
    assert "entries #16 to #31. The stored hash" in bad()


def test_a_checkpoint_that_was_changed_is_named(log, tamper):
    tamper("UPDATE audit_checkpoint SET root = sha256('x') WHERE size = 30")
    assert "checkpoint of 30 entries" in bad()


def test_a_signature_of_another_key_is_named(log, tamper):
    other = Signer.new(SIGNER.key.name)
    forged = [AuditCheckpoint.objects.get(size=20)]
    text = Checkpoint.parse(Note.parse(forged[0].note).text)
    tamper("UPDATE audit_checkpoint SET note = %(note)s WHERE size = 20", note=text.signed([other]))
    assert "checkpoint of 20 entries" in bad()
    assert "None of the known keys" in bad()


def test_a_key_put_in_later_does_not_make_earlier_checkpoints_good(log, tamper):
    other = Signer.new(SIGNER.key.name)
    text = Checkpoint.parse(Note.parse(AuditCheckpoint.objects.get(size=20).note).text)
    tamper(
        "UPDATE audit_checkpoint SET note = %(note)s WHERE size = 20",
        "INSERT INTO audit_key VALUES (%(key)s, now())",
        note=text.signed([other]),
        key=str(other.key),
    )
    assert "is older than its key" in bad()


def test_a_pin_of_another_log_is_named(log, tmp_path):
    stranger = Signer.new("orchestr-audit/other")
    pin = Checkpoint(origin=stranger.key.name, size=10, root=b"\0" * 32, at=NOON)
    (tmp_path / "strange.note").write_text(pin.signed([stranger]))
    assert "strange.note. The pinned checkpoint is not one of this log" in bad(pinned=tmp_path)


def test_a_pin_that_cannot_be_read_makes_the_check_unusable(log, tmp_path):
    with pytest.raises(CommandError) as found:
        call_command("verify_audit", pinned=tmp_path / "absent")
    assert found.value.returncode == 2


def test_two_logs_with_the_same_key_and_different_histories_are_told_apart_by_a_pin_of_the_other(log, tmp_path):
    fork = Checkpoint(origin=SIGNER.key.name, size=30, root=b"\7" * 32, at=NOON)
    other = tmp_path / "other"
    other.mkdir()
    keep(other, fork.signed([SIGNER]), fork)
    assert "entries #0 to #29" in bad(pinned=other)


def test_events_that_are_not_sealed_yet_are_counted_and_no_fault(log, capsys):
    with transaction.atomic():
        record_many([submitted()])
    assert "1 event waits to be sealed" in good(capsys)
    assert AuditEvent.objects.count() == 41
