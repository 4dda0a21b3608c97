"""More that somebody with every right on the database could do to the log: what is named, where, and what is not."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import transaction

from audit.keys import announce
from audit.models import AuditCheckpoint, AuditEvent, AuditLeaf
from audit.notes import Signer
from audit.record import record_many
from tests.audit.doctored.doctor import (
    CUT_BACK,
    EDIT,
    EDIT_LEAF,
    SIGNER,
    bad,
    good,
    put_in,
    reseal,
    sealed,
    sealer,
    signed_anew,
    unusable,
)
from tests.audit.doctored.doctor import log as log  # a fixture
from tests.audit.doctored.doctor import tamper as tamper  # a fixture
from tests.audit.events import NOON, submitted

MALLORY = Signer.new(SIGNER.key.name)


def test_an_event_dated_otherwise_with_all_that_hangs_on_it_is_named_by_the_next_checkpoint(log, tamper):
    redated = "replace(convert_from(canonical, 'UTF8'), '2026-03-02T12:00', '2026-03-02T11:00')"
    tamper(
        f"UPDATE audit_event SET canonical = convert_to({redated}, 'UTF8'), at = at - interval '1 hour' WHERE id = %(id)s",
        "UPDATE audit_event SET sha256 = sha256(canonical) WHERE id = %(id)s",
        EDIT_LEAF,
        id=log[38],
    )
    assert "from #30 to #39" in bad()


def test_two_entries_that_changed_places_are_named_by_the_hash_over_them(log, tamper):
    tamper(
        "UPDATE audit_leaf SET number = 1000 WHERE number = 12",
        "UPDATE audit_leaf SET number = 12 WHERE number = 13",
        "UPDATE audit_leaf SET number = 13 WHERE number = 1000",
    )
    assert "entries #0 to #15. The stored hash" in bad()


def test_a_number_that_names_another_event_is_named(log, tamper):
    tamper(
        "UPDATE audit_leaf SET event_id = uuidv7() WHERE number = 12",
        "UPDATE audit_leaf SET event_id = %(id)s WHERE number = 20",
        id=log[12],
    )
    assert "entry #12" in bad()


def test_a_checkpoint_of_the_log_s_own_key_over_another_root_is_named(log, tamper):
    row = AuditCheckpoint.objects.get(size=20)
    tamper(
        "UPDATE audit_checkpoint SET root = %(root)s, note = %(note)s WHERE size = 20",
        root=b"\1" * 32,
        note=signed_anew(row, SIGNER, root=b"\1" * 32),
    )
    told = bad()
    assert "checkpoint of 20 entries" in told
    assert "from #10 to #19" in told


def test_a_checkpoint_of_the_log_s_own_key_over_another_size_is_named(log, tamper):
    row = AuditCheckpoint.objects.get(size=40)
    tamper(
        "UPDATE audit_checkpoint SET size = 60, note = %(note)s WHERE size = 40", note=signed_anew(row, SIGNER, size=60)
    )
    assert "entry #40. The log ends here with 40 entries" in bad()


def test_a_checkpoint_that_was_taken_out_hides_nothing_that_the_next_one_covers(log, tamper, tmp_path, capsys):
    tamper("DELETE FROM audit_checkpoint WHERE size = 20")
    assert "40 entries, 3 checkpoints" in good(capsys)
    assert "4 of them pinned" in good(capsys, pinned=tmp_path)
    tamper(*EDIT, EDIT_LEAF, id=log[18])
    assert "entries #16 to #31. The stored hash" in bad() or "from #10" in bad()


def test_an_exchanged_table_of_keys_is_seen_by_pins_by_the_known_key_and_by_the_sealer(log, tamper, tmp_path, capsys):
    rows = list(AuditCheckpoint.objects.order_by("size"))
    tamper(
        "DELETE FROM audit_key", "INSERT INTO audit_key VALUES (%(key)s, %(since)s)", key=str(MALLORY.key), since=NOON
    )
    for row in rows:
        tamper(
            "UPDATE audit_checkpoint SET note = %(note)s WHERE id = %(id)s", note=signed_anew(row, MALLORY), id=row.pk
        )
    assert "40 entries" in good(capsys)
    assert "The pinned checkpoint is not one of this log" in bad(pinned=tmp_path)
    assert "checkpoint of 40 entries. None of the known keys" in bad(key=str(SIGNER.key))
    (tmp_path / "nothing").mkdir()
    fault = sealer(tmp_path / "nothing").turn(at=NOON).fault
    assert fault is not None
    assert fault.place == "checkpoint of 40 entries"
    assert AuditCheckpoint.objects.count() == 4


def test_a_sealer_whose_key_is_lost_goes_on_with_a_new_one_where_somebody_says_so(log, tmp_path):
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    at = NOON + timedelta(hours=1)
    fresh = sealer(nothing, signers=[MALLORY])
    assert fresh.turn(at=at).fault is not None
    told = sealer(nothing, signers=[MALLORY], lost=True)
    told.begin(at=at)
    assert told.turn(at=at).fault is None


def test_a_key_that_no_earlier_one_vouches_for_is_asked_about_and_an_honest_rotation_is_not(
    log, tamper, tmp_path, capsys
):
    fresh, at = Signer.new(SIGNER.key.name), NOON + timedelta(minutes=5)
    with transaction.atomic():
        announce([fresh, SIGNER], at=at)
    sealed(at, signers=[fresh, SIGNER], anyway=True)
    sealed(at + timedelta(minutes=1), signers=[fresh], anyway=True)
    assert "vouches" not in good(capsys)
    with transaction.atomic():
        announce([MALLORY], at=at)
    sealed(at + timedelta(minutes=2), signers=[MALLORY], anyway=True)
    said = good(capsys, pinned=tmp_path)
    assert f"key {MALLORY.key.id.hex()}. No earlier key vouches for this one" in said
    assert said.count("vouches") == 1
    assert "None of the known keys" in bad(key=str(fresh.key))
    assert "good" in good(capsys, key=str(MALLORY.key))


def test_a_tail_rewritten_under_a_key_of_the_attacker_s_own_is_named_by_the_pins_and_the_key_is_asked_about(
    log, tamper, tmp_path, capsys
):
    tamper("DELETE FROM audit_event WHERE id = ANY(%(ids)s::uuid[])", *CUT_BACK, ids=log[20:], number=20)
    with transaction.atomic():
        announce([MALLORY], at=NOON)
        record_many([submitted() for _ in range(30)])
    reseal(20, signers=[MALLORY])
    assert "No earlier key vouches" in good(capsys)
    assert "entries #20 to #29" in bad(pinned=tmp_path)


def test_a_witness_that_fell_behind_says_what_rests_on_the_key_alone(log, tmp_path, capsys):
    for pin in sorted(tmp_path.iterdir())[2:]:
        pin.unlink()
    said = good(capsys, pinned=tmp_path)
    assert "2 of them pinned elsewhere" in said
    assert "What was sealed from #20 on lies behind the last pinned checkpoint" in said


def test_a_witness_s_folder_that_was_emptied_is_no_proof_of_anything(log, tmp_path):
    for pin in tmp_path.iterdir():
        pin.unlink()
    assert "no checkpoint at the place" in unusable(pinned=tmp_path)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"\n\n", b"x" * 100, bytes(40)])
def test_a_pin_that_was_spoiled_is_named_by_the_command_and_stops_the_sealer(content, log, tmp_path):
    (tmp_path / f"{50:020}-0000.note").write_bytes(content)
    assert "-0000.note. The pinned checkpoint is no" in bad(pinned=tmp_path)
    fault = sealer(tmp_path).turn(at=datetime.now(UTC)).fault
    assert fault is not None
    assert "-0000.note" in fault.place


def test_a_key_that_cannot_be_read_makes_the_check_unusable(log):
    assert "The key cannot be read" in unusable(key="no key")


def test_a_month_taken_out_edited_and_put_back_is_named(log, tamper, committed):
    with psycopg.connect(committed.superuser_url, autocommit=True) as root:
        [(table,)] = root.execute("SELECT DISTINCT tableoid::regclass::text FROM audit_event").fetchall()
        [(bounds,)] = root.execute(
            "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = %s::regclass", [table]
        ).fetchall()
        root.execute(f"ALTER TABLE audit_event DETACH PARTITION {table}")
        root.execute(f"ALTER TABLE {table} DISABLE TRIGGER audit_refuse_change")
        for statement in EDIT:
            root.execute(statement.replace("audit_event", table), {"id": log[25]})
        root.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER audit_refuse_change")
        root.execute(f"ALTER TABLE audit_event ATTACH PARTITION {table} {bounds}")
    assert f"entry #25, event {log[25]}. The event is not the one that was sealed." in bad()
    tamper(EDIT_LEAF, id=log[25])
    assert "from #20 to #29" in bad()


def test_a_month_put_back_under_other_bounds_or_another_name_is_named(log, committed):
    with psycopg.connect(committed.superuser_url, autocommit=True) as root:
        [(table,)] = root.execute("SELECT DISTINCT tableoid::regclass::text FROM audit_event").fetchall()
        root.execute(f"ALTER TABLE {table} RENAME TO audit_event_elsewhere")
        assert f"{table}. The partition of this month is missing" in bad()
        root.execute(f"ALTER TABLE audit_event_elsewhere RENAME TO {table}")
        root.execute(f"ALTER TABLE audit_event DETACH PARTITION {table}")
        root.execute(
            f"ALTER TABLE audit_event ATTACH PARTITION {table} FOR VALUES FROM ('{log[0]}') TO ('{_after(log[-1])}')"
        )
    assert f"{table}. This partition does not hold exactly its month" in bad()


def test_a_sequence_that_was_set_back_stops_the_sealer_and_hides_nothing(log, tamper, tmp_path, capsys):
    tamper("ALTER SEQUENCE audit_checkpoint_id_seq RESTART WITH 1")
    with transaction.atomic():
        record_many([submitted()])
    assert sealer(tmp_path).turn(at=NOON + timedelta(hours=1)).fault is not None
    assert (AuditLeaf.objects.count(), AuditCheckpoint.objects.count()) == (40, 4)
    tamper("DELETE FROM audit_checkpoint WHERE size < 40", "ALTER SEQUENCE audit_checkpoint_id_seq RESTART WITH 1")
    running = sealer(tmp_path)
    at = NOON + timedelta(hours=2)
    assert running.turn(at=at).fault is None
    with transaction.atomic():
        record_many([submitted()])
    fault = running.turn(at=at + timedelta(seconds=1)).fault
    assert fault is not None
    assert "the last checkpoint speaks of other 40" in fault.message
    assert "good" in good(capsys, pinned=tmp_path)


class TestAnEventPutInUnderAnIdOfAnotherTime:
    """Checkpoints every ten minutes for six hours, as a sealer at work leaves them, from now on."""

    @pytest.fixture
    def start(self, committed) -> datetime:
        start = datetime.now(UTC)
        with transaction.atomic():
            announce([SIGNER], at=start)
            record_many([submitted(at=start)])
        for turn in range(37):
            sealed(start + timedelta(minutes=10 * turn), anyway=True)
        return start

    def test_long_ago_is_asked_about(self, start, capsys):
        assert "To be asked about" not in good(capsys)
        with transaction.atomic():
            id = put_in(start + timedelta(minutes=20))
        sealed(start + timedelta(hours=6, minutes=1))
        said = good(capsys)
        assert f"entry #1, event {id}. Its id says" in said
        assert "was the event put in later?" in said

    def test_that_has_not_come_yet_is_asked_about(self, start, capsys):
        with transaction.atomic():
            id = put_in(start + timedelta(hours=9))
        sealed(start + timedelta(hours=6, minutes=1))
        assert f"entry #1, event {id}. Its id says" in good(capsys)

    def test_while_no_sealer_was_at_work_is_told_from_nothing(self, start, capsys):
        with transaction.atomic():
            put_in(start + timedelta(hours=6, minutes=30))
        sealed(start + timedelta(hours=14))
        assert "To be asked about" not in good(capsys)

    def test_into_a_month_whose_partition_is_gone_lands_in_the_rest_and_is_asked_about(self, start, capsys):
        with transaction.atomic():
            id = put_in(start - timedelta(days=400))
        sealed(start + timedelta(hours=6, minutes=1))
        assert f"entry #1, event {id}" in good(capsys)
        assert AuditEvent.objects.filter(pk=id).exists()


def _after(id: str) -> str:
    return f"{id[:8]}-ffff-7fff-bfff-ffffffffffff"
