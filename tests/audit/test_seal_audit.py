"""The sealer as a command: what it seals, and what it does about a log that a witness knows otherwise."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone

from audit.keys import signers_from
from audit.models import AuditCheckpoint, AuditEvent, AuditLeaf
from audit.notes import Checkpoint
from audit.record import record_many
from audit.witness import keep
from orchestr.people.models import Notice
from orchestr.pulse import LogState, state_of_the_log
from tests import make, people
from tests.audit.events import submitted


@pytest.fixture(autouse=True)
def places(committed, tmp_path, settings):
    """The key and the witness of this test's own log."""
    settings.SEAL_KEY_FILE = str(tmp_path / "key")
    settings.WITNESS_DIR = str(tmp_path / "witness")
    settings.WITNESS_S = 0.0
    (tmp_path / "witness").mkdir()


@pytest.fixture
def cast() -> people.Cast:
    return people.cast(apparel=make.segment("apparel"), outdoor=make.segment("outdoor"))


def restored_from_an_old_backup(tmp_path) -> None:
    """The witness knows a larger log than the database has."""
    signers = signers_from(tmp_path / "key")
    later = Checkpoint(origin=signers[0].key.name, size=10_000, root=b"\7" * 32, at=timezone.now())
    keep(tmp_path / "witness", later.signed(signers), later)


def test_seals_what_there_is_tells_the_witness_and_gives_signs_of_life(tmp_path):
    with transaction.atomic():
        record_many([submitted() for _ in range(3)])
    call_command("seal_audit", once=True)
    assert AuditLeaf.objects.count() == AuditEvent.objects.count() == 4
    assert state_of_the_log(at=timezone.now()) == LogState.SEALED
    newest = max((tmp_path / "witness").iterdir())
    assert newest.read_text() in AuditCheckpoint.objects.values_list("note", flat=True)
    call_command("verify_audit")


def test_an_old_backup_stops_it_and_is_told_to_auditors_admins_and_who_is_on_call(cast, tmp_path):
    call_command("seal_audit", once=True)
    restored_from_an_old_backup(tmp_path)
    sealed = AuditLeaf.objects.count(), AuditCheckpoint.objects.count()
    with pytest.raises(CommandError, match="old backup restored") as stopped:
        call_command("seal_audit", once=True)
    assert stopped.value.returncode == 1
    assert (AuditLeaf.objects.count(), AuditCheckpoint.objects.count()) == sealed
    assert state_of_the_log(at=timezone.now()) == LogState.ALARM
    [event] = AuditEvent.objects.filter(action="log.alarm")
    assert (event.actor_id, event.data) == ("sealer", {"code": "log_disagrees"})
    told = set(Notice.objects.filter(kind="log_alarm").values_list("person__name", flat=True))
    wanted = {who.person.name for who in (cast.aud, cast.ada, cast.omar, cast.olga)}
    assert told == wanted
    with pytest.raises(CommandError, match="old backup restored"):
        call_command("verify_audit")


def test_goes_on_once_what_the_log_disagrees_with_is_put_aside(tmp_path):
    call_command("seal_audit", once=True)
    restored_from_an_old_backup(tmp_path)
    with pytest.raises(CommandError):
        call_command("seal_audit", once=True)
    max((tmp_path / "witness").iterdir()).rename(tmp_path / "kept-as-proof.note")
    call_command("seal_audit", once=True)
    assert AuditLeaf.objects.count() == AuditEvent.objects.count()
    with pytest.raises(CommandError, match="old backup restored"):
        call_command("verify_audit", pinned=tmp_path / "kept-as-proof.note")


def test_is_refused_with_the_key_of_another_log(tmp_path):
    call_command("seal_audit", once=True)
    (tmp_path / "key").write_text("")
    with pytest.raises(CommandError, match="holds no key") as refused:
        call_command("seal_audit", once=True)
    assert refused.value.returncode == 2
