"""The file of the private keys: made once, for its owner alone, turned over without losing anybody."""

import pytest
from django.core.management import call_command

from audit.keys import KeyRefused, announce, ensure_key_file, keys_known, rotate, signers_from
from audit.models import AuditCheckpoint, AuditEvent
from audit.notes import Signer, opened
from tests.audit.events import NOON


@pytest.mark.django_db
def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path):
    file = tmp_path / "secrets" / "key"
    ensure_key_file(file)
    [signer] = signers_from(file)
    ensure_key_file(file)
    assert signers_from(file)[0].key == signer.key
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in file.parent.iterdir()] == ["key"]


@pytest.mark.django_db
def test_each_log_has_an_origin_of_its_own(tmp_path):
    for name in ("one", "other"):
        ensure_key_file(tmp_path / name)
    assert signers_from(tmp_path / "one")[0].key.name != signers_from(tmp_path / "other")[0].key.name


@pytest.mark.django_db
def test_a_lost_key_is_not_replaced_unless_somebody_says_that_it_is_lost(tmp_path):
    signer = Signer.new("orchestr-audit/test")
    announce([signer], at=NOON)
    with pytest.raises(KeyRefused, match="is missing"):
        ensure_key_file(tmp_path / "key")
    ensure_key_file(tmp_path / "key", lost=True)
    [new] = signers_from(tmp_path / "key")
    assert (new.key.name, new.key != signer.key) == (signer.key.name, True)
    announce([new], at=NOON)
    assert set(keys_known()) == {signer.key, new.key}


@pytest.mark.django_db
def test_after_a_rotation_both_keys_sign(tmp_path):
    ensure_key_file(tmp_path / "key")
    [old] = signers_from(tmp_path / "key")
    new = rotate(tmp_path / "key")
    assert [signer.key for signer in signers_from(tmp_path / "key")] == [new.key, old.key]
    newest = rotate(tmp_path / "key")
    assert [signer.key for signer in signers_from(tmp_path / "key")] == [newest.key, new.key]
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_refused(mode, tmp_path):
    ensure_key_file(tmp_path / "key")
    (tmp_path / "key").chmod(mode)
    with pytest.raises(KeyRefused, match="can be read by others"):
        signers_from(tmp_path / "key")


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "no key", f"{Signer.new('a').secret()}\n{Signer.new('b').secret()}"])
def test_a_file_that_holds_no_key_of_one_log_is_refused(text, tmp_path):
    (tmp_path / "key").write_text(text)
    (tmp_path / "key").chmod(0o600)
    with pytest.raises(KeyRefused):
        signers_from(tmp_path / "key")


def test_the_command_seals_under_both_keys_after_a_rotation_and_records_each(committed, tmp_path, settings, capsys):
    settings.SEAL_KEY_FILE = str(tmp_path / "key")
    call_command("seal_audit", once=True)
    [old] = signers_from(tmp_path / "key")
    call_command("seal_audit", rotate_key=True)
    call_command("seal_audit", once=True)
    new = signers_from(tmp_path / "key")[0]
    assert str(new.key) in capsys.readouterr().out
    note = AuditCheckpoint.objects.order_by("-id")[0].note
    for signer in (old, new):
        assert opened(note, [signer.key])[1] == signer.key
    added = AuditEvent.objects.filter(action="log.key_added").order_by("id").values_list("data", flat=True)
    assert [data["key"] for data in added] == [old.key.id.hex(), new.key.id.hex()]


def test_the_private_key_is_in_no_event_row_or_output(committed, tmp_path, settings, capsys):
    settings.SEAL_KEY_FILE = str(tmp_path / "key")
    call_command("seal_audit", once=True)
    call_command("seal_audit", show_key=True)
    secret = signers_from(tmp_path / "key")[0].secret().rsplit("+", 1)[1]
    told = capsys.readouterr()
    rows = [str(vars(row)) for model in (AuditEvent, AuditCheckpoint) for row in model.objects.all()]
    assert all(secret not in text for text in [told.out, told.err, *rows])
