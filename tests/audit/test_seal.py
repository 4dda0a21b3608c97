"""Sealing: every committed event gets one number, in one unbroken row, under signed checkpoints."""

import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction

from audit.keys import KeyRefused, announce, keys_known
from audit.merkle import leaf_hash, root_of
from audit.models import AuditCheckpoint, AuditEvent, AuditLeaf, AuditSubtree
from audit.notes import Signer, opened
from audit.proofs import inclusion_spans
from audit.record import record_many
from audit.seal import LogBroken, LogTaken, Stretch, chunk_from, first_id, seal, unsealed
from audit.sealer import Sealer
from audit.tree import consistency_proof, hashes_of_spans, root_at, size_now
from tests.audit import independent
from tests.audit.events import NOON, submitted

SIGNER = Signer.new("orchestr-audit/test")
ALL = Stretch()


def recorded(count: int) -> list[UUID]:
    with transaction.atomic():
        return record_many([submitted() for _ in range(count)])


def sealed(**given):
    return seal(**({"signers": [SIGNER], "at": NOON, "within": ALL} | given))


def leaves() -> list[bytes]:
    """The leaf hash of each sealed event's bytes, in the order of the log, made from the events."""
    bytes_of = {id: bytes(stored) for id, stored in AuditEvent.objects.values_list("id", "canonical")}
    numbered = AuditLeaf.objects.order_by("number").values_list("number", "event_id")
    assert [number for number, _ in numbered] == list(range(len(numbered)))
    return [leaf_hash(bytes_of[id]) for _, id in numbered]


def test_events_get_numbers_in_the_order_of_their_ids_and_a_signed_root(committed):
    ids = recorded(5)
    done = sealed()
    assert (done.count, done.full) == (5, False)
    assert list(AuditLeaf.objects.order_by("number").values_list("event_id", flat=True)) == sorted(ids)
    checkpoint, _ = opened(AuditCheckpoint.objects.get().note, [SIGNER.key])
    assert checkpoint == done.checkpoint
    assert (checkpoint.size, checkpoint.root, checkpoint.at) == (5, root_of(leaves()), NOON)


def test_nothing_to_seal_signs_nothing_unless_asked(committed):
    assert sealed().checkpoint is None
    assert not AuditCheckpoint.objects.exists()
    assert sealed(sign_anyway=True).checkpoint.size == 0


def test_many_small_batches_make_the_same_tree_as_one_large(committed):
    recorded(300)
    while sealed(limit=37).full:
        pass
    assert size_now() == 300
    hashes = leaves()
    for size in range(301):
        assert root_at(size) == root_of(hashes[:size])
    assert AuditSubtree.objects.filter(level=4).count() == 300 // 16
    assert AuditSubtree.objects.filter(level=8).count() == 1
    for checkpoint in AuditCheckpoint.objects.all():
        assert bytes(checkpoint.root) == root_of(hashes[: checkpoint.size])


def test_an_implementation_that_shares_no_code_accepts_checkpoints_and_proofs_of_the_database(committed):
    recorded(77)
    while sealed(limit=20).full:
        pass
    stored = {id: bytes(said) for id, said in AuditEvent.objects.values_list("id", "canonical")}
    numbered = dict(AuditLeaf.objects.values_list("number", "event_id"))
    notes = [checkpoint.note for checkpoint in AuditCheckpoint.objects.order_by("id")]
    read = [independent.read_checkpoint(note, str(SIGNER.key)) for note in notes]
    assert [size for _, size, _ in read] == [20, 40, 60, 77]
    _, size, root = read[-1]
    for number in (0, 1, 31, 32, 63, 64, 76):
        path = hashes_of_spans(inclusion_spans([(number, number + 1)], size))
        leaf = independent.hashed_leaf(stored[numbered[number]])
        assert independent.is_included(number, size, leaf, path, root)
    for _, old, old_root in read:
        assert independent.is_consistent(old, size, old_root, root, consistency_proof(old=old, size=size))


def test_a_transaction_that_commits_late_is_found(committed):
    with psycopg.connect(committed.app_url) as late:
        late.execute(
            "INSERT INTO audit_event (at, action, actor_kind, actor_id, about, data, segments, canonical, sha256)"
            " VALUES (now(), 'step', 'worker', 'w', '{}', '{}', '{}', 'late', sha256('late'))"
        )
        recorded(3)
        assert sealed().count == 3
        late.commit()
    assert sealed().count == 1
    assert bytes(AuditEvent.objects.get(id=AuditLeaf.objects.get(number=3).event_id).canonical) == b"late"


def test_what_was_rolled_back_leaves_no_number(committed):
    recorded(2)
    with transaction.atomic():
        record_many([submitted()])
        transaction.set_rollback(True)
    recorded(1)
    sealed()
    assert size_now() == AuditEvent.objects.count() == 3


def test_only_what_lies_within_the_stretch_is_sealed(committed):
    ids = sorted(recorded(4))
    assert sealed(within=Stretch(since=ids[1], until=ids[2])).count == 2
    assert sealed().count == 2
    assert list(AuditLeaf.objects.order_by("number").values_list("event_id", flat=True)) == [
        ids[1],
        ids[2],
        ids[0],
        ids[3],
    ]


def test_stretches_cover_every_event(committed):
    ids = sorted(recorded(10))
    stretch, following = chunk_from(UUID(int=0), events=4)
    assert (stretch.until, following) == (ids[4], ids[4])
    stretch, following = chunk_from(following, events=4)
    assert (stretch.since, stretch.until) == (ids[4], ids[8])
    assert chunk_from(ids[8], events=4) == (Stretch(since=ids[8]), None)


def test_two_sealers_at_once_take_turns(committed):
    recorded(1)
    with psycopg.connect(committed.app_url) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtext('audit_seal'))")
        with pytest.raises(LogTaken):
            sealed()
        assert size_now() == 0
    assert sealed().count == 1


def test_sealers_and_writers_at_once_leave_no_gap_and_nothing_twice(committed):
    errors: list[BaseException] = []

    def write() -> None:
        try:
            for _ in range(25):
                recorded(4)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    def work() -> None:
        try:
            while any(writer.is_alive() for writer in writers):
                with suppress(LogTaken):
                    sealed(limit=7)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=write) for _ in range(3)]
    sealers = [threading.Thread(target=work) for _ in range(2)]
    for thread in [*writers, *sealers]:
        thread.start()
    for thread in [*writers, *sealers]:
        thread.join()
    assert errors == []
    while sealed().count:
        pass
    hashes = leaves()
    assert len(hashes) == AuditEvent.objects.count() == 300
    assert root_at(300) == root_of(hashes)


def test_refuses_to_sign_over_leaves_that_are_not_those_last_signed(committed):
    recorded(2)
    sealed()
    with psycopg.connect(committed.app_url, autocommit=True) as other:
        other.execute("INSERT INTO audit_leaf VALUES (2, uuidv7(), sha256('x'))")
    recorded(1)
    with pytest.raises(LogBroken):
        sealed()
    assert AuditCheckpoint.objects.count() == 1


def test_a_sealer_signs_at_least_every_minute_and_not_more_often_when_nothing_happens(committed):
    sealer = Sealer(signers=[SIGNER], longest=timedelta(minutes=5))
    at = datetime.now(UTC)
    with transaction.atomic():
        sealer.begin(at=at)
    for seconds in range(0, 130, 10):
        sealer.turn(at=at + timedelta(seconds=seconds))
    assert AuditCheckpoint.objects.count() == 3


def test_a_sealer_looks_at_the_whole_log_when_it_starts_and_says_when_it_has_seen_its_end(committed):
    recorded(3)
    sealer = Sealer(signers=[SIGNER], longest=timedelta(minutes=5))
    later = datetime.now(UTC) + timedelta(days=3)
    with transaction.atomic():
        sealer.begin(at=later)
    turn = sealer.turn(at=later)
    assert (turn.sealed, turn.caught_up, turn.fault) == (3, True, None)


def test_what_committed_late_is_looked_for_every_half_minute_as_far_back_as_transactions_last(committed):
    sealer = Sealer(signers=[SIGNER], longest=timedelta(minutes=5))
    at = datetime.now(UTC)
    with transaction.atomic():
        sealer.begin(at=at)
    assert sealer.turn(at=at).caught_up
    recorded(1)
    later = at + timedelta(seconds=20)  # the event is older than what each turn looks at
    assert sealer.turn(at=later).sealed == 0
    assert sealer.turn(at=at + timedelta(seconds=31)).sealed == 1


def test_the_lag_counts_events_without_a_number(committed):
    before = datetime.now(UTC)
    recorded(3)
    now = datetime.now(UTC) + timedelta(seconds=1)
    assert unsealed(since=before, until=now, most=100) == 3
    assert unsealed(since=before, until=now, most=2) == 2
    sealed()
    assert unsealed(since=before, until=now, most=100) == 0


def test_the_first_id_of_a_moment_is_below_every_id_made_then(committed):
    before = datetime.now(UTC)
    [id] = recorded(1)
    assert first_id(before - timedelta(milliseconds=1)) <= id < first_id(datetime.now(UTC) + timedelta(milliseconds=2))


def test_keys_are_announced_once_and_only_those_of_this_log(committed):
    assert announce([SIGNER], at=NOON) == [SIGNER.key]
    assert announce([SIGNER], at=NOON) == []
    with pytest.raises(KeyRefused, match="another log"):
        announce([Signer.new("orchestr-audit/other")], at=NOON)
    assert keys_known() == [SIGNER.key]
